//! Files for plugins: the operations `read`, `write` and `list`, judged like the file tools.

use std::sync::Arc;

use permissions::{Call, Hints};
use serde_json::{Value, json};
use workspace::{FILESYSTEM, FileError, Files};

use crate::Entry;
use crate::inner::Inner;
use crate::ruling::{self, Watch};

/// Most bytes of one file that a plugin is given at once.
const READ_BYTES: u64 = 16 << 20;

pub(crate) async fn read(inner: &Arc<Inner>, path: &str) -> Result<Vec<u8>, String> {
    carry(inner, "read_file", path, |files, path, guard| {
        files.read(path, guard, READ_BYTES)
    })
    .await
}

pub(crate) async fn write(inner: &Arc<Inner>, path: &str, content: Vec<u8>) -> Result<(), String> {
    carry(inner, "write_file", path, move |files, path, guard| {
        files.write(path, &content, guard)
    })
    .await
}

pub(crate) async fn list(inner: &Arc<Inner>, path: &str) -> Result<Vec<Entry>, String> {
    let entry = |it: workspace::DirEntry| Entry {
        name: it.name.to_string_lossy().into_owned(),
        kind: it.kind,
        size: it.size,
    };
    carry(inner, "list_directory", path, move |files, path, guard| {
        let entries = files.list(path, guard)?;
        Ok(entries.into_iter().map(entry).collect())
    })
    .await
}

/// Judges and works, both off the event loop.
async fn carry<T: Send + 'static>(
    inner: &Arc<Inner>,
    tool: &'static str,
    path: &str,
    work: impl FnOnce(&Files, &str, &Watch) -> Result<T, FileError> + Send + 'static,
) -> Result<T, String> {
    let Some(files) = inner.loan.files.clone() else {
        return Err("this agent has no workspace".to_owned());
    };
    let (held, path) = (Arc::clone(inner), path.to_owned());
    let working = tokio::task::spawn_blocking(move || {
        let permit = ruling::rule(&held, "", &a_call(tool, &json!({ "path": path })))?;
        let done = work(&files, &path, &permit.guard(&held));
        done.map_err(|error| error.to_string())
    });
    let done = working.await.unwrap_or_else(|error| {
        tracing::error!(%error, tool, "a file operation failed");
        Err("the operation failed: a fault in massgen".to_owned())
    });
    done.map_err(|error| inner.mask.text(&error))
}

fn a_call<'a>(tool: &'a str, arguments: &'a Value) -> Call<'a> {
    Call {
        server: Some(FILESYSTEM),
        tool,
        arguments,
        base: None,
        hints: Hints::default(),
        schema: None,
        filesystem: true,
        remote: false,
    }
}
