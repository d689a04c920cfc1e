//! Variables that are set for a command.

use super::shell::Shell;
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::Denial;

/// They change what later words mean, which program is started, or what that starts.
const REFUSED: [&str; 24] = [
    "PATH",
    "IFS",
    "CDPATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "ENV",
    "SHELL",
    "SHELLOPTS",
    "BASHOPTS",
    "PROMPT_COMMAND",
    "PS4",
    "VISUAL",
    "BROWSER",
    "MANOPT",
    "NODE_OPTIONS",
    "NODE_PATH",
    "JAVA_TOOL_OPTIONS",
    "RUSTC",
    "RIPGREP_CONFIG_PATH",
    "MAKEFLAGS",
    "HISTFILE",
    "GREP_OPTIONS",
    "TAR_OPTIONS",
];
const STARTS: [&str; 10] = [
    "LD_", "DYLD_", "GIT_", "BASH_", "LESS", "PYTHON", "PERL5", "RUBY", "BAT_", "ZDOT",
];
const ENDS: [&str; 4] = ["PAGER", "EDITOR", "_WRAPPER", "_ASKPASS"];
/// Of the families above, those that only change how text is written.
const HARMLESS: [&str; 4] = [
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
];

impl Shell<'_, '_> {
    /// Judges `NAME=value` before a command, in `env` and in `export`.
    pub(crate) fn variable(&mut self, name: &str, value: &str) -> Result<(), Denial> {
        let upper = name.to_uppercase();
        let refused = REFUSED.contains(&upper.as_str())
            || STARTS.iter().any(|start| upper.starts_with(start))
            || ENDS.iter().any(|end| upper.ends_with(end));
        if refused && !HARMLESS.contains(&upper.as_str()) {
            return Err(unclear(format!("`{name}` is set")));
        }
        self.unknown_operand(&Word::literal(value), Effect::Write)
    }
}
