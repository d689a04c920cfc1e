//! `cargo xtask record PLUGIN CASE`: a real exchange becomes a transcript, without its secrets.
//!
//! The case says what is asked. The plugin itself makes the request, played by its own test; here it
//! is sent, or answered from one of massgen's recordings, and the answer is put beside the case.
//! Then the test writes what it expects and is run again, which must pass.
//!
//! **Invariant:** a file of a case never holds a key, and only headers that a plugin may read.

mod answer;
mod case;
mod key;
mod send;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;
use crate::{place, shell};
use answer::{Answer, Hidden};
use case::Folder;

/// The most requests that one call makes: a list of models, a version, the question.
const MOST: usize = 6;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder below `plugins`, for example `openai`
    plugin: String,
    /// The case: a folder below the plugin's `transcripts`
    case: String,
    /// What to ask; without it the case must have its `case.json`
    #[arg(long)]
    question: Option<String>,
    /// Backend type [default: the plugin's first]
    #[arg(long = "type", value_name = "TYPE")]
    backend_type: Option<String>,
    /// Model [default: the type's]
    #[arg(long)]
    model: Option<String>,
    /// Address of the provider [default: the type's]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Variable that holds the key, for an address that is not the provider's own
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
    /// Send nothing: take the answers from recordings, `massgen_logs/RUN/cassettes/AGENT/NNNN.json`
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let plugin = workspace.root().join("plugins").join(&args.plugin);
    let manifest = case::read(&plugin.join("plugin.json"))
        .with_context(|| format!("there is no plugin `{}`", args.plugin))?;
    let folder = Folder::new(plugin.join("transcripts").join(&args.case));
    let is_new = !folder.exists();
    let recorded = record(&workspace, args, &manifest, &folder);
    if recorded.is_err() && is_new && folder.path().exists() {
        fs::remove_dir_all(folder.path())?;
    }
    let count = recorded?;
    println!(
        "exchanges in {}: {count}\nread every file before you commit it: texts may be private",
        folder.path().display()
    );
    Ok(())
}

/// Makes the case; returns how many exchanges it took.
fn record(workspace: &Workspace, args: &Args, manifest: &Value, folder: &Folder) -> Result<usize> {
    let mut case = match &args.question {
        Some(question) if !folder.exists() => case::ask(manifest, args, question)?,
        Some(_) => bail!(
            "the case `{}` is there already; leave --question out",
            args.case
        ),
        None => folder.read()?,
    };
    let mut answers = Vec::new();
    while let Some(request) = next(workspace, args, folder, &mut case, &answers)? {
        if answers.len() == MOST {
            bail!("the plugin goes on asking after {MOST} requests");
        }
        let (mut answer, key) = if args.from.is_empty() {
            let secret = key::of(manifest, &case, &request, args.key_env.as_deref())?;
            let answer = send::send(&request, secret.as_ref())?;
            (answer, secret.map(|it| it.value))
        } else {
            let file = args.from.get(answers.len());
            let file = file.context("the plugin asks again: name another recording with --from")?;
            (Answer::recorded(file)?, None)
        };
        answer.hide(&Hidden::new(workspace.root(), key));
        answers.push(answer);
    }
    if answers.is_empty() {
        bail!("the plugin asks for nothing: {}", folder.end()?);
    }
    folder.write(&mut case, &answers, false)?;
    play(workspace, args, true)?;
    play(workspace, args, false)?;
    Ok(answers.len())
}

/// The request that the plugin makes after these answers; `None` when it has what it wants.
fn next(
    workspace: &Workspace,
    args: &Args,
    folder: &Folder,
    case: &mut Value,
    answers: &[Answer],
) -> Result<Option<Value>> {
    folder.write(case, answers, true)?;
    play(workspace, args, true)?;
    let requests = folder.requests()?;
    Ok(requests.into_iter().nth(answers.len()))
}

/// Plays the case in the plugin's own test, which writes or compares the expected files.
fn play(workspace: &Workspace, args: &Args, update: bool) -> Result<()> {
    let mut cargo = shell::cargo();
    cargo
        .args(["test", "--quiet", "--package", &args.plugin, "transcripts"])
        .current_dir(workspace.root())
        .env("TRANSCRIPT", &args.case);
    if update {
        cargo.env("UPDATE_TRANSCRIPTS", "1");
    }
    shell::run(&mut cargo)
}
