//! Everything but Linux: what the standard library offers. Untested; see the module above.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

pub(crate) fn open(path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path)?.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    File::open(path)
}

pub(crate) fn foreign_writer(_: &Metadata) -> Option<String> {
    None
}

pub(crate) fn sealed_copy(_: &str, _: &[u8]) -> io::Result<(File, PathBuf)> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

pub(crate) fn make_private_library(_: &File) -> io::Result<()> {
    Ok(())
}
