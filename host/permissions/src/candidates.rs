//! Every path in the arguments of a call, however deep (services §4.8.3).

use serde_json::{Map, Value};

use crate::decision::Call;
use crate::keys::{self, End, Likeness};
use crate::rule::{Denial, Rule};
use crate::{looks, words};

/// Deeper arguments are refused (services §2.8).
const MAX_DEPTH: usize = 32;
/// Folders from which the paths of one call are judged.
pub(crate) const MAX_STARTS: usize = 16;
/// More paths than anybody writes by hand.
const MAX_CANDIDATES: usize = 10_000;

/// A path in the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) text: String,
    pub(crate) end: End,
    /// Its name or schema says that it is one.
    pub(crate) sure: bool,
}

/// Collects the paths of a call in the order they are written.
///
/// # Errors
///
/// A path that is no text; an address that hides a file; arguments too deep or too many.
pub(crate) fn of(call: &Call<'_>, managed: bool) -> Result<Vec<Candidate>, Denial> {
    let (arguments, schema) = (call.arguments, call.schema);
    let mut search = Search {
        root: schema,
        own: call.filesystem,
        managed,
        found: Vec::new(),
    };
    let context = Context {
        key: "",
        likeness: Likeness::Unknown,
        end: End::Neither,
    };
    search.value(arguments, context, schema, 0)?;
    Ok(search.found)
}

/// Collects the folders that arguments name as the start of others, such as `cwd`.
pub(crate) fn starts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if is_start(key) => {
                        found.push(text);
                    }
                    _ => starts(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| starts(it, found)),
        _ => {}
    }
}

fn is_start(key: &str) -> bool {
    let names = [
        "cwd",
        "workdir",
        "workingdir",
        "workingdirectory",
        "basedir",
        "basepath",
        "basedirectory",
        "rootdir",
        "rootpath",
    ];
    names.contains(&words::of(key).concat().as_str())
}

#[derive(Clone, Copy)]
struct Context<'k> {
    key: &'k str,
    likeness: Likeness,
    end: End,
}

struct Search<'a> {
    root: Option<&'a Value>,
    /// One of our own file tools, which takes every text as it is.
    own: bool,
    /// Whether there are managed paths.
    managed: bool,
    found: Vec<Candidate>,
}

impl<'a> Search<'a> {
    fn value(
        &mut self,
        value: &Value,
        context: Context<'_>,
        schema: Option<&'a Value>,
        depth: usize,
    ) -> Result<(), Denial> {
        if depth > MAX_DEPTH || self.found.len() > MAX_CANDIDATES {
            return Err(Denial::new(
                Rule::TooLarge,
                format!(
                    "the arguments are nested deeper than {MAX_DEPTH} or name more than \
                     {MAX_CANDIDATES} paths"
                ),
            ));
        }
        let schema = self.target(schema);
        self.fits(value, context, schema)?;
        match value {
            Value::Null => Ok(()),
            Value::String(text) => {
                self.within(text, context, depth)?;
                self.text(text, context)
            }
            Value::Array(items) => items.iter().try_for_each(|item| {
                let schema = schema.and_then(|schema| schema.get("items"));
                self.value(item, context, schema, depth + 1)
            }),
            Value::Object(map) => self.object(map, context, schema, depth),
            Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    /// Where a path belongs there is a text, or something that holds one, unless the schema says
    /// that this is how it is.
    fn fits(
        &self,
        value: &Value,
        context: Context<'_>,
        schema: Option<&'a Value>,
    ) -> Result<(), Denial> {
        let is_path = matches!(context.likeness, Likeness::Path | Likeness::Likely);
        if !is_path || may_hold_path(value) || self.declares(value, schema, 0) {
            return Ok(());
        }
        let key = context.key;
        let reason = format!("the path in `{key}` is no text: {}", shortened(value));
        Err(Denial::new(Rule::PathNotText, reason))
    }

    /// Whether a schema allows a value of this type in so many words.
    fn declares(&self, value: &Value, schema: Option<&'a Value>, depth: usize) -> bool {
        let Some(schema) = self.target(schema).filter(|_| depth < MAX_DEPTH) else {
            return false;
        };
        let named = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| is_of(value, kind)),
            Some(kind) => is_of(value, kind),
            None => false,
        };
        let choices = ["anyOf", "oneOf"].into_iter();
        let mut choices = choices
            .filter_map(|it| schema.get(it)?.as_array())
            .flatten();
        named || choices.any(|it| self.declares(value, Some(it), depth + 1))
    }

