//! A host in miniature: gives payloads to a translator and writes down what comes out.

use chat_dialect::{Chat, Reply, Server};
use massgen_plugin::chat::Chunk;
use massgen_plugin::sdk::Host;
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Config, Fault, Translator};
use massgen_plugin_test::Recorder;
use serde_json::{Value, json};

/// A server without peculiarities.
pub(crate) struct Plain;

impl Server for Plain {
    fn new(_: &mut Config) -> Result<Self, Fault> {
        Ok(Self)
    }
}

/// A backend with these members of its configuration on top of the necessary ones.
pub(crate) fn backend(config: Value) -> Result<Chat<Plain>, Fault> {
    let mut all = json!({
        "backend_type": "plain",
        "base_url": "http://localhost/v1/",
        "model": "m",
    });
    for (key, value) in config.as_object().expect("an object") {
        all[key] = value.clone();
    }
    Chat::new(serde_json::from_value(all).expect("a configuration"))
}

/// What a reply became.
pub(crate) struct Played {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) end: Result<(), Fault>,
}

/// Gives the payloads to the backend until it is done, then the end of the response.
pub(crate) fn play<'a>(
    backend: &Chat<Plain>,
    payloads: impl IntoIterator<Item = &'a str>,
) -> Played {
    let (mut recorder, mut reply) = (Recorder::default(), Reply::default());
    let end = run(backend, &mut reply, payloads, &mut recorder);
    Played {
        chunks: recorder.0,
        end,
    }
}

fn run<'a>(
    backend: &Chat<Plain>,
    reply: &mut Reply,
    payloads: impl IntoIterator<Item = &'a str>,
    recorder: &mut Recorder,
) -> Result<(), Fault> {
    let mut host = Host::new(recorder);
    let mut out = Chunks::new(&mut host);
    for payload in payloads {
        let data = payload.as_bytes();
        backend.on_frame(reply, Frame { data }, &mut out)?;
        if out.is_done() {
            return Ok(());
        }
    }
    backend.on_end(reply, &mut out)
}

/// The payloads of a recorded stream.
pub(crate) fn payloads(transcript: &str) -> Vec<&str> {
    let lines = transcript.lines();
    lines
        .filter_map(|line| line.strip_prefix("data: "))
        .collect()
}

impl Played {
    /// One line per chunk; pieces of one text together, with a bar where they were cut.
    pub(crate) fn story(&self) -> String {
        let mut lines: Vec<(String, String)> = Vec::new();
        for chunk in &self.chunks {
            let (head, tail) = told(chunk);
            match lines.last_mut() {
                Some(last) if last.0 == head && is_piece(chunk) => {
                    last.1 = format!("{}|{tail}", last.1);
                }
                _ => lines.push((head, tail)),
            }
        }
        if let Err(fault) = &self.end {
            lines.push((
                format!("fault {}", fault.code.as_str()),
                fault.message.clone(),
            ));
        }
        let lines = lines
            .iter()
            .map(|(head, tail)| format!("{head} {tail}").trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }
}

fn is_piece(chunk: &Chunk) -> bool {
    matches!(
        chunk,
        Chunk::Text { .. }
            | Chunk::Reasoning { .. }
            | Chunk::Refusal { .. }
            | Chunk::ToolCallDelta { .. }
    )
}

fn told(chunk: &Chunk) -> (String, String) {
    let escaped = |text: &str| text.escape_debug().to_string().replace("\\\"", "\"");
    match chunk {
        Chunk::Text { text } => ("text".into(), escaped(text)),
        Chunk::Refusal { text } => ("refusal".into(), escaped(text)),
        Chunk::Reasoning { text, index, .. } => (format!("reasoning {index}"), escaped(text)),
        Chunk::ReasoningDone { index, opaque } => {
            let value = opaque
                .as_ref()
                .map(|it| format!("{} {}", it.provider, it.value));
            (format!("reasoned {index}"), value.unwrap_or_default())
        }
        Chunk::ToolCallStart { index, id, name } => {
            (format!("start {index}"), format!("{id} {name}"))
        }
        Chunk::ToolCallDelta { index, text } => (format!("arguments {index}"), escaped(text)),
        Chunk::ToolCall(call) => {
            let tail = format!("{} {} {}", call.id, call.name, call.arguments);
            (format!("call {}", call.index), tail)
        }
        Chunk::Usage(usage) => ("usage".into(), serde_json::to_string(usage).expect("json")),
        Chunk::Done(done) => ("done".into(), serde_json::to_string(done).expect("json")),
        other => ("other".into(), format!("{other:?}")),
    }
}
