//! The async sugar over programs. It needs [`Feature::SPAWN`](crate::chat::Feature::SPAWN).

use super::asynchronous::{Filed, Io};
use super::event::to_json;
use crate::abi::OpKind;
use crate::fault::{Fault, FaultCode};
use crate::wire::{ProcessEnd, Spawn, Stdin, with_bytes};

/// A program that runs. Dropping it ends it.
pub struct Process {
    ticket: u64,
    ended: bool,
    io: Io,
}

/// Something a program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessEvent {
    /// A frame of standard output: a line without its end, or bytes as they came.
    Out(Vec<u8>),
    /// Bytes of standard error.
    Err(Vec<u8>),
    /// It ended; nothing follows.
    End {
        /// Its exit code, or 128 and the number of the signal that ended it.
        status: u32,
        /// The end of its standard error, at most 8 KiB.
        stderr_tail: String,
    },
}

impl Io {
    /// Starts a program. Whether it could be started shows in [`Process::next`].
    ///
    /// # Errors
    ///
    /// [`FaultCode::INTERNAL`] when `spawn` is no JSON.
    pub fn spawn(&self, spawn: &Spawn) -> Result<Process, Fault> {
        Ok(Process {
            ticket: self.begin(OpKind::SPAWN, to_json(spawn)?),
            ended: false,
            io: self.clone(),
        })
    }
}

impl Process {
    /// What it does next.
    ///
    /// # Errors
    ///
    /// It was not started, or cannot be read any more: [`FaultCode::CONFIG`] when there is no such
    /// program, [`FaultCode::DENIED`] when the plugin may not start it, with the reason;
    /// [`FaultCode::PROTOCOL`] after a line that is too long; [`FaultCode::INTERNAL`] after its end.
    pub async fn next(&mut self) -> Result<ProcessEvent, Fault> {
        if self.ended {
            return Err(Fault::new(FaultCode::INTERNAL, "the program has ended"));
        }
        let happened = self.io.next(self.ticket).await;
        self.ended = matches!(happened, Filed::Exited(..) | Filed::Failed(_));
        match happened {
            Filed::Data(data) => Ok(ProcessEvent::Out(data)),
            Filed::Stderr(data) => Ok(ProcessEvent::Err(data)),
            Filed::Exited(status, ProcessEnd { stderr_tail }) => Ok(ProcessEvent::End {
                status,
                stderr_tail,
            }),
            Filed::Failed(fault) => Err(fault),
            _ => Err(Fault::new(
                FaultCode::PROTOCOL,
                "the host told of a program what is none's",
            )),
        }
    }

    /// Writes to its standard input, and waits until the bytes were taken.
    ///
    /// # Errors
    ///
    /// The host's fault when the program or its input is gone.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Fault> {
        self.stdin(bytes, false).await
    }

    /// Closes its standard input: most programs then end.
    ///
    /// # Errors
    ///
    /// As [`Process::write`].
    pub async fn close(&self) -> Result<(), Fault> {
        self.stdin(&[], true).await
    }

    async fn stdin(&self, bytes: &[u8], close: bool) -> Result<(), Fault> {
        let process = self.ticket;
        let payload = with_bytes(&Stdin { process, close }, bytes)?;
        let ticket = self.io.begin(OpKind::STDIN, payload);
        self.io.completed(ticket).await.map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            self.io.abandon(self.ticket);
        }
    }
}
