//! Package runners: programs that download what they run, and the time they get for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Environment;

/// The longest start of a package runner.
const LONGEST: Duration = Duration::from_secs(300);

/// How long a start may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// The configured limit.
    pub(crate) limit: Duration,
    /// Whether a package runner starts it.
    pub(crate) runner: bool,
    /// Whether that runner is known to have to download first; it may be silent then.
    pub(crate) cold: bool,
}

impl Patience {
    /// When to give up, counted from the start, given when a runner wrote something last: it may
    /// be silent as long as a start may take, and a cold one all the time.
    pub(crate) fn until(self, last_sign: Option<Duration>) -> Duration {
        let longest = LONGEST.max(self.limit);
        match last_sign {
            _ if !self.runner => self.limit,
            _ if self.cold => longest,
            Some(at) => (at + self.limit).min(longest),
            None => self.limit,
        }
    }
}

/// What of a command names the package, when the program is a package runner.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Runner<'a> {
    program: &'a str,
    package: Option<&'a str>,
}

impl<'a> Runner<'a> {
    /// The runner that this command starts, if it starts one.
    pub(crate) fn of(argv: &'a [String]) -> Option<Self> {
        let (program, rest) = argv.split_first()?;
        let program = base_name(program);
        let rest = match program {
            "npx" | "uvx" | "bunx" => rest,
            "pnpm" | "yarn" => after(rest, &["dlx"])?,
            "npm" => after(rest, &["exec", "x"])?,
            "bun" => after(rest, &["x"])?,
            "pipx" => after(rest, &["run"])?,
            "uv" if rest.first().is_some_and(|word| word == "tool") => after(&rest[1..], &["run"])?,
            _ => return None,
        };
        Some(Self {
            program,
            package: package(rest),
        })
    }

    /// Whether it has to download first, as far as that can be told from its cache. Only npm's is
    /// simple enough to be asked; npm also is the one that downloads without a word.
    pub(crate) fn is_cold(&self, environment: &Environment) -> bool {
        let (Some(package), "npx" | "npm") = (self.package, self.program) else {
            return false;
        };
        let cache = environment
            .lookup("npm_config_cache")
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(&environment.lookup("HOME")?).join(".npm")));
        cache.is_some_and(|cache| !npx_has(&cache.join("_npx"), package))
    }
}

fn npx_has(store: &Path, package: &str) -> bool {
    let Ok(entries) = store.read_dir() else {
        return false;
    };
    entries.flatten().any(|entry| {
        let modules = entry.path().join("node_modules");
        modules.join(package).join("package.json").is_file()
    })
}

fn base_name(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    [".exe", ".cmd", ".bat", ".ps1"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

/// What follows the first word, when it is one of these.
fn after<'a>(rest: &'a [String], words: &[&str]) -> Option<&'a [String]> {
    let (first, rest) = rest.split_first()?;
    words.contains(&first.as_str()).then_some(rest)
}

/// The package's name without its version: that of `-p` or `--package`, else the first word that
/// is no flag.
fn package(rest: &[String]) -> Option<&str> {
    let mut words = rest.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let named = match word {
            "-p" | "--package" => words.next(),
            "--" => continue,
            _ if word.starts_with('-') => match word.strip_prefix("--package=") {
                Some(named) => Some(named),
                None => continue,
            },
            _ => Some(word),
        };
        return named.map(without_version);
    }
    None
}

fn without_version(package: &str) -> &str {
    match package.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => &package[..at + 1],
        None => package,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &str, expected: Option<(&str, Option<&str>)>) {
        let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let expected = expected.map(|(program, package)| Runner { program, package });
        assert_eq!(Runner::of(&argv), expected, "{command}");
    }

    #[test]
    fn runners_are_told_by_their_program_and_their_packages_by_name() {
        check("npx -y @a/b@1.2 x", Some(("npx", Some("@a/b"))));
        check("/usr/bin/npx.cmd -p c@2 -- d", Some(("npx", Some("c"))));
        check("npx --package=@a/b d", Some(("npx", Some("@a/b"))));
        check(
            "uvx mcp-server-time",
            Some(("uvx", Some("mcp-server-time"))),
        );
        check("uv tool run x", Some(("uv", Some("x"))));
        check("pnpm dlx x", Some(("pnpm", Some("x"))));
        check("pipx run", Some(("pipx", None)));
        check("pnpm install x", None);
        check("node npx", None);
        check("uv run x", None);
    }

    #[test]
    fn npx_is_cold_until_its_store_has_the_package() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().display().to_string();
        let environment = Environment::new(move |name| (name == "HOME").then(|| path.clone()));
        let argv: Vec<String> = ["npx", "-y", "@a/b"].map(str::to_owned).into();
        let runner = Runner::of(&argv).unwrap();
        assert!(runner.is_cold(&environment));
        let module = home.path().join(".npm/_npx/0123/node_modules/@a/b");
        std::fs::create_dir_all(&module).unwrap();
        std::fs::write(module.join("package.json"), "{}").unwrap();
        assert!(!runner.is_cold(&environment));
    }

    #[test]
    fn a_runner_has_more_time_only_while_it_makes_progress() {
        let s = Duration::from_secs;
        let plain = Patience {
            limit: s(30),
            runner: false,
            cold: false,
        };
        assert_eq!(plain.until(Some(s(29))), s(30));
        let runner = Patience {
            runner: true,
            ..plain
        };
        assert_eq!(runner.until(None), s(30));
        assert_eq!(runner.until(Some(s(25))), s(55));
        assert_eq!(runner.until(Some(s(299))), s(300));
        let cold = Patience {
            cold: true,
            ..runner
        };
        assert_eq!(cold.until(None), s(300));
        let patient = Patience {
            limit: s(600),
            ..cold
        };
        assert_eq!(patient.until(None), s(600));
    }
}
