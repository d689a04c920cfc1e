//! What replies are made of: usage, tool calls, and nothing secret.

use std::collections::{BTreeMap, BTreeSet};

use massgen_plugin::chat::{Chunk, ToolCall};
use serde_json::Value;

use super::each;
use crate::case::Case;
use crate::kit::Trial;
use crate::report::Verdict;
use crate::stage::Played;
use crate::story;
use crate::transcripts::play;

fn every(trial: &Trial<'_>, check: fn(&Played) -> Result<(), String>) -> Verdict {
    let plays = trial.samples.iter().zip(&trial.pilot.plays);
    each(
        plays,
        |(case, _): &(&Case, &Played)| case.name.clone(),
        |(_, played)| check(played),
    )
}

pub(super) fn usage(trial: &Trial<'_>) -> Verdict {
    every(trial, |played| {
        let mut after = played.chunks.iter();
        let Some(_) = after.find(|it| matches!(it, Chunk::Usage(_))) else {
            return Ok(());
        };
        let may_follow = |it: &&Chunk| {
            !matches!(
                it,
                Chunk::Done(_)
                    | Chunk::ReasoningDone { .. }
                    | Chunk::Debug { .. }
                    | Chunk::Status { .. }
            )
        };
        match after.find(may_follow) {
            None => Ok(()),
            Some(Chunk::Usage(_)) => Err("usage comes twice".into()),
            Some(other) => Err(format!("after usage comes {other:?}")),
        }
    })
}

fn calls(played: &Played) -> impl Iterator<Item = &ToolCall> {
    played.chunks.iter().filter_map(|it| match it {
        Chunk::ToolCall(call) => Some(call),
        _ => None,
    })
}

pub(super) fn tool_ids(trial: &Trial<'_>) -> Verdict {
    every(trial, |played| {
        let mut ids = BTreeSet::new();
        for call in calls(played) {
            if call.id.is_empty() || !ids.insert(&call.id) {
                return Err(format!("the id `{}` is empty or stands twice", call.id));
            }
        }
        let is_done = matches!(played.end, Some(Ok(())));
        let open = played.chunks.iter().find_map(|it| match it {
            Chunk::ToolCallStart { id, .. } if is_done && !ids.contains(id) => Some(id),
            _ => None,
        });
        open.map_or(Ok(()), |id| {
            Err(format!("call `{id}` began and was never completed"))
        })
    })
}

pub(super) fn arguments(trial: &Trial<'_>) -> Verdict {
    every(trial, |played| {
        let mut pieces: BTreeMap<u32, String> = BTreeMap::new();
        for chunk in &played.chunks {
            match chunk {
                Chunk::ToolCallDelta { index, text } => {
                    pieces.entry(*index).or_default().push_str(text);
                }
                Chunk::ToolCall(call) => {
                    let text = pieces.get(&call.index).map(String::as_str);
                    fits(call, text)?;
                }
                _ => {}
            }
        }
        Ok(())
    })
}

/// Arguments are an object; text that is none stays text.
fn fits(call: &ToolCall, pieces: Option<&str>) -> Result<(), String> {
    let name = &call.name;
    match &call.arguments {
        Value::Object(_) => {}
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() => {}
        Value::String(_) => return Err(format!("arguments of `{name}` are JSON inside a text")),
        other => return Err(format!("arguments of `{name}` are no object: {other}")),
    }
    let Some(Ok(said)) = pieces.map(serde_json::from_str::<Value>) else {
        return Ok(());
    };
    if said.is_object() && said != call.arguments {
        return Err(format!(
            "arguments of `{name}` are not what their pieces say: {said}"
        ));
    }
    Ok(())
}

/// What is planted where a key could be.
const PLANTED: &str = "massgen-planted-key-5f1d0c";

pub(super) fn secrets(trial: &Trial<'_>) -> Verdict {
    let declared: BTreeSet<_> = trial
        .metadata
        .manifest
        .types
        .iter()
        .flat_map(|it| &it.secrets)
        .map(|it| it.name.as_str())
        .collect();
    each(
        trial.samples,
        |case| case.name.clone(),
        |case| {
            let mut case = (*case).clone();
            for name in &declared {
                case.config.options.insert((*name).into(), PLANTED.into());
            }
            let played = play(trial.subject, &case, &[], trial.give_up)?;
            asks_for_declared(&played, &declared)?;
            passes_none_on(&played)
        },
    )
}

fn asks_for_declared(played: &Played, declared: &BTreeSet<&str>) -> Result<(), String> {
    let asked = played.requests.iter().filter_map(|it| it.auth.as_ref());
    let unknown = asked
        .map(|it| it.secret.as_str())
        .find(|it| !declared.contains(it));
    unknown.map_or(Ok(()), |it| {
        Err(format!("secret `{it}` is not in the metadata"))
    })
}

fn passes_none_on(played: &Played) -> Result<(), String> {
    let places = [
        ("a request", story::requests(played)),
        ("a program", story::process(&played.script)),
        ("a chunk or the fault", story::chunks(played)),
        ("the fault's detail", detail(played)),
    ];
    let found = places.iter().find(|(_, text)| text.contains(PLANTED));
    found.map_or(Ok(()), |(place, _)| {
        Err(format!("a key of the configuration stands in {place}"))
    })
}

fn detail(played: &Played) -> String {
    match &played.end {
        Some(Err(fault)) => fault.detail.clone(),
        _ => String::new(),
    }
}
