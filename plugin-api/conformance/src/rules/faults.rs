//! What a provider's failures become, whatever request the plugin makes.

use massgen_plugin::{Fault, FaultCode as Code};

use super::skipped;
use crate::case::Case;
use crate::frames::Answer;
use crate::kit::Trial;
use crate::report::Verdict;
use crate::stage::Played;
use crate::transcripts::play;

/// The first sample that sends a request, and how it went; one that ended well if there is one.
fn sample<'a>(trial: &'a Trial<'_>) -> Option<(&'a Case, &'a Played)> {
    let sends = || {
        let plays = trial.samples.iter().zip(&trial.pilot.plays);
        plays.filter(|(_, it)| !it.requests.is_empty())
    };
    let well = sends().find(|(_, it)| matches!(it.end, Some(Ok(()))));
    well.or_else(|| sends().next())
}

const NO_HTTP: &str = "it sends no request";

/// The sample with this answer in place of the one to its last request, or to its first.
fn ended(trial: &Trial<'_>, answer: &Answer, last: bool) -> Option<Result<Fault, String>> {
    let (case, played) = sample(trial)?;
    let mut case = case.clone();
    let at = if last { played.requests.len() - 1 } else { 0 };
    case.answers.truncate(at);
    case.answers.push(answer.clone());
    let played = match play(trial.subject, &case, &[], trial.give_up) {
        Ok(played) => played,
        Err(problem) => return Some(Err(problem)),
    };
    Some(match played.end {
        Some(Err(fault)) => Ok(fault),
        _ => Err("the reply counts as complete".into()),
    })
}

fn status(trial: &Trial<'_>, status: u16, retry_after: Option<&str>, code: Code) -> Verdict {
    let message = format!("conformance: status {status}");
    let body = serde_json::json!({ "error": { "message": message, "type": "error" } });
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(retry_after.map(|it| ("retry-after".to_owned(), it.to_owned())));
    let answer = Answer {
        status,
        headers,
        body: body.to_string().into_bytes(),
        breaks: false,
    };
    for last in [false, true] {
        let fault = match ended(trial, &answer, last) {
            None => return skipped(NO_HTTP),
            Some(Err(problem)) => return Verdict::Failed(problem),
            Some(Ok(fault)) => fault,
        };
        if let Err(problem) = is_one_of(&fault, &[code]) {
            return Verdict::Failed(problem);
        }
        // The host reads the header; a plugin may say the same, and nothing else.
        if !matches!(fault.retry_after_ms, 0 | 7000) {
            return Verdict::Failed(format!("it says to wait {} ms", fault.retry_after_ms));
        }
    }
    Verdict::Ok
}

fn is_one_of(fault: &Fault, codes: &[Code]) -> Result<(), String> {
    if codes.contains(&fault.code) {
        return Ok(());
    }
    let (code, message) = (fault.code.as_str(), &fault.message);
    Err(format!("the fault is `{code}`: {message}"))
}

pub(super) fn status_401(trial: &Trial<'_>) -> Verdict {
    status(trial, 401, None, Code::AUTH)
}

pub(super) fn status_403(trial: &Trial<'_>) -> Verdict {
    status(trial, 403, None, Code::AUTH)
}

pub(super) fn status_429(trial: &Trial<'_>) -> Verdict {
    status(trial, 429, None, Code::RATE_LIMITED)
}

pub(super) fn status_429_after(trial: &Trial<'_>) -> Verdict {
    status(trial, 429, Some("7"), Code::RATE_LIMITED)
}

pub(super) fn status_500(trial: &Trial<'_>) -> Verdict {
    status(trial, 500, None, Code::UPSTREAM)
}

pub(super) fn status_529(trial: &Trial<'_>) -> Verdict {
    status(trial, 529, None, Code::OVERLOADED)
}

const BROKEN: &str = "{\"broken\": \"json";

/// A reply of status 200 with this body; its end breaks off or does not.
fn reply(body: &str, breaks: bool) -> Answer {
    Answer {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
        body: body.as_bytes().to_vec(),
        breaks,
    }
}

/// Whether the plugin takes the data of events for text, as it comes: then no body is broken.
fn takes_text(trial: &Trial<'_>) -> bool {
    let Some((case, played)) = sample(trial) else {
        return false;
    };
    let mut case = case.clone();
    case.answers.truncate(played.requests.len() - 1);
    case.answers
        .push(reply(&format!("data: {BROKEN}\n\n"), false));
    let played = play(trial.subject, &case, &[], trial.give_up);
    played.is_ok_and(|it| {
        let is_it = |chunk: &massgen_plugin::chat::Chunk| {
            matches!(chunk, massgen_plugin::chat::Chunk::Text { text } if text == BROKEN)
        };
        it.chunks.iter().any(is_it)
    })
}

fn body(trial: &Trial<'_>, answer: &Answer, codes: &[Code]) -> Verdict {
    if takes_text(trial) && !answer.breaks {
        return skipped("it takes the data of events for text");
    }
    match ended(trial, answer, true) {
        None => skipped(NO_HTTP),
        Some(Err(problem)) => Verdict::Failed(problem),
        Some(Ok(fault)) => is_one_of(&fault, codes).map_or_else(Verdict::Failed, |()| Verdict::Ok),
    }
}

pub(super) fn broken_json(trial: &Trial<'_>) -> Verdict {
    let text = format!("data: {BROKEN}\n\ndata: {BROKEN}\n\n");
    body(
        trial,
        &reply(&text, false),
        &[Code::PROTOCOL, Code::UPSTREAM],
    )
}

pub(super) fn empty(trial: &Trial<'_>) -> Verdict {
    body(trial, &reply("", false), &[Code::PROTOCOL, Code::UPSTREAM])
}

/// Half of the sample's own reply, then the connection breaks.
pub(super) fn cut(trial: &Trial<'_>) -> Verdict {
    let Some((case, played)) = sample(trial) else {
        return skipped(NO_HTTP);
    };
    let Some(whole) = case.answers.get(played.requests.len() - 1) else {
        return skipped("its last request has no answer");
    };
    let mut half = whole.clone();
    half.body.truncate(whole.body.len() / 2);
    half.breaks = true;
    body(trial, &half, &[Code::NETWORK, Code::UPSTREAM])
}
