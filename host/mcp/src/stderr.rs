//! What a server's program writes to its standard error: a free-form log, never parsed, masked,
//! kept in a file of bounded size and, its end, in memory.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::codec::FramedRead;
use transport::Secret;

use crate::lines::{Line, Lines};

/// The longest line kept.
const LONGEST_LINE: usize = 16 << 10;
/// Lines kept in memory.
const TAIL: usize = 5;
/// Characters quoted of one of them.
const QUOTED: usize = 300;
/// Size at which a log file is put aside; there are at most two of them.
const FILE_BYTES: u64 = 1 << 20;

/// The reader of one program's standard error.
#[derive(Debug)]
pub(crate) struct Stderr {
    tail: Arc<Mutex<VecDeque<String>>>,
    /// When the last line came.
    signs: watch::Receiver<Option<Instant>>,
    reader: JoinHandle<()>,
}

impl Stderr {
    /// Reads until the end. Without a folder, nothing is written to a file.
    pub(crate) fn follow(
        stream: impl AsyncRead + Send + Unpin + 'static,
        secrets: Vec<Secret>,
        folder: Option<&Path>,
        server: &str,
    ) -> Self {
        let tail = Arc::<Mutex<VecDeque<String>>>::default();
        let (signal, signs) = watch::channel(None);
        let path = folder.map(|folder| folder.join(format!("{server}.log")));
        let kept = tail.clone();
        let reader = tokio::spawn(async move {
            let mut lines = FramedRead::new(stream, Lines::new(LONGEST_LINE));
            let mut log = LogFile::at(path);
            while let Some(Ok(line)) = lines.next().await {
                let line = match line {
                    Line::Whole(line) => {
                        transport::redact(&String::from_utf8_lossy(&line), &secrets)
                    }
                    Line::TooLong => "[a line of more than 16 KiB]".to_owned(),
                };
                log.write(&line).await;
                keep(&mut lock(&kept), &line);
                signal.send_replace(Some(Instant::now()));
            }
        });
        Self {
            tail,
            signs,
            reader,
        }
    }

    /// The last lines in one; empty when there were none.
    pub(crate) fn tail(&self) -> String {
        let lines = lock(&self.tail);
        lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" | ")
    }

    /// The last line.
    pub(crate) fn last_line(&self) -> String {
        lock(&self.tail).back().cloned().unwrap_or_default()
    }

    /// When the last line came; changes with each.
    pub(crate) fn signs(&self) -> watch::Receiver<Option<Instant>> {
        self.signs.clone()
    }

    /// Waits a moment for what was written just before the program ended.
    pub(crate) async fn drained(&mut self) {
        let _ = timeout(Duration::from_millis(500), &mut self.reader).await;
    }
}

fn lock(tail: &Mutex<VecDeque<String>>) -> MutexGuard<'_, VecDeque<String>> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(tail: &mut VecDeque<String>, line: &str) {
    let line = line.trim();
    if line.is_empty() {
        return;
    }
    if tail.len() == TAIL {
        tail.pop_front();
    }
    tail.push_back(line.chars().take(QUOTED).collect());
}

/// A log file. What cannot be written is not: a log is no reason for a server to fail.
struct LogFile {
    path: Option<PathBuf>,
    open: Option<(File, u64)>,
}

impl LogFile {
    fn at(path: Option<PathBuf>) -> Self {
        Self { path, open: None }
    }

    async fn write(&mut self, line: &str) {
        let Some(path) = self.path.clone() else {
            return;
        };
        if let Err(error) = self.append(&path, line).await {
            tracing::warn!(%error, path = %path.display(), "an MCP server's log cannot be written");
            self.path = None;
        }
    }

    async fn append(&mut self, path: &Path, line: &str) -> std::io::Result<()> {
        if self
            .open
            .as_ref()
            .is_some_and(|(_, size)| *size >= FILE_BYTES)
        {
            self.open = None;
            tokio::fs::rename(path, path.with_extension("log.1")).await?;
        }
        if self.open.is_none() {
            self.open = Some(open(path).await?);
        }
        if let Some((file, size)) = &mut self.open {
            file.write_all(format!("{line}\n").as_bytes()).await?;
            file.flush().await?;
            *size += line.len() as u64 + 1;
        }
        Ok(())
    }
}

async fn open(path: &Path) -> std::io::Result<(File, u64)> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .await?;
    let size = file.metadata().await?.len();
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn follow(text: String, folder: &Path) -> Stderr {
        let secrets = vec![Secret::new("planted-secret")];
        let stream = std::io::Cursor::new(text.into_bytes());
        let mut stderr = Stderr::follow(stream, secrets, Some(folder), "s");
        stderr.drained().await;
        stderr
    }

    #[tokio::test]
    async fn the_end_is_quoted_and_secrets_are_masked_in_quote_and_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = "1\n2\n\n3\n4\n5\nuses planted-secret\n";
        let stderr = follow(text.into(), folder.path()).await;
        assert_eq!(stderr.tail(), "2 | 3 | 4 | 5 | uses ***");
        let file = std::fs::read_to_string(folder.path().join("s.log")).unwrap();
        assert_eq!(file, "1\n2\n\n3\n4\n5\nuses ***\n");
    }

    #[tokio::test]
    async fn a_file_that_grows_is_put_aside_once() {
        let folder = tempfile::tempdir().unwrap();
        let line = "x".repeat(10_000) + "\n";
        for _ in 0..3 {
            follow(line.repeat(110), folder.path()).await;
        }
        let mut sizes: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .collect();
        sizes.sort_unstable();
        assert_eq!(sizes.len(), 2, "{sizes:?}");
        assert!(
            sizes.iter().all(|size| *size < FILE_BYTES + 20_000),
            "{sizes:?}"
        );
    }
}
