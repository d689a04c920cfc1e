//! Commands of servers (services §2.3). A command is never given to a shell.

use super::{Level, Security, Wrong, check_length};
use crate::diagnostic::nearest;

const MAX_LINE: usize = 1000;
const MAX_PARTS: usize = 50;

/// Characters of one part of a command, or of one argument.
const MAX_ARGUMENT: usize = 500;

/// Characters that only a shell gives a meaning: a line with one was meant for a shell.
const SHELL: [char; 9] = ['&', '|', ';', '`', '$', '(', ')', '<', '>'];

const SHELLS: [&str; 9] = [
    "sh",
    "bash",
    "zsh",
    "fish",
    "dash",
    "ksh",
    "powershell",
    "pwsh",
    "cmd",
];

const STRICT: [&str; 28] = [
    "python",
    "python3",
    "py",
    "uv",
    "uvx",
    "pipx",
    "pip",
    "pip3",
    "node",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "bun",
    "deno",
    "java",
    "ruby",
    "go",
    "rust",
    "cargo",
    "fastmcp",
    "sh",
    "bash",
    "zsh",
    "fish",
    "powershell",
    "pwsh",
    "cmd",
];
const MODERATE: [&str; 2] = ["git", "nodejs"];
const PERMISSIVE: [&str; 2] = ["curl", "wget"];

/// The parts of a command that is written as one line.
pub(crate) fn split(line: &str) -> Result<Vec<String>, Wrong> {
    check_length(line, MAX_LINE)?;
    if let Some(found) = line.chars().find(|c| SHELL.contains(c)) {
        let wrong = Wrong::new(format!("must not contain `{found}`"));
        return Err(wrong.hint("no shell reads it; write program and arguments as a list"));
    }
    // A word that begins with `#` would be taken for the begin of a comment.
    if line.split_whitespace().any(|word| word.starts_with('#')) {
        return Err(Wrong::new(
            "must be a list when an argument begins with `#`",
        ));
    }
    shlex::split(line).ok_or_else(|| Wrong::new("has a quote that is not closed"))
}

/// Whether this program may be started with these parts. The parts behind the program are
/// its arguments and may hold any character.
pub(crate) fn check_command(parts: &[String], security: &Security) -> Result<(), Wrong> {
    let length: usize = parts.iter().map(|part| part.chars().count() + 1).sum();
    if length > MAX_LINE + 1 {
        let must = format!("must have at most {MAX_LINE} characters");
        return Err(Wrong::new(must));
    }
    if parts.len() > MAX_PARTS {
        let must = format!("must have at most {MAX_PARTS} parts, not {}", parts.len());
        return Err(Wrong::new(must).hint("move arguments into `args`"));
    }
    let (program, arguments) = parts
        .split_first()
        .filter(|(program, _)| !program.trim().is_empty())
        .ok_or_else(|| Wrong::new("must name a program"))?;
    arguments.iter().try_for_each(|part| check_argument(part))?;
    check_program(program, security)
}

/// One argument: any text that a program can be given.
pub(crate) fn check_argument(argument: &str) -> Result<(), Wrong> {
    if argument.contains('\0') {
        return Err(Wrong::new("must not contain a NUL character"));
    }
    check_length(argument, MAX_ARGUMENT)
}

fn check_program(program: &str, security: &Security) -> Result<(), Wrong> {
    check_argument(program)?;
    let odd = |c: &char| SHELL.contains(c) || c.is_control();
    if let Some(found) = program.chars().find(odd) {
        let must = format!("must name a program without {found:?}");
        return Err(Wrong::new(must));
    }
    if program.split(['/', '\\']).any(|step| step == "..") || program.contains("\\.\\") {
        let wrong = Wrong::new("must not go through `..`");
        return Err(wrong.hint("write the program's name or its absolute path"));
    }
    check_executable(program, security)
}

fn check_executable(program: &str, security: &Security) -> Result<(), Wrong> {
    let name = base_name(program);
    let allowed = match &security.executables {
        Some(own) => own.iter().any(|it| base_name(it) == name),
        None => is_allowed(&name, security.level),
    };
    if allowed {
        return Ok(());
    }
    let wrong = Wrong::new(format!("must not start `{name}`"));
    Err(wrong.hint(match nearest(&name, STRICT) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("allow it with `security: {{allowed_executables: [{name}]}}`"),
    }))
}

