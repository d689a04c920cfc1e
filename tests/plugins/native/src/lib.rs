//! A backend with hands of its own: it uses what its agent is lent, line by line as its prompt says.
//!
//! It stands for backends such as command-line agents, and calls no provider. A line `native: OP …`
//! anywhere in the conversation is carried out, in order, each once; the results are its answer:
//!
//! | line | does |
//! | --- | --- |
//! | `workspace` | says where the workspace is |
//! | `read PATH`, `list PATH`, `write PATH TEXT` | uses files |
//! | `tool NAME JSON` | calls a tool of the host |
//! | `check NAME JSON` | asks whether a tool of its own may be used |
//! | `get KEY`, `put KEY TEXT`, `forget KEY` | uses its store |
//! | `overwrite BYTES` | asks to write that many bytes to `big` |
//! | `run PROGRAM ARG…` | starts a program, closes its input, and says what it wrote; the key is in `NATIVE_KEY` |
//! | `feed TEXT` | writes a line to `cat`, reads it, and gives `cat` up |

mod choice;
mod program;

use std::sync::Arc;

use massgen_plugin::chat::{Call, Chunk, Done, Feature, FinishReason, Role};
use massgen_plugin::sdk::{AsyncBackend, Config, Io};
use massgen_plugin::serde_json::{Value, from_str};
use massgen_plugin::wire::ToolUse;
use massgen_plugin::{Fault, FaultCode};

/// One configured backend.
pub struct Native {
    workspace: Option<String>,
}

impl AsyncBackend for Native {
    const USES: &'static [Feature] = &[Feature::CHAT, Feature::LENT, Feature::SPAWN];

    fn new(config: Config) -> Result<Self, Fault> {
        Ok(Self {
            workspace: config.workspace,
        })
    }

    async fn run(self: Arc<Self>, call: Call, io: Io) -> Result<Done, Fault> {
        let mut said = Vec::new();
        for (at, line) in orders(&call).iter().enumerate() {
            let result = self.obey(at, line, &io).await;
            said.push(match result {
                Ok(text) => format!("{line}: {text}"),
                Err(fault) => format!("{line}: {}: {}", fault.code.as_str(), fault.message),
            });
        }
        let text = said.join("\n");
        io.emit(Chunk::text(&text));
        let choice = choice::of(&call, &text);
        let finish = match choice {
            Some(_) => FinishReason::ToolCalls,
            None => FinishReason::Stop,
        };
        choice
            .into_iter()
            .for_each(|it| io.emit(Chunk::ToolCall(it)));
        Ok(Done {
            finish,
            response_id: None,
            model: None,
        })
    }
}

/// What users said after `native:`, first mention only.
fn orders(call: &Call) -> Vec<String> {
    let mut orders = Vec::new();
    for turn in call.turns.iter().filter(|it| it.role == Role::User) {
        for line in turn.joined_text().lines() {
            let order = line.trim().strip_prefix("native: ").map(str::to_owned);
            orders.extend(order.filter(|it| !orders.contains(it)));
        }
    }
    orders
}

impl Native {
    async fn obey(&self, at: usize, line: &str, io: &Io) -> Result<String, Fault> {
        let (op, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (name, more) = rest.split_once(' ').unwrap_or((rest, ""));
        match op {
            "workspace" => Ok(self.workspace.clone().unwrap_or_else(|| "none".into())),
            "read" => io.read(rest).await.map(lossy),
            "list" => list(rest, io).await,
            "write" => io
                .write(name, more.as_bytes())
                .await
                .map(|()| "written".into()),
            "run" => program::run(rest, io).await,
            "feed" => program::feed(rest, io).await,
            "overwrite" => overwrite(rest, io).await,
            "tool" => tool(at, name, more, io).await,
            "check" => check(name, more, io).await,
            "get" => Ok(io
                .store_get(rest)
                .await?
                .map_or_else(|| "nothing".into(), lossy)),
            "put" => io
                .store_put(name, more.as_bytes())
                .await
                .map(|()| "kept".into()),
            "forget" => io.store_remove(rest).await.map(|()| "forgotten".into()),
            other => Err(unclear(other)),
        }
    }
}

async fn list(path: &str, io: &Io) -> Result<String, Fault> {
    let entries = io.list(path).await?;
    let lines = entries
        .iter()
        .map(|it| format!("{} {} {}", it.kind, it.name, it.size));
    Ok(lines.collect::<Vec<_>>().join(", "))
}

async fn overwrite(bytes: &str, io: &Io) -> Result<String, Fault> {
    let length = bytes.parse().map_err(|_| unclear(bytes))?;
    io.write("big", &vec![b'x'; length]).await?;
    Ok("written".into())
}

async fn tool(at: usize, name: &str, arguments: &str, io: &Io) -> Result<String, Fault> {
    let call = ToolUse {
        id: format!("native_{at}"),
        name: name.into(),
        arguments: json(arguments)?,
    };
    let outcome = io.tool(call).await?;
    let how = if outcome.is_error { "failed" } else { "gave" };
    Ok(format!("{how} {}", outcome.text()))
}

async fn check(name: &str, arguments: &str, io: &Io) -> Result<String, Fault> {
    let permission = io.check(name, json(arguments)?).await?;
    Ok(if permission.allowed {
        "allowed".into()
    } else {
        format!("not allowed: {}", permission.reason)
    })
}

fn json(text: &str) -> Result<Value, Fault> {
    from_str(text).map_err(|_| unclear(text))
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn unclear(what: &str) -> Fault {
    let text = format!("the prompt says `{what}`, which means nothing here");
    Fault::new(FaultCode::BAD_REQUEST, text)
}

massgen_plugin::export!(async Native);
