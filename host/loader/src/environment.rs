//! What the process's surroundings say about folders, read once and then plain data.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Folders and variables that decide where plugins are looked for and where notes are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `MASSGEN_PLUGIN_DIR`: one folder, or several separated like `PATH`.
    pub plugin_dir: Option<OsString>,
    /// `${XDG_DATA_HOME:-~/.local/share}`.
    pub data_home: Option<PathBuf>,
    /// `${XDG_STATE_HOME:-~/.local/state}`.
    pub state_home: Option<PathBuf>,
    /// The running program.
    pub program: Option<PathBuf>,
}

impl Environment {
    /// The surroundings of this process.
    pub fn of_this_process() -> Self {
        Self {
            plugin_dir: variable("MASSGEN_PLUGIN_DIR"),
            data_home: home("XDG_DATA_HOME", ".local/share"),
            state_home: home("XDG_STATE_HOME", ".local/state"),
            program: env::current_exe().ok(),
        }
    }

    /// The installed store: `massgen/plugins` in the data folder.
    pub fn store(&self) -> Option<PathBuf> {
        Some(self.data_home.as_ref()?.join("massgen/plugins"))
    }

    /// Where massgen keeps notes about plugins: `massgen` in the state folder.
    pub fn state(&self) -> Option<PathBuf> {
        Some(self.state_home.as_ref()?.join("massgen"))
    }

    /// The folder `plugins` beside the program.
    pub fn beside(&self) -> Option<PathBuf> {
        Some(self.program.as_ref()?.parent()?.join("plugins"))
    }
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// An XDG folder: a relative value of the variable is ignored, as the XDG specification asks.
fn home(name: &str, default: &str) -> Option<PathBuf> {
    let named = variable(name)
        .map(PathBuf::from)
        .filter(|it| it.is_absolute());
    named.or_else(|| Some(Path::new(&variable("HOME")?).join(default)))
}
