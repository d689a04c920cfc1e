//! Files for plugins: the operations `read`, `write` and `list`, judged like the file tools.

use std::sync::Arc;

use permissions::{Call, Hints};
use serde_json::{Value, json};
use workspace::{FILESYSTEM, FileError, Files};

use crate::inner::Inner;
use crate::{Entry, gate};

/// Most bytes of one file that a plugin is given at once.
const READ_BYTES: u64 = 16 << 20;

pub(crate) async fn read(inner: &Arc<Inner>, path: &str) -> Result<Vec<u8>, String> {
    permitted(inner, "read_file", path)?;
    let path = path.to_owned();
    with_files(inner, move |files, guard| {
        files.read(&path, guard, READ_BYTES)
    })
    .await
}

pub(crate) async fn write(inner: &Arc<Inner>, path: &str, content: Vec<u8>) -> Result<(), String> {
    permitted(inner, "write_file", path)?;
    let path = path.to_owned();
    with_files(inner, move |files, guard| {
        files.write(&path, &content, guard)
    })
    .await
}

pub(crate) async fn list(inner: &Arc<Inner>, path: &str) -> Result<Vec<Entry>, String> {
    permitted(inner, "list_directory", path)?;
    let path = path.to_owned();
    let entries = with_files(inner, move |files, guard| files.list(&path, guard)).await?;
    let entry = |it: workspace::DirEntry| Entry {
        name: it.name.to_string_lossy().into_owned(),
        kind: it.kind,
        size: it.size,
    };
    Ok(entries.into_iter().map(entry).collect())
}

fn permitted(inner: &Inner, tool: &str, path: &str) -> Result<(), String> {
    let arguments: Value = json!({"path": path});
    let call = Call {
        server: Some(FILESYSTEM),
        tool,
        arguments: &arguments,
        hints: Hints::default(),
        schema: None,
        filesystem: true,
        remote: false,
    };
    gate::record(inner, "", FILESYSTEM, &call)
}

async fn with_files<T: Send + 'static>(
    inner: &Arc<Inner>,
    work: impl FnOnce(&Files, &dyn permissions::Guard) -> Result<T, FileError> + Send + 'static,
) -> Result<T, String> {
    let Some(files) = inner.loan.files.clone() else {
        return Err("this agent has no workspace".to_owned());
    };
    let guard = inner.loan.policy.guard(inner.phase());
    let done = tokio::task::spawn_blocking(move || work(&files, &guard)).await;
    done.map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}
