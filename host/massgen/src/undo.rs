//! `massgen undo`: takes back what agents did to files.

use std::process::ExitCode;

use run_log::{LogError, find_run};
use services::Places;
use services::undo::{self, Options, Outcome, Step};

use crate::cli::UndoArgs;
use crate::exit::{Failure, INCOMPLETE};

/// Carries out `massgen undo`.
///
/// # Errors
///
/// There is no such run, or its journal cannot be read.
pub(crate) fn run(args: &UndoArgs) -> Result<ExitCode, Failure> {
    let dir = find_run(&args.log_dir, &args.run.to_string_lossy()).map_err(|it| no_run(&it))?;
    let journal = Places::journal(&dir);
    let options = Options {
        agent: args.agent.clone(),
        force: args.force,
    };
    let steps = if args.preview {
        undo::preview(&journal, &options)
    } else {
        undo::apply(&journal, &options)
    };
    let steps = steps.map_err(|error| Failure::new(error, "is this the folder of a run?"))?;
    if steps.is_empty() {
        display::line("nothing to take back: no agent of this run changed a file");
    }
    steps.iter().for_each(|it| display::line(&line(it)));
    let all = steps.iter().all(|it| is_well(&it.outcome));
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        display::note("hint: `--force` also takes back what was changed since");
        ExitCode::from(INCOMPLETE)
    })
}

fn no_run(error: &LogError) -> Failure {
    let hint = error.hint();
    Failure::new(
        error,
        hint.unwrap_or("`--log-dir DIR` names another folder"),
    )
}

fn is_well(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Ready | Outcome::Done | Outcome::Already)
}

/// `3 ann write_file /w/a.txt: restore 12 bytes: done`.
fn line(step: &Step) -> String {
    let outcome = match &step.outcome {
        Outcome::Ready => "can be done".to_owned(),
        Outcome::Done => "done".to_owned(),
        Outcome::Already => "is so already".to_owned(),
        Outcome::Conflict(why) => format!("NOT done: {why}"),
        Outcome::Impossible(why) => format!("cannot be done: {why}"),
        Outcome::Failed(why) => format!("failed: {why}"),
    };
    let Step {
        seq,
        agent,
        tool,
        path,
        action,
        ..
    } = step;
    format!(
        "{seq} {agent} {tool} {}: {action}: {outcome}",
        path.display()
    )
}
