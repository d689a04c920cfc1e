//! From the plan to what each agent is lent.

use std::path::{Path, PathBuf};

use config::{AgentPlan, Diagnostic, RunPlan};
use etcetera::BaseStrategy as _;
use run_log::RunDir;
use services::{Environment, LendError, Lender, Lent, Places, ToolTape};

use crate::cli::RunArgs;
use crate::environment::variable;
use crate::exit::Failure;

/// What every agent of a plan is lent, in registration order. Prints what the user should know.
///
/// # Errors
///
/// A folder that cannot be made, a sandbox that cannot be had.
pub(crate) fn lend(
    args: &RunArgs,
    plan: &RunPlan,
    tape: &transport::Tape,
    dir: &RunDir,
) -> Result<Vec<Lent>, Failure> {
    let places = Places {
        tape: tool_tape(tape),
        ..places(dir.path(), args.ca_file.clone())
    };
    let lender = Lender::open(plan, places);
    let lender = lender.map_err(|error| Failure::new(&error, error.hint()))?;
    let lend = |agent| lend_to(&lender, agent);
    plan.agents.iter().map(lend).collect()
}

fn lend_to(lender: &Lender, agent: &AgentPlan) -> Result<Lent, Failure> {
    let (lent, remarks) = lender.lend(agent).map_err(|error| unfit(agent, &error))?;
    remarks
        .iter()
        .for_each(|it| display::note(&format!("warning: {it}")));
    Ok(lent)
}

fn unfit(agent: &AgentPlan, error: &LendError) -> Failure {
    let what = format!("agent `{}`: {error}", agent.id);
    let error = Diagnostic::error(agent.place.clone(), "", what).hint(error.hint());
    Failure::text(error.to_string())
}

/// Tools are recorded and repeated where model calls are.
fn tool_tape(tape: &transport::Tape) -> ToolTape {
    match tape {
        transport::Tape::Off => ToolTape::Off,
        transport::Tape::Record(folder) => ToolTape::Record(folder.clone()),
        transport::Tape::Replay(folder) => ToolTape::Replay(folder.clone()),
    }
}

/// The places of a run that has this folder.
pub(crate) fn places(run: &Path, ca_file: Option<PathBuf>) -> Places {
    let base = etcetera::choose_base_strategy().ok();
    Places {
        run: run.to_owned(),
        tokens: base.as_ref().map(|it| it.data_dir().join("massgen/mcp")),
        program: std::env::current_exe().unwrap_or_else(|_| "massgen".into()),
        home: base.map(|it| it.home_dir().to_owned()),
        environment: Environment::new(variable),
        ca_file,
        tape: ToolTape::Off,
    }
}
