//! The rules by name. Their ids stand in audit logs: none is ever renamed or used again.

/// What decided about a call or a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rule {
    NoPath,
    Permitted,
    RemoteServer,
    ServerFolder,
    CommandPermitted,
    Outside,
    NoWorkspace,
    ReadOnly,
    Protected,
    ProtectedName,
    RunFolder,
    HoldsReadOnly,
    HardLink,
    PathUnclear,
    PathNotText,
    Batch,
    TooLarge,
    DangerousCommand,
    CommandUnclear,
    Internal,
    UnknownTool,
    Arguments,
    File,
}

impl Rule {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 23] = [
        Self::NoPath,
        Self::Permitted,
        Self::RemoteServer,
        Self::ServerFolder,
        Self::CommandPermitted,
        Self::Outside,
        Self::NoWorkspace,
        Self::ReadOnly,
        Self::Protected,
        Self::ProtectedName,
        Self::RunFolder,
        Self::HoldsReadOnly,
        Self::HardLink,
        Self::PathUnclear,
        Self::PathNotText,
        Self::Batch,
        Self::TooLarge,
        Self::DangerousCommand,
        Self::CommandUnclear,
        Self::Internal,
        Self::UnknownTool,
        Self::Arguments,
        Self::File,
    ];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::NoPath => "no-path",
            Self::Permitted => "permitted",
            Self::RemoteServer => "remote-server",
            Self::ServerFolder => "server-folder",
            Self::CommandPermitted => "command-permitted",
            Self::Outside => "outside",
            Self::NoWorkspace => "no-workspace",
            Self::ReadOnly => "read-only",
            Self::Protected => "protected",
            Self::ProtectedName => "protected-name",
            Self::RunFolder => "run-folder",
            Self::HoldsReadOnly => "holds-read-only",
            Self::HardLink => "hard-link",
            Self::PathUnclear => "path-unclear",
            Self::PathNotText => "path-not-text",
            Self::Batch => "batch",
            Self::TooLarge => "too-large",
            Self::DangerousCommand => "dangerous-command",
            Self::CommandUnclear => "command-unclear",
            Self::Internal => "internal",
            Self::UnknownTool => "unknown-tool",
            Self::Arguments => "arguments",
            Self::File => "file",
        }
    }
}

/// A refusal on its way to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) rule: Rule,
    pub(crate) reason: String,
}

impl Denial {
    pub(crate) fn new(rule: Rule, reason: impl Into<String>) -> Self {
        Self {
            rule,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_row_in_the_table_of_the_crate_and_of_the_decision() {
        let decision = include_str!("../../../docs/decisions/0009-permission-policy.md");
        for rule in Rule::ALL {
            let row = format!("| `{}` |", rule.id());
            assert!(include_str!("lib.rs").contains(&row), "{row} in lib.rs");
            assert!(decision.contains(&row), "{row} in the decision");
        }
    }
}
