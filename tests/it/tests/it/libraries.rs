//! Libraries loaded into the test's own process, by the host's loader.

use std::path::Path;
use std::sync::Arc;

use loader::{Environment, Found, Loaded, Loader, Policy, Prober, inspect};
use massgen_plugin::abi::host::Root;

use it::binary;

/// The functions of a plugin from this folder.
pub(crate) fn load(folder: &Path, plugin: &str) -> Root {
    load_whole(folder, plugin).root
}

/// Loads a plugin from this folder; the binary is the child of the probe.
pub(crate) fn load_whole(folder: &Path, plugin: &str) -> Arc<Loaded> {
    let home = tempfile::tempdir().expect("a folder");
    let environment = Environment {
        state_home: Some(home.path().to_owned()),
        ..Environment::default()
    };
    let file = folder.join(file_name(plugin));
    let inspection = inspect(&Found::named(&file), &Policy::default()).expect("a plugin");
    let loader = Loader::new(&environment, Prober::new(binary()));
    loader.load(&inspection).expect("a fit plugin")
}

fn file_name(plugin: &str) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}massgen_backend_{plugin}{DLL_SUFFIX}")
}
