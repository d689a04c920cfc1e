//! What Landlock cannot hold, in words for people.

use crate::support::{Support, support};

/// What the running kernel does not keep a sandboxed program from, one sentence each. For the
/// documentation and for `massgen permissions explain`.
pub fn limits() -> Vec<&'static str> {
    limits_of(support())
}

fn limits_of(support: Support) -> Vec<&'static str> {
    const ALWAYS: [&str; 6] = [
        "File names, sizes and times can be seen everywhere; only contents and listings are held.",
        "Modes, owners, times and extended attributes of files can be changed where the user may.",
        "A protected path inside a writable folder can be written: rules only add.",
        "System folders such as /etc and /usr, and what lies beside programs on PATH, can be read.",
        "What a program leaves in a package cache may later run outside of the sandbox.",
        "Memory, processor time and the size of files are not limited.",
    ];
    const BY_VERSION: [(u32, &str); 6] = [
        (1, "Nothing is held at all."),
        (3, "Any file that the user may write can be emptied."),
        (4, "TCP cannot be denied."),
        (
            6,
            "Signals and abstract sockets reach programs outside of the sandbox.",
        ),
        (
            9,
            "Sockets in the file system, such as those of Docker and of the SSH agent, can be \
             connected to.",
        ),
        (10, "UDP, and with it name lookups, cannot be denied."),
    ];
    let version = support.version();
    let missing = BY_VERSION.iter().filter(|(since, _)| version < *since);
    missing
        .map(|(_, words)| *words)
        .chain(ALWAYS)
        .chain(["Raw sockets and protocols other than TCP and UDP cannot be denied."])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_kernel_leaves_less_open() {
        let of = |version| limits_of(Support::Landlock(version)).join("\n");
        assert!(of(3).contains("TCP cannot be denied"));
        assert!(!of(4).contains("TCP cannot be denied"));
        assert!(of(7).contains("Docker"));
        assert!(!of(9).contains("Docker"));
        assert!(of(10).contains("Raw sockets"));
    }
}
