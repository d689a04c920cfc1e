//! Limits that the child sets for itself, for good.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits::Limits;

/// Most descriptors: standard ones, pipes, the library, and room.
const DESCRIPTORS: u64 = 64;

/// Memory, processor time, files, no new programs, threads or privileges, no core file.
pub(super) fn limit(limits: &Limits) -> io::Result<()> {
    let always = [
        (Resource::As, limits.memory),
        (Resource::Fsize, limits.file),
        (Resource::Nofile, DESCRIPTORS),
        (Resource::Nproc, 0),
        (Resource::Core, 0),
    ];
    let cpu = limits.seconds.map(|seconds| (Resource::Cpu, seconds));
    for (resource, most) in always.into_iter().chain(cpu) {
        set(resource, most)?;
    }
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}

/// Nothing is written but to pipes.
pub(super) fn no_more_files() -> io::Result<()> {
    set(Resource::Fsize, 0)
}

/// Never more than there was.
fn set(resource: Resource, most: u64) -> io::Result<()> {
    let most = most.min(getrlimit(resource).maximum.unwrap_or(most));
    let both = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(setrlimit(resource, both)?)
}
