//! The program of a case: prints what the script says, and waits where the plugin must act.
//!
//! What the plugin did takes the place of what the script expected of it, so that the script as it
//! came out can be compared with the script as it went in.

use massgen_plugin::Fault;
use massgen_plugin::abi::EventKind;
use massgen_plugin::wire::{
    Framing, Permission, ProcessEnd, Question, Spawn, ToolOutcome, ToolUse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::frames::{Happening, to_json};

/// One line of `process.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Line {
    /// The plugin starts the program; with a fault, that fails.
    Spawn {
        spawn: Box<Spawn>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
    },
    /// The plugin writes one JSON line.
    In {
        #[serde(rename = "in")]
        line: Value,
    },
    /// The plugin closes the program's input. A script need not mention it.
    Close { close: bool },
    /// The program prints one JSON line; text is printed as it is.
    Out { out: Value },
    /// The program writes to standard error.
    Err { err: String },
    /// The plugin asks whether a tool may be used.
    Check { check: Question, answer: Permission },
    /// The plugin calls a tool of the host.
    Tool { tool: ToolUse, outcome: ToolOutcome },
    /// The same, and the host cannot answer.
    CheckFails { check: Question, fault: Fault },
    /// The same, and the host has no such tool, or fails.
    ToolFails { tool: ToolUse, fault: Fault },
    /// The program ends with this exit code.
    End { end: u32 },
}

impl Line {
    /// Whether it waits for the plugin.
    fn waits(&self) -> bool {
        !matches!(self, Self::Out { .. } | Self::Err { .. } | Self::End { .. })
    }
}

/// The script and where it stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    ahead: std::collections::VecDeque<Line>,
    told: Vec<Line>,
    running: Option<Running>,
    /// Bytes of standard input without their line's end yet.
    partial: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Running {
    ticket: u64,
    framing: Framing,
    stderr: String,
}

impl Program {
    pub(crate) fn new(script: &[Line]) -> Self {
        Self {
            ahead: script.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// The script as it came out: what was done, and what never came.
    pub(crate) fn told(&self) -> Vec<Line> {
        self.told.iter().chain(&self.ahead).cloned().collect()
    }

    pub(crate) fn spawn(&mut self, ticket: u64, spawn: Spawn) -> Vec<Happening> {
        let framing = spawn.framing;
        let fault = match self.ahead.front() {
            Some(Line::Spawn { fault, .. }) => {
                let fault = fault.clone();
                self.ahead.pop_front();
                fault
            }
            _ => None,
        };
        self.told.push(Line::Spawn {
            spawn: Box::new(spawn),
            fault: fault.clone(),
        });
        if let Some(fault) = fault {
            return vec![Happening::failed(ticket, &fault)];
        }
        self.running = Some(Running {
            ticket,
            framing,
            stderr: String::new(),
        });
        self.go_on()
    }

    /// The plugin writes: each whole line is one of the script's.
    pub(crate) fn stdin(&mut self, ticket: u64, bytes: &[u8], close: bool) -> Vec<Happening> {
        self.partial.extend_from_slice(bytes);
        while let Some(end) = self.partial.iter().position(|it| *it == b'\n') {
            let line: Vec<u8> = self.partial.drain(..=end).collect();
            self.took_line(&line);
        }
        if close && matches!(self.ahead.front(), Some(Line::Close { .. })) {
            self.told.extend(self.ahead.pop_front());
        }
        let mut events = vec![Happening::completed(ticket, Vec::new())];
        events.extend(self.go_on());
        events
    }

    fn took_line(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let line = serde_json::from_str(&text)
            .unwrap_or_else(|_| Value::String(text.trim_end().to_owned()));
        if matches!(self.ahead.front(), Some(Line::In { .. })) {
            self.ahead.pop_front();
        }
        self.told.push(Line::In { line });
    }

    /// The answer to a question of permission; `None` when the script has none here.
    pub(crate) fn check(&mut self, ticket: u64, check: Question) -> Option<Vec<Happening>> {
        let (answered, line) = match self.ahead.front().cloned()? {
            Line::Check { answer, .. } => {
                let answered = Happening::completed(ticket, to_json(&answer));
                (answered, Line::Check { check, answer })
            }
            Line::CheckFails { fault, .. } => {
                let failed = Happening::failed(ticket, &fault);
                (failed, Line::CheckFails { check, fault })
            }
            _ => return None,
        };
        Some(self.answered(answered, line))
    }

    /// The outcome of a tool; `None` when the script has none here.
    pub(crate) fn tool(&mut self, ticket: u64, tool: ToolUse) -> Option<Vec<Happening>> {
        let (answered, line) = match self.ahead.front().cloned()? {
            Line::Tool { outcome, .. } => {
                let answered = Happening::completed(ticket, to_json(&outcome));
                (answered, Line::Tool { tool, outcome })
            }
            Line::ToolFails { fault, .. } => {
                let failed = Happening::failed(ticket, &fault);
                (failed, Line::ToolFails { tool, fault })
            }
            _ => return None,
        };
        Some(self.answered(answered, line))
    }

    /// Goes on behind the line that was answered; it is told as the plugin asked it.
    fn answered(&mut self, answered: Happening, line: Line) -> Vec<Happening> {
        self.ahead.pop_front();
        self.told.push(line);
        let mut events = vec![answered];
        events.extend(self.go_on());
        events
    }

    /// What the program does by itself until the script waits for the plugin.
    fn go_on(&mut self) -> Vec<Happening> {
        let mut events = Vec::new();
        while self.ahead.front().is_some_and(|it| !it.waits()) {
            let (Some(running), Some(line)) = (self.running.as_mut(), self.ahead.pop_front())
            else {
                break;
            };
            events.push(running.tell(&line));
            if matches!(line, Line::End { .. }) {
                self.running = None;
            }
            self.told.push(line);
        }
        events
    }
}

impl Running {
    fn tell(&mut self, line: &Line) -> Happening {
        match line {
            Line::Err { err } => {
                self.stderr.push_str(err);
                let bytes = err.clone().into_bytes();
                Happening::new(EventKind::PROCESS_ERR, self.ticket, bytes)
            }
            Line::End { end } => {
                let stderr_tail = std::mem::take(&mut self.stderr);
                let data = to_json(&ProcessEnd { stderr_tail });
                Happening {
                    status: *end,
                    ..Happening::new(EventKind::PROCESS_END, self.ticket, data)
                }
            }
            Line::Out { out } => {
                let mut text = match out {
                    Value::String(text) => text.clone(),
                    value => value.to_string(),
                };
                if self.framing == Framing::Raw {
                    text.push('\n');
                }
                Happening::new(EventKind::PROCESS_OUT, self.ticket, text.into_bytes())
            }
            _ => Happening::new(EventKind::PROCESS_OUT, self.ticket, Vec::new()),
        }
    }
}
