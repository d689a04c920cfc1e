//! Options and operands of one command.

use super::word::Word;

/// The words behind a program's name, sorted.
#[derive(Debug, Default)]
pub(crate) struct Operands<'w> {
    /// What starts with `-`, in order.
    pub(crate) options: Vec<&'w Word>,
    /// The rest, in order.
    pub(crate) operands: Vec<&'w Word>,
}

impl<'w> Operands<'w> {
    /// Sorts words; the word behind an option with one of these letters belongs to it and is
    /// dropped. Behind `--` there are only operands.
    pub(crate) fn of(words: &'w [Word], value_letters: &str) -> Self {
        let mut sorted = Self::default();
        let (mut only, mut skip) = (false, false);
        for word in words {
            let text = word.text.as_str();
            if std::mem::take(&mut skip) {
                continue;
            }
            if only || text == "-" || !text.starts_with('-') {
                sorted.operands.push(word);
            } else if text == "--" {
                only = true;
            } else {
                skip = takes_next(text, value_letters);
                sorted.options.push(word);
            }
        }
        sorted
    }

    /// Whether a short option of this letter is among them, alone or in a cluster.
    pub(crate) fn has_short(&self, letter: char) -> bool {
        self.options
            .iter()
            .any(|word| !word.text.starts_with("--") && word.text.contains(letter))
    }

    /// Whether a long option is among them, with or without a value; also cut short, as programs
    /// accept it.
    pub(crate) fn has_long(&self, name: &str) -> bool {
        self.options.iter().any(|word| {
            let given = word.text.split('=').next().unwrap_or_default();
            given.len() > 4 && given.starts_with("--") && name.starts_with(&given[2..])
        })
    }
}

fn takes_next(option: &str, value_letters: &str) -> bool {
    let mut letters = option.chars().skip(1);
    match (letters.next(), letters.next()) {
        (Some(letter), None) => value_letters.contains(letter),
        _ => false,
    }
}

/// What may be a path within an option: the value of `--x=…`, the rest of `-x…`.
pub(crate) fn within_option(text: &str) -> Option<&str> {
    if let Some((_, value)) = text.split_once('=') {
        return Some(value);
    }
    let rest = text.get(2..).filter(|_| !text.starts_with("--"))?;
    rest.contains(['/', '~', '\\']).then_some(rest)
}

/// What may be a path within an operand of which nothing is known: itself, the value of `x=…`, the
/// file of `@…`.
pub(crate) fn within_operand(word: &Word) -> Vec<Word> {
    let mut parts = vec![word.clone()];
    if let Some((_, value)) = word.text.split_once('=') {
        parts.push(Word::literal(value.trim_start_matches('@')));
    }
    if let Some(file) = word.text.strip_prefix('@') {
        parts.push(Word::literal(file));
    }
    parts
}

/// Whether a word reads like a path even where there is no such file.
pub(crate) fn looks_like_path(text: &str) -> bool {
    text.contains(['/', '\\']) || text.starts_with('~') || matches!(text, "." | "..")
}

/// `host:path` of programs that know other machines.
pub(crate) fn on_other_machine(text: &str) -> bool {
    text.find(':')
        .is_some_and(|colon| colon > 1 && !text[..colon].contains('/'))
}