fn is_allowed(name: &str, level: Level) -> bool {
    let minor = name.strip_prefix("python3.");
    let python = |minor: &str| (8..=14).any(|known: u8| known.to_string() == minor);
    STRICT.contains(&name)
        || minor.is_some_and(python)
        || (level >= Level::Moderate && MODERATE.contains(&name))
        || (level == Level::Permissive && PERMISSIVE.contains(&name))
}

/// The last step of a path, in lower case and without the suffix of an executable.
fn base_name(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.to_lowercase();
    let suffixes = [".exe", ".bat", ".cmd", ".ps1"];
    let bare = suffixes.iter().find_map(|it| name.strip_suffix(it));
    bare.map(str::to_owned).unwrap_or(name)
}

/// A shell that is handed a script in an argument runs whatever stands there: only for those who
/// say `level: permissive`. A script in a file is fine.
pub(crate) fn check_shell(argv: &[String], security: &Security) -> Result<(), Wrong> {
    let Some((program, arguments)) = argv.split_first() else {
        return Ok(());
    };
    let shell = base_name(program);
    let inline = SHELLS.contains(&&*shell) && has_script(&shell, arguments);
    if !inline || security.level == Level::Permissive {
        return Ok(());
    }
    let wrong = Wrong::new(format!("must not give `{shell}` commands as an argument"));
    Err(wrong.hint("start the program itself, or set `security: {level: permissive}`"))
}

/// Whether a command stands among the options, before the name of a script file.
fn has_script(shell: &str, arguments: &[String]) -> bool {
    match shell {
        "cmd" => arguments
            .iter()
            .any(|it| starts_any(it, &["/c", "/k", "/r"])),
        "powershell" | "pwsh" => power_shell_has_script(shell, arguments),
        _ => posix_has_script(arguments),
    }
}

fn starts_any(argument: &str, options: &[&str]) -> bool {
    let argument = argument.to_ascii_lowercase();
    options.iter().any(|option| argument.starts_with(option))
}

/// Options may be shortened: `-Command` and `-EncodedCommand` take a script, `-File` names one, and
/// for the older of the two shells a plain word is a script as well.
fn power_shell_has_script(shell: &str, arguments: &[String]) -> bool {
    for argument in arguments {
        let argument = argument.replace('/', "-").replace("--", "-");
        if starts_any(&argument, &["-f"]) {
            return false;
        }
        if starts_any(&argument, &["-c", "-e"]) && !starts_any(&argument, &["-ex"]) {
            return true;
        }
    }
    shell == "powershell" && arguments.iter().any(|it| !it.starts_with(['-', '/']))
}

