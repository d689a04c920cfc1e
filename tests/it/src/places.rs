//! Where the built and fetched things are: what is built lies beside the running test, unless the
//! environment says otherwise.

use std::env;
use std::path::{Path, PathBuf};

/// The binary: `MASSGEN_TEST_BIN`, else in the profile folder of the running test.
pub fn binary() -> PathBuf {
    let name = format!("massgen{}", env::consts::EXE_SUFFIX);
    built("MASSGEN_TEST_BIN", || profile().join(name))
}

/// The folder of all plugins: `MASSGEN_TEST_PLUGINS`, else `plugins` in the target folder.
pub fn plugin_folder() -> PathBuf {
    built("MASSGEN_TEST_PLUGINS", || target().join("plugins"))
}

/// The folder of libraries made for tests: `good` or `bad` in `MASSGEN_TEST_FIXTURES`, else in
/// `fixtures` in the target folder.
pub fn fixture_folder(kind: &str) -> PathBuf {
    built("MASSGEN_TEST_FIXTURES", || target().join("fixtures")).join(kind)
}

/// The MCP server that misbehaves on demand, in the profile folder of the running test.
pub(crate) fn faulty_mcp() -> PathBuf {
    let name = format!("faulty-mcp{}", env::consts::EXE_SUFFIX);
    built("MASSGEN_TEST_FAULTY_MCP", || profile().join(name))
}

/// MCP servers from the registries.
#[derive(Debug)]
pub struct RealServers {
    /// Node.js.
    pub node: PathBuf,
    /// The folder of npm packages.
    pub modules: PathBuf,
    /// An interpreter with the Python servers.
    pub python: PathBuf,
}

/// `None`, and a remark, when the environment does not say where they are.
pub fn real_servers() -> Option<RealServers> {
    let [node, modules, python] = [
        "MASSGEN_TEST_NODE",
        "MASSGEN_TEST_NODE_MODULES",
        "MASSGEN_TEST_MCP_PYTHON",
    ]
    .map(|it| env::var_os(it).map(PathBuf::from));
    let found = || {
        Some(RealServers {
            node: node?,
            modules: modules?,
            python: python?,
        })
    };
    let found = found();
    if found.is_none() {
        println!("skipped: no real MCP servers (run `cargo xtask test`)");
    }
    found
}

fn built(variable: &str, otherwise: impl FnOnce() -> PathBuf) -> PathBuf {
    let place = env::var_os(variable).map_or_else(otherwise, PathBuf::from);
    assert!(
        place.exists(),
        "`{}` is missing: run `cargo xtask test`",
        place.display()
    );
    place
}

/// `target/debug`, when the test is `target/debug/deps/it-…`.
fn profile() -> PathBuf {
    let test = env::current_exe().expect("the running test has a path");
    let folder = test.parent().and_then(Path::parent);
    folder
        .expect("a test lies in a folder of the target folder")
        .to_owned()
}

fn target() -> PathBuf {
    profile()
        .parent()
        .expect("a profile folder lies in the target folder")
        .to_owned()
}
