//! Reads command lines without running them (services §4.8.5).
//!
//! A line is parsed as a shell would, each redirection and each operand that may be a path is
//! judged, and what cannot be read from the text alone is refused. This is no sandbox: a program
//! that is started does what it likes.

mod call;
mod commands;
mod find;
mod git;
mod names;
mod operands;
mod parse;
mod pattern;
mod programs;
mod readers;
mod redirect;
mod scripts;
mod search;
mod shell;
mod tar;
mod variables;
mod word;
mod wrappers;

use crate::decision::Call;
use crate::ledger::Ledger;
use crate::managed::Effect;
use crate::rule::{Denial, Rule};
use call::Found;
pub(crate) use call::is_tool;
use shell::Shell;

/// Judges the command lines of a call: all texts of a tool that `runs` commands, and of any other
/// what is called a command. `false`: it has none.
pub(crate) fn judge(call: &Call<'_>, runs: bool, ledger: &mut Ledger<'_>) -> bool {
    let found = match runs {
        true => Found::all(call.arguments),
        false => Found::named(call.arguments),
    };
    if found.is_empty() {
        return false;
    }
    if let Err(denial) = run(call, &found, ledger) {
        ledger.deny(denial);
    }
    true
}

fn run(call: &Call<'_>, found: &Found, ledger: &mut Ledger<'_>) -> Result<(), Denial> {
    let Some(workspace) = ledger.policy().workspace() else {
        return Err(Denial::new(
            Rule::NoWorkspace,
            "a command needs a workspace to run in, and this agent has none; a person may set `cwd`",
        ));
    };
    let start = call.base.unwrap_or(workspace);
    if call.base.is_some() {
        ledger.touch(".", Some(start), Effect::Read);
    }
    let mut folder = start.to_owned();
    if let Some(text) = &found.folder
        && let Some(path) = ledger.touch(text, Some(start), Effect::Read)
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
    for tail in &found.tails {
        for head in heads(found) {
            let line = format!("{head} {tail}");
            Shell::new(ledger, folder.clone(), dialect).line(&line)?;
        }
    }
    run_words(found, ledger, &folder, dialect)
}

/// Each line may be the beginning of what `args` goes on with.
fn heads(found: &Found) -> Vec<&str> {
    match found.lines.is_empty() {
        true => vec![""],
        false => found.lines.iter().map(String::as_str).collect(),
    }
}

/// `command: "git"` beside `args: ["status"]` is one command.
fn run_words(
    found: &Found,
    ledger: &mut Ledger<'_>,
    folder: &std::path::Path,
    dialect: parse::Dialect,
) -> Result<(), Denial> {
    for argv in &found.argv {
        let alone: Vec<_> = argv.iter().map(|text| word::Word::literal(text)).collect();
        for head in heads(found) {
            let mut shell = Shell::new(ledger, folder.to_owned(), dialect);
            let mut words: Vec<_> = head.split_whitespace().map(word::Word::literal).collect();
            words.extend(alone.iter().cloned());
            shell.command(&words, shell::Input::Nothing)?;
            if !head.is_empty() {
                shell.operands_of_unknown(&alone)?;
            }
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
