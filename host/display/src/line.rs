//! What an event is called in one line for people. Pure; nothing here knows of terminals.

use events::{
    AgentInfo, AnswerSource, DiscardCause, FinalStatus, Label, McpServerStatus, RunEvent,
    RunReport, Status, TimeoutScope, VoteCount, WaitReason,
};

use crate::bill::bill;
use crate::clean::one_line;

/// Texts of models and providers are cut to this many characters.
const TEXT_MAX: usize = 200;

/// Where the advice begins in a message.
const HINT: &str = " (hint: ";

/// Advice is written by plugins too, so it is cut, but much later.
const HINT_MAX: usize = 400;

/// How a line is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    Quiet,
}

/// The line for a state event; `None` for what only goes on.
pub(crate) fn line(event: &RunEvent, ms: u64) -> Option<(Tone, String)> {
    let coordination = coordination_line(event);
    coordination
        .or_else(|| activity_line(event))
        .or_else(|| service_line(event))
        .or_else(|| ending_line(event, ms))
}

/// Answers, votes and failures.
fn coordination_line(event: &RunEvent) -> Option<(Tone, String)> {
    Some(match event {
        RunEvent::RunStarted { agents, .. } => (Tone::Plain, team(agents)),
        RunEvent::AgentActivated { visible_labels, .. } => (Tone::Quiet, begins(visible_labels)),
        RunEvent::AnswerRecorded {
            label,
            text,
            source,
        } => {
            let how = match source {
                AnswerSource::Tool => "",
                AnswerSource::Text => ", given as plain text",
            };
            (Tone::Good, format!("answer {label} ({}{how})", size(text)))
        }
        RunEvent::VoteRecorded {
            target_label,
            reason,
        } => (
            Tone::Good,
            with_text(format!("vote → {target_label}"), reason),
        ),
        RunEvent::VoteDiscarded { cause } => (Tone::Quiet, discarded(*cause).to_owned()),
        RunEvent::Abstained => (Tone::Plain, "abstains".to_owned()),
        RunEvent::RestartRequested { by } => (
            Tone::Quiet,
            format!("will start again: {} answered", one_line(by.as_str(), 40)),
        ),
        RunEvent::RuleViolation {
            attempt, message, ..
        } => (
            Tone::Bad,
            with_text(format!("attempt {attempt} not taken"), message),
        ),
        RunEvent::AgentFailed {
            message,
            retry_in_ms,
            r#final,
            ..
        } => {
            let what = match retry_in_ms {
                Some(ms) => format!("retrying in {}", duration(*ms)),
                None if *r#final => "failed".to_owned(),
                None => "cut off".to_owned(),
            };
            (Tone::Bad, format!("{what}: {}", reason(message)))
        }
        _ => return None,
    })
}

/// What an agent does in between.
fn activity_line(event: &RunEvent) -> Option<(Tone, String)> {
    Some(match event {
        RunEvent::Waiting { reason, wait_ms } => (Tone::Quiet, waits(*reason, *wait_ms)),
        RunEvent::Status { text } => (Tone::Quiet, one_line(text, TEXT_MAX)),
        RunEvent::ToolCall {
            name,
            arguments_preview,
            ..
        } => (
            Tone::Quiet,
            with_text(format!("calls {}", one_line(name, 60)), arguments_preview),
        ),
        RunEvent::ToolResult {
            name,
            is_error: true,
            preview,
            ..
        } => (
            Tone::Bad,
            with_text(format!("{} failed", one_line(name, 60)), preview),
        ),
        RunEvent::ServerTool {
            name,
            status,
            detail,
        } => {
            let what = format!("{} {}", one_line(name, 60), one_line(status, 20));
            (Tone::Quiet, with_text(what, detail))
        }
        RunEvent::PluginWarning { plugin, text } => (
            Tone::Bad,
            with_text(format!("plugin {}", one_line(plugin, 60)), text),
        ),
        _ => return None,
    })
}

/// What goes wrong in tools and files, and what takes long there.
fn service_line(event: &RunEvent) -> Option<(Tone, String)> {
    match event {
        RunEvent::Warning { text } => Some((Tone::Bad, one_line(text, TEXT_MAX))),
        RunEvent::McpStatus {
            status: McpServerStatus::Connecting | McpServerStatus::Connected,
            ..
        } => None,
        event => mcp_line(event),
    }
}

/// The line for what is shown only to who wants to see everything.
pub(crate) fn detail_line(event: &RunEvent) -> Option<(Tone, String)> {
    let (name, verb, text) = match event {
        RunEvent::ToolProgress { name, text, .. } => (name, "goes on", text),
        RunEvent::ToolResult { name, preview, .. } => (name, "gave", preview),
        event => return mcp_line(event),
    };
    let what = format!("{} {verb}", one_line(name, 60));
    Some((Tone::Quiet, with_text(what, text)))
}

fn mcp_line(event: &RunEvent) -> Option<(Tone, String)> {
    let RunEvent::McpStatus {
        server,
        status,
        detail,
    } = event
    else {
        return None;
    };
    let (tone, what) = match status {
        McpServerStatus::Connecting => (Tone::Quiet, "is being connected"),
        McpServerStatus::Downloading => (Tone::Quiet, "is being downloaded"),
        McpServerStatus::Connected => (Tone::Quiet, "is connected"),
        McpServerStatus::Failed => (Tone::Bad, "failed"),
        McpServerStatus::Blocked => (Tone::Bad, "failed too often and is left alone for a while"),
    };
    let what = format!("MCP server {} {what}", one_line(server, 60));
    Some((tone, with_text(what, detail)))
}

