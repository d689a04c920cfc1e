//! `security:` of a server: which rules are relaxed, and how far.

use crate::AddressRules;

/// `security.level`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    Strict,
    Moderate,
    Permissive,
}

impl Level {
    pub(crate) const NAMES: [(&str, Self); 3] = [
        ("strict", Self::Strict),
        ("moderate", Self::Moderate),
        ("permissive", Self::Permissive),
    ];
}

/// All of `security:`. The default is the strictest.
#[derive(Debug, Default)]
pub(crate) struct Security {
    pub(crate) level: Level,
    /// `allowed_executables`: instead of the level's own.
    pub(crate) executables: Option<Vec<String>>,
    pub(crate) env: EnvRules,
    pub(crate) addresses: AddressRules,
}

/// `security.env`: which variables a server may be given.
#[derive(Debug, Default)]
pub(crate) struct EnvRules {
    pub(crate) level: Level,
    /// `mode: allowlist`: `allowed_vars` decides, otherwise `denied_vars` does.
    pub(crate) only_allowed: bool,
    /// Upper case; an empty list allows everything.
    pub(crate) allowed: Vec<String>,
    /// Upper case; absent: the defaults of the level.
    pub(crate) denied: Option<Vec<String>>,
}
