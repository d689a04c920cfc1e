//! A place to write to that may go away. The first failure ends the writing, never the program.

use std::io::{self, Write};

/// Writes until it cannot.
#[derive(Debug)]
pub(crate) struct Sink<W> {
    to: W,
    failed: Option<io::ErrorKind>,
}

impl<W: Write> Sink<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to, failed: None }
    }

    /// Writes all of it at once, so that lines of several writers do not mix.
    pub(crate) fn write(&mut self, text: &[u8]) {
        if self.failed.is_none() {
            let written = self.to.write_all(text).and_then(|()| self.to.flush());
            self.failed = written.err().map(|error| error.kind());
        }
    }

    /// Whether everything was written. A reader that went away had enough: that is no error.
    pub(crate) fn result(&self) -> io::Result<()> {
        match self.failed {
            None | Some(io::ErrorKind::BrokenPipe) => Ok(()),
            Some(kind) => Err(kind.into()),
        }
    }
}
