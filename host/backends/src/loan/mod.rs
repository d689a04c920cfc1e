//! Operations on what the agent is lent: which may begin, and how each is carried out.
//!
//! Whose session it is decides what is lent; no payload names an agent. A session that ends or is
//! cancelled takes its calls with it.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use massgen_plugin::abi::{EventKind, OpKind};
use massgen_plugin::wire::{
    FilePath, Permission, Question, StoreKey, StorePut, ToolOutcome, ToolUse, split_bytes,
};
use massgen_plugin::{Fault, FaultCode};
use referee::{Refusal, denied, read, unreadable};
use services::{Lent, Progress, ToolRequest};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::event::CallEvent;
use crate::ops::{Happening, Operation, json};
use crate::process::Programs;
use crate::store::Store;

/// What one agent's sessions may use beside HTTP. The default is nothing.
#[derive(Clone, Default)]
pub(crate) struct Loan {
    pub(crate) lent: Lent,
    pub(crate) store: Option<Store>,
    pub(crate) programs: Programs,
}

/// An operation on what is lent, as it may begin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LentOp {
    /// Call a tool.
    Tool(ToolUse),
    /// Ask whether a tool may be used.
    Check(Question),
    /// Read a file.
    Read(FilePath),
    /// Make or replace a file.
    Write(FilePath, Vec<u8>),
    /// List a folder.
    List(FilePath),
    /// Read an entry of the store.
    StoreGet(StoreKey),
    /// Set an entry of the store, or take it away.
    StorePut(StoreKey, Option<Vec<u8>>),
}

impl Loan {
    /// Whether an operation may begin; `None` for one that has nothing to do with what is lent.
    pub(crate) fn read(&self, op: OpKind, payload: &[u8]) -> Option<Result<LentOp, Refusal>> {
        Some(match op {
            OpKind::TOOL => self.tool(payload),
            OpKind::CHECK => read(payload).map(LentOp::Check),
            OpKind::READ => self.file(payload).map(|(path, _)| LentOp::Read(path)),
            OpKind::LIST => self.file(payload).map(|(path, _)| LentOp::List(path)),
            OpKind::WRITE => self
                .file(payload)
                .map(|(path, bytes)| LentOp::Write(path, bytes.to_vec())),
            OpKind::STORE_GET => self.store_get(payload),
            OpKind::STORE_PUT => self.store_put(payload),
            _ => return None,
        })
    }

    fn tool(&self, payload: &[u8]) -> Result<LentOp, Refusal> {
        let call: ToolUse = read(payload)?;
        if !self.lent.has(&call.name) {
            return Err(denied(format!("this agent has no tool `{}`", call.name)));
        }
        Ok(LentOp::Tool(call))
    }

    /// A path, and what follows it.
    fn file<'a>(&self, payload: &'a [u8]) -> Result<(FilePath, &'a [u8]), Refusal> {
        if self.lent.workspace().is_none() {
            return Err(denied("this agent has no workspace"));
        }
        split_bytes(payload).map_err(|error| unreadable(&error))
    }

    fn store_get(&self, payload: &[u8]) -> Result<LentOp, Refusal> {
        self.key(read(payload)?).map(LentOp::StoreGet)
    }

    fn store_put(&self, payload: &[u8]) -> Result<LentOp, Refusal> {
        let (put, bytes): (StorePut, _) =
            split_bytes(payload).map_err(|error| unreadable(&error))?;
        let key = self.key(StoreKey { key: put.key })?;
        let value = (!put.remove).then(|| bytes.to_vec());
        Ok(LentOp::StorePut(key, value))
    }

    fn key(&self, key: StoreKey) -> Result<StoreKey, Refusal> {
        if self.store.is_none() {
            return Err(denied("this host keeps no store for plugins"));
        }
        match Store::check_key(&key.key) {
            Ok(()) => Ok(key),
            Err(why) => Err(denied(why)),
        }
    }

    /// Whether doing it twice may be more than doing it once.
    pub(crate) fn has_effects(&self, op: &LentOp) -> bool {
        match op {
            LentOp::Tool(call) => !self.lent.is_read_only(&call.name),
            LentOp::Write(..) | LentOp::StorePut(..) => true,
            LentOp::Check(_) | LentOp::Read(_) | LentOp::List(_) | LentOp::StoreGet(_) => false,
        }
    }

    /// Begins it. Dropping the operation gives it up: a tool is told, anything else just ends.
    pub(crate) fn begin(
        &self,
        ticket: u64,
        op: LentOp,
        out: &mpsc::Sender<CallEvent>,
    ) -> Operation {
        let (loan, out) = (self.clone(), out.clone());
        let cancel = CancellationToken::new();
        let given_up = cancel.clone().drop_guard();
        let is_tool = matches!(op, LentOp::Tool(_));
        let task = tokio::spawn(async move { loan.carry_out(ticket, op, &cancel, &out).await });
        // A tool call ends by itself when it is cancelled, after it has told its server.
        let task = if is_tool {
            Task::Told(task)
        } else {
            Task::Aborted(AbortOnDropHandle::new(task))
        };
        stream::once(async move {
            let _given_up = given_up;
            completed(ticket, task.outcome().await)
        })
        .boxed()
    }

    async fn carry_out(
        self,
        ticket: u64,
        op: LentOp,
        cancel: &CancellationToken,
        out: &mpsc::Sender<CallEvent>,
    ) -> Result<Completed, Fault> {
        let lent = self.lent;
        match op {
            LentOp::Tool(call) => Ok(tool(&lent, call, cancel, out).await),
            LentOp::Check(question) => check(lent, ticket, question, out).await,
            LentOp::Read(file) => lent
                .read(&file.path)
                .await
                .map(Completed::bytes)
                .map_err(refused),
            LentOp::Write(file, bytes) => lent
                .write(&file.path, bytes)
                .await
                .map(|()| Completed::default())
                .map_err(refused),
            LentOp::List(file) => lent
                .list(&file.path)
                .await
                .map(|entries| Completed::json(&entries))
                .map_err(refused),
            LentOp::StoreGet(key) => {
                stored(self.store, move |store| {
                    let value = store.get(&key.key)?;
                    Ok(value.map_or_else(Completed::absent, Completed::bytes))
                })
                .await
            }
            LentOp::StorePut(key, value) => {
                stored(self.store, move |store| {
                    store.put(&key.key, value.as_deref())?;
                    Ok(Completed::default())
                })
                .await
            }
        }
    }
}

