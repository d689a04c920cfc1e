//! Programs that only read, and the options by which they do more.

use super::operands::Operands;
use super::programs;
use super::shell::{Input, Shell};
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::Denial;

type Walked = Result<(), Denial>;

/// Options that start a program, or read names of files that are not in the line: letters and long
/// names, which programs also accept cut short.
const RUNS: [(&str, &str, &[&str]); 17] = [
    ("man", "PHC", &["pager", "html", "browser", "config-file"]),
    ("bat", "", &["pager", "config-file"]),
    ("ag", "", &["pager"]),
    ("ack", "x", &["pager", "ackrc", "files-from", "output"]),
    ("sort", "", &["compress-program", "files0-from"]),
    ("wc", "", &["files0-from"]),
    ("du", "", &["files0-from"]),
    ("rg", "", &["pre", "hostname-bin"]),
    ("file", "fC", &["files-from", "compile"]),
    ("tree", "R", &[]),
    (
        "less",
        "kT",
        &["lesskey-file", "lesskey-src", "lesskey-content"],
    ),
    ("split", "", &["filter"]),
    ("zip", "Tm@", &["test", "unzip-command", "move"]),
    (
        "rsync",
        "e",
        &["rsh", "rsync-path", "files-from", "log-file"],
    ),
    ("scp", "oSFJD", &[]),
    ("install", "", &["strip-program"]),
    ("zstd", "", &["filelist"]),
];
/// Parts of long options of whatever program that start another one.
const SUSPECT: [&str; 7] = [
    "pager", "program", "exec", "command", "preproc", "browser", "editor",
];
/// They write into their folder whatever their operands are.
const WRITE_HERE: [&str; 5] = ["unzip", "patch", "split", "csplit", "zip"];

impl Shell<'_, '_> {
    /// Refuses options by which a program starts another.
    pub(crate) fn starts_nothing(&mut self, name: &str, rest: &[Word]) -> Walked {
        let found = rest
            .iter()
            .take_while(|word| word.text != "--")
            .find(|word| starts_program(name, &word.text));
        match found {
            Some(word) => Err(unclear(format!(
                "`{name} {}` may start a program or touch files that are not in the line",
                word.text
            ))),
            None => Ok(()),
        }
    }

    /// Reads every operand; what an option calls output is written.
    pub(crate) fn reads(&mut self, name: &str, rest: &[Word]) -> Walked {
        self.starts_nothing(name, rest)?;
        let letters = programs::value_letters(name);
        let sorted = Operands::of(rest, letters);
        self.outputs(name, rest)?;
        for word in &sorted.options {
            let mut inner = word.text.chars().skip(1);
            if inner.next().is_some_and(|letter| letters.contains(letter)) {
                continue;
            }
            self.option(&word.text, Effect::Read)?;
            let attached: String = inner.collect();
            if !word.text.starts_with("--") && !attached.is_empty() {
                self.unknown_operand(&Word::literal(&attached), Effect::Read)?;
            }
        }
        sorted
            .operands
            .iter()
            .try_for_each(|word| self.path(word, Effect::Read))
    }

    /// `sort -o f`, `sort -of`, `less -O f`, `--output=f`, `--in-place`.
    fn outputs(&mut self, name: &str, rest: &[Word]) -> Walked {
        let letters = match name {
            "sort" => "oT",
            "tree" => "o",
            "less" | "zless" => "oO",
            _ => "",
        };
        let long = ["--o", "--in-place", "--temp", "--log-f", "--LOG-F"];
        for (index, word) in rest.iter().enumerate() {
            let text = word.text.as_str();
            let next = rest.get(index + 1).unwrap_or(word);
            if long.iter().any(|start| text.starts_with(start)) {
                match text.contains('=') {
                    true => self.option(text, Effect::Write)?,
                    false => self.unknown_operand(next, Effect::Write)?,
                }
            } else if let Some(letter) = written_by(text, letters) {
                match &text[letter + 1..] {
                    "" => self.path(next, Effect::Write)?,
                    target => self.path(&Word::literal(target), Effect::Write)?,
                }
            }
        }
        Ok(())
    }

    pub(crate) fn writes(&mut self, name: &str, rest: &[Word]) -> Walked {
        self.starts_nothing(name, rest)?;
        if WRITE_HERE.contains(&name) {
            self.needs_writable_folder(name)?;
        }
        self.each(name, rest, Effect::Write)
    }

    /// Editors run what their options and their input say.
    pub(crate) fn editor(&mut self, name: &str, rest: &[Word], input: Input) -> Walked {
        let told = rest.iter().any(|word| word.text.starts_with(['-', '+']));
        match told || input != Input::Nothing {
            true => Err(unclear(format!(
                "what `{name}` is told to do; use `sed` or a file tool"
            ))),
            false => self.each(name, rest, Effect::Write),
        }
    }
}

/// Where a cluster of short options has one that writes.
fn written_by(text: &str, letters: &str) -> Option<usize> {
    let short = text.starts_with('-') && !text.starts_with("--") && !letters.is_empty();
    short.then(|| text.find(|c| letters.contains(c)))?
}

fn starts_program(name: &str, text: &str) -> bool {
    let runs = RUNS.iter().find(|(program, _, _)| *program == name);
    if let Some(long) = text.strip_prefix("--").filter(|long| !long.is_empty()) {
        let long = long.split('=').next().unwrap_or(long);
        let suspect = !long.starts_with("no-") && SUSPECT.iter().any(|part| long.contains(part));
        return suspect
            || runs.is_some_and(|(_, _, names)| names.iter().any(|run| run.starts_with(long)));
    }
    match name {
        // It reads and writes the file with the lines of earlier sessions.
        "history" => true,
        "less" | "more" | "zless" if text.starts_with('+') => true,
        "bat" if text == "cache" => true,
        _ => {
            let letters = runs.map_or("", |(_, letters, _)| letters);
            let values = programs::value_letters(name);
            text.strip_prefix('-').is_some_and(|cluster| {
                cluster
                    .chars()
                    .take_while(|letter| *letter != '/' && !values.contains(*letter))
                    .any(|letter| letters.contains(letter))
            })
        }
    }
}
