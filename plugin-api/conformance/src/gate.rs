//! The kit's gate: accepts what it can answer, and writes everything down.

use massgen_plugin::abi::{OpKind, Verdict};
use massgen_plugin::wire::{
    HttpRequest, Question, Spawn, Stdin, StoreKey, StorePut, Timer, ToolUse, split_bytes,
};
use referee::{Refusal, denied, read, unreadable};

/// An operation that the plugin began.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    Http(Box<HttpRequest>),
    Timer(Timer),
    Spawn(Box<Spawn>),
    Stdin(Stdin, Vec<u8>),
    Tool(ToolUse),
    Check(Question),
    StoreGet(StoreKey),
    StorePut(StorePut, Vec<u8>),
}

/// Reads and judges one operation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gate {
    /// The answer to every operation, where the rule under test wants none accepted.
    pub(crate) refuse: Option<Verdict>,
}

impl referee::Gate for Gate {
    type Op = Op;

    fn judge(&mut self, op: OpKind, payload: &[u8]) -> Result<Op, Refusal> {
        if let Some(verdict) = self.refuse {
            return Err((verdict, "the kit refuses every operation here".into()));
        }
        Ok(match op {
            OpKind::HTTP => Op::Http(Box::new(read(payload)?)),
            OpKind::TIMER => Op::Timer(read(payload)?),
            OpKind::SPAWN => Op::Spawn(Box::new(read(payload)?)),
            OpKind::STDIN => {
                let (head, bytes) = split(payload)?;
                Op::Stdin(head, bytes)
            }
            OpKind::TOOL => Op::Tool(read(payload)?),
            OpKind::CHECK => Op::Check(read(payload)?),
            OpKind::STORE_GET => Op::StoreGet(read(payload)?),
            OpKind::STORE_PUT => {
                let (head, bytes) = split(payload)?;
                Op::StorePut(head, bytes)
            }
            OpKind::READ | OpKind::WRITE | OpKind::LIST => {
                return Err(denied("the kit lends no files"));
            }
            _ => return Err((Verdict::UNKNOWN, "the kit knows no such operation".into())),
        })
    }
}

fn split<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Result<(T, Vec<u8>), Refusal> {
    let (head, bytes) = split_bytes(payload).map_err(|error| unreadable(&error))?;
    Ok((head, bytes.to_vec()))
}
