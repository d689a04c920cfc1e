//! Reading text: whole, its beginning or its end.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use serde::Deserialize;
use serde_json::Value;

use super::Answer;
use crate::call::Call;
use crate::handle::{Meta, Spot};
use crate::{FileError, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadText<'a> {
    #[serde(borrow)]
    path: &'a str,
    head: Option<usize>,
    tail: Option<usize>,
}

pub(super) fn read_text_file(call: &Call<'_>, given: &Value) -> Answer {
    let args: ReadText<'_> = call.arguments(given)?;
    if args.head.is_some() && args.tail.is_some() {
        return Err(call.misused("`head` and `tail` exclude each other"));
    }
    let (spot, mut file, meta) = call.open(args.path)?;
    let fail = |error| FileError::io("read", &spot.path(), error);
    let limit = call.limits().read_bytes;
    let text = match (args.head, args.tail) {
        (Some(lines), _) => head(&mut file, lines, limit).map_err(fail)?,
        (_, Some(lines)) => tail(&mut file, meta.size(), lines, limit).map_err(fail)?,
        _ => read_all(&spot, &file, &meta, limit)?,
    };
    Ok(ToolOutput::text(decode(&spot, text)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadMany<'a> {
    #[serde(borrow)]
    paths: Vec<&'a str>,
}

pub(super) fn read_multiple_files(call: &Call<'_>, given: &Value) -> Answer {
    let args: ReadMany<'_> = call.arguments(given)?;
    if args.paths.is_empty() {
        return Err(call.misused("`paths` is empty; name at least one file"));
    }
    let mut left = call.limits().read_bytes;
    let mut texts = Vec::new();
    for path in args.paths {
        call.go_on()?;
        texts.push(match read_one(call, path, left) {
            Ok(text) => {
                left = left.saturating_sub(text.len() as u64);
                format!("{path}:\n{text}\n")
            }
            Err(error) => format!("{path}: Error - {error}"),
        });
    }
    Ok(ToolOutput::text(texts.join("\n---\n")))
}

fn read_one(call: &Call<'_>, path: &str, limit: u64) -> Result<String, FileError> {
    let (spot, file, meta) = call.open(path)?;
    let bytes = read_all(&spot, &file, &meta, limit)?;
    decode(&spot, bytes)
}

/// All bytes of a file, at most `limit`.
pub(crate) fn read_all(
    spot: &Spot,
    file: &File,
    meta: &Meta,
    limit: u64,
) -> Result<Vec<u8>, FileError> {
    let too_large = |size| FileError::TooLarge {
        path: spot.path(),
        size,
        limit,
    };
    if meta.size() > limit {
        return Err(too_large(meta.size()));
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::io("read", &spot.path(), error))?;
    let size = bytes.len() as u64;
    if size > limit {
        return Err(too_large(size));
    }
    Ok(bytes)
}

/// Text of bytes that look like text; what is no UTF-8 is replaced by `U+FFFD`.
pub(crate) fn decode(spot: &Spot, bytes: Vec<u8>) -> Result<String, FileError> {
    if bytes.contains(&0) {
        return Err(FileError::NotText(spot.path()));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

const STEP: usize = 64 * 1024;

/// The first lines, without the last line's end; at most `limit` bytes of them.
fn head(file: &mut File, lines: usize, limit: u64) -> io::Result<Vec<u8>> {
    let (mut text, mut seen) = (Vec::new(), 0);
    let mut step = vec![0; STEP];
    let mut rest = file.take(limit);
    while seen < lines {
        let count = rest.read(&mut step)?;
        if count == 0 {
            break;
        }
        for &byte in &step[..count] {
            seen += usize::from(byte == b'\n');
            if seen == lines {
                break;
            }
            text.push(byte);
        }
    }
    Ok(text)
}

/// The last lines, without the last line's end; at most `limit` bytes of them.
fn tail(file: &mut File, size: u64, lines: usize, limit: u64) -> io::Result<Vec<u8>> {
    let (mut blocks, mut at, mut ends) = (Vec::new(), size, 0);
    while at > 0 && ends <= lines && size - at < limit {
        let count = (STEP as u64).min(at);
        at -= count;
        let mut block = vec![0; usize::try_from(count).unwrap_or(STEP)];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut block)?;
        ends += block.iter().filter(|&&byte| byte == b'\n').count();
        blocks.push(block);
    }
    let mut text: Vec<u8> = blocks.into_iter().rev().flatten().collect();
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    let start = last_lines(&text, lines);
    Ok(text.split_off(start))
}

/// Where the last lines begin.
fn last_lines(text: &[u8], lines: usize) -> usize {
    let Some(skip) = lines.checked_sub(1) else {
        return text.len();
    };
    let mut ends = (0..text.len()).rev().filter(|&at| text[at] == b'\n');
    ends.nth(skip).map_or(0, |at| at + 1)
}
