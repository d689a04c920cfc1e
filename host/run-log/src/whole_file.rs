//! A file that is there completely or not at all.

use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::LogError;

/// Writes beside the target and renames; missing folders are made.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), LogError> {
    let written = try_write(path, content);
    written.map_err(|source| LogError::Write {
        path: path.to_owned(),
        source,
    })
}

fn try_write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}
