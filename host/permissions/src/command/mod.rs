//! Reads command lines without running them (services §4.8.5).
//!
//! A line is parsed as a shell would, each redirection and each operand that may be a path is
//! judged, and what cannot be read from the text alone is refused. This is no sandbox: a program
//! that is started does what it likes.

mod commands;
mod find;
mod git;
mod operands;
mod parse;
mod pattern;
mod programs;
mod redirect;
mod scripts;
mod shell;
mod tar;
mod word;
mod wrappers;

use serde_json::Value;

use crate::decision::Call;
use crate::ledger::Ledger;
use crate::managed::Effect;
use crate::rule::{Denial, Rule};
use crate::words;
use shell::Shell;

/// Arguments of command tools that run nothing.
const SILENT: [&str; 17] = [
    "description",
    "explanation",
    "reason",
    "title",
    "name",
    "id",
    "session",
    "timeout",
    "background",
    "shell",
    "encoding",
    "type",
    "action",
    "interactive",
    "label",
    "comment",
    "wait",
];
/// Arguments that say where the command starts.
const FOLDERS: [&str; 8] = [
    "cwd",
    "workdir",
    "dir",
    "directory",
    "workingdirectory",
    "workingdir",
    "path",
    "folder",
];

/// Judges the command lines of a call. `false`: it has none.
pub(crate) fn judge(call: &Call<'_>, ledger: &mut Ledger<'_>) -> bool {
    let mut found = Found::default();
    collect(call.arguments, "command", &mut found);
    if found.lines.is_empty() && found.argv.is_empty() {
        return false;
    }
    if let Err(denial) = run(call, &found, ledger) {
        ledger.deny(denial);
    }
    true
}

#[derive(Default)]
struct Found {
    lines: Vec<String>,
    argv: Vec<Vec<String>>,
    folder: Option<String>,
    variables: Vec<(String, String)>,
}

/// Whatever is text and not known to be silent may be run.
fn collect(value: &Value, key: &str, found: &mut Found) {
    let words = words::of(key);
    let glued = words.concat();
    match value {
        Value::String(text) if FOLDERS.contains(&glued.as_str()) => {
            found.folder = Some(text.clone())
        }
        Value::String(_) if words::any(&words, &SILENT) => {}
        Value::String(text) if !text.trim().is_empty() => found.lines.push(text.clone()),
        Value::Array(items) => collect_list(items, key, found),
        Value::Object(map) if matches!(glued.as_str(), "env" | "environment") => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            found
                .variables
                .extend(map.iter().map(|(name, value)| (name.clone(), text(value))));
        }
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| collect(value, key, found)),
        _ => {}
    }
}

/// A list of words is one command, and the rest of one if it is called `args`.
fn collect_list(items: &[Value], key: &str, found: &mut Found) {
    let words: Option<Vec<String>> = items
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect();
    match (words, key) {
        (Some(words), "args" | "arguments" | "argv") => found.argv.push(words),
        (Some(words), "commands") => found.lines.extend(words),
        (Some(words), _) if !words.is_empty() => found.argv.push(words),
        (Some(_), _) => {}
        (None, _) => items.iter().for_each(|item| collect(item, key, found)),
    }
}

fn run(call: &Call<'_>, found: &Found, ledger: &mut Ledger<'_>) -> Result<(), Denial> {
    let Some(workspace) = ledger.policy().workspace() else {
        return Err(Denial::new(
            Rule::NoWorkspace,
            "a command needs a workspace to run in, and this agent has none; a person may set `cwd`",
        ));
    };
    let mut folder = workspace.to_owned();
    if let Some(text) = &found.folder
        && let Some(path) = ledger.touch(text, Some(workspace), Effect::Read)
    {
        folder = path;
    }
    let dialect = parse::Dialect::of(call.tool);
    for (name, value) in &found.variables {
        let mut shell = Shell::new(ledger, folder.clone(), dialect);
        shell.variable(name, value)?;
    }
    for line in &found.lines {
        Shell::new(ledger, folder.clone(), dialect).line(line)?;
    }
    run_words(found, ledger, &folder, dialect)
}

/// `command: "git"` beside `args: ["status"]` is one command.
fn run_words(
    found: &Found,
    ledger: &mut Ledger<'_>,
    folder: &std::path::Path,
    dialect: parse::Dialect,
) -> Result<(), Denial> {
    for argv in &found.argv {
        let mut shell = Shell::new(ledger, folder.to_owned(), dialect);
        let heads: Vec<&String> = found.lines.iter().collect();
        let mut words: Vec<word::Word> = Vec::new();
        for head in &heads {
            words.extend(head.split_whitespace().map(word::Word::literal));
        }
        words.extend(argv.iter().map(|text| word::Word::literal(text)));
        shell.command(&words, shell::Input::Nothing)?;
        if !heads.is_empty() {
            let alone: Vec<_> = argv.iter().map(|text| word::Word::literal(text)).collect();
            shell.operands_of_unknown(&alone)?;
        }
    }
    Ok(())
}

/// A line that cannot be understood.
fn unclear(why: impl std::fmt::Display) -> Denial {
    Denial::new(
        Rule::CommandUnclear,
        format!("the command is refused, because its effects cannot be read from it: {why}"),
    )
}
