//! The process's environment, read in one place.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use loader::{Environment, SearchPath};

/// Where plugins are looked for.
pub(crate) struct Search {
    pub(crate) environment: Environment,
    pub(crate) path: SearchPath,
}

/// The search path of this process, with the folders of `--plugin-dir` first.
pub(crate) fn search_path(plugin_dirs: &[PathBuf]) -> Search {
    let environment = Environment::of_this_process();
    let path = SearchPath::new(plugin_dirs, &environment);
    Search { environment, path }
}

/// An environment variable, when it is set to text.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where plugins keep what outlives a run: `massgen/plugin-stores` in the user's data folder.
pub(crate) fn plugin_stores() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.data_dir().join("massgen/plugin-stores"))
}
