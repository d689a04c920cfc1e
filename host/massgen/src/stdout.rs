//! Standard output for the result alone.
//!
//! A plugin must not print, but native code in this process can. On Unix the result therefore gets
//! a descriptor of its own, and whatever else writes to descriptor 1 ends on standard error.
//! Elsewhere standard output stays as it is. It is taken before any plugin is loaded.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};

/// Where the result goes.
pub(crate) struct Stdout {
    out: Box<dyn Write + Send>,
    /// Whether that is a terminal.
    pub(crate) is_terminal: bool,
}

impl Stdout {
    /// Takes standard output for the result. Without a free descriptor it stays shared.
    pub(crate) fn take() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let out: Box<dyn Write + Send> = match own_descriptor() {
            Ok(file) => Box::new(file),
            Err(_) => Box::new(io::stdout()),
        };
        Self { out, is_terminal }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(unix)]
fn own_descriptor() -> io::Result<File> {
    use rustix::{io::fcntl_dupfd_cloexec, stdio};
    let own = fcntl_dupfd_cloexec(stdio::stdout(), 3)?;
    stdio::dup2_stdout(stdio::stderr())?;
    Ok(File::from(own))
}

#[cfg(not(unix))]
fn own_descriptor() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
