//! Sections and fields of the tree: taken by name, checked by type, noted when they are wrong.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::folders::Owned;
use crate::diagnostic::nearest;
use crate::node::{Entry, Kind, Node};
use crate::place::join;
use crate::substitute::substitute;
use crate::{Diagnostic, Env, Place};

/// A value with its path in the document.
#[derive(Clone)]
pub(crate) struct Field<'n> {
    pub(crate) path: String,
    pub(crate) node: &'n Node,
}

impl<'n> Field<'n> {
    pub(crate) fn root(node: &'n Node) -> Self {
        let path = String::new();
        Self { path, node }
    }

    /// The items of the list that this field is.
    pub(crate) fn items(&self, items: &'n [Node]) -> impl Iterator<Item = Field<'n>> {
        items.iter().enumerate().map(|(n, node)| {
            let path = format!("{}[{n}]", self.path);
            Field { path, node }
        })
    }

    fn name(&self) -> String {
        match self.path.as_str() {
            "" => "the document".to_owned(),
            path => format!("`{path}`"),
        }
    }
}

/// A mapping whose keys are taken out one by one; what is left is unknown.
pub(crate) struct Section<'n> {
    pub(crate) path: String,
    pub(crate) place: &'n Place,
    entries: Vec<&'n Entry>,
}

impl<'n> Section<'n> {
    pub(crate) fn take(&mut self, key: &str) -> Option<Field<'n>> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.entries.remove(at);
        Some(self.field(entry))
    }

    /// The same where `null` means that nothing is said.
    pub(crate) fn take_given(&mut self, key: &str) -> Option<Field<'n>> {
        let field = self.take(key);
        field.filter(|field| !matches!(field.node.value, Kind::Null))
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    pub(crate) fn field(&self, entry: &'n Entry) -> Field<'n> {
        Field {
            path: join(&self.path, &entry.key),
            node: &entry.value,
        }
    }

    /// The entries that nobody took, in file order.
    pub(crate) fn rest(&self) -> &[&'n Entry] {
        &self.entries
    }
}

/// What a configuration may refer to.
pub(crate) struct Surroundings<'a> {
    pub(crate) env: &'a Env<'a>,
    /// Relative paths begin here; absolute.
    pub(crate) directory: PathBuf,
    /// What `~` stands for.
    pub(crate) home: Option<PathBuf>,
}

/// Reads fields and notes what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(crate) surroundings: Surroundings<'a>,
    /// Folders of which each belongs to one.
    pub(crate) owned: Vec<Owned>,
    found: Vec<Diagnostic>,
    /// Keys that were already called not yet supported.
    pub(crate) named: BTreeSet<String>,
}

/// Takes a hint for the remark that was just noted.
pub(crate) struct Noted<'a>(&'a mut Diagnostic);

