//! The child's two pipes.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, RawFd};

use massgen_plugin::Fault;

use crate::protocol::{self, Reply, Request};

/// Bytes that are written at once. Chunks of one step wait for each other, never for a later step.
const BUFFER: usize = 64 << 10;

/// Where requests come from and replies go to.
pub(super) struct Pipes {
    requests: BufReader<File>,
    replies: BufWriter<File>,
}

impl Pipes {
    /// Takes both away from standard input and output. What is read from now on is empty, and what
    /// is printed goes to standard error.
    pub(super) fn take() -> io::Result<Self> {
        let requests = File::from(rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?);
        let replies = File::from(rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?);
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        rustix::stdio::dup2_stdout(io::stderr())?;
        Ok(Self {
            requests: BufReader::with_capacity(BUFFER, requests),
            replies: BufWriter::with_capacity(BUFFER, replies),
        })
    }

    /// Number of the descriptor that replies go to.
    pub(super) fn replies(&self) -> RawFd {
        self.replies.get_ref().as_raw_fd()
    }

    /// The next request; `None` when the parent has hung up.
    pub(super) fn next(&mut self) -> io::Result<Option<(Request, Vec<u8>)>> {
        let mut start = [0; 4];
        match self.requests.read_exact(&mut start) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut body = vec![0; protocol::length(start).map_err(io::Error::other)?];
        self.requests.read_exact(&mut body)?;
        let (request, bytes) = protocol::parse(&body).map_err(io::Error::other)?;
        let head = body.len() - bytes.len();
        Ok(Some((request, body.split_off(head))))
    }

    /// A reply that may wait for the next one that may not.
    pub(super) fn say(&mut self, reply: &Reply, bytes: &[u8]) -> io::Result<()> {
        let message = protocol::message(reply, bytes).map_err(io::Error::other)?;
        self.replies.write_all(&message)
    }

    /// A reply that the parent waits for.
    pub(super) fn answer(&mut self, reply: &Reply, bytes: &[u8]) -> io::Result<()> {
        self.say(reply, bytes)?;
        self.replies.flush()
    }

    /// The result of a request.
    pub(super) fn done(&mut self, outcome: Result<String, Fault>) -> io::Result<()> {
        self.answer(&Reply::Done(outcome), &[])
    }
}
