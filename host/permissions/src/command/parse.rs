//! From the text of a line to its syntax tree.

use brush_parser::ast::Program;
use brush_parser::{Parser, ParserOptions};

use super::unclear;
use crate::rule::{Denial, Rule};
use crate::words;

/// Longer lines are refused, in bytes.
const MAX_LINE: usize = 64 << 10;
/// Brackets and compound commands within each other; the parser is recursive.
const MAX_NESTING: usize = 40;

/// Whose syntax a line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Posix,
    /// PowerShell and `cmd`: `\` parts folders, `%NAME%` and `^` mean something.
    Windows,
}

impl Dialect {
    pub(crate) fn of(tool: &str) -> Self {
        let words = words::of(tool);
        let windows = words::any(&words, &["powershell", "pwsh"])
            || cfg!(windows) && words::any(&words, &["cmd"]);
        match windows {
            true => Self::Windows,
            false => Self::Posix,
        }
    }
}

/// Without extended patterns: a line that needs them is refused as broken.
pub(crate) fn options() -> ParserOptions {
    ParserOptions {
        enable_extended_globbing: false,
        ..ParserOptions::default()
    }
}

/// Parses a line.
pub(crate) fn line(text: &str, dialect: Dialect) -> Result<Program, Denial> {
    if text.len() > MAX_LINE || nesting(text) > MAX_NESTING {
        return Err(Denial::new(
            Rule::TooLarge,
            "the command is too long or too deeply nested; put it into a script in the workspace",
        ));
    }
    if text.contains('\0') {
        return Err(unclear("it contains NUL"));
    }
    let text = match dialect {
        Dialect::Posix => text.to_owned(),
        Dialect::Windows => windows(text)?,
    };
    Parser::new(text.as_bytes(), &options())
        .parse_program()
        .map_err(|fault| unclear(format!("it is no valid shell text ({fault})")))
}

fn windows(text: &str) -> Result<String, Denial> {
    match text.contains(['%', '^', '`']) {
        true => Err(unclear("`%`, `^` and backticks are not followed")),
        false => Ok(text.replace('\\', "/")),
    }
}

/// An upper bound for how deep the parser recurses.
fn nesting(text: &str) -> usize {
    let openers = [
        "if", "while", "until", "for", "case", "select", "!", "time", "function",
    ];
    let words = text
        .split(|c: char| c.is_whitespace() || c == ';')
        .filter(|word| openers.contains(word))
        .count();
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest + words
}
