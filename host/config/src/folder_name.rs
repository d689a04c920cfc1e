//! An agent's id as the name of a folder. Pure.
//!
//! Invariant: the name is one step of a path on every system, and two ids have two names.

use std::fmt::Write as _;

use events::AgentId;
use sha2::{Digest, Sha256};

/// In bytes, without what makes it unique.
const MAX: usize = 60;

/// Names that Windows keeps for devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The id itself where it is a good name for a folder: letters, digits, `-`, `_` and inner dots, at
/// most 60 bytes. Otherwise what is left of it, and a hash: `a/b` is `a_b-c14cddc0`.
pub fn folder_name(id: &AgentId) -> String {
    let id = id.as_str();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut name: String = id.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    name.truncate(name.floor_char_boundary(MAX));
    let name = name.trim_matches('.');
    let stem = name.split('.').next().unwrap_or_default();
    let device = DEVICES.iter().any(|it| it.eq_ignore_ascii_case(stem)) || is_port(stem);
    if name == id && !name.is_empty() && !device {
        return name.to_owned();
    }
    let hash = Sha256::digest(id);
    hash.iter()
        .take(4)
        .fold(format!("{name}-"), |mut name, byte| {
            // Writing into a text cannot fail.
            let _ = write!(name, "{byte:02x}");
            name
        })
}

/// `com1` to `lpt9`.
fn is_port(stem: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    let number = stem.strip_prefix("com").or(stem.strip_prefix("lpt"));
    number.is_some_and(|it| it.len() == 1 && it.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(id: &str) -> String {
        folder_name(&id.into())
    }

    #[test]
    fn a_plain_id_is_its_own_name() {
        for id in [
            "ann",
            "gpt-4.1_b",
            "gemini2.5flash_mcp_weather",
            "zoë",
            "7",
            "company",
        ] {
            assert_eq!(name(id), id);
        }
    }

    #[test]
    fn any_other_id_has_a_hash() {
        for (id, begins) in [
            ("a/b", "a_b-"),
            ("..", "-"),
            ("../../etc", "_.._etc-"),
            (".hidden", "hidden-"),
            ("C:\\x", "C__x-"),
            ("nul.txt", "nul.txt-"),
            ("COM1", "COM1-"),
            ("a\0\n", "a__-"),
            (&"é".repeat(40), &format!("{}-", "é".repeat(30))),
        ] {
            let name = name(id);
            assert_eq!(name.len(), begins.len() + 8, "{id}");
            assert!(name.starts_with(begins), "{id}: {name}");
        }
        assert_eq!(name("a/b"), "a_b-c14cddc0");
        assert_ne!(name("a/b"), name("a:b"));
    }

    proptest! {
        #[test]
        fn no_id_leaves_its_parent(id in "\\PC{0,300}") {
            let name = name(&id);
            prop_assert!(!name.is_empty() && name.len() <= MAX + 9);
            prop_assert!(!name.contains(['/', '\\', ':', '\0']) && !name.starts_with('.') && !name.ends_with('.'));
        }
    }
}
