//! Searches: which word is the pattern, and which are files.

use super::shell::Shell;
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::Denial;

type Walked = Result<(), Denial>;

/// The options of one program. One that is not listed may take anything, also a file.
struct Grammar {
    /// Letters without a value.
    flags: &'static str,
    /// Letters whose value is no file.
    values: &'static str,
    long_flags: &'static [&'static str],
    /// Long options whose value is no file, with how many words it has.
    long_values: &'static [(&'static str, usize)],
}

const GREP: Grammar = Grammar {
    flags: "iyvwxcHhoqsblLnrREFGPTUzZaI0123456789",
    values: "ABCmdD",
    long_flags: &[
        "ignore-case",
        "no-ignore-case",
        "invert-match",
        "word-regexp",
        "line-regexp",
        "count",
        "color",
        "colour",
        "line-number",
        "with-filename",
        "no-filename",
        "only-matching",
        "quiet",
        "silent",
        "no-messages",
        "byte-offset",
        "initial-tab",
        "null",
        "null-data",
        "text",
        "recursive",
        "files-with-matches",
        "files-without-match",
        "extended-regexp",
        "fixed-strings",
        "perl-regexp",
        "basic-regexp",
        "line-buffered",
    ],
    long_values: &[
        ("max-count", 1),
        ("context", 1),
        ("after-context", 1),
        ("before-context", 1),
        ("include", 1),
        ("exclude", 1),
        ("exclude-dir", 1),
        ("label", 1),
        ("binary-files", 1),
        ("directories", 1),
    ],
};
const RIPGREP: Grammar = Grammar {
    flags: "iSsvwxcnNHIoqlL0abFPpuU.",
    values: "ABCmMgtTjrEd",
    long_flags: &[
        "ignore-case",
        "smart-case",
        "case-sensitive",
        "invert-match",
        "word-regexp",
        "line-regexp",
        "count",
        "count-matches",
        "line-number",
        "no-line-number",
        "with-filename",
        "no-filename",
        "only-matching",
        "quiet",
        "no-messages",
        "files-with-matches",
        "files-without-match",
        "fixed-strings",
        "pcre2",
        "hidden",
        "no-ignore",
        "no-ignore-vcs",
        "no-heading",
        "heading",
        "multiline",
        "multiline-dotall",
        "json",
        "stats",
        "pretty",
        "vimgrep",
        "unrestricted",
        "trim",
        "column",
        "no-config",
        "null",
    ],
    long_values: &[
        ("max-count", 1),
        ("context", 1),
        ("after-context", 1),
        ("before-context", 1),
        ("glob", 1),
        ("iglob", 1),
        ("type", 1),
        ("type-not", 1),
        ("max-depth", 1),
        ("threads", 1),
        ("replace", 1),
        ("encoding", 1),
        ("sort", 1),
        ("sortr", 1),
        ("max-columns", 1),
        ("max-filesize", 1),
        ("color", 1),
    ],
};
const JQ: Grammar = Grammar {
    flags: "rcnsSeMCajR",
    values: "",
    long_flags: &[
        "raw-output",
        "compact-output",
        "null-input",
        "slurp",
        "sort-keys",
        "exit-status",
        "monochrome-output",
        "color-output",
        "ascii-output",
        "join-output",
        "raw-input",
        "tab",
        "seq",
        "stream",
        "unbuffered",
        "args",
        "jsonargs",
    ],
    long_values: &[("arg", 2), ("argjson", 2), ("indent", 1)],
};
/// Every option may take a file.
const NOTHING_KNOWN: Grammar = Grammar {
    flags: "",
    values: "",
    long_flags: &[],
    long_values: &[],
};

fn grammar(name: &str) -> &'static Grammar {
    match name {
        "grep" | "egrep" | "fgrep" | "zgrep" => &GREP,
        "rg" => &RIPGREP,
        "jq" => &JQ,
        _ => &NOTHING_KNOWN,
    }
}

/// The words of a search.
#[derive(Default)]
struct Search<'w> {
    operands: Vec<&'w Word>,
    /// Values within options that may be files.
    within: Vec<&'w str>,
    /// Whether every operand may be a file, because the pattern is given otherwise or because of an
    /// option that is not known.
    all_files: bool,
}

impl<'w> Search<'w> {
    fn of(name: &str, words: &'w [Word]) -> Self {
        let grammar = grammar(name);
        let mut search = Self::default();
        let (mut only, mut at) = (false, 0);
        while let Some(word) = words.get(at) {
            let text = word.text.as_str();
            at += 1;
            if only || text == "-" || !text.starts_with('-') {
                search.operands.push(word);
            } else if let Some(long) = text.strip_prefix("--") {
                only = long.is_empty();
                at += if only { 0 } else { search.long(grammar, long) };
            } else {
                at += search.cluster(name, grammar, &text[1..]);
            }
        }
        search
    }

    /// How many words behind it belong to it.
    fn long(&mut self, grammar: &Grammar, text: &'w str) -> usize {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        if let Some((_, words)) = grammar.long_values.iter().find(|(known, _)| *known == name) {
            return if value.is_some() { words - 1 } else { *words };
        }
        if grammar.long_flags.contains(&name) {
            return 0;
        }
        self.all_files = true;
        match (name, value) {
            ("regexp", Some(_)) => 0,
            ("regexp", None) => 1,
            _ => {
                self.within.extend(value);
                0
            }
        }
    }

    fn cluster(&mut self, name: &str, grammar: &Grammar, letters: &'w str) -> usize {
        for (at, letter) in letters.char_indices() {
            let rest = &letters[at + letter.len_utf8()..];
            if grammar.values.contains(letter) {
                return usize::from(rest.is_empty());
            }
            if !grammar.flags.contains(letter) {
                self.all_files = true;
                if letter == 'e' && matches!(name, "grep" | "egrep" | "fgrep" | "zgrep" | "rg") {
                    return usize::from(rest.is_empty());
                }
                self.within.extend((!rest.is_empty()).then_some(rest));
                return 0;
            }
        }
        0
    }
}

impl Shell<'_, '_> {
    /// Reads every operand but the first, which is what to look for, unless an option says it.
    pub(crate) fn searches(&mut self, name: &str, rest: &[Word]) -> Walked {
        self.starts_nothing(name, rest)?;
        let search = Search::of(name, rest);
        for value in &search.within {
            self.unknown_operand(&Word::literal(value), Effect::Read)?;
        }
        if name == "jq" && search.operands.iter().any(|word| loads_modules(&word.text)) {
            return Err(unclear("a `jq` program that reads other files"));
        }
        search
            .operands
            .iter()
            .skip(usize::from(!search.all_files))
            .try_for_each(|word| self.path(word, Effect::Read))
    }
}

/// `import "a" as $a;`, `include "a";`
fn loads_modules(program: &str) -> bool {
    ["import", "include"].iter().any(|verb| {
        program
            .split(verb)
            .skip(1)
            .any(|rest| rest.trim_start().starts_with('"'))
    })
}
