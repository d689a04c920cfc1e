//! Words of a command line as the program will see them.

use brush_parser::word::{
    self as brush, BraceExpressionMember, BraceExpressionOrText, Parameter, ParameterExpr,
    SpecialParameter, TildeExpr, WordPiece, WordPieceWithSource,
};

use super::{parse, unclear};
use crate::rule::Denial;

/// Words that braces may make of one.
const MAX_WORDS: usize = 1000;

/// A word without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// As a pattern for file names, where it has `*`, `?` or `[` outside quotes.
    pub(crate) pattern: Option<String>,
}

impl Word {
    pub(crate) fn literal(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            pattern: None,
        }
    }
}

/// Expands one word as written: braces, quotes, escapes, `~`, `$?`, `$#` and `$$`.
pub(crate) fn expand(raw: &str) -> Result<Vec<Word>, Denial> {
    braces(raw)?.iter().map(|raw| single(raw)).collect()
}

/// Expands a word that must stay one.
pub(crate) fn one(raw: &str) -> Result<Word, Denial> {
    let mut words = expand(raw)?;
    match (words.pop(), words.is_empty()) {
        (Some(word), true) => Ok(word),
        _ => Err(unclear(format!("`{raw}` means several words"))),
    }
}

fn single(raw: &str) -> Result<Word, Denial> {
    let pieces = brush::parse(raw, &parse::options())
        .map_err(|_| unclear(format!("the word `{raw}` cannot be read")))?;
    let mut made = Made::default();
    made.pieces(&pieces, false)?;
    Ok(Word {
        pattern: made.wild.then_some(made.pattern),
        text: made.text,
    })
}

#[derive(Default)]
struct Made {
    text: String,
    pattern: String,
    wild: bool,
}

impl Made {
    fn pieces(&mut self, pieces: &[WordPieceWithSource], quoted: bool) -> Result<(), Denial> {
        pieces
            .iter()
            .try_for_each(|piece| self.piece(&piece.piece, quoted))
    }

    fn piece(&mut self, piece: &WordPiece, quoted: bool) -> Result<(), Denial> {
        match piece {
            WordPiece::Text(text) if quoted => self.literal(text),
            WordPiece::Text(text) => self.bare(text),
            WordPiece::SingleQuotedText(text) => self.literal(text),
            WordPiece::AnsiCQuotedText(text) if !text.contains('\\') => self.literal(text),
            WordPiece::DoubleQuotedSequence(inner)
            | WordPiece::GettextDoubleQuotedSequence(inner) => self.pieces(inner, true)?,
            WordPiece::TildeExpansion(TildeExpr::Home) => self.literal("~"),
            WordPiece::EscapeSequence(text) => self.escaped(text, quoted),
            WordPiece::ParameterExpansion(ParameterExpr::Parameter {
                parameter: Parameter::Special(special),
                indirect: false,
            }) if is_number(special) => self.literal("0"),
            other => return Err(unclear(name(other))),
        }
        Ok(())
    }

    fn literal(&mut self, text: &str) {
        self.text.push_str(text);
        self.pattern.push_str(&globset::escape(text));
    }

    fn bare(&mut self, text: &str) {
        self.wild |= text.contains(['*', '?', '[']);
        self.text.push_str(text);
        for c in text.chars() {
            if matches!(c, '{' | '}' | '\\') {
                self.pattern.push('\\');
            }
            self.pattern.push(c);
        }
    }

    /// Within double quotes `\` stands for itself before most characters.
    fn escaped(&mut self, text: &str, quoted: bool) {
        let rest = text.strip_prefix('\\').unwrap_or(text);
        match rest {
            "\n" => {}
            "$" | "`" | "\"" | "\\" => self.literal(rest),
            _ if quoted => self.literal(text),
            _ => self.literal(rest),
        }
    }
}

/// `$?`, `$#`, `$$`: numbers, whatever their value.
fn is_number(special: &SpecialParameter) -> bool {
    matches!(
        special,
        SpecialParameter::LastExitStatus
            | SpecialParameter::PositionalParameterCount
            | SpecialParameter::ProcessId
    )
}

fn name(piece: &WordPiece) -> &'static str {
    match piece {
        WordPiece::CommandSubstitution(_) | WordPiece::BackquotedCommandSubstitution(_) => {
            "command substitution"
        }
        WordPiece::ParameterExpansion(_) => {
            "variables other than `$?`, `$#` and `$$`; write the value itself"
        }
        WordPiece::ArithmeticExpression(_) => "arithmetic",
        WordPiece::TildeExpansion(_) => "`~` with a name",
        _ => "escapes within `$'…'`",
    }
}

/// `a{b,c}` → `ab`, `ac`.
fn braces(raw: &str) -> Result<Vec<String>, Denial> {
    if !raw.contains('{') {
        return Ok(vec![raw.to_owned()]);
    }
    let parsed = brush::parse_brace_expansions(raw, &parse::options())
        .map_err(|_| unclear(format!("the braces in `{raw}` cannot be read")))?;
    match parsed {
        Some(parts) => sequence(&parts),
        None => Ok(vec![raw.to_owned()]),
    }
}

fn sequence(parts: &[BraceExpressionOrText]) -> Result<Vec<String>, Denial> {
    let mut made = vec![String::new()];
    for part in parts {
        let ends = match part {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => alternatives(members)?,
        };
        if made.len() * ends.len() > MAX_WORDS {
            return Err(unclear("braces that make too many words"));
        }
        made = made
            .iter()
            .flat_map(|start| ends.iter().map(move |end| format!("{start}{end}")))
            .collect();
    }
    Ok(made)
}

fn alternatives(members: &[BraceExpressionMember]) -> Result<Vec<String>, Denial> {
    let mut made = Vec::new();
    for member in members {
        match member {
            BraceExpressionMember::Child(parts) => made.extend(sequence(parts)?),
            BraceExpressionMember::NumberSequence { start, end, .. }
                if start.abs_diff(*end) < MAX_WORDS as u64 =>
            {
                let (low, high) = (*start.min(end), *start.max(end));
                made.extend((low..=high).map(|number| number.to_string()));
            }
            _ => return Err(unclear("a sequence in braces")),
        }
    }
    Ok(made)
}
