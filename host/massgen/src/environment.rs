//! The process's environment, read in one place.

use std::path::PathBuf;

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
