//! `git`: which folder it works on, and whether it only looks.

use std::path::{Path, PathBuf};

use super::operands::{looks_like_path, on_other_machine};
use super::shell::Shell;
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::{Denial, Rule};

type Walked = Result<(), Denial>;

const LOOKS: [&str; 20] = [
    "status",
    "log",
    "diff",
    "show",
    "ls-files",
    "ls-tree",
    "ls-remote",
    "blame",
    "annotate",
    "grep",
    "rev-parse",
    "rev-list",
    "describe",
    "shortlog",
    "cat-file",
    "name-rev",
    "count-objects",
    "whatchanged",
    "version",
    "help",
];
/// Options whose value is no path.
const PROSE: [&str; 8] = [
    "-m",
    "--message",
    "-am",
    "--author",
    "--format",
    "--grep",
    "-S",
    "-G",
];
/// Settings that start no program and name no file.
const HARMLESS: [&str; 6] = [
    "user.",
    "color.",
    "core.quotepath",
    "advice.",
    "init.",
    "log.",
];

/// Options that start a program; `git` accepts them cut short.
const RUNS: [&str; 8] = [
    "--ext-diff",
    "--exec",
    "--upload-pack",
    "--receive-pack",
    "--open-files-in-pager",
    "--extcmd",
    "--config",
    "--template",
];
/// They talk to other repositories, by address.
const TRANSPORTS: [&str; 8] = [
    "fetch",
    "pull",
    "push",
    "clone",
    "ls-remote",
    "remote",
    "archive",
    "fetch-pack",
];

impl Shell<'_, '_> {
    pub(crate) fn git(&mut self, rest: &[Word]) -> Walked {
        let before = self.folders.clone();
        let walked = self.git_command(rest);
        self.folders = before;
        walked
    }

    fn git_command(&mut self, rest: &[Word]) -> Walked {
        let mut at = 0;
        while let Some(word) = rest.get(at).filter(|word| word.text.starts_with('-')) {
            let next = rest.get(at + 1);
            at += 1 + usize::from(matches!(word.text.as_str(), "-C" | "-c"));
            match (word.text.as_str(), next) {
                ("-C", Some(folder)) => self.move_to(folder)?,
                ("-c", Some(setting)) => harmless(&setting.text)?,
                ("--no-pager" | "--version" | "--help" | "-p" | "-P" | "--paginate", _) => {}
                (option, _) => return Err(unclear(format!("`git {option}`"))),
            }
        }
        let Some((command, rest)) = rest.get(at..).and_then(<[Word]>::split_first) else {
            return Ok(());
        };
        let looks = LOOKS.contains(&command.text.as_str());
        let effect = if looks { Effect::Read } else { Effect::Write };
        if !matches!(command.text.as_str(), "version" | "help" | "init" | "clone") {
            self.repositories(effect)?;
        } else {
            self.repositories(Effect::Read)?;
        }
        self.git_operands(&command.text, rest, effect)
    }

    fn git_operands(&mut self, command: &str, rest: &[Word], effect: Effect) -> Walked {
        let shells_out = command == "bisect" && rest.first().is_some_and(|word| word.text == "run")
            || matches!(
                command,
                "filter-branch"
                    | "submodule"
                    | "difftool"
                    | "mergetool"
                    | "send-email"
                    | "daemon"
                    | "instaweb"
                    | "hook"
                    | "shell"
                    | "svn"
            )
            || command == "config" && sets_what_runs(rest);
        if shells_out || rest.iter().any(|word| starts_program(command, &word.text)) {
            return Err(unclear(format!("`git {command}` may run another program")));
        }
        if command == "clean" && !rest.iter().any(|word| is_dry(&word.text)) {
            return Err(Denial::new(
                Rule::DangerousCommand,
                "Dangerous command pattern 'git clean' is not allowed; `git clean -n` only lists",
            ));
        }
        let mut prose = false;
        for word in rest {
            let text = word.text.as_str();
            if std::mem::replace(&mut prose, PROSE.contains(&text)) || is_prose(text) {
                continue;
            }
            if text.starts_with("--output") {
                self.option(text, Effect::Write)?;
            } else if text.starts_with('-') {
                self.option(text, effect)?;
            } else if !is_address(text) {
                self.unknown_operand(word, effect)?;
            }
        }
        Ok(())
    }

