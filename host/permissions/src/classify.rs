//! What a tool does to the paths it is given, by its name and the server's hints (services §4.8.2).

use crate::decision::Call;
use crate::words;

/// The kind of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Only looks.
    Read,
    /// Changes what it is given; also every tool of which nothing is known.
    Write,
    /// Reads its sources, writes its destination.
    Copy,
    /// Removes its sources, writes its destination.
    Move,
    /// Removes what it is given.
    Remove,
    /// Runs a command line.
    Command,
}

const READS: [&str; 46] = [
    "read",
    "get",
    "list",
    "ls",
    "search",
    "find",
    "grep",
    "glob",
    "stat",
    "stats",
    "info",
    "tree",
    "view",
    "show",
    "cat",
    "head",
    "tail",
    "compare",
    "diff",
    "count",
    "describe",
    "inspect",
    "query",
    "lookup",
    "fetch",
    "open",
    "peek",
    "exists",
    "check",
    "status",
    "log",
    "blame",
    "preview",
    "summarize",
    "analyze",
    "analyse",
    "explain",
    "lint",
    "validate",
    "verify",
    "parse",
    "hash",
    "checksum",
    "history",
    "display",
    "load",
];

const WRITES: [&str; 58] = [
    "write",
    "rewrite",
    "substitute",
    "swap",
    "edit",
    "multiedit",
    "create",
    "make",
    "mkdir",
    "put",
    "save",
    "append",
    "apply",
    "patch",
    "replace",
    "insert",
    "touch",
    "upload",
    "download",
    "export",
    "update",
    "modify",
    "change",
    "set",
    "add",
    "commit",
    "checkout",
    "reset",
    "stage",
    "init",
    "clone",
    "restore",
    "extract",
    "unpack",
    "unzip",
    "zip",
    "archive",
    "compress",
    "convert",
    "generate",
    "render",
    "store",
    "sync",
    "merge",
    "rebase",
    "overwrite",
    "format",
    "fix",
    "chmod",
    "chown",
    "install",
    "build",
    "link",
    "symlink",
    "hardlink",
    "ln",
    "truncate",
    "undo",
];

const REMOVES: [&str; 12] = [
    "delete", "remove", "rm", "unlink", "rmdir", "trash", "erase", "destroy", "purge", "clean",
    "wipe", "discard",
];
const MOVES: [&str; 4] = ["move", "mv", "rename", "relocate"];
const COPIES: [&str; 4] = ["copy", "cp", "duplicate", "backup"];

/// Questions, where they come first.
const ASKS: [&str; 2] = ["is", "has"];

const SHELLS: [&str; 14] = [
    "bash",
    "sh",
    "zsh",
    "fish",
    "shell",
    "exec",
    "execute",
    "terminal",
    "powershell",
    "pwsh",
    "cmd",
    "command",
    "console",
    "subprocess",
];
const SHELL_COMPANY: [&str; 13] = [
    "run", "start", "in", "the", "a", "local", "tool", "script", "process", "system", "line",
    "commands", "async",
];

/// Classifies the tool of a call.
pub(crate) fn of(call: &Call<'_>) -> Class {
    let words = words::of(call.tool);
    if is_command(&words) {
        return Class::Command;
    }
    let destroys = call.hints.destructive == Some(true);
    let read_only = call.hints.read_only == Some(true) && !destroys;
    match by_name(&words) {
        Some(Class::Read) if destroys => Class::Write,
        Some(Class::Read) if call.hints.read_only == Some(false) => Class::Write,
        Some(class) => class,
        None if read_only => Class::Read,
        None => Class::Write,
    }
}

/// `Bash`, `execute_command`, `mcp__x__runInTerminal`, `runcommand`.
fn is_command(words: &[String]) -> bool {
    let known = |word: &str| SHELLS.contains(&word) || SHELL_COMPANY.contains(&word);
    let glued = words.concat();
    let compound = SHELL_COMPANY
        .iter()
        .chain(&SHELLS)
        .filter_map(|first| glued.strip_prefix(first))
        .any(|rest| SHELLS.contains(&rest) || rest == "commands");
    let made_of_shells = words.iter().all(|word| known(word.as_str()));
    let processes = [
        "startprocess",
        "runprocess",
        "spawnprocess",
        "spawn",
        "runscript",
    ];
    processes.contains(&glued.as_str())
        || compound
        || (made_of_shells && words::any(words, &SHELLS))
        || crate::command::is_tool(words)
}

/// One word of change settles it, wherever it stands: `search_replace` writes. Participles are no
/// such words: `list_deleted_files` deletes nothing.
fn by_name(words: &[String]) -> Option<Class> {
    let asks = words::any(words.get(..1).unwrap_or_default(), &ASKS);
    let has = |list: &[&str]| words::any(words, list);
    if has(&REMOVES) {
        Some(Class::Remove)
    } else if has(&MOVES) {
        Some(Class::Move)
    } else if has(&COPIES) {
        Some(Class::Copy)
    } else if has(&WRITES) && !is_git_question(words) {
        Some(Class::Write)
    } else if asks || has(&READS) {
        Some(Class::Read)
    } else {
        None
    }
}

/// `git_diff_staged`, `git_log`: what comes first after `git` settles it.
fn is_git_question(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "git")
        && words::any(words.get(1..2).unwrap_or_default(), &READS)
}
