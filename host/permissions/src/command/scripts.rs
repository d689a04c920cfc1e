//! Programs that are given programs: interpreters, shells, `sed` and `awk`.

use super::operands::Operands;
use super::shell::{Input, Shell};
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::Denial;

type Walked = Result<(), Denial>;

impl Shell<'_, '_> {
    /// `python s.py` runs; a program within the line, or from a pipe, does not.
    pub(crate) fn interpreter(&mut self, name: &str, rest: &[Word], input: Input) -> Walked {
        let options: Vec<&Word> = rest
            .iter()
            .take_while(|word| word.text.starts_with('-') && word.text != "-")
            .collect();
        if options.iter().any(|word| is_inline(name, &word.text)) {
            return Err(unclear(format!(
                "a `{name}` program within the line; write it to a file first"
            )));
        }
        let rest = &rest[options.len()..];
        match rest.split_first() {
            _ if options.iter().any(|word| word.text == "-m") => {
                self.needs_writable_folder(name)?;
                self.operands_of_unknown(rest)
            }
            Some((script, _))
                if matches!(script.text.as_str(), "-" | "/dev/stdin" | "eval" | "repl") =>
            {
                Err(unclear(format!("a `{name}` program that is not in a file")))
            }
            Some((script, rest)) => self.script_with(script, rest),
            None if input != Input::Nothing => Err(unclear(format!("a text into `{name}`"))),
            None => Ok(()),
        }
    }

    /// `sh -c "…"` is read like the line itself.
    pub(crate) fn nested_shell(&mut self, rest: &[Word], input: Input) -> Walked {
        let options = rest
            .iter()
            .take_while(|word| word.text.starts_with(['-', '+']) && word.text.len() > 1)
            .count();
        let inline = rest[..options]
            .iter()
            .any(|word| !word.text.starts_with("--") && word.text.contains('c'));
        let stdin = rest[..options].iter().any(|word| word.text == "-s");
        for word in &rest[..options] {
            self.option(&word.text, Effect::Read)?;
        }
        match rest[options..].split_first() {
            Some((line, _)) if inline => self.nested_line(&line.text),
            _ if stdin || inline => Err(unclear("a shell that reads its commands elsewhere")),
            Some((script, _)) if matches!(script.text.as_str(), "-" | "/dev/stdin") => {
                Err(unclear("a shell that reads its commands elsewhere"))
            }
            Some((script, rest)) => self.script_with(script, rest),
            None if input != Input::Nothing => Err(unclear("a text into a shell")),
            None => Ok(()),
        }
    }

    pub(crate) fn nested_line(&mut self, line: &str) -> Walked {
        let before = self.folders.clone();
        self.line(line)?;
        self.folders = before;
        Ok(())
    }

    /// `eval "…"` is read like the line itself; `source s.sh` like a script.
    pub(crate) fn eval(&mut self, name: &str, rest: &[Word]) -> Walked {
        match (name, rest.split_first()) {
            ("eval", _) => {
                let texts: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
                self.line(&texts.join(" "))
            }
            (_, Some((script, rest))) => self.script_with(script, rest),
            _ => Ok(()),
        }
    }

    pub(crate) fn sed(&mut self, rest: &[Word]) -> Walked {
        let sorted = Operands::of(rest, "el");
        let in_place = sorted.has_long("in-place")
            || sorted
                .options
                .iter()
                .any(|word| !word.text.starts_with("--") && cluster_has(&word.text, 'i', "efl"));
        let effect = if in_place {
            Effect::Write
        } else {
            Effect::Read
        };
        let given = sorted.has_short('e') || sorted.has_long("expression");
        let from_file = sorted.has_short('f') || sorted.has_long("file");
        if from_file {
            return Err(unclear("a `sed` script in a file"));
        }
        let scripts = match given {
            true => expressions(rest),
            false => sorted
                .operands
                .iter()
                .take(1)
                .map(|word| word.text.clone())
                .collect(),
        };
        for word in sorted.operands.iter().skip(usize::from(!given)) {
            self.path(word, effect)?;
        }
        match scripts.iter().any(|script| sed_touches_files(script)) {
            true => Err(unclear(
                "a `sed` script that reads or writes files, or runs something",
            )),
            false => Ok(()),
        }
    }

