//! The name under which a model sees a tool (services §2.5).
//!
//! Names are made here and never read back: who was meant stands in the table.

use sha2::{Digest as _, Sha256};

/// Longest name that every provider takes.
const LONGEST: usize = 64;
/// What is kept of a longer one, before `_` and eight hexadecimal digits.
const KEPT: usize = 55;

/// Names that no tool may have, in lower case (services §2.5).
const RESERVED: [&str; 19] = [
    "connect",
    "disconnect",
    "list",
    "help",
    "version",
    "status",
    "health",
    "ping",
    "debug",
    "admin",
    "system",
    "config",
    "settings",
    "auth",
    "login",
    "logout",
    "exit",
    "quit",
    "",
];

/// `mcp__server__tool`, or why there is none.
pub(super) fn expose(server: &str, tool: &str) -> Result<String, String> {
    let bare = own_name(tool);
    if RESERVED.contains(&bare.to_ascii_lowercase().as_str()) {
        return Err(format!("`{tool}` is a reserved name"));
    }
    let clean = sanitised(bare);
    if clean.is_empty() {
        return Err(format!("`{tool}` is no name"));
    }
    let name = format!("mcp__{}__{clean}", sanitised(server));
    Ok(if name.len() > LONGEST {
        marked(&name, server, tool)
    } else {
        name
    })
}

/// The same name with a mark that tells it from its twin.
pub(super) fn marked(name: &str, server: &str, tool: &str) -> String {
    let hash = Sha256::digest(format!("{server}\0{tool}"));
    let mark: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = name.len().min(KEPT);
    format!("{}_{mark}", &name[..kept])
}

/// A server may put a prefix of ours in front of its own names.
fn own_name(tool: &str) -> &str {
    match tool.strip_prefix("mcp__") {
        Some(rest) => rest.split_once("__").map_or(rest, |(_, name)| name),
        None => tool,
    }
}

fn sanitised(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let clean: String = text
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    clean.trim_matches(['_', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(server: &str, tool: &str, name: &str) {
        assert_eq!(expose(server, tool).unwrap(), name);
    }

    #[test]
    fn names_are_prefixed_and_cleaned_and_never_too_long() {
        check("weather", "get", "mcp__weather__get");
        check("fs", "mcp__s__t", "mcp__fs__t");
        check("fs", "mcp__t", "mcp__fs__t");
        check("fs", "search files", "mcp__fs__search_files");
        check("fs", "_a.b_", "mcp__fs__a_b");
        let long = expose("s", &"x".repeat(80)).unwrap();
        assert_eq!(long.len(), LONGEST);
        assert_ne!(long, expose("s", &"x".repeat(81)).unwrap());
    }

    #[test]
    fn reserved_and_empty_names_are_refused() {
        for tool in ["list", "LIST", "mcp__s__ping", "", "__", "\u{e9}\u{e9}"] {
            assert!(expose("s", tool).is_err(), "{tool}");
        }
    }
}
