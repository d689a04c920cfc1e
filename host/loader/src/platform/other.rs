//! Everything but Linux: what the standard library offers. Untested; see the module above.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

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

pub(crate) fn isolate(_: &mut Command) {}

pub(crate) fn end(child: &mut Child) {
    // It fails when the child is gone, which is what was wanted.
    let _ = child.kill();
}

pub(crate) fn signal(_: ExitStatus) -> Option<i32> {
    None
}

pub(crate) fn limit_this_process(_: u64, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

pub(crate) fn take_stdout() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn open_descriptors() -> io::Result<Vec<i32>> {
    Ok(Vec::new())
}
