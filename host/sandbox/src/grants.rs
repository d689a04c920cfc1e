//! Everything one program is granted, put together from the rules and from what programs need.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::{Rules, caches, program, system};

/// Paths by what may be done with them and all below them. What does not exist is skipped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants {
    /// Read and run.
    pub(crate) read: Vec<PathBuf>,
    /// Read, run and change.
    pub(crate) write: Vec<PathBuf>,
    /// Device files: read, write, control.
    pub(crate) devices: Vec<PathBuf>,
    /// Sockets that may be connected to.
    pub(crate) sockets: Vec<PathBuf>,
}

/// The grants for `argv`, whose program was found at `program`.
pub(crate) fn grants(
    rules: &Rules,
    program: &Path,
    argv: &[OsString],
    env: &Environment,
) -> Grants {
    let mut read = rules.read.clone();
    let mut write = rules.write.clone();
    write.extend(rules.temp.clone());
    read.extend(system::read(env));
    read.extend(program::needs(program, argv, env));
    if !rules.deny_package_caches {
        read.extend(caches::settings(env));
        write.extend(caches::folders(env));
    }
    Grants {
        read,
        write,
        devices: system::devices(),
        sockets: system::sockets(rules.deny_network),
    }
}
