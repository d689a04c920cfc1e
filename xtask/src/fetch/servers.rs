//! Real MCP servers, and the client conformance suite, from npm and PyPI.
//!
//! One folder in the cache per set of pins: a Node.js out of a Python wheel, npm packages by a lock
//! file with hashes, Python packages at fixed versions in a virtual environment. The user's own
//! configuration of npm and pip says where they come from. No script of a package is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::packages::NODE;
use super::python::Python;
use super::{Cache, empty, unwritable};
use crate::{place, platform, shell};

const MANIFEST: &[u8] = include_bytes!("mcp/package.json");
const LOCK: &[u8] = include_bytes!("mcp/package-lock.json");
const REQUIREMENTS: &[u8] = include_bytes!("mcp/requirements.txt");

/// Where the servers are.
pub(crate) struct Servers {
    home: PathBuf,
}

impl Servers {
    /// Node.js 22.
    pub(crate) fn node(&self) -> PathBuf {
        platform::wheel_node(&self.home.join("node"))
    }

    /// The npm packages: `server-everything`, `-memory`, `-filesystem` and `conformance` in
    /// `@modelcontextprotocol`.
    pub(crate) fn modules(&self) -> PathBuf {
        self.home.join("npm").join("node_modules")
    }

    /// An interpreter with the modules `mcp_server_time` and `mcp_server_git`.
    pub(crate) fn python(&self) -> PathBuf {
        platform::venv_python(&self.home.join("python"))
    }
}

/// The servers, fetched unless they are there.
pub(crate) fn servers() -> Result<Servers> {
    let cache = Cache::open("mcp")?;
    let node = NODE.requirement();
    let home = cache
        .root
        .join(key([MANIFEST, LOCK, REQUIREMENTS, node.as_bytes()]));
    if !home.is_dir() {
        let partial = Servers {
            home: empty(cache.root.join("partial"))?,
        };
        fetch(&partial)?;
        fs::rename(&partial.home, &home).with_context(|| unwritable(&home))?;
    }
    Ok(Servers { home })
}

/// Another set of pins is another folder.
pub(super) fn key<'a>(pins: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for pin in pins {
        hash.update(pin);
    }
    let digest = hash.finalize();
    digest[..8].iter().map(|it| format!("{it:02x}")).collect()
}

fn fetch(into: &Servers) -> Result<()> {
    let python = Python::find()?;
    println!("fetching Node.js {}", NODE.version);
    python.install(&NODE, &into.home.join("node"))?;
    println!("fetching MCP servers from npm");
    let folder = into.home.join("npm");
    install_modules(into, &folder, MANIFEST, LOCK).context("npm cannot fetch the MCP servers")?;
    println!("fetching MCP servers from PyPI");
    install_python(&python, into)
}

/// What a lock file names, below a folder, by the Node.js of these servers.
pub(super) fn install_modules(
    by: &Servers,
    folder: &Path,
    manifest: &[u8],
    lock: &[u8],
) -> Result<()> {
    place::write(&folder.join("package.json"), manifest)?;
    place::write(&folder.join("package-lock.json"), lock)?;
    let mut npm = Command::new(by.node());
    npm.arg(platform::wheel_npm(&by.home.join("node")))
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder);
    shell::read(&mut npm)?;
    Ok(())
}

fn install_python(python: &Python, into: &Servers) -> Result<()> {
    let folder = into.home.join("python");
    python.virtual_environment(&folder)?;
    let list = into.home.join("requirements.txt");
    place::write(&list, REQUIREMENTS)?;
    let mut pip = Command::new(into.python());
    pip.args(["-m", "pip", "--disable-pip-version-check", "--no-input"])
        .args(["install", "--quiet", "--only-binary", ":all:"])
        .arg("--requirement")
        .arg(&list);
    shell::read(&mut pip).context("pip cannot fetch the MCP servers")?;
    Ok(())
}

/// For people who want to look at what is there.
pub(crate) fn describe(servers: &Servers) -> String {
    let line = |name: &str, path: &Path| format!("{name}: {}\n", path.display());
    [
        line("node", &servers.node()),
        line("npm packages", &servers.modules()),
        line("python", &servers.python()),
    ]
    .concat()
}
