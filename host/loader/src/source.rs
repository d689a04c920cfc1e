//! Where a library was found, and who vouches for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which place of the search path a library came from, in search order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A folder or file that the user named on the command line.
    PluginDir,
    /// A folder of `MASSGEN_PLUGIN_DIR`.
    Environment,
    /// The installed store.
    Store,
    /// The folder `plugins` beside the program.
    Beside,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PluginDir => "--plugin-dir",
            Self::Environment => "MASSGEN_PLUGIN_DIR",
            Self::Store => "the installed store",
            Self::Beside => "beside the program",
        })
    }
}

/// Who vouches for a library (design of the ABI, section 13). All of these run in process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Trust {
    /// Its hash is compiled into this program.
    Shipped,
    /// Its hash is in the user's lock file.
    Pinned,
    /// Only the user's word: its folder was named by `--plugin-dir`.
    Unmanaged,
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Shipped => "shipped",
            Self::Pinned => "pinned",
            Self::Unmanaged => "unmanaged",
        })
    }
}
