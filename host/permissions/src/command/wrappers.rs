//! Programs that start other programs.

use super::programs;
use super::shell::{Input, Shell};
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::Denial;

type Walked = Result<(), Denial>;

impl Shell<'_, '_> {
    /// `env A=1 timeout 5 cmd`: what is started is judged as if it stood alone.
    pub(crate) fn wrapper(&mut self, name: &str, rest: &[Word], input: Input) -> Walked {
        let (letters, operands) = match name {
            "env" => ("uC", 0),
            "nice" => ("n", 0),
            "ionice" => ("cnp", 0),
            "timeout" | "gtimeout" => ("ks", 1),
            "stdbuf" => ("ioe", 0),
            "exec" => ("a", 0),
            "watch" => ("n", 0),
            "time" => ("f", 0),
            "taskset" | "chrt" => ("", 1),
            _ => ("", 0),
        };
        let mut at = 0;
        let mut skip = operands;
        while let Some(word) = rest.get(at) {
            let text = word.text.as_str();
            if text.starts_with('-') && text.len() > 1 {
                self.wrapper_option(name, text)?;
                let alone = text.len() == 2 && letters.contains(&text[1..]);
                at += 1 + usize::from(alone);
            } else if name == "env" && text.contains('=') {
                let (variable, value) = text.split_once('=').unwrap_or((text, ""));
                self.variable(variable, value)?;
                at += 1;
            } else if skip > 0 {
                skip -= 1;
                at += 1;
            } else {
                break;
            }
        }
        let command = rest.get(at..).unwrap_or_default();
        match name {
            "watch" => {
                let texts: Vec<&str> = command.iter().map(|word| word.text.as_str()).collect();
                self.nested_line(&texts.join(" "))
            }
            _ => self.command(command, input),
        }
    }

    fn wrapper_option(&mut self, name: &str, text: &str) -> Walked {
        let splits = text.starts_with("-S") || text.starts_with("--split");
        let moves = text.starts_with("-C") || text.starts_with("--chdir");
        let clusters = !text.starts_with("--") && text.len() > 2 && text.contains(['S', 'C']);
        if name == "env" && (splits || moves || clusters) {
            return Err(unclear(format!("`env {text}`")));
        }
        if name == "time" && (text.starts_with("-o") || text.starts_with("--output")) {
            return Err(unclear("`time` with a file; use a redirection"));
        }
        self.option(text, Effect::Write)
    }

    /// What `xargs` hands over is not in the line: permitted is to read what `find` or `ls` listed.
    pub(crate) fn xargs(&mut self, rest: &[Word], input: Input) -> Walked {
        let takes = "aEILnPsd";
        let mut at = 0;
        while let Some(word) = rest.get(at).filter(|word| word.text.starts_with('-')) {
            if word.text.starts_with("-a") || word.text.starts_with("--arg") {
                return Err(unclear("`xargs` with a file"));
            }
            let alone = word.text.len() == 2 && takes.contains(&word.text[1..]);
            at += 1 + usize::from(alone);
        }
        let command = rest.get(at..).unwrap_or_default();
        let reads = command
            .first()
            .is_none_or(|program| programs::only_reads(&program.text));
        match reads && input == Input::Listing {
            true => self.command(command, Input::Nothing),
            false => Err(unclear("`xargs` hands over what is not in the line")),
        }
    }
}
