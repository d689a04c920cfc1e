//! Linux: opening without following, owners, sealed memory, limits of a child.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use rustix::fs::{MemfdFlags, OFlags, SealFlags};
use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, Signal};

/// Opens for reading, once and for good: no link as last part, no waiting for a pipe's writer.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Who may write to a file or folder besides root and this user, or `None`.
pub(crate) fn foreign_writer(metadata: &Metadata) -> Option<String> {
    let (me, owner, mode) = (
        rustix::process::geteuid().as_raw(),
        metadata.uid(),
        metadata.mode(),
    );
    if owner != 0 && owner != me {
        return Some(format!("belongs to user {owner}"));
    }
    if metadata.is_dir() && mode & 0o1000 != 0 {
        return None;
    }
    // A group with its owner's number is by convention that user's own, with nobody else in it.
    let is_private_group = metadata.gid() == owner;
    let foreign = if is_private_group { 0o002 } else { 0o022 };
    (mode & foreign != 0).then(|| format!("is writable by others (mode {:o})", mode & 0o7777))
}

/// A sealed copy of `bytes` in memory: nobody can change it any more, under whatever name.
///
/// The path is good as long as the file is open.
pub(crate) fn sealed_copy(name: &str, bytes: &[u8]) -> io::Result<(File, PathBuf)> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let memory = match rustix::fs::memfd_create(name, flags | MemfdFlags::EXEC) {
        // Before Linux 6.3 memory was always executable and the flag not known.
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, flags)?,
        made => made?,
    };
    let mut file = File::from(memory);
    file.write_all(bytes)?;
    let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&file, seals)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    path.try_exists()?
        .then_some((file, path))
        .ok_or_else(|| io::Error::other("/proc is not mounted"))
}

/// Makes a folder, and those above it, that only this user may enter.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Makes a file readable and executable for this user and writable for nobody.
pub(crate) fn make_private_library(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o500))
}

/// Puts a child into a process group of its own, so that [`end`] reaches what it starts.
pub(crate) fn isolate(command: &mut Command) {
    command.process_group(0);
}

/// Ends a child that [`isolate`] prepared, and everything it started.
pub(crate) fn end(child: &mut Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It fails when all are gone, which is what was wanted.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
    let _ = child.kill();
}

/// The signal that ended a child.
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// Limits this process for good: memory, processor time, files, no new programs or privileges.
pub(crate) fn limit_this_process(memory: u64, seconds: u64, file: u64) -> io::Result<()> {
    let limits = [
        (Resource::As, memory),
        (Resource::Cpu, seconds),
        (Resource::Fsize, file),
        (Resource::Nofile, 64),
        (Resource::Nproc, 0),
        (Resource::Core, 0),
    ];
    for (resource, most) in limits {
        let most = most.min(rustix::process::getrlimit(resource).maximum.unwrap_or(most));
        let both = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        rustix::process::setrlimit(resource, both)?;
    }
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}

/// Takes standard output away from everything else in this process: what is printed from now on
/// goes to standard error, and only the file that is returned reaches the old place.
pub(crate) fn take_stdout() -> io::Result<File> {
    let ours = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(ours))
}

/// Numbers of the descriptors above standard error that this process has open.
pub(crate) fn open_descriptors() -> io::Result<Vec<i32>> {
    let folder = Path::new("/proc/self/fd");
    let entries = std::fs::read_dir(folder)?.flatten();
    let mut numbers: Vec<i32> = entries
        .filter_map(|it| it.file_name().to_str()?.parse().ok())
        .collect();
    // The listing had a descriptor of its own, which is closed again by now.
    let is_open = |number: &i32| folder.join(number.to_string()).is_symlink();
    numbers.retain(|number| *number > 2 && is_open(number));
    Ok(numbers)
}
