//! The program's messages as chunks.
//!
//! Texts and thoughts come piece by piece as events of the provider, and once more as whole
//! messages: a whole message gives its text only when no event of it came. Uses of tools are read
//! from whole messages. What helpers of the program say to each other is no part of the reply.

use std::collections::{BTreeMap, BTreeSet};

use dialect::Json;
use massgen_plugin::chat::{Chunk, ReasoningForm, ServerToolStatus};
use massgen_plugin::sdk::Host;
use massgen_plugin::{Fault, FaultCode};

use crate::request::{PREFIX, STRUCTURED};

/// Most characters of a tool's detail.
const DETAIL: usize = 200;

/// Arguments that tell what a tool is used on, the most telling first.
const TELLING: [&str; 8] = [
    "command",
    "file_path",
    "notebook_path",
    "pattern",
    "query",
    "url",
    "path",
    "description",
];

/// A reply so far.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    /// Whether any message came.
    pub(crate) began: bool,
    /// Blocks of reasoning so far.
    pub(crate) thoughts: u32,
    /// The model, as the program names it.
    pub(crate) model: Option<String>,
    /// The text is what the result says, so none is shown before.
    pub(crate) structured: bool,
    /// Ids of messages that came as events.
    streamed: BTreeSet<String>,
    thinking: bool,
    /// Text came, and the next one begins a paragraph.
    said: bool,
    between: bool,
    /// Tools in use.
    tools: BTreeMap<String, ServerToolStatus>,
}

impl Reply {
    /// Takes in a message; kinds without a meaning here are skipped.
    ///
    /// # Errors
    ///
    /// [`FaultCode::AUTH`] when the program goes on trying a key that is refused.
    pub(crate) fn message(&mut self, line: &Json<'_>, host: &mut Host<'_>) -> Result<(), Fault> {
        self.began = true;
        let is_main = line.get("parent_tool_use_id").is_nothing();
        match line.get("type").text().unwrap_or_default() {
            "stream_event" if is_main => self.event(line.get("event"), host),
            "assistant" => self.whole(line, is_main, host),
            "user" => self.results(line.get("message").get("content"), host),
            "system" => match line.get("subtype").text() {
                Some("init") => self.model = line.get("model").text().map(str::to_owned),
                Some("api_retry") => return retry(line, host),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self, event: &Json<'_>, host: &mut Host<'_>) {
        let block = event.get("content_block").get("type").text();
        match event.get("type").text().unwrap_or_default() {
            "message_start" => {
                let id = event.get("message").get("id").text().unwrap_or_default();
                self.streamed.insert(id.to_owned());
            }
            "content_block_start" => {
                self.thinking = block == Some("thinking");
                self.between = self.said;
            }
            "content_block_delta" => {
                let delta = event.get("delta");
                self.text(delta.get("text").text(), host);
                self.thought(delta.get("thinking").text(), host);
            }
            "content_block_stop" => self.end_thought(host),
            _ => {}
        }
    }

    fn text(&mut self, text: Option<&str>, host: &mut Host<'_>) {
        let Some(text) = text.filter(|_| !self.structured) else {
            return;
        };
        if std::mem::take(&mut self.between) {
            host.emit(Chunk::text("\n\n"));
        }
        self.said = true;
        host.emit(Chunk::text(text));
    }

    fn thought(&mut self, text: Option<&str>, host: &mut Host<'_>) {
        let (index, form) = (self.thoughts, ReasoningForm::Text);
        if let Some(text) = text.map(str::to_owned) {
            host.emit(Chunk::Reasoning { text, form, index });
        }
    }

    fn end_thought(&mut self, host: &mut Host<'_>) {
        if std::mem::take(&mut self.thinking) {
            let (index, opaque) = (self.thoughts, None);
            host.emit(Chunk::ReasoningDone { index, opaque });
            self.thoughts += 1;
        }
    }

    fn whole(&mut self, line: &Json<'_>, is_main: bool, host: &mut Host<'_>) {
        let message = line.get("message");
        let id = message.get("id").text().unwrap_or_default();
        // The program says errors of the provider in the model's place; the result has them too.
        let is_error = message.get("model").text() == Some("<synthetic>");
        let is_new = is_main && !is_error && !self.streamed.contains(id);
        for block in message.get("content").items() {
            match block.get("type").text().unwrap_or_default() {
                "text" if is_new => {
                    self.between = self.said;
                    self.text(block.get("text").text(), host);
                }
                "thinking" if is_new => {
                    self.thinking = true;
                    self.thought(block.get("thinking").text(), host);
                    self.end_thought(host);
                }
                "tool_use" => self.tool(block, host),
                _ => {}
            }
        }
    }

    fn tool(&mut self, block: &Json<'_>, host: &mut Host<'_>) {
        let name = block.get("name").text().unwrap_or_default();
        // The host shows its own tools itself.
        if name.starts_with(PREFIX) || name == STRUCTURED {
            return;
        }
        let tool = ServerToolStatus {
            name: name.to_owned(),
            status: "started".into(),
            detail: detail(block.get("input")),
            opaque: None,
        };
        host.emit(Chunk::ServerTool(tool.clone()));
        let id = block.get("id").text().unwrap_or_default();
        self.tools.insert(id.to_owned(), tool);
    }

    fn results(&mut self, content: &Json<'_>, host: &mut Host<'_>) {
        for block in content.items() {
            let id = block.get("tool_use_id").text().unwrap_or_default();
            let Some(mut tool) = self.tools.remove(id) else {
                continue;
            };
            tool.status = "completed".into();
            if matches!(block.get("is_error"), Json::Bool(true)) {
                let mut said = String::new();
                block.get("content").each_text(|text| said.push_str(text));
                (tool.status, tool.detail) = ("failed".into(), cut(&said));
            }
            host.emit(Chunk::ServerTool(tool));
        }
    }

    /// The text of a reply whose form was asked for.
    pub(crate) fn end(&mut self, text: Option<String>, host: &mut Host<'_>) {
        if let Some(text) = text.filter(|_| self.structured) {
            host.emit(Chunk::text(text));
        }
    }
}

/// The program tries again by itself, so that a reply that has done something is not lost. A key
/// that was refused twice is refused for good.
fn retry(line: &Json<'_>, host: &mut Host<'_>) -> Result<(), Fault> {
    let number = |name| line.get(name).number().unwrap_or_default();
    let (status, attempt) = (number("error_status"), number("attempt"));
    if matches!(status, 401 | 403) && attempt > 1 {
        let text = format!("the server answered {status}: the key or login is refused");
        return Err(Fault::new(FaultCode::AUTH, text));
    }
    let why = line.get("error").text().unwrap_or("no connection");
    let most = number("max_retries");
    let text = format!("the provider failed ({why}), Claude Code tries again: {attempt} of {most}");
    host.emit(Chunk::Status { text });
    Ok(())
}

/// What a tool is used on, in a line.
fn detail(input: &Json<'_>) -> String {
    let told = TELLING.iter().find_map(|name| input.get(name).text());
    told.map_or_else(|| cut(&input.to_value().to_string()), cut)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(DETAIL) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
