//! What a server entry may say: the security rules of services §2.2–2.4, on plain values. Pure:
//! nothing is resolved, started or read, and no remark repeats a value that may be secret.
//!
//! The rules guard against mistakes and careless copying, they are no sandbox: whoever may write
//! a configuration may name a program.

mod address;
mod command;
mod environment;
mod header;
mod security;

pub(crate) use address::check_url;
pub(crate) use command::{check_argument, check_command, check_shell, split};
pub(crate) use environment::check_variable;
pub(crate) use header::check_header;
pub(crate) use security::{EnvRules, Level, Security};

/// Why a value is refused: what it must be or must not have, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// After the key's name: `` `key` MUST``.
    pub(crate) must: String,
    pub(crate) hint: Option<String>,
}

impl Wrong {
    pub(crate) fn new(must: impl Into<String>) -> Self {
        let (must, hint) = (must.into(), None);
        Self { must, hint }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// At most this many characters.
pub(crate) fn check_length(text: &str, max: usize) -> Result<(), Wrong> {
    let length = text.chars().count();
    if length > max {
        let must = format!("must have at most {max} characters, not {length}");
        return Err(Wrong::new(must));
    }
    Ok(())
}

/// The name of a server: it becomes part of its tools' names (services §2.5).
pub(crate) fn check_name(name: &str) -> Result<(), Wrong> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=50).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    let must = "must be 1 to 50 letters, digits, `_` or `-`";
    Err(Wrong::new(must).hint("the name is a part of its tools' names: mcp__NAME__TOOL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_part_of_a_tools_name() {
        for good in ["a", "My-server_2", &"x".repeat(50)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", " ", "a b", "a.b", "a/b", "é", "a\n", &"x".repeat(51)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
