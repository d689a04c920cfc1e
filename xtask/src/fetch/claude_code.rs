//! The Claude Code command line, one native program of about 360 MB, from npm.
//!
//! The version is pinned and the lock file holds the hashes of all platforms; npm takes that of this
//! machine. No script of a package is run: the program is used where npm puts it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::servers::{Servers, install_modules, key};
use super::{Cache, empty, unwritable};

const MANIFEST: &[u8] = include_bytes!("claude_code/package.json");
const LOCK: &[u8] = include_bytes!("claude_code/package-lock.json");

/// The program, fetched unless it is there.
pub(crate) fn claude_code(servers: &Servers) -> Result<PathBuf> {
    let cache = Cache::open("claude-code")?;
    let home = cache.root.join(key([MANIFEST, LOCK]));
    if !home.is_dir() {
        println!("fetching Claude Code from npm");
        let partial = empty(cache.root.join("partial"))?;
        install_modules(servers, &partial, MANIFEST, LOCK)
            .context("npm cannot fetch Claude Code")?;
        fs::rename(&partial, &home).with_context(|| unwritable(&home))?;
    }
    program(&home.join("node_modules").join("@anthropic-ai"))
}

/// The program of whichever platform's package npm took.
fn program(packages: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(packages).context("npm brought no Claude Code")?;
    let names = ["claude", "claude.exe"];
    entries
        .filter_map(Result::ok)
        .flat_map(|it| names.map(|name| it.path().join(name)))
        .find(|it| it.is_file())
        .context("Claude Code has no program for this platform")
}