impl Noted<'_> {
    pub(crate) fn hint(self, hint: impl Into<String>) {
        self.0.hint = Some(hint.into());
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(surroundings: Surroundings<'a>) -> Self {
        Self {
            surroundings,
            owned: Vec::new(),
            found: Vec::new(),
            named: BTreeSet::new(),
        }
    }

    pub(crate) fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }

    pub(crate) fn env(&self) -> &'a Env<'a> {
        self.surroundings.env
    }

    pub(crate) fn note(&mut self, diagnostic: Diagnostic) -> Noted<'_> {
        let at = self.found.len();
        self.found.push(diagnostic);
        Noted(&mut self.found[at])
    }

    pub(crate) fn error(&mut self, at: &Place, path: &str, text: impl Into<String>) -> Noted<'_> {
        self.note(Diagnostic::error(at.clone(), path, text))
    }

    pub(crate) fn warn(&mut self, at: &Place, path: &str, text: impl Into<String>) -> Noted<'_> {
        self.note(Diagnostic::warning(at.clone(), path, text))
    }

    /// A wrong type: `` `path` must be WANTED, not … ``.
    pub(crate) fn mistyped(&mut self, field: &Field<'_>, wanted: &str) -> Noted<'_> {
        let text = format!(
            "{} must be {wanted}, not {}",
            field.name(),
            field.node.noun()
        );
        self.error(&field.node.place, &field.path, text)
    }

    /// A mapping; `null` is an empty one.
    pub(crate) fn section<'n>(&mut self, field: Field<'n>) -> Option<Section<'n>> {
        let entries = match &field.node.value {
            Kind::Map(entries) => self.last_of_each(&field.path, entries),
            Kind::Null => Vec::new(),
            _ => {
                self.mistyped(&field, "a mapping");
                return None;
            }
        };
        Some(Section {
            path: field.path,
            place: &field.node.place,
            entries,
        })
    }

    /// A key that comes twice counts as its last one, as in the reference; that is worth a word.
    fn last_of_each<'n>(&mut self, path: &str, entries: &'n [Entry]) -> Vec<&'n Entry> {
        let mut last: Vec<&Entry> = Vec::with_capacity(entries.len());
        let mut seen = std::collections::BTreeMap::new();
        for entry in entries {
            let Some(at) = seen.get(entry.key.as_str()).copied() else {
                seen.insert(entry.key.as_str(), last.len());
                last.push(entry);
                continue;
            };
            let path = join(path, &entry.key);
            self.warn(
                &entry.place,
                &path,
                format!("`{path}` comes twice; the last one counts"),
            );
            last[at] = entry;
        }
        last
    }

    /// Text with its variables replaced; `null` is none.
    pub(crate) fn text(&mut self, field: &Field<'_>) -> Option<String> {
        match &field.node.value {
            Kind::Text(text) => self.resolved(field, text),
            Kind::Null => None,
            Kind::Number(_) | Kind::Flag(_) => {
                self.mistyped(field, "text").hint("put it in quotes");
                None
            }
            _ => {
                self.mistyped(field, "text");
                None
            }
        }
    }

    /// Text as it is written.
    pub(crate) fn literal(&mut self, field: &Field<'_>) -> Option<String> {
        match &field.node.value {
            Kind::Text(text) => Some(text.clone()),
            Kind::Null => {
                self.mistyped(field, "text");
                None
            }
            _ => self.text(field),
        }
    }

    /// The good items of a list; `null` is an empty one.
    pub(crate) fn each<T>(
        &mut self,
        field: &Field<'_>,
        wanted: &str,
        mut one: impl FnMut(&mut Self, &Field<'_>) -> Option<T>,
    ) -> Vec<T> {
        match &field.node.value {
            Kind::Null => Vec::new(),
            Kind::List(items) => {
                let items = field.items(items);
                items.filter_map(|item| one(self, &item)).collect()
            }
            _ => {
                self.mistyped(field, wanted);
                Vec::new()
            }
        }
    }

    pub(crate) fn resolved(&mut self, field: &Field<'_>, text: &str) -> Option<String> {
        match substitute(text, self.env()) {
            Ok(text) => Some(text),
            Err(name) => {
                let message = format!("the environment variable `{name}` is not set");
                self.error(&field.node.place, &field.path, message)
                    .hint("set it, or write `$${` where `${` is meant literally");
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, field: &Field<'_>) -> Option<bool> {
        match field.node.value {
            Kind::Flag(flag) => Some(flag),
            _ => {
                self.mistyped(field, "true or false");
                None
            }
        }
    }

    /// A whole number from 1.
    pub(crate) fn count(&mut self, field: &Field<'_>) -> Option<u32> {
        let Kind::Number(number) = &field.node.value else {
            self.mistyped(field, "a whole number");
            return None;
        };
        let count = number.as_u64().and_then(|count| u32::try_from(count).ok());
        let count = count.filter(|count| *count > 0);
        if count.is_none() {
            self.unfit(
                field,
                &format!("must be a whole number from 1, not {number}"),
            );
        }
        count
    }

    /// Seconds as milliseconds, up to a year.
    pub(crate) fn seconds(&mut self, field: &Field<'_>) -> Option<u64> {
        const YEAR: f64 = 31_536_000.0;
        let Kind::Number(number) = &field.node.value else {
            self.mistyped(field, "a number of seconds");
            return None;
        };
        let seconds = number
            .as_f64()
            .filter(|seconds| (0.0..=YEAR).contains(seconds));
        if seconds.is_none() {
            self.unfit(
                field,
                &format!("must be from 0 to {YEAR} seconds, not {number}"),
            );
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most a year, and not negative"
        )]
        seconds.map(|seconds| (seconds * 1000.0).round() as u64)
    }

    /// Seconds of which at least a millisecond is left.
    pub(crate) fn some_seconds(&mut self, field: &Field<'_>) -> Option<u64> {
        let ms = self.seconds(field)?;
        if ms == 0 {
            self.unfit(field, "must be more than 0");
        }
        Some(ms)
    }

    pub(crate) fn unfit(&mut self, field: &Field<'_>, must: &str) -> Noted<'_> {
        let text = format!("{} {must}", field.name());
        self.error(&field.node.place, &field.path, text)
    }

    /// Warns of every key that is left, with the known one that may be meant.
    pub(crate) fn unknown(&mut self, section: Section<'_>, known: &[&str]) {
        for entry in section.rest() {
            let path = join(&section.path, &entry.key);
            let noted = self.warn(
                &entry.place,
                &path,
                format!("unknown key `{path}` is ignored"),
            );
            match nearest(&entry.key, known.iter().copied()) {
                Some(meant) => noted.hint(format!("did you mean `{meant}`?")),
                None => noted.hint(format!("known here: {}", known.join(", "))),
            }
        }
    }

    /// Warns, once per key and file, of what this version does not do yet.
    pub(crate) fn not_yet(&mut self, field: &Field<'_>, key: &str) {
        if self.named.insert(key.to_owned()) {
            let text = format!("`{}` has no effect in this version yet", field.path);
            self.warn(&field.node.place, &field.path, text);
        }
    }
}

/// Puts in what was given.
pub(crate) fn set<T>(limit: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *limit = value;
    }
}