fn posix_has_script(arguments: &[String]) -> bool {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if let Some(long) = argument.strip_prefix("--") {
            if long.is_empty() {
                return false;
            }
            if long.starts_with("command") || long.starts_with("init-command") {
                return true;
            }
            if ["rcfile", "init-file", "emulate"].contains(&long) {
                arguments.next();
            }
        } else if let Some(short) = argument.strip_prefix(['-', '+']) {
            if short.contains(['c', 'C']) {
                return true;
            }
            if short.contains(['o', 'O']) {
                arguments.next();
            }
        } else {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<String> {
        text.iter().map(|it| (*it).to_owned()).collect()
    }

    fn at(level: Level) -> Security {
        Security {
            level,
            ..Security::default()
        }
    }

    fn line(text: &str) -> Result<(), Wrong> {
        check_command(&split(text)?, &Security::default())
    }

    fn list(text: &[&str]) -> Result<(), Wrong> {
        check_command(&words(text), &Security::default())
    }

    #[test]
    fn a_line_is_split_as_a_shell_would_and_has_nothing_for_a_shell() {
        assert_eq!(
            split("npx -y 'a b' \"c\"").unwrap(),
            words(&["npx", "-y", "a b", "c"])
        );
        for bad in [
            "python; ls",
            "$(x)",
            "python && ls",
            "python | tee",
            "python > f",
            "python < f",
            "`python`",
            "python 'a",
            "python \"a",
            "python # note",
            "../python",
            "..\\python",
            ".\\.\\python",
            "a/../python",
            "perl x.pl",
            "",
            "   ",
            "''",
        ] {
            assert!(line(bad).is_err(), "{bad}");
        }
        assert_eq!(line("python a#b"), Ok(()));
        assert_eq!(line("python ../server.py"), Ok(()));
    }

    #[test]
    fn arguments_in_a_list_may_hold_code_but_the_program_may_not() {
        assert_eq!(list(&["python", "-c", "print(1); print(`2`)"]), Ok(()));
        for bad in [
            &["python;ls"][..],
            &["$(x)"],
            &["a/../python"],
            &["a\nb"],
            &["", "x"],
        ] {
            assert!(list(bad).is_err(), "{bad:?}");
        }
        assert!(list(&[]).is_err());
    }

    #[test]
    fn a_command_has_limits() {
        let long = |n| "x".repeat(n);
        assert_eq!(list(&["npx", &long(500)]), Ok(()));
        assert!(list(&["npx", &long(501)]).is_err());
        assert!(list(&["npx", &long(499), &long(499)]).is_err());
        assert_eq!(list(&["npx", &long(498), &long(497)]), Ok(()));
        assert!(line(&format!("npx {}", long(997))).is_err());
        let parts = |n| vec!["npx"; n];
        assert_eq!(list(&parts(50)), Ok(()));
        assert!(list(&parts(51)).is_err());
        assert_eq!(check_argument(&"é".repeat(500)), Ok(()));
        assert!(check_argument(&long(501)).is_err() && check_argument("a\0").is_err());
    }

    #[test]
    fn a_program_is_known_by_its_base_name_at_its_level() {
        let allowed = |program: &str, level| check_executable(program, &at(level)).is_ok();
        for name in STRICT {
            assert!(allowed(name, Level::Strict), "{name}");
        }
        for name in [
            "Python.EXE",
            "/usr/bin/npx",
            "C:\\node\\npx.cmd",
            "python3.8",
            "python3.14",
        ] {
            assert!(allowed(name, Level::Strict), "{name}");
        }
        for name in [
            "perl",
            "python2",
            "python3.7",
            "python3.15",
            "python3.08",
            "npx.sh",
            "",
        ] {
            assert!(!allowed(name, Level::Permissive), "{name}");
        }
        for name in MODERATE {
            assert!(!allowed(name, Level::Strict) && allowed(name, Level::Moderate));
            assert!(allowed(name, Level::Permissive));
        }
        for name in PERMISSIVE {
            assert!(!allowed(name, Level::Moderate) && allowed(name, Level::Permissive));
        }
    }

    #[test]
    fn executables_of_the_users_own_replace_the_levels() {
        let own = Security {
            executables: Some(words(&["Perl", "/opt/my-server"])),
            ..at(Level::Permissive)
        };
        let allowed = |program: &str| check_executable(program, &own).is_ok();
        assert!(allowed("perl") && allowed("my-server") && !allowed("npx"));
    }

    #[test]
    fn a_shell_takes_its_script_from_a_file_unless_level_is_permissive() {
        for script in [
            &["bash", "-c", "x"][..],
            &["sh", "-ec", "x"],
            &["/bin/zsh", "-l", "-c", "x"],
            &["bash", "-o", "errexit", "-c", "x"],
            &["bash", "--rcfile", "f", "-c", "x"],
            &["fish", "--command=x"],
            &["fish", "-C", "x"],
            &["cmd.exe", "/C", "x"],
            &["cmd", "/d", "/s", "/c", "x"],
            &["pwsh", "-NoProfile", "-Command", "x"],
            &["pwsh", "-enc", "x"],
            &["powershell", "-ExecutionPolicy", "Bypass", "-c", "x"],
            &["powershell", "Get-Item"],
        ] {
            let argv = words(script);
            assert!(
                check_shell(&argv, &at(Level::Moderate)).is_err(),
                "{script:?}"
            );
            assert_eq!(check_shell(&argv, &at(Level::Permissive)), Ok(()));
        }
        for file in [
            &["bash", "run.sh", "-c", "x"][..],
            &["bash", "-e", "run.sh"],
            &["bash", "--", "-c"],
            &["bash"],
            &["pwsh", "-File", "a.ps1", "-c", "x"],
            &["powershell", "-ExecutionPolicy", "Bypass", "-File", "a.ps1"],
            &["python", "-c", "x"],
        ] {
            assert_eq!(
                check_shell(&words(file), &at(Level::Strict)),
                Ok(()),
                "{file:?}"
            );
        }
    }
}
