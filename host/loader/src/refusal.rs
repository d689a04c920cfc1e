//! Why a plugin is not loaded: one code, one line, one thing to do.
//!
//! **Invariant:** `what` and `hint` are one printable line each, whatever a hostile file put into
//! the texts they were made from.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Longest line, in characters.
const LONGEST: usize = 400;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Which check refused. The texts are stable; scripts may compare them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// The code as it is printed.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// Not a file that can be a plugin (checks 1, 6, 7, 8).
    Inspect = "E-PLUG-INSPECT",
    /// Somebody else can write the file or a folder above it (check 2).
    Perm = "E-PLUG-PERM",
    /// It ended a massgen before (check 3).
    Quarantine = "E-PLUG-QUARANTINE",
    /// Its index withdrew it (check 3).
    Withdrawn = "E-PLUG-WITHDRAWN",
    /// The file is not the one that was installed (check 4).
    Tampered = "E-PLUG-TAMPERED",
    /// Nobody vouches for the file and no `--plugin-dir` named its folder (check 4).
    Unmanaged = "E-PLUG-UNMANAGED",
    /// The signature is missing, wrong, or cannot be checked (check 5).
    Signature = "E-PLUG-SIG",
    /// Another family, major or newer minor of the contract, or no unwinding (checks 9, 12).
    Abi = "E-PLUG-ABI",
    /// Loading it in a child process failed (check 10).
    Probe = "E-PLUG-PROBE",
    /// The system could not load it, or it is not what its file says (checks 11, 14).
    Load = "E-PLUG-LOAD",
    /// Its types are laid out differently from what its version promises (check 13).
    Layout = "E-PLUG-LAYOUT",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A plugin that is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {}: {what}", path.display())]
#[non_exhaustive]
pub struct Refusal {
    /// Which check refused.
    pub code: Code,
    /// The file at fault.
    pub path: PathBuf,
    /// What is wrong with it: one line.
    pub what: String,
    /// What the user can do: one line.
    pub hint: String,
    /// The whole text behind `what`, where it has one (layout differences: tens of kilobytes).
    pub report: Option<String>,
}

impl Refusal {
    pub(crate) fn new(
        code: Code,
        path: &Path,
        what: impl AsRef<str>,
        hint: impl AsRef<str>,
    ) -> Self {
        Self {
            code,
            path: path.to_owned(),
            what: one_line(what.as_ref()),
            hint: one_line(hint.as_ref()),
            report: None,
        }
    }

    /// Which check refused.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What the user can do; printed under the error as `hint:`.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// The text without control characters and runs of spaces, cut at a bearable length.
pub(crate) fn one_line(text: &str) -> String {
    let printable = text.replace(|c: char| c.is_control() || is_invisible(c), " ");
    let mut line = String::new();
    for word in printable.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Characters that reorder or hide text on a terminal.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_stays_one_printable_line() {
        let shown = one_line("a\n\n\u{1b}[31mred\u{202e}\tb");
        assert_eq!(shown, "a [31mred b");
        assert_eq!(one_line(&"é".repeat(1000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn a_refusal_names_code_and_file_and_keeps_its_hint_apart() {
        let refusal = Refusal::new(Code::Perm, Path::new("/p/x.so"), "is writable", "chmod it");
        assert_eq!(refusal.to_string(), "E-PLUG-PERM: /p/x.so: is writable");
        assert_eq!(refusal.hint(), "chmod it");
    }
}