fn refused(why: String) -> Fault {
    Fault::new(FaultCode::DENIED, why)
}

fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::new(FaultCode::INTERNAL, error.to_string())
}

/// The result of an operation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Completed {
    status: u32,
    data: Bytes,
}

impl Completed {
    fn bytes(bytes: Vec<u8>) -> Self {
        Self {
            status: 0,
            data: bytes.into(),
        }
    }

    fn json<T: serde::Serialize>(value: &T) -> Self {
        Self {
            status: 0,
            data: json(value),
        }
    }

    fn absent() -> Self {
        Self {
            status: StoreKey::ABSENT,
            data: Bytes::new(),
        }
    }
}

fn completed(ticket: u64, outcome: Result<Completed, Fault>) -> Happening {
    match outcome {
        Ok(it) => Happening {
            kind: EventKind::COMPLETED,
            status: it.status,
            ticket,
            data: it.data,
        },
        Err(fault) => Happening::failed(ticket, &fault),
    }
}

/// A task, by what becomes of it when nobody waits for it any more.
enum Task {
    Told(tokio::task::JoinHandle<Result<Completed, Fault>>),
    Aborted(AbortOnDropHandle<Result<Completed, Fault>>),
}

impl Task {
    async fn outcome(self) -> Result<Completed, Fault> {
        let joined = match self {
            Self::Told(task) => task.await,
            Self::Aborted(task) => task.await,
        };
        joined.unwrap_or_else(|error| Err(internal(error)))
    }
}

/// Observers hear of it as of a tool that the model calls by itself.
async fn tool(
    lent: &Lent,
    call: ToolUse,
    cancel: &CancellationToken,
    out: &mpsc::Sender<CallEvent>,
) -> Completed {
    let progress = |progress: Progress| {
        // Whoever is behind misses a line of progress, nothing else.
        drop(out.try_send(CallEvent::ToolProgress {
            id: progress.id,
            name: call.name.clone(),
            text: progress.text,
        }));
    };
    let request = ToolRequest {
        id: call.id.clone(),
        name: call.name.clone(),
        arguments: call.arguments.clone(),
    };
    let used = Used { call: &call, out };
    used.begins().await;
    let outcome = lent.call(request, cancel, &progress).await;
    used.gave(outcome.is_error, outcome.text()).await;
    Completed::json(&ToolOutcome {
        is_error: outcome.is_error,
        parts: outcome.parts,
    })
}

/// A tool that a plugin uses, for observers.
struct Used<'a> {
    call: &'a ToolUse,
    out: &'a mpsc::Sender<CallEvent>,
}

impl Used<'_> {
    async fn begins(&self) {
        self.tell(CallEvent::ToolCall {
            id: self.call.id.clone(),
            name: self.call.name.clone(),
            arguments: self.call.arguments.clone(),
        })
        .await;
    }

    async fn gave(&self, is_error: bool, text: String) {
        self.tell(CallEvent::ToolResult {
            id: self.call.id.clone(),
            name: self.call.name.clone(),
            is_error,
            text,
        })
        .await;
    }

    /// Nobody has to listen: a call that is given up still tells its server.
    async fn tell(&self, event: CallEvent) {
        drop(self.out.send(event).await);
    }
}

/// The policy looks at paths, which may lie on a slow disk. A refusal is shown as that of a tool of
/// the host is; what is allowed shows itself in what the provider tells.
async fn check(
    lent: Lent,
    ticket: u64,
    question: Question,
    out: &mpsc::Sender<CallEvent>,
) -> Result<Completed, Fault> {
    let call = ToolUse {
        id: format!("check_{ticket}"),
        name: question.tool.clone(),
        arguments: question.arguments.clone(),
    };
    let answer = move || lent.check(&question.tool, &question.arguments);
    let answer = tokio::task::spawn_blocking(answer)
        .await
        .map_err(internal)?;
    if let Err(reason) = &answer {
        let used = Used { call: &call, out };
        used.begins().await;
        used.gave(true, services::refused(&call.name, reason)).await;
    }
    Ok(Completed::json(&Permission {
        allowed: answer.is_ok(),
        reason: answer.err().unwrap_or_default(),
    }))
}

async fn stored(
    store: Option<Store>,
    work: impl FnOnce(&Store) -> Result<Completed, crate::store::StoreError> + Send + 'static,
) -> Result<Completed, Fault> {
    let store = store.ok_or_else(|| internal("there is no store"))?;
    let done = tokio::task::spawn_blocking(move || work(&store)).await;
    done.map_err(internal)?
        .map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
pub(crate) mod tests;
