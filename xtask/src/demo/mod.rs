//! `cargo xtask demo QUESTION`: a team of agents on a real model, with the program that users get.
//!
//! Fetches model and server, starts the server on loopback, and runs `dist/massgen` with a
//! configuration like any user's. What agents are told is what any run tells them.
//!
//! **Invariant:** nothing here knows a question, an answer or a piece of a reply.

mod server;
mod team;

use std::io::{self, IsTerminal, Read};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::fetch::{self, Model};
use crate::workspace::Workspace;
use crate::{build, platform};
use server::Running;
use team::Team;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to ask; without it, piped standard input
    question: Option<String>,
    /// Use SmolLM2-135M (98 MB): quick, and knows next to nothing
    #[arg(long)]
    tiny: bool,
    /// How many times to run, with a summary at the end
    #[arg(long, default_value_t = 1, value_name = "N")]
    runs: usize,
    /// How many agents
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=9))]
    agents: u8,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let question = question(args)?;
    // Ctrl-C belongs to the run: it stops cleanly and we follow, taking the server along.
    ctrlc::set_handler(|| {}).context("cannot listen for Ctrl-C")?;
    let model = if args.tiny { Model::Tiny } else { Model::Small };
    let file = fetch::model(model)?;
    let python = fetch::server()?;
    build::run()?;
    let server = Running::start(&python, &file, model, args.agents)?;
    let team = Team::write(args.agents, model, server.address())?;
    let demo = Demo {
        workspace: Workspace::find()?,
        team,
        question,
    };
    match args.runs {
        0 | 1 => demo.once(),
        runs => demo.repeat(runs),
    }
}

fn question(args: &Args) -> Result<String> {
    if let Some(question) = &args.question {
        return Ok(question.clone());
    }
    ensure!(
        !io::stdin().is_terminal(),
        "no question\nhint: cargo xtask demo \"QUESTION\""
    );
    let mut piped = String::new();
    io::stdin()
        .read_to_string(&mut piped)
        .context("cannot read standard input")?;
    if piped.trim().is_empty() {
        bail!("standard input holds no question");
    }
    Ok(piped)
}

struct Demo {
    workspace: Workspace,
    team: Team,
    question: String,
}

/// What one run gave.
struct Outcome {
    code: Option<i32>,
    answer: String,
    took: Duration,
}

impl Demo {
    /// Exactly as a user would type it.
    fn command(&self) -> Command {
        let dist = self.workspace.dist();
        let mut massgen = Command::new(dist.join(platform::program_file("massgen")));
        massgen.arg("--plugin-dir").arg(dist.join("plugins"));
        massgen
            .args(["run", "--config"])
            .arg(self.team.file())
            .arg("--")
            .arg(&self.question);
        massgen.stdin(Stdio::null());
        massgen
    }

    fn once(&self) -> Result<ExitCode> {
        let status = self.command().status().context("cannot start massgen")?;
        Ok(status
            .code()
            .and_then(|it| u8::try_from(it).ok())
            .map_or(ExitCode::FAILURE, Into::into))
    }

    fn repeat(&self, runs: usize) -> Result<ExitCode> {
        let mut outcomes = Vec::with_capacity(runs);
        for number in 1..=runs {
            println!("run {number} of {runs}");
            outcomes.push(self.watched()?);
            if outcomes
                .last()
                .is_some_and(|it| it.code == Some(INTERRUPTED))
            {
                break;
            }
        }
        summarise(&outcomes);
        let good = outcomes.len() == runs && outcomes.iter().all(|it| it.code == Some(0));
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn watched(&self) -> Result<Outcome> {
        let started = Instant::now();
        let mut command = self.command();
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start massgen")?;
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("{answer}");
        Ok(Outcome {
            code: output.status.code(),
            answer,
            took: started.elapsed(),
        })
    }
}

/// Exit code of a run that was interrupted.
const INTERRUPTED: i32 = 4;

fn summarise(outcomes: &[Outcome]) {
    println!("run  exit  seconds  answer");
    for (outcome, number) in outcomes.iter().zip(1..) {
        let code = outcome.code.map_or("-".into(), |it| it.to_string());
        let seconds = outcome.took.as_secs_f64();
        println!(
            "{number:>3}  {code:>4}  {seconds:>7.1}  {}",
            one_line(&outcome.answer)
        );
    }
}

/// The start of a text, on one line.
fn one_line(text: &str) -> String {
    const MOST: usize = 90;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
