//! Linux: opening without following, owners, sealed memory.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{MemfdFlags, OFlags, SealFlags};
use rustix::io::Errno;

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