    fn object(
        &mut self,
        map: &Map<String, Value>,
        context: Context<'_>,
        schema: Option<&'a Value>,
        depth: usize,
    ) -> Result<(), Denial> {
        for (key, value) in map {
            let schema = self.target(
                schema
                    .and_then(|schema| schema.get("properties"))
                    .and_then(|properties| properties.get(key)),
            );
            let is_name = context.likeness == Likeness::Path && key.contains(['/', '.']);
            let likeness = match is_name {
                true => Likeness::Unknown,
                false => likeness(key, value, context, schema),
            };
            if is_name {
                self.text(key, inner(key, context, Likeness::Perhaps))?;
            }
            self.value(value, inner(key, context, likeness), schema, depth + 1)?;
        }
        Ok(())
    }

    /// Follows a reference within the schema.
    fn target(&self, schema: Option<&'a Value>) -> Option<&'a Value> {
        let schema = schema?;
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.root?.pointer(reference.strip_prefix('#')?),
            None => Some(schema),
        }
    }

    /// Arguments that are written as a text once more.
    fn within(&mut self, text: &str, context: Context<'_>, depth: usize) -> Result<(), Denial> {
        let free = context.likeness == Likeness::Content || self.own;
        if free || !text.trim_start().starts_with(['{', '[', '"']) {
            return Ok(());
        }
        match serde_json::from_str::<Value>(text) {
            Ok(value) => self.value(&value, context, None, depth + 1),
            Err(error) if error.to_string().starts_with("recursion limit") => Err(Denial::new(
                Rule::TooLarge,
                "a text of JSON is nested too deep",
            )),
            Err(_) => Ok(()),
        }
    }

    /// A text as it stands, and as a program reads it that drops what surrounds it.
    fn text(&mut self, text: &str, context: Context<'_>) -> Result<(), Denial> {
        if self.own {
            self.take(text, context);
            return Ok(());
        }
        if looks::hides_file(text) || self.managed && is_odd_address(text, context.key) {
            let reason = format!(
                "the address `{}` is refused: it may be one of a file here",
                text.escape_debug()
            );
            return Err(Denial::new(Rule::PathUnclear, reason));
        }
        let address = looks::without_breaks(text);
        let prose = context.likeness == Likeness::Content && address.contains(' ');
        if looks::is_file_address(&address) && !prose {
            self.keep(&address, context);
            return Ok(());
        }
        self.take(text, context);
        if text.trim() != text {
            self.take(text.trim(), context);
        }
        Ok(())
    }

    fn take(&mut self, text: &str, context: Context<'_>) {
        match context.likeness {
            Likeness::Content => {}
            Likeness::Path if is_remote(text) => {}
            Likeness::Path => self.keep(text, context),
            Likeness::Perhaps | Likeness::Likely if is_address(text, context.key) => {}
            Likeness::Perhaps | Likeness::Likely => {
                if could_be_path(text) || looks::evident(text) {
                    self.keep(text, context);
                }
            }
            Likeness::Pattern => self.pattern(text, context),
            Likeness::Unknown if is_remote(text) => {}
            Likeness::Unknown => {
                if looks::evident(text) {
                    self.keep(text, context);
                }
            }
        }
    }

    /// Braces may hold folders: `{/etc,src}/*`.
    fn pattern(&mut self, text: &str, context: Context<'_>) {
        let climbs = text.contains("/../") || text.ends_with("/..");
        if climbs || looks::evident(text) {
            self.keep(before_wildcard(text), context);
        }
        if text.contains('{') {
            let choices = text.split(['{', ',', '}']);
            for choice in choices.filter(|it| looks::evident(it)) {
                self.keep(before_wildcard(choice), context);
            }
        }
    }

    fn keep(&mut self, text: &str, context: Context<'_>) {
        self.found.push(Candidate {
            text: text.to_owned(),
            end: context.end,
            sure: context.likeness == Likeness::Path,
        });
    }
}

fn inner<'k>(key: &'k str, outer: Context<'_>, likeness: Likeness) -> Context<'k> {
    let end = match keys::end(key) {
        End::Neither => outer.end,
        end => end,
    };
    Context { key, likeness, end }
}

