//! The arguments of a call that are run: which they are, and which tools run them.

use serde_json::Value;

use crate::words;

/// Arguments of command tools that run nothing, as their whole name without `_`.
const SILENT: [&str; 14] = [
    "description",
    "explanation",
    "reason",
    "title",
    "name",
    "session",
    "sessionname",
    "timeout",
    "encoding",
    "type",
    "action",
    "label",
    "comment",
    "signal",
];
/// Arguments that say where the command starts.
const FOLDERS: [&str; 8] = [
    "cwd",
    "workdir",
    "workingdirectory",
    "workingdir",
    "dir",
    "directory",
    "path",
    "folder",
];
/// The first of them, which mean this beside a command of any tool.
const SURE_FOLDERS: usize = 4;

/// What a call wants to run.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) lines: Vec<String>,
    pub(crate) argv: Vec<Vec<String>>,
    /// `args` as one text: the rest of a line.
    pub(crate) tails: Vec<String>,
    pub(crate) folder: Option<String>,
    pub(crate) variables: Vec<(String, String)>,
}

impl Found {
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.argv.is_empty() && self.tails.is_empty()
    }

    /// Whatever is text and not known to be silent may be run by a tool that runs commands.
    pub(crate) fn all(arguments: &Value) -> Self {
        let mut found = Self::default();
        found.collect(arguments, "command", 0);
        found
    }

    /// What is called a command may be run by any tool.
    pub(crate) fn named(arguments: &Value) -> Self {
        let mut found = Self::default();
        found.collect_named(arguments, 0);
        found
    }

    fn collect(&mut self, value: &Value, key: &str, depth: usize) {
        let words = words::of(key);
        let glued = words.concat();
        let silent = SILENT.contains(&glued.as_str())
            || words
                .last()
                .is_some_and(|word| word == "id" || word == "ms");
        match value {
            Value::String(text) if FOLDERS.contains(&glued.as_str()) => {
                self.folder = Some(text.clone());
            }
            Value::String(_) if silent => {}
            Value::String(text) if !text.trim().is_empty() => match is_rest(&glued) {
                true => self.tails.push(text.clone()),
                false => self.lines.push(text.clone()),
            },
            Value::Array(items) => self.list(items, key, &glued, depth),
            Value::Object(map) if is_environment(&glued) => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                self.variables
                    .extend(map.iter().map(|(name, value)| (name.clone(), text(value))));
            }
            Value::Object(map) if depth < MAX_DEPTH => map
                .iter()
                .for_each(|(key, value)| self.collect(value, key, depth + 1)),
            _ => {}
        }
    }

    /// A list of words is one command, or the rest of one if it is called `args`; a list of
    /// commands is called so, or has lines where a program's name would be.
    fn list(&mut self, items: &[Value], key: &str, glued: &str, depth: usize) {
        let words: Option<Vec<String>> = items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect();
        let Some(words) = words else {
            return items
                .iter()
                .filter(|_| depth < MAX_DEPTH)
                .for_each(|item| self.collect(item, key, depth + 1));
        };
        let of_lines = ["commands", "cmds", "lines", "scripts", "steps"]
            .iter()
            .any(|end| glued.ends_with(end))
            || words
                .first()
                .is_some_and(|first| first.contains(char::is_whitespace) && !is_rest(glued));
        match of_lines {
            true => self.lines.extend(words),
            false if words.is_empty() => {}
            false => self.argv.push(words),
        }
    }

    fn collect_named(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Array(items) if depth < MAX_DEPTH => items
                .iter()
                .for_each(|item| self.collect_named(item, depth + 1)),
            Value::Object(map) if depth < MAX_DEPTH => {
                let beside = map.keys().any(|key| is_command(&words::of(key).concat()));
                for (key, value) in map {
                    let glued = words::of(key).concat();
                    let belongs = is_rest(&glued)
                        || is_environment(&glued)
                        || FOLDERS[..SURE_FOLDERS].contains(&glued.as_str());
                    match is_command(&glued) || beside && belongs {
                        true => self.collect(value, key, depth + 1),
                        false => self.collect_named(value, depth + 1),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Deeper arguments are refused where paths are looked for (services §2.8).
const MAX_DEPTH: usize = 33;

/// `command`, `shell_cmd`, `postCommands`.
fn is_command(glued: &str) -> bool {
    [
        "command",
        "commands",
        "cmd",
        "cmds",
        "commandline",
        "cmdline",
    ]
    .iter()
    .any(|end| glued.ends_with(end))
}

fn is_rest(glued: &str) -> bool {
    matches!(glued, "args" | "arguments" | "argv" | "parameters")
}

fn is_environment(glued: &str) -> bool {
    matches!(glued, "env" | "environment" | "envvars" | "variables")
}

/// Whether the words of a tool's name say that it hands text to a shell, in whatever company:
/// `execute_bash_command_safely`, `docker_exec`, `write_to_terminal`, `interact_with_process`.
pub(crate) fn is_tool(words: &[String]) -> bool {
    let shells = [
        "bash",
        "sh",
        "zsh",
        "shell",
        "terminal",
        "powershell",
        "pwsh",
        "cmd",
        "subprocess",
        "tty",
        "tmux",
        "stdin",
    ];
    let quiet = [
        "output", "get", "list", "read", "kill", "close", "id", "status", "history", "wait",
        "view", "show", "resize", "stop",
    ];
    let sends = ["write", "send", "interact", "input", "type", "feed"];
    let to = ["process", "console", "session", "repl", "keys", "command"];
    let runs = ["exec", "execute", "run", "launch", "spawn"];
    let what = [
        "command",
        "commands",
        "docker",
        "container",
        "pod",
        "process",
        "script",
    ];
    let has = |list: &[&str]| words::any(words, list);
    !has(&quiet) && has(&shells) || has(&sends) && has(&to) || has(&runs) && has(&what)
}
