//! What the usual programs do with their operands.

use super::names::{
    COPIES, DANGEROUS, EDITORS, INTERPRETERS, MOVES, PURE, READS, REMOVES, SEARCHES, SHELLS,
    UNCLEAR, WRAPPERS, WRITES,
};

/// What a program does with what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Destroys or changes rights; never permitted (services §4.4).
    Dangerous,
    /// Opens no file by name.
    Pure,
    /// Reads its operands.
    Reads,
    /// Reads its operands, after one that says what to look for.
    Searches,
    /// Writes its operands.
    Writes,
    /// Writes its operands, and runs what it is told.
    Editor,
    /// Removes its operands.
    Removes,
    /// The last operand is written, the others are read.
    Copies,
    /// The last operand is written, the others are removed.
    Moves,
    /// Reads the first operand, writes the second.
    ReadsWrites,
    /// Gives its operands further names.
    Links,
    /// Runs a script that is its first operand.
    Interpreter,
    Shell,
    Wrapper,
    Sed,
    Awk,
    Dd,
    Find,
    Git,
    Tar,
    Xargs,
    Eval,
    /// `export`, `declare`: its operands are assignments.
    Assigns,
    Cd,
    /// Changes how later commands are read, or runs what is not in the line.
    Unclear,
    Unknown,
}

/// What the program of this name does. `name` is lower case, without folder and `.exe`.
pub(crate) fn manner(name: &str) -> Manner {
    let table: [(&[&str], Manner); 14] = [
        (&DANGEROUS, Manner::Dangerous),
        (&PURE, Manner::Pure),
        (&READS, Manner::Reads),
        (&SEARCHES, Manner::Searches),
        (&WRITES, Manner::Writes),
        (&EDITORS, Manner::Editor),
        (&REMOVES, Manner::Removes),
        (&COPIES, Manner::Copies),
        (&MOVES, Manner::Moves),
        (&SHELLS, Manner::Shell),
        (&WRAPPERS, Manner::Wrapper),
        (&UNCLEAR, Manner::Unclear),
        (&["uniq", "xxd", "base64"], Manner::ReadsWrites),
        (
            &["export", "declare", "typeset", "local", "readonly"],
            Manner::Assigns,
        ),
    ];
    if name.starts_with("mkfs.") {
        return Manner::Dangerous;
    }
    let versioned = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if INTERPRETERS.contains(&name) || INTERPRETERS.contains(&versioned) {
        return Manner::Interpreter;
    }
    table
        .into_iter()
        .find(|(names, _)| names.contains(&name))
        .map_or_else(|| special(name), |(_, manner)| manner)
}

fn special(name: &str) -> Manner {
    match name {
        "ln" | "link" | "mklink" => Manner::Links,
        "sed" | "gsed" => Manner::Sed,
        "awk" | "gawk" | "mawk" | "nawk" => Manner::Awk,
        "dd" => Manner::Dd,
        "find" => Manner::Find,
        "git" => Manner::Git,
        "tar" | "gtar" | "bsdtar" => Manner::Tar,
        "xargs" => Manner::Xargs,
        "eval" | "source" | "." => Manner::Eval,
        "cd" | "chdir" | "pushd" | "set-location" | "sl" => Manner::Cd,
        _ => Manner::Unknown,
    }
}

/// Options whose next word is no path, by program.
const VALUES: [(&str, &str); 13] = [
    ("head", "nc"),
    ("tail", "nc"),
    ("cut", "dfbc"),
    ("sort", "tkS"),
    ("du", "dt"),
    ("column", "tsoc"),
    ("paste", "d"),
    ("ls", "IwT"),
    ("tree", "LPI"),
    ("fold", "w"),
    ("date", "d"),
    ("mkdir", "m"),
    ("install", "mog"),
];

/// Letters of options whose value is no path.
pub(crate) fn value_letters(name: &str) -> &'static str {
    VALUES
        .iter()
        .find(|(program, _)| *program == name)
        .map_or("", |(_, letters)| letters)
}

/// Whether a program only reads what it is given, so that `xargs` may start it.
pub(crate) fn only_reads(name: &str) -> bool {
    matches!(
        manner(name),
        Manner::Pure | Manner::Reads | Manner::Searches
    ) && name != "rg"
}