/// What is known about a value: its own name first, then the schema, then the name around it.
fn likeness(key: &str, value: &Value, outer: Context<'_>, schema: Option<&Value>) -> Likeness {
    match keys::likeness(key) {
        Likeness::Unknown if says_path(schema) => Likeness::Path,
        Likeness::Unknown | Likeness::Perhaps
            if matches!(
                outer.likeness,
                Likeness::Path | Likeness::Perhaps | Likeness::Likely
            ) && !outer.key.is_empty()
                && !value.is_number() =>
        {
            Likeness::Perhaps
        }
        likeness => likeness,
    }
}

/// Whether a schema calls its value a path.
fn says_path(schema: Option<&Value>) -> bool {
    let field = |name| {
        schema
            .and_then(|schema| schema.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_lowercase()
    };
    let format = field("format");
    let description = field("description");
    let said = [
        "file path",
        "path to ",
        "directory path",
        "absolute path",
        "folder path",
    ];
    format.contains("path") || said.iter().any(|words| description.contains(words))
}

/// Whether a value can name a path, or says nothing at all.
fn may_hold_path(value: &Value) -> bool {
    match value {
        Value::Null | Value::String(_) => true,
        Value::Bool(_) | Value::Number(_) => false,
        // Each item is looked at by itself.
        Value::Array(_) => true,
        // `{"a.txt": 1}` names one, too.
        Value::Object(map) => map
            .iter()
            .any(|(key, it)| key.contains(['/', '.']) || holds_text(it)),
    }
}

fn holds_text(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().any(holds_text),
        Value::Object(_) => may_hold_path(value),
        _ => false,
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    let names: &[&str] = match value {
        Value::Bool(_) => &["boolean"],
        Value::Number(_) => &["integer", "number"],
        Value::Object(_) => &["object"],
        _ => &[],
    };
    kind.as_str().is_some_and(|it| names.contains(&it))
}

/// The beginning of a value, for people.
fn shortened(value: &Value) -> String {
    let text = value.to_string();
    text[..text.floor_char_boundary(100)].to_owned()
}

/// An address of another machine. One that climbs is taken for the path it also is.
pub(crate) fn is_remote(text: &str) -> bool {
    has_remote_scheme(text) && !text.split(['/', '\\']).any(|part| part == "..")
}

/// What is called an address is one, also where it climbs, if it names a host.
fn is_address(text: &str, key: &str) -> bool {
    let has_host = text
        .split_once("://")
        .is_some_and(|(_, rest)| !rest.starts_with(['/', '\\', '?', '#', '.']) && !rest.is_empty());
    is_remote(text) || called_address(key) && has_remote_scheme(text) && has_host
}

fn called_address(key: &str) -> bool {
    words::any(&words::of(key), &["url", "urls", "uri", "uris"])
}

/// An address of a kind that nobody here knows: its server may make a file of it.
fn is_odd_address(text: &str, key: &str) -> bool {
    called_address(key)
        && !has_remote_scheme(text.trim())
        && looks::scheme(text.trim()).is_some_and(|(scheme, rest)| {
            !scheme.eq_ignore_ascii_case("file") && !rest.starts_with(|c: char| c.is_ascii_digit())
        })
}

fn has_remote_scheme(text: &str) -> bool {
    let known = [
        "http",
        "https",
        "ws",
        "wss",
        "ftp",
        "ftps",
        "sftp",
        "ssh",
        "git",
        "data",
        "mailto",
        "s3",
        "gs",
        "about",
        "memory",
        "redis",
        "postgres",
        "postgresql",
        "mysql",
        "mongodb",
        "urn",
        "tel",
    ];
    text.split_once(':')
        .is_some_and(|(scheme, _)| known.iter().any(|name| scheme.eq_ignore_ascii_case(name)))
}

/// For names such as `to` and `target`, which mean anything: prose and prices are no paths.
fn could_be_path(text: &str) -> bool {
    !text.contains('\n') && (text.contains(['/', '\\']) || !text.contains(['$', '\0', '~']))
}

/// The folder in which a pattern starts to search.
pub(crate) fn before_wildcard(text: &str) -> &str {
    let Some(at) = text.find(['*', '?', '[', '{']) else {
        return text;
    };
    match text[..at].rfind('/') {
        Some(0) => "/",
        Some(slash) if !text[at..].split('/').any(|part| part == "..") => &text[..slash],
        _ => text,
    }
}
