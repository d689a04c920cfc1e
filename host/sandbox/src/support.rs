//! What the running kernel offers.

use std::fmt;
use std::sync::OnceLock;

/// What the running kernel can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Landlock, in this version of its interface: 1 holds files, 3 truncation too, 4 TCP, 6
    /// signals and abstract sockets, 9 sockets in the file system, 10 UDP.
    Landlock(u32),
    /// Nothing.
    Nothing(Missing),
}

impl Support {
    /// The version, 0 without Landlock.
    pub fn version(self) -> u32 {
        match self {
            Self::Landlock(version) => version,
            Self::Nothing(_) => 0,
        }
    }
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The kernel has Landlock, and it is switched off.
    SwitchedOff,
    /// The kernel has no Landlock, or something between us and it forbids the calls.
    NotBuilt,
    /// Landlock is a feature of Linux.
    NotLinux,
    /// The kernel's Landlock is older than what the rules need.
    TooOld {
        /// What it has.
        has: u32,
        /// What the rules need.
        needs: u32,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwitchedOff => f.write_str(
                "Landlock is switched off in this kernel (add `landlock` to its `lsm=` parameter)",
            ),
            Self::NotBuilt => f.write_str(
                "this kernel has no Landlock (Linux 5.13 has), or a container forbids it",
            ),
            Self::NotLinux => f.write_str("only Linux has Landlock"),
            Self::TooOld { has, needs } => write!(
                f,
                "this kernel has version {has} of Landlock, the rules need version {needs} ({})",
                if *needs > 3 { "Linux 6.7" } else { "Linux 6.2" },
            ),
        }
    }
}

/// Asks the kernel, once per process.
pub fn support() -> Support {
    static ANSWER: OnceLock<Support> = OnceLock::new();
    *ANSWER.get_or_init(ask)
}

#[cfg(target_os = "linux")]
fn ask() -> Support {
    crate::kernel::support()
}

#[cfg(not(target_os = "linux"))]
fn ask() -> Support {
    Support::Nothing(Missing::NotLinux)
}