/// From the consensus to the end.
fn ending_line(event: &RunEvent, ms: u64) -> Option<(Tone, String)> {
    Some(match event {
        RunEvent::ConsensusReached => (Tone::Plain, "consensus reached".to_owned()),
        RunEvent::Timeout { scope } => (Tone::Bad, over(*scope).to_owned()),
        RunEvent::WinnerSelected {
            winner: id,
            label,
            counts,
            tie,
        } => {
            let id = one_line(id.as_str(), 40);
            (Tone::Good, format!("{id} {}", winner(*label, counts, *tie)))
        }
        RunEvent::FinalAttemptStarted { n: 1 } => {
            (Tone::Plain, "writes the final answer".to_owned())
        }
        RunEvent::FinalAttemptStarted { n } => (
            Tone::Plain,
            format!("writes the final answer again, attempt {n}"),
        ),
        RunEvent::FinalRejected { message, .. } => (
            Tone::Bad,
            format!("final answer not taken: {}", reason(message)),
        ),
        RunEvent::FinalAccepted { status, text, .. } => {
            let whose = match status {
                FinalStatus::Presented => "",
                FinalStatus::Stored => ", the stored one",
            };
            (Tone::Good, format!("final answer ({}{whose})", size(text)))
        }
        RunEvent::RunFinished { paths, usage, .. } => {
            let log = one_line(&paths.log_dir, 500);
            let (time, bill) = (duration(ms), bill(usage));
            (
                Tone::Plain,
                format!("finished after {time}{bill}; log in {log}"),
            )
        }
        _ => return None,
    })
}

/// The line for the end of a run without an answer.
pub(crate) fn no_answer(report: &RunReport) -> String {
    let why = match report.status {
        Status::Failed => "every agent failed",
        Status::Deadline => "the time is over",
        Status::Interrupted => "interrupted",
        Status::Ok | Status::Partial => "nobody wrote one",
    };
    let log = one_line(&report.paths.log_dir, 500);
    format!("no answer: {why}; log in {log}")
}

/// Why something failed: what to do about it is shown whole, however long the story before it is.
fn reason(message: &str) -> String {
    match message.rsplit_once(HINT) {
        Some((story, hint)) => {
            let story = one_line(story, TEXT_MAX);
            format!("{story}{HINT}{}", one_line(hint, HINT_MAX))
        }
        None => one_line(message, TEXT_MAX),
    }
}

fn with_text(what: String, text: &str) -> String {
    match one_line(text, TEXT_MAX) {
        text if text.is_empty() => what,
        text => format!("{what}: {text}"),
    }
}

fn size(text: &str) -> String {
    match text.chars().count() {
        1 => "1 character".to_owned(),
        n => format!("{n} characters"),
    }
}

/// `350 ms`, `2 s`, `2.5 s`, `3 min 20 s`.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 if ms % 1000 < 100 => format!("{} s", ms / 1000),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

fn team(agents: &[AgentInfo]) -> String {
    let agents = agents.iter().map(|agent| {
        let model = agent
            .model
            .as_deref()
            .map(|model| format!(" {}", one_line(model, 60)));
        let id = one_line(agent.id.as_str(), 40);
        format!(
            "{id} ({}{})",
            one_line(&agent.backend, 40),
            model.unwrap_or_default()
        )
    });
    agents.collect::<Vec<_>>().join(", ")
}

fn begins(visible: &[Label]) -> String {
    if visible.is_empty() {
        return "begins".to_owned();
    }
    let labels: Vec<String> = visible.iter().map(Label::to_string).collect();
    format!("begins, seeing {}", labels.join(", "))
}

fn discarded(cause: DiscardCause) -> &'static str {
    match cause {
        DiscardCause::RestartPending => "vote not taken: a new answer came meanwhile",
        DiscardCause::NewAnswer => "vote void: a new answer came",
    }
}

fn waits(reason: WaitReason, ms: u64) -> String {
    let wait = duration(ms);
    match reason {
        WaitReason::RateLimit => format!("waits {wait} for the rate limit"),
        WaitReason::Retry => format!("sends the request again in {wait}"),
    }
}

fn over(scope: TimeoutScope) -> &'static str {
    match scope {
        TimeoutScope::Coordination => "time for answers and votes is over",
        TimeoutScope::Turn => "time for this turn is over",
        TimeoutScope::Presentation => "time for the final answer is over",
    }
}

fn winner(label: Label, counts: &[VoteCount], tie: bool) -> String {
    let votes = counts.iter().find(|count| count.label == label);
    let votes = match votes.map_or(0, |count| count.votes) {
        0 if counts.len() < 2 => return format!("wins with {label}, the only answer"),
        0 => "no votes".to_owned(),
        1 => "1 vote".to_owned(),
        votes => format!("{votes} votes"),
    };
    let tie = if tie { ", first of several equals" } else { "" };
    format!("wins with {label} ({votes}{tie})")
}