    fn move_to(&mut self, folder: &Word) -> Walked {
        self.path(folder, Effect::Read)?;
        let policy = self.ledger.policy();
        self.folders = self
            .folders
            .iter()
            .filter_map(|from| policy.resolved(&folder.text, Some(from)).ok())
            .collect();
        Ok(())
    }

    /// `git` works on the whole repository around the folder it runs in.
    fn repositories(&mut self, effect: Effect) -> Walked {
        for folder in self.folders.clone() {
            let root = repository(&folder).unwrap_or(folder);
            let written = root.display().to_string();
            self.ledger.touch_resolved(&written, &root, effect)?;
        }
        Ok(())
    }
}

/// Whether an option carries its text within it.
fn is_prose(text: &str) -> bool {
    text.split_once('=')
        .is_some_and(|(option, _)| PROSE.contains(&option) || option == "--pretty")
}

/// `git@host:team/project.git`, `HEAD:file`.
fn is_address(text: &str) -> bool {
    let before = text.split(':').next().unwrap_or_default();
    on_other_machine(text) && !looks_like_path(before)
}

fn repository(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .find(|above| std::fs::symlink_metadata(above.join(".git")).is_ok())
        .map(Path::to_owned)
}

fn harmless(setting: &str) -> Walked {
    let setting = setting.to_lowercase();
    match HARMLESS.iter().any(|start| setting.starts_with(start)) && !setting.contains("template") {
        true => Ok(()),
        false => Err(unclear(format!("`git -c {setting}`"))),
    }
}

/// Whether a word makes a `git` command start a program: an option, or an address as `ext::sh -c x`.
fn starts_program(command: &str, text: &str) -> bool {
    if let Some(cluster) = text.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
        let letters = match command {
            "grep" => "O",
            "rebase" => "x",
            "clone" => "uc",
            _ => "",
        };
        let values = if command == "clone" { "obj" } else { "efmABC" };
        return cluster
            .chars()
            .take_while(|letter| !values.contains(*letter))
            .any(|letter| letters.contains(letter));
    }
    let (option, value) = match text.starts_with("--") {
        true => text.split_once('=').unwrap_or((text, "")),
        false => ("", text),
    };
    let runs = option.len() > 4 && RUNS.iter().any(|run| run.starts_with(option));
    let transport = TRANSPORTS.contains(&command)
        && value.split_once("::").is_some_and(|(helper, _)| {
            !helper.is_empty() && !helper.contains(['/', ':', '.', '['])
        });
    runs || transport
}

/// `git config core.pager x`: only settings that start nothing are changed, and only those of the
/// repository.
fn sets_what_runs(rest: &[Word]) -> bool {
    let verbs = ["set", "get", "list", "unset"];
    let operands: Vec<&str> = rest
        .iter()
        .map(|word| word.text.as_str())
        .filter(|text| !text.starts_with('-') && !verbs.contains(text))
        .collect();
    let elsewhere = ["-e", "edit", "-f", "--e", "--f", "--g", "--sy"];
    let far = rest
        .iter()
        .any(|word| elsewhere.iter().any(|start| word.text.starts_with(start)));
    let asks = rest
        .iter()
        .any(|word| word.text.starts_with("--get") || word.text == "--list");
    match operands.as_slice() {
        [] | [_] => far && !asks,
        [key, _] => far || harmless(key).is_err(),
        _ => true,
    }
}

fn is_dry(text: &str) -> bool {
    text == "--dry-run"
        || text.starts_with('-')
            && !text.starts_with("--")
            && text.chars().take_while(|c| *c != 'e').any(|c| c == 'n')
}
