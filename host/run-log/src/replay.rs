//! The reading side: the events of a run that is over, or that still goes on.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use events::Envelope;

use crate::LogError;
use crate::dir::events_in;

/// The events in a run's directory, in order.
///
/// # Errors
/// [`LogError::Read`] if there is no event log.
pub fn read_events(dir: &Path) -> Result<Events, LogError> {
    let path = events_in(dir);
    match File::open(&path) {
        Ok(file) => Ok(Events {
            reader: BufReader::new(file),
            path,
            line: 0,
            over: false,
        }),
        Err(source) => Err(LogError::Read { path, source }),
    }
}

/// Reads one event after the other. A last line that a crash cut off is left out; any other
/// line that is no event is an error, and reading goes on behind it.
#[derive(Debug)]
pub struct Events {
    reader: BufReader<File>,
    path: PathBuf,
    line: usize,
    over: bool,
}

impl Events {
    fn next_line(&mut self) -> Option<Result<Envelope, LogError>> {
        let mut line = Vec::new();
        match self.reader.read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(_) => self.line += 1,
            Err(source) => {
                self.over = true;
                let path = self.path.clone();
                return Some(Err(LogError::Read { path, source }));
            }
        }
        let cut_off = !line.ends_with(b"\n");
        match serde_json::from_slice(&line) {
            Ok(envelope) => Some(Ok(envelope)),
            Err(_) if cut_off => None,
            Err(source) => Some(Err(LogError::Line {
                path: self.path.clone(),
                line: self.line,
                source,
            })),
        }
    }
}

impl Iterator for Events {
    type Item = Result<Envelope, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_line();
        self.over |= next.is_none();
        next
    }
}
