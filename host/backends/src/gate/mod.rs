//! Which operations a session may begin: what it is granted over HTTP, what it may start, and what
//! it is lent.

use std::sync::Arc;

use massgen_plugin::abi::{OpKind, Verdict};
use massgen_plugin::wire::{HttpRequest, Spawn, Stdin, Timer};
use referee::{Refusal, denied, read};
use transport::Grant;

use crate::loan::{LentOp, Loan};
use crate::process;

/// An operation the plugin began and may do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    /// Send a request.
    Http(Box<HttpRequest>),
    /// Wait.
    Timer(Timer),
    /// Start a program.
    Spawn(Box<Spawn>),
    /// Write to a program.
    Stdin(Stdin, Vec<u8>),
    /// Use what the agent is lent.
    Lent(LentOp),
}

/// What steps did.
pub(crate) type Effects = referee::Effects<Op>;

/// What one session may do.
pub(crate) struct Gate {
    pub(crate) grant: Arc<Grant>,
    pub(crate) loan: Loan,
}

impl referee::Gate for Gate {
    type Op = Op;

    fn judge(&mut self, op: OpKind, payload: &[u8]) -> Result<Op, Refusal> {
        if let Some(lent) = self.loan.read(op, payload) {
            return lent.map(Op::Lent);
        }
        match op {
            OpKind::HTTP => {
                let request: HttpRequest = read(payload)?;
                transport::check(&request, &self.grant).map_err(|it| denied(it.to_string()))?;
                Ok(Op::Http(Box::new(request)))
            }
            OpKind::TIMER => read(payload).map(Op::Timer),
            OpKind::SPAWN => {
                let spawn = self.loan.programs.leave.spawn(payload)?;
                Ok(Op::Spawn(Box::new(spawn)))
            }
            OpKind::STDIN => process::stdin(payload).map(|(to, bytes)| Op::Stdin(to, bytes)),
            other => Err((
                Verdict::UNKNOWN,
                format!("this host has no operation `{}`", other.name()),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