    pub(crate) fn awk(&mut self, rest: &[Word]) -> Walked {
        let sorted = Operands::of(rest, "Fv");
        let harmless = |word: &Word| !word.text.contains(['>', '|']) && !runs_or_opens(&word.text);
        let only = sorted
            .options
            .iter()
            .all(|word| word.text.starts_with("-F") || word.text.starts_with("-v"));
        match sorted.operands.split_first() {
            Some((program, files)) if only && harmless(program) => files
                .iter()
                .try_for_each(|word| self.unknown_operand(word, Effect::Read)),
            _ => Err(unclear(
                "an `awk` program that may touch files or run something",
            )),
        }
    }
}

fn runs_or_opens(program: &str) -> bool {
    ["system", "getline", "close", "@include", "@load", "ARGV"]
        .iter()
        .any(|word| program.contains(word))
}

/// Options that carry a program, by interpreter.
fn is_inline(name: &str, option: &str) -> bool {
    let long = ["--eval", "--print", "--command", "--run", "--execute"];
    if option.starts_with("--") {
        return long.iter().any(|long| option.starts_with(long));
    }
    let letters = match name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
        "python" | "pypy" | "ipython" => "c",
        "node" | "nodejs" | "bun" | "tsx" | "ts-node" => "ep",
        "php" => "rBRE",
        _ => "eEinp",
    };
    option.chars().skip(1).any(|c| letters.contains(c))
}

/// Whether a cluster of short options has this letter before one that takes the rest as its value.
fn cluster_has(option: &str, letter: char, takes_rest: &str) -> bool {
    option
        .chars()
        .skip(1)
        .take_while(|c| !takes_rest.contains(*c))
        .any(|c| c == letter)
}

/// The scripts behind `-e` and `--expression`.
fn expressions(rest: &[Word]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, word) in rest.iter().enumerate() {
        let text = word.text.as_str();
        if let Some(script) = text.strip_prefix("--expression=") {
            found.push(script.to_owned());
        } else if let Some((_, script)) = text.split_once('e').filter(|_| text.starts_with('-')) {
            found.push(script.to_owned());
            found.extend(rest.get(index + 1).map(|word| word.text.clone()));
        }
    }
    found
}

/// Whether a `sed` script uses `w`, `W`, `r`, `R` or `e`, as a command or as a flag of `s`. What
/// cannot be read counts as yes.
fn sed_touches_files(script: &str) -> bool {
    let mut rest = script;
    while let Some(at) = rest.find(|c: char| !c.is_whitespace() && !";{}".contains(c)) {
        let Some(command) = behind_addresses(&rest[at..]) else {
            return true;
        };
        let Some(verb) = command.chars().next() else {
            return false;
        };
        let behind = &command[verb.len_utf8()..];
        rest = match verb {
            'w' | 'W' | 'r' | 'R' | 'e' => return true,
            's' | 'y' => match substitution(behind) {
                Some((flags, _)) if verb == 's' && flags.contains(['w', 'e']) => return true,
                Some((_, rest)) => rest,
                None => return true,
            },
            'a' | 'i' | 'c' | '#' => behind.split_once('\n').map_or("", |(_, rest)| rest),
            ':' | 'b' | 't' | 'T' => behind.find([';', '\n']).map_or("", |end| &behind[end..]),
            _ => behind,
        };
    }
    false
}

/// Skips `1,$!`, `/a/,/b/I`, `\|a|`.
fn behind_addresses(command: &str) -> Option<&str> {
    let mut rest = command;
    loop {
        let first = rest.chars().next();
        rest = match first {
            Some('/') => delimited(&rest[1..], '/')?.1,
            Some('\\') => {
                let mark = rest[1..].chars().next()?;
                delimited(&rest[1 + mark.len_utf8()..], mark)?.1
            }
            Some(c) if c.is_ascii_digit() || " \t,$!~+IM".contains(c) => &rest[1..],
            _ => return Some(rest),
        };
    }
}

/// The flags of `/a/b/flags`, and what follows them.
fn substitution(text: &str) -> Option<(&str, &str)> {
    let mark = text.chars().next()?;
    let (_, rest) = delimited(&text[mark.len_utf8()..], mark)?;
    let (_, rest) = delimited(rest, mark)?;
    let end = rest.find([';', '\n', '}']).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

/// Up to the next mark that is not escaped, and what is behind it.
fn delimited(text: &str, mark: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == mark && !escaped {
            return Some((&text[..at], &text[at + c.len_utf8()..]));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}
