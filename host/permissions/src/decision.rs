//! A call that is to be judged, and what was decided. Plain data for the audit log.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::Access;
use crate::rule::Rule;

/// A tool call before it happens.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The MCP server that has the tool; `None`: a tool that the provider itself runs, such as
    /// those of Claude Code.
    pub server: Option<&'a str>,
    /// The tool's own name, without the server; a prefix `mcp__server__` does no harm.
    pub tool: &'a str,
    /// Its arguments; anything but an object is judged by the same rules.
    pub arguments: &'a Value,
    /// Where relative paths of the call start: the folder of a server that has its own; `None`: the
    /// workspace.
    pub base: Option<&'a Path>,
    /// What the server says about the tool.
    pub hints: Hints,
    /// JSON schema of the arguments, if known: it may say which of them are paths.
    pub schema: Option<&'a Value>,
    /// The tool belongs to our own file servers: it has no folder but the managed ones.
    pub filesystem: bool,
    /// The server runs on another machine: its paths are not ours. Never set for `localhost`.
    pub remote: bool,
}

/// Annotations of an MCP tool. A server may lie: they never turn a name that says "write" into a
/// read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// `readOnlyHint`.
    pub read_only: Option<bool>,
    /// `destructiveHint`.
    pub destructive: Option<bool>,
    /// `idempotentHint`; recorded by callers, decides nothing here.
    pub idempotent: Option<bool>,
}

/// What was decided about a call, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Yes or no; as JSON `"verdict": "allow"`, or `"verdict": "deny"` and `"reason"` beside it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Stable id of the rule that decided; the table is in the crate's documentation.
    pub rule: &'static str,
    /// Every path that was found in the call, in the order found.
    pub paths: Vec<Touched>,
    /// The way to the verdict, one sentence per line, for people.
    pub explain: Vec<String>,
}

impl Decision {
    /// The reason against the call; `None`: it may happen.
    pub fn denied(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Allow => None,
            Verdict::Deny { reason } => Some(reason),
        }
    }

    /// The refusal of a name that stands for no tool, for the log: rule `unknown-tool`.
    pub fn unknown_tool(reason: impl Into<String>) -> Self {
        Self::refusal(Rule::UnknownTool, reason.into())
    }

    /// The refusal of arguments that no tool could take, for the log: rule `arguments`.
    pub fn unfit_arguments(reason: impl Into<String>) -> Self {
        Self::refusal(Rule::Arguments, reason.into())
    }

    /// What a [`Guard`](crate::Guard) refused while a call was carried out, for the log: rule `file`.
    pub fn refused_file(path: &Path, access: Access, reason: impl Into<String>) -> Self {
        Self {
            paths: vec![Touched {
                written: path.display().to_string(),
                resolved: Some(path.to_owned()),
                access,
                managed: None,
            }],
            explain: vec!["refused while the call was carried out".to_owned()],
            ..Self::refusal(Rule::File, reason.into())
        }
    }

    fn refusal(rule: Rule, reason: String) -> Self {
        Self {
            verdict: Verdict::Deny { reason },
            rule: rule.id(),
            paths: Vec::new(),
            explain: Vec::new(),
        }
    }
}

/// Yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The call may happen.
    Allow,
    /// It may not.
    Deny {
        /// In words for the model.
        reason: String,
    },
}

/// One path of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// As the model wrote it.
    pub written: String,
    /// What it leads to; `None`: it was refused before that was known.
    pub resolved: Option<PathBuf>,
    /// What would happen to it.
    pub access: Access,
    /// The managed path that decides about it; `None`: it lies outside all of them.
    pub managed: Option<Managed>,
}

/// A path that the policy knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Managed {
    /// Where it is, links resolved.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// The most that may be done below it in this phase.
    pub access: Access,
}

/// What a managed path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The agent's own folder.
    Workspace,
    /// Snapshots of others.
    References,
    /// A configured context path.
    Context,
}
