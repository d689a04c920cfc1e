//! What a program is started with: its path, its folder, its environment. Looks at files.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use massgen_plugin::wire::Spawn;
use massgen_plugin::{Fault, FaultCode};
use programs::Program;
use services::{Environment, ProgramOrder};

use super::begin::Desk;

/// Variables that say how the network is reached, and by whose certificates.
const NETWORK: [&str; 13] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// A program that may be started, and what the user is to be told first.
pub(super) struct Prepared {
    pub(super) program: Program,
    pub(super) remarks: Vec<String>,
}

/// Prepares a start, and puts it on record.
///
/// # Errors
///
/// `config` when there is no such program, `denied` when it may not be started so.
pub(super) fn prepare(desk: &Desk, spawn: &Spawn) -> Result<Prepared, Fault> {
    let environment = desk.lent.environment();
    let environment = environment.ok_or_else(|| denied("this agent may start no program"))?;
    let name = spawn.argv.first().map_or("", String::as_str);
    let path = find(desk, name, environment)?;
    let folder = spawn.folder.as_deref();
    let folder = folder.map(|it| own_folder(desk, it)).transpose()?;
    let shown = desk.shown(spawn);
    let start = desk.lent.start_program(&ProgramOrder {
        name,
        shown: &shown,
        home: desk.programs.leave.home(),
    });
    let start = start.map_err(denied)?;
    let mut remarks = Vec::new();
    if desk.programs.leave.is_news(name) {
        remarks.push(format!("starts `{shown}`"));
        remarks.extend(start.warning.map(|it| format!("`{name}`: {it}")));
    }
    let arguments = spawn.argv.iter().skip(1).map(OsString::from);
    let mut argv = start.launcher;
    argv.push(path.into());
    argv.extend(arguments);
    let program = Program {
        argv,
        env: variables(desk, spawn, environment),
        folder: Some(folder.unwrap_or(start.folder)),
    };
    Ok(Prepared { program, remarks })
}

fn denied(why: impl Into<String>) -> Fault {
    Fault::new(FaultCode::DENIED, why)
}

/// Where the program lies. What an agent may write is not run outside of its tools' rules.
fn find(desk: &Desk, name: &str, environment: &Environment) -> Result<PathBuf, Fault> {
    let folders = environment.lookup("PATH").unwrap_or_default();
    let folders = programs::search_path(OsStr::new(&folders));
    let written = match (name.strip_prefix("~/"), environment.lookup("HOME")) {
        (Some(below), Some(home)) => Path::new(&home).join(below),
        _ => PathBuf::from(name),
    };
    let found = programs::find(written.as_os_str(), &folders);
    let found = found.and_then(|it| std::path::absolute(it).ok());
    let found = found.ok_or_else(|| missing(name))?;
    let real = found.canonicalize().unwrap_or_else(|_| found.clone());
    match workspace(desk) {
        Some(workspace) if real.starts_with(&workspace) => Err(denied(format!(
            "`{}` lies in the agent's own workspace, and is not started",
            real.display()
        ))),
        _ => Ok(found),
    }
}

fn missing(name: &str) -> Fault {
    let what = if name.contains('/') {
        format!("there is no program `{name}`")
    } else {
        format!("there is no program `{name}` in `PATH`")
    };
    let hint = format!(
        "hint: install it, or name it by `{}` in the backend's configuration",
        Spawn::CLI_PATH
    );
    Fault::new(FaultCode::CONFIG, what).with_detail(hint)
}

fn workspace(desk: &Desk) -> Option<PathBuf> {
    let workspace = desk.lent.workspace()?;
    Some(
        workspace
            .canonicalize()
            .unwrap_or_else(|_| workspace.into()),
    )
}

/// A folder that the plugin named: the workspace, or below it, links followed.
fn own_folder(desk: &Desk, folder: &str) -> Result<PathBuf, Fault> {
    let workspace = workspace(desk).ok_or_else(|| {
        denied("this agent has no workspace, so its programs cannot be given a folder")
    })?;
    let asked = workspace.join(folder);
    match asked.canonicalize() {
        Ok(real) if real.starts_with(&workspace) => Ok(real),
        Ok(_) => Err(denied(format!(
            "the folder `{folder}` is not in the agent's workspace"
        ))),
        Err(error) => Err(denied(format!(
            "the folder `{folder}` cannot be had: {error}"
        ))),
    }
}

/// Inherited ones, then those that are set, then secrets: the last of a name wins. A variable of
/// an optional secret that nobody has is never inherited, but may be set: a program that must not
/// look for a login of its own is given words in its place.
fn variables(desk: &Desk, spawn: &Spawn, environment: &Environment) -> Vec<(String, String)> {
    let names = programs::BASIC.iter().chain(&Spawn::ALWAYS_INHERITED);
    let names = names.chain(&NETWORK).copied();
    let names = names.chain(spawn.inherit.iter().map(String::as_str));
    let mut variables = programs::inherited(names, |name| environment.lookup(name));
    let is_secret = |name: &str| spawn.secrets.iter().any(|it| it.variable == name);
    variables.retain(|(name, _)| !is_secret(name));
    variables.extend(spawn.set.iter().cloned());
    for secret in &spawn.secrets {
        let value = desk.secrets.iter().find(|(name, _)| *name == secret.secret);
        if let Some((_, value)) = value {
            variables.retain(|(name, _)| *name != secret.variable);
            variables.push(value.as_variable(&secret.variable));
        }
    }
    variables
}
