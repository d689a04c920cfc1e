//! `find`: where it starts, and what it does there.

use super::shell::{Input, Shell};
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::Denial;

type Walked = Result<(), Denial>;

impl Shell<'_, '_> {
    pub(crate) fn find(&mut self, rest: &[Word]) -> Walked {
        let flags = rest
            .iter()
            .take_while(|word| matches!(word.text.as_str(), "-H" | "-L" | "-P"))
            .count();
        let starts: Vec<Word> = rest[flags..]
            .iter()
            .take_while(|word| !word.text.starts_with(['-', '(', '!']))
            .cloned()
            .collect();
        let tests = &rest[flags + starts.len()..];
        let starts = match starts.is_empty() {
            true => vec![Word::literal(".")],
            false => starts,
        };
        for start in &starts {
            self.path(start, Effect::Read)?;
        }
        if rest[..flags].iter().any(|word| word.text == "-L") {
            return Err(unclear("`find -L` follows links"));
        }
        self.actions(&starts, tests)
    }

    fn actions(&mut self, starts: &[Word], tests: &[Word]) -> Walked {
        let mut at = 0;
        while let Some(word) = tests.get(at) {
            at += 1;
            match word.text.as_str() {
                "-delete" => starts
                    .iter()
                    .try_for_each(|start| self.path(start, Effect::Remove))?,
                "-exec" | "-execdir" | "-ok" | "-okdir" => {
                    let length = tests[at..]
                        .iter()
                        .take_while(|word| !matches!(word.text.as_str(), ";" | "+"))
                        .count();
                    self.action(starts, &tests[at..at + length])?;
                    at += length;
                }
                "-fprint" | "-fprintf" | "-fls" | "-fprint0" => {
                    if let Some(file) = tests.get(at) {
                        self.path(file, Effect::Write)?;
                    }
                }
                "-newer" | "-anewer" | "-cnewer" | "-samefile" | "-files0-from" => {
                    if let Some(file) = tests.get(at) {
                        self.path(file, Effect::Read)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The command is judged as if it were given each start itself.
    fn action(&mut self, starts: &[Word], command: &[Word]) -> Walked {
        for start in starts {
            let words: Vec<Word> = command
                .iter()
                .map(|word| match word.text.contains("{}") {
                    true => Word {
                        text: word.text.replace("{}", &start.text),
                        pattern: None,
                    },
                    false => word.clone(),
                })
                .collect();
            self.command(&words, Input::Nothing)?;
        }
        Ok(())
    }
}
