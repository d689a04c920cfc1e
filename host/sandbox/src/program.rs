//! Where a program lies, and what must be readable for it to start: its own installation, that of
//! its interpreter, and the programs that `PATH` offers it.
//!
//! Version managers keep interpreters in the home folder (`~/.nvm`, `~/.pyenv`, …). The home folder
//! itself is never granted on the way.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// Homes of version managers: the variable that names them, and the default in the home folder.
const TOOL_HOMES: [(&str, &str); 13] = [
    ("ASDF_DATA_DIR", ".asdf"),
    ("BUN_INSTALL", ".bun"),
    ("DENO_INSTALL", ".deno"),
    ("FNM_DIR", ".local/share/fnm"),
    ("MISE_DATA_DIR", ".local/share/mise"),
    ("NVM_DIR", ".nvm"),
    ("PIPX_HOME", ".local/share/pipx"),
    ("PIXI_HOME", ".pixi"),
    ("PYENV_ROOT", ".pyenv"),
    ("RBENV_ROOT", ".rbenv"),
    ("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"),
    ("UV_TOOL_DIR", ".local/share/uv/tools"),
    ("VOLTA_HOME", ".volta"),
];

/// Links that are followed, and interpreters of interpreters.
const MOST_HOPS: usize = 16;

/// Finds a program as a shell does.
pub(crate) fn find(name: &OsStr, env: &Environment) -> Option<PathBuf> {
    programs::find(name, &env.search_path())
}

/// What must be readable for `program`, started with `argv`, to run.
pub(crate) fn needs(program: &Path, argv: &[OsString], env: &Environment) -> Vec<PathBuf> {
    let mut needs = Vec::new();
    for folder in env.search_path() {
        needs.extend(beside(&folder, env));
        needs.extend(tool_home(&folder, env));
    }
    let mut next = Some(program.to_owned());
    for _ in 0..MOST_HOPS {
        let Some(file) = next else { break };
        needs.extend(installation(&file, env));
        next = link(&file).or_else(|| interpreter(&file, env));
    }
    needs.extend(script(program, argv, env));
    needs
}

/// What the installation of a file is: the folder above `bin`, or the file's folder; less where
/// that holds other things too.
fn installation(file: &Path, env: &Environment) -> Vec<PathBuf> {
    let Some(folder) = file.parent() else {
        return Vec::new();
    };
    let prefix = match folder.parent() {
        Some(above) if holds_programs(folder) => above,
        _ => folder,
    };
    let mut needs = vec![file.to_owned()];
    if !env.is_broad(prefix) {
        needs.push(prefix.to_owned());
    } else if !env.is_broad(folder) {
        needs.extend(beside(folder, env));
    }
    needs.extend(tool_home(folder, env));
    needs
}

fn holds_programs(folder: &Path) -> bool {
    ["bin", "sbin", "shims", "Scripts"]
        .iter()
        .any(|name| folder.ends_with(name))
}

/// A folder of programs and the libraries beside it.
fn beside(folder: &Path, env: &Environment) -> Vec<PathBuf> {
    if env.is_broad(folder) {
        return Vec::new();
    }
    let mut needs = vec![folder.to_owned()];
    if let Some(above) = folder.parent().filter(|_| holds_programs(folder)) {
        let names = ["lib", "lib64", "libexec", "pyvenv.cfg"];
        needs.extend(names.iter().map(|name| above.join(name)));
    }
    needs
}

/// The home of the version manager in which a folder lies.
fn tool_home(folder: &Path, env: &Environment) -> Option<PathBuf> {
    let homes = TOOL_HOMES.iter().filter_map(|(variable, default)| {
        let home = env.path(variable).or_else(|| env.in_home(default))?;
        (folder.starts_with(&home) && !env.is_broad(&home)).then_some(home)
    });
    homes.into_iter().next()
}

/// Where a link leads, one step.
fn link(file: &Path) -> Option<PathBuf> {
    let target = file.read_link().ok()?;
    Some(file.parent()?.join(target))
}

/// The program that a script's first line names.
fn interpreter(file: &Path, env: &Environment) -> Option<PathBuf> {
    let mut line = Vec::new();
    let file = File::open(file).ok()?;
    BufReader::new(file.take(256))
        .read_until(b'\n', &mut line)
        .ok()?;
    let line = String::from_utf8(line).ok()?;
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    let first = Path::new(words.next()?);
    if first.file_name() != Some(OsStr::new("env")) {
        return Some(first.to_owned());
    }
    let name = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    find(OsStr::new(name), env)
}

/// The package of a script that an interpreter is told to run (`node ~/server/build/index.js`).
fn script(program: &Path, argv: &[OsString], env: &Environment) -> Option<PathBuf> {
    const INTERPRETERS: [&str; 9] = [
        "bash", "bun", "deno", "node", "perl", "python", "ruby", "sh", "tsx",
    ];
    let name = program.file_name()?.to_str()?;
    let bare = name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
    if !INTERPRETERS.contains(&bare) {
        return None;
    }
    let script = argv
        .iter()
        .skip(1)
        .map(Path::new)
        .find(|it| is_script(it))?;
    let script = std::path::absolute(script).ok()?;
    Some(package(&script, env))
}

fn is_script(argument: &Path) -> bool {
    const ENDINGS: [&str; 10] = [
        "cjs", "cts", "js", "mjs", "mts", "pl", "py", "rb", "sh", "ts",
    ];
    let ending = argument.extension().and_then(OsStr::to_str);
    ending.is_some_and(|it| ENDINGS.contains(&it)) && argument.is_file()
}

/// The nearest folder that looks like a package, else the script's folder, else the script alone.
fn package(script: &Path, env: &Environment) -> PathBuf {
    const MARKS: [&str; 4] = ["package.json", "pyproject.toml", "node_modules", "setup.py"];
    let narrow = |folder: &&Path| !env.is_broad(folder);
    let mut folders = script.ancestors().skip(1).take_while(narrow);
    let is_package = |folder: &&Path| MARKS.iter().any(|mark| folder.join(mark).exists());
    let folder = folders.clone().find(is_package).or_else(|| folders.next());
    folder.unwrap_or(script).to_owned()
}
