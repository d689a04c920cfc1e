//! Programs that a plugin starts: with what each is started, on record before it is.
//!
//! Whether the plugin may start it is decided before, by its metadata; see the crate `backends`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use mcp::Environment;
use permissions::{Decision, Verdict};
use sandbox::{Mode, Rules};

use crate::inner::Inner;
use crate::ruling::Asked;
use crate::servers::{self, Reach};

/// What is done with what an agent's programs say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ProgramTape {
    /// Nothing is kept.
    #[default]
    Off,
    /// It is kept in this file.
    Record(PathBuf),
    /// Nothing is started: what programs said stands in this file.
    Replay(PathBuf),
}

/// A program that is to be started.
#[derive(Debug, Clone, Copy)]
pub struct ProgramOrder<'a> {
    /// Its name, as the plugin said it.
    pub name: &'a str,
    /// The start of its command line, without secrets.
    pub shown: &'a str,
    /// What it may change in the user's home, relative to it.
    pub home: &'a [String],
}

/// With what a program is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramStart {
    /// Goes before the program and its arguments; empty without a sandbox.
    pub launcher: Vec<OsString>,
    /// Where it runs unless it is told otherwise: the agent's workspace, or a folder of the run.
    pub folder: PathBuf,
    /// What the user should know: what the sandbox cannot hold.
    pub warning: Option<String>,
}

/// What one agent's programs are started with.
pub(crate) struct Means {
    pub(crate) environment: Environment,
    /// massgen itself, as a launcher.
    launcher: PathBuf,
    home: Option<PathBuf>,
    /// For an agent without a workspace.
    folder: PathBuf,
    sandbox: Option<(Mode, Rules)>,
}

impl Means {
    pub(crate) fn of(reach: &Reach<'_>) -> Self {
        let plan = reach.agent.services.program_sandbox;
        let rules = || reach.rules("programs", plan);
        Self {
            environment: reach.places.environment.clone(),
            launcher: reach.places.program.clone(),
            home: reach.places.home.clone(),
            folder: reach.own_folder("programs"),
            sandbox: servers::mode(plan.mode).map(|mode| (mode, rules())),
        }
    }

    fn launcher(
        &self,
        order: &ProgramOrder<'_>,
        folder: &Path,
    ) -> Result<sandbox::Launcher, String> {
        let Some((mode, rules)) = &self.sandbox else {
            return Ok(sandbox::Launcher {
                prefix: Vec::new(),
                warning: None,
            });
        };
        let mut rules = rules.clone();
        let own = order.home.iter().filter(|it| is_below(it));
        if let Some(home) = &self.home {
            rules.write.extend(own.map(|it| home.join(it)));
        }
        rules.write.push(folder.to_owned());
        sandbox::launcher(&self.launcher, &rules, *mode)
            .map_err(|error| format!("{error} (hint: {})", error.hint()))
    }
}

/// Whether a path of a plugin's metadata stays below the folder it is relative to, and is not all
/// of it.
fn is_below(path: &str) -> bool {
    use std::path::Component;
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|it| matches!(it, Component::Normal(_)))
}

/// Writes a program into the audit log, and says with what it is started.
pub(crate) fn start(inner: &Inner, order: &ProgramOrder<'_>) -> Result<ProgramStart, String> {
    let means = &inner.loan.programs;
    let asked = Asked {
        id: String::new(),
        server: "program".to_owned(),
        tool: order.name.to_owned(),
    };
    let decision = Decision {
        verdict: Verdict::Allow,
        rule: "program",
        paths: Vec::new(),
        explain: vec![order.shown.to_owned()],
    };
    inner.record(&asked, inner.grants.now().0, &decision)?;
    let folder = match inner.workspace() {
        Some(workspace) => workspace.to_owned(),
        None => made(&means.folder)?,
    };
    let launcher = means.launcher(order, &folder)?;
    Ok(ProgramStart {
        launcher: launcher.prefix,
        warning: launcher.warning,
        folder,
    })
}

fn made(folder: &Path) -> Result<PathBuf, String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("the folder `{}` cannot be made: {error}", folder.display()))?;
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_granted_parts_of_the_home_folder_and_never_all_of_it() {
        for path in [".claude", ".claude.json", ".config/tool"] {
            assert!(is_below(path), "{path}");
        }
        for path in ["", ".", "..", "../x", "/etc", ".claude/../.ssh"] {
            assert!(!is_below(path), "{path}");
        }
    }
}
