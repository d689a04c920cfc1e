//! Writes an exchange down while it happens.
//!
//! The file is written once, when the exchange is over, fails or is dropped, and appears whole or
//! not at all. A recording that cannot be written is a warning and never fails the exchange.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use memchr::memmem;
use tempfile::NamedTempFile;
use tokio::time::Instant;

use super::{Cassette, Chunk, Content, End, Request, Response};
use crate::answer::{Answer, Body};
use crate::prepare::Prepared;
use crate::redact::{MASK, redact, redact_headers, spellings};
use crate::{Secret, TransportError};

/// The most body bytes that a recording holds: a stream without an end must not fill the memory.
pub(super) const MAX_BODY: usize = 8 * 1024 * 1024;

/// Starts a recording; what comes back records what is asked of it.
pub(crate) fn record(request: &Prepared, path: PathBuf) -> Recorder {
    Recorder {
        path,
        request: Some(request.into()),
        head: None,
        body: Vec::new(),
        size: 0,
        end: End::Dropped,
        began: Instant::now(),
        secrets: request.secrets.clone(),
    }
}

/// One recording in the making; dropping it writes it.
#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    request: Option<Request>,
    head: Option<(u16, Vec<(String, String)>)>,
    body: Vec<(u64, Bytes)>,
    /// Bytes in `body`.
    size: usize,
    end: End,
    began: Instant,
    secrets: Vec<Secret>,
}

impl Recorder {
    /// Notes the outcome of the request, and goes on with the body.
    pub(crate) fn answer(
        mut self,
        answer: Result<Answer, TransportError>,
    ) -> Result<Answer, TransportError> {
        match answer {
            Ok(Answer {
                status,
                headers,
                body,
            }) => {
                self.head = Some((status, headers.clone()));
                Ok(Answer {
                    status,
                    headers,
                    body: self.tee(body),
                })
            }
            Err(error) => {
                self.failed(&error);
                Err(error)
            }
        }
    }

    fn tee(self, body: Body) -> Body {
        stream::unfold((body, self), |(mut body, mut recorder)| async move {
            let piece = body.next().await;
            recorder.note(piece.as_ref());
            Some((piece?, (body, recorder)))
        })
        .boxed()
    }

    fn note(&mut self, piece: Option<&Result<Bytes, TransportError>>) {
        match piece {
            _ if matches!(self.end, End::TooLong) => {}
            Some(Ok(piece)) => self.keep(piece),
            Some(Err(error)) => self.failed(error),
            None if matches!(self.end, End::Failed(_)) => {}
            None => self.end = End::Complete,
        }
    }

    fn keep(&mut self, piece: &Bytes) {
        if piece.len() > MAX_BODY - self.size {
            self.end = End::TooLong;
        } else {
            self.size += piece.len();
            self.body.push((self.elapsed(), piece.clone()));
        }
    }

    fn failed(&mut self, error: &TransportError) {
        let mut fault = error.fault();
        fault.message = redact(&fault.message, &self.secrets);
        fault.detail = redact(&fault.detail, &self.secrets);
        self.end = End::Failed(fault);
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(request) = self.request.take() else {
            return Ok(());
        };
        let response = self.head.take().map(|(status, headers)| Response {
            status,
            headers: redact_headers(&headers, &self.secrets),
            body: chunks(std::mem::take(&mut self.body), &self.secrets),
        });
        let end = std::mem::replace(&mut self.end, End::Dropped);
        save(
            &self.path,
            &Cassette {
                schema: 1,
                request,
                response,
                end,
            },
        )
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Err(error) = self.write() {
            tracing::warn!(path = %self.path.display(), %error, "cannot write recording");
        }
    }
}

fn save(path: &Path, cassette: &Cassette) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    let mut buffer = io::BufWriter::new(file.as_file_mut());
    serde_json::to_writer_pretty(&mut buffer, cassette)?;
    buffer.write_all(b"\n")?;
    buffer.flush()?;
    drop(buffer);
    file.persist(path)?;
    Ok(())
}

/// The pieces without secrets. A secret may lie across pieces, so it is looked for in the whole.
fn chunks(pieces: Vec<(u64, Bytes)>, secrets: &[Secret]) -> Vec<Chunk> {
    let whole: Vec<u8> = pieces
        .iter()
        .flat_map(|(_, piece)| piece.iter().copied())
        .collect();
    let hidden = hidden(&whole, secrets);
    let mut at = 0;
    pieces
        .into_iter()
        .map(|(ms, piece)| {
            let start = at;
            at += piece.len();
            Chunk {
                ms,
                bytes: Content::encode(masked(&whole, start..at, &hidden)),
            }
        })
        .collect()
}

/// Where secrets lie, in order and without overlaps.
fn hidden(whole: &[u8], secrets: &[Secret]) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for spelling in spellings(secrets) {
        let places = memmem::find_iter(whole, spelling.as_bytes());
        found.extend(places.map(|at| at..at + spelling.len()));
    }
    found.sort_by_key(|range| range.start);
    found.dedup_by(|next, kept| {
        let overlaps = next.start < kept.end;
        if overlaps {
            kept.end = kept.end.max(next.end);
        }
        overlaps
    });
    found
}

/// A piece of the whole, with each secret replaced where it begins and left out elsewhere.
fn masked(
    whole: &[u8],
    piece: std::ops::Range<usize>,
    hidden: &[std::ops::Range<usize>],
) -> Vec<u8> {
    let mut kept = Vec::with_capacity(piece.len());
    let mut at = piece.start;
    for secret in hidden
        .iter()
        .filter(|s| s.start < piece.end && s.end > piece.start)
    {
        kept.extend_from_slice(&whole[at..secret.start.max(at)]);
        if secret.start >= piece.start {
            kept.extend_from_slice(MASK.as_bytes());
        }
        at = secret.end.min(piece.end);
    }
    kept.extend_from_slice(&whole[at..piece.end]);
    kept
}
