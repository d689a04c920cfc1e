//! The two halves: what massgen puts before a command, and what the launcher does with it.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use crate::environment::Environment;
use crate::rules::Order;
use crate::support::{Missing, Support, support};
use crate::{Error, Failure, Mode, Rules, caches, grants, program};

/// The hidden subcommand that makes massgen a launcher.
pub const LAUNCHER: &str = "__sandbox";

/// What to put before a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// Goes before the program and its arguments; empty when nothing can be held.
    pub prefix: Vec<OsString>,
    /// What the user should be told before the program starts: what cannot be held.
    pub warning: Option<String>,
}

/// What makes `exe` (massgen itself) start a command under these rules.
///
/// # Errors
///
/// The kernel cannot hold the rules and [`Mode::Enforce`] asks for it; a path is not UTF-8.
pub fn launcher(exe: &Path, rules: &Rules, mode: Mode) -> Result<Launcher, Error> {
    let lack = lack(rules, support());
    match (lack, mode) {
        (Some(missing), Mode::Enforce) => Err(Error::Unsupported(missing)),
        (Some(missing), Mode::Warn) if !matches!(missing, Missing::TooOld { .. }) => Ok(Launcher {
            prefix: Vec::new(),
            warning: Some(format!("it runs without a sandbox: {missing}")),
        }),
        (lack, _) => Ok(Launcher {
            prefix: prefix(exe, rules, mode)?,
            warning: lack.map(|it| format!("its sandbox has holes: {it}")),
        }),
    }
}

fn prefix(exe: &Path, rules: &Rules, mode: Mode) -> Result<Vec<OsString>, Error> {
    let order = Order {
        mode,
        rules: rules.clone(),
    };
    let order = order.encode()?;
    Ok(vec![exe.into(), LAUNCHER.into(), order.into(), "--".into()])
}

/// What the kernel lacks for these rules. Below version 3 any file may be emptied.
fn lack(rules: &Rules, support: Support) -> Option<Missing> {
    let needs = if rules.deny_network { 4 } else { 3 };
    match support {
        Support::Nothing(missing) => Some(missing),
        Support::Landlock(has) if has < needs => Some(Missing::TooOld { has, needs }),
        Support::Landlock(_) => None,
    }
}

/// The launcher: gives up what the order does not grant and becomes the program. `arguments` are
/// all that follow the subcommand; `warn` is told when the program starts with less held than
/// massgen was able to promise. Must be called before any thread is started.
pub fn become_program(arguments: &[OsString], warn: impl FnOnce(&str)) -> Failure {
    match transform(arguments, warn) {
        Ok(never) => match never {},
        Err(failure) => failure,
    }
}

fn transform(arguments: &[OsString], warn: impl FnOnce(&str)) -> Result<Infallible, Failure> {
    let (order, argv) = read(arguments)?;
    let name = &argv[0];
    let env = Environment::own();
    let path = program::find(name, &env).ok_or_else(|| Failure::NotFound(shown(name)))?;
    prepare(&order.rules, name, &env)?;
    match (
        hold(&order.rules, order.mode, &path, argv, &env),
        order.mode,
    ) {
        (Ok(()), _) => {}
        (Err(reason), Mode::Warn) => warn(&format!("there is no sandbox: {reason}")),
        (Err(reason), Mode::Enforce) => return Err(Failure::NotHeld(reason)),
    }
    let source = replace(&path, &argv[1..], order.rules.temp.as_deref());
    Err(Failure::NotStarted {
        program: shown(name),
        source,
    })
}

/// Takes the arguments apart; at least the program is there.
fn read(arguments: &[OsString]) -> Result<(Order, &[OsString]), Failure> {
    let [order, dashes, argv @ ..] = arguments else {
        return Err(Failure::Order("something is missing".into()));
    };
    if dashes != "--" || argv.is_empty() {
        return Err(Failure::Order("there is no program".into()));
    }
    let order = order.to_str().unwrap_or_default();
    let order = Order::decode(order).map_err(|error| Failure::Order(error.to_string()))?;
    Ok((order, argv))
}

/// Makes the folders on which rules will stand.
fn prepare(rules: &Rules, name: &OsStr, env: &Environment) -> Result<(), Failure> {
    if let Some(temp) = &rules.temp {
        std::fs::create_dir_all(temp).map_err(|source| Failure::Temp {
            folder: temp.display().to_string(),
            source,
        })?;
    }
    let name = Path::new(name).file_name().and_then(OsStr::to_str);
    let name = name
        .filter(|_| !rules.deny_package_caches)
        .unwrap_or_default();
    for folder in caches::made_by(name, env) {
        // A package manager that cannot have its cache says so itself.
        let _ = std::fs::create_dir_all(folder);
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn hold(
    rules: &Rules,
    mode: Mode,
    path: &Path,
    argv: &[OsString],
    env: &Environment,
) -> Result<(), String> {
    let grants = grants::grants(rules, path, argv, env);
    crate::kernel::give_up_all_but(&grants, rules.deny_network, mode)
        .map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
fn hold(_: &Rules, _: Mode, _: &Path, _: &[OsString], _: &Environment) -> Result<(), String> {
    Err(Missing::NotLinux.to_string())
}

/// Becomes the program; returns only when that fails.
fn replace(path: &Path, arguments: &[OsString], temp: Option<&Path>) -> std::io::Error {
    let mut command = Command::new(path);
    command.args(arguments);
    if let Some(temp) = temp {
        for name in ["TMPDIR", "TMP", "TEMP"] {
            command.env(name, temp);
        }
    }
    exec(&mut command)
}

#[cfg(unix)]
fn exec(command: &mut Command) -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

#[cfg(not(unix))]
fn exec(_: &mut Command) -> std::io::Error {
    std::io::ErrorKind::Unsupported.into()
}

fn shown(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_kernel_is_named_before_it_is_relied_on() {
        let files = Rules::default();
        let offline = Rules {
            deny_network: true,
            ..Rules::default()
        };
        let too_old = |has, needs| Some(Missing::TooOld { has, needs });
        assert_eq!(lack(&files, Support::Landlock(2)), too_old(2, 3));
        assert_eq!(lack(&files, Support::Landlock(3)), None);
        assert_eq!(lack(&offline, Support::Landlock(3)), too_old(3, 4));
        assert_eq!(lack(&offline, Support::Landlock(7)), None);
        let nothing = Support::Nothing(Missing::NotLinux);
        assert_eq!(lack(&files, nothing), Some(Missing::NotLinux));
    }

    #[test]
    fn arguments_that_massgen_would_not_write_are_refused() {
        let refused = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
            become_program(&arguments, |_| ()).exit_code()
        };
        assert_eq!(refused(&[]), 126);
        assert_eq!(refused(&["{}", "--", "true"]), 126);
        assert_eq!(refused(&["{}", "true", "x"]), 126);
    }
}
