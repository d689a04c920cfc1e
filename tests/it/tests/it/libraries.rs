//! Libraries loaded into the test's own process, by the host's loader.

use std::path::Path;

use loader::{Environment, Found, Loader, Policy, Prober, inspect};
use massgen_plugin::abi::host::Root;

use it::binary;

/// Loads a plugin from this folder; the binary is the child of the probe.
pub(crate) fn load(folder: &Path, plugin: &str) -> Root {
    let home = tempfile::tempdir().expect("a folder");
    let environment = Environment {
        state_home: Some(home.path().to_owned()),
        ..Environment::default()
    };
    let file = folder.join(file_name(plugin));
    let inspection = inspect(&Found::named(&file), &Policy::default()).expect("a plugin");
    let loader = Loader::new(&environment, Prober::new(binary()));
    loader.load(&inspection).expect("a fit plugin").root
}

fn file_name(plugin: &str) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}massgen_backend_{plugin}{DLL_SUFFIX}")
}
