//! Putting files where others may be reading: a temporary file beside the target, then a rename.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

/// Copies `from` to `to`, permissions included; a reader of `to` sees the old or the new file.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let said = || format!("cannot copy `{}` to `{}`", from.display(), to.display());
    let mut source = fs::File::open(from).with_context(said)?;
    let mut partial = beside(to)?;
    io::copy(&mut source, &mut partial).with_context(said)?;
    let permissions = source.metadata().with_context(said)?.permissions();
    partial
        .as_file()
        .set_permissions(permissions)
        .with_context(said)?;
    partial.persist(to).with_context(said)?;
    Ok(())
}

/// Writes `bytes` to `to` unless they are there already, so that cargo sees no change.
pub(crate) fn write(to: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let said = || format!("cannot write `{}`", to.display());
    let mut partial = beside(to)?;
    partial.write_all(bytes).with_context(said)?;
    readable(partial.as_file()).with_context(said)?;
    partial.persist(to).with_context(said)?;
    Ok(())
}

/// Temporary files are private; what we place is for the user's other programs too.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

fn beside(to: &Path) -> Result<NamedTempFile> {
    let folder = to
        .parent()
        .with_context(|| format!("`{}` has no folder", to.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    NamedTempFile::new_in(folder).with_context(|| format!("cannot write in `{}`", folder.display()))
}
