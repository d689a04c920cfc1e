//! Which arguments are paths, by their names.

use crate::words;

/// How sure a name makes us that its value is a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// A path, or the call is refused.
    Path,
    /// A path if it is text: `from` may also be a page number.
    Perhaps,
    /// A path if it is text that could be one; what is no text is refused like that of a path.
    Likely,
    /// A pattern, which may start with a folder.
    Pattern,
    /// Says nothing: only a text that can be nothing else is taken for a path.
    Unknown,
    /// Free text; never a path.
    Content,
}

/// Which end of a copy or move a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    Destination,
    /// Where something may be written, or something else: `to`, `target`.
    Towards,
    Neither,
}

const PATHS: [&str; 21] = [
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filenames",
    "filepath",
    "filepaths",
    "pathname",
    "pathnames",
    "dir",
    "dirs",
    "directory",
    "directories",
    "folder",
    "folders",
    "cwd",
    "workdir",
    "dirname",
    "destination",
    "dst",
];
const LIKELY: [&str; 10] = [
    "source", "sources", "src", "target", "targets", "dest", "outfile", "infile", "uri", "uris",
];
const PERHAPS: [&str; 12] = [
    "from",
    "to",
    "output",
    "outputs",
    "out",
    "input",
    "inputs",
    "root",
    "roots",
    "url",
    "urls",
    "attachments",
];
const PATTERNS: [&str; 7] = [
    "pattern", "patterns", "glob", "globs", "include", "exclude", "ignore",
];
const CONTENT: [&str; 37] = [
    "content",
    "contents",
    "text",
    "texts",
    "query",
    "queries",
    "regex",
    "message",
    "messages",
    "prompt",
    "description",
    "string",
    "str",
    "body",
    "code",
    "data",
    "html",
    "markdown",
    "old",
    "new",
    "title",
    "subject",
    "comment",
    "comments",
    "reason",
    "question",
    "answer",
    "instructions",
    "selector",
    "observations",
    "note",
    "notes",
    "task",
    "thought",
    "diff",
    "patch",
    "value",
];
/// Single words that end like a path and are none.
const NO_PATHS: [&str; 6] = [
    "profile",
    "xpath",
    "jsonpath",
    "keypath",
    "classpath",
    "jmespath",
];

/// What `source_…` and `to_…` may also lead, and that is no path.
const KINDS: [&str; 30] = [
    "account", "address", "amount", "branch", "chain", "channel", "city", "code", "commit",
    "country", "currency", "date", "day", "email", "encoding", "format", "id", "ids", "lang",
    "language", "locale", "model", "ref", "time", "timezone", "type", "unit", "units", "user",
    "zone",
];

/// What the name of an argument says about its value.
pub(crate) fn likeness(key: &str) -> Likeness {
    let words = words::of(key);
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Likeness::Unknown;
    };
    let within = |list: &[&str], word: &String| list.contains(&word.as_str());
    if within(&PATHS, last) || words::any(&words, &["path", "paths"]) || glued(last) {
        Likeness::Path
    } else if words.len() == 1 && within(&LIKELY, last) {
        Likeness::Likely
    } else if within(&PERHAPS, last)
        || within(&LIKELY, last)
        || (within(&PERHAPS, first) || within(&LIKELY, first)) && !within(&KINDS, last)
    {
        Likeness::Perhaps
    } else if within(&PATTERNS, last) || within(&PATTERNS, first) {
        Likeness::Pattern
    } else if within(&CONTENT, last) || (within(&CONTENT, first) && !within(&["old", "new"], first))
    {
        Likeness::Content
    } else {
        Likeness::Unknown
    }
}

/// `outputpath`, `workingdirectory`.
fn glued(word: &str) -> bool {
    let ends = [
        "path",
        "paths",
        "file",
        "files",
        "dir",
        "directory",
        "folder",
    ];
    !NO_PATHS.contains(&word) && ends.iter().any(|end| word.ends_with(end))
}

/// Which end the name means.
pub(crate) fn end(key: &str) -> End {
    let words = words::of(key);
    if words::any(
        &words,
        &["source", "sources", "src", "from", "input", "old"],
    ) {
        End::Source
    } else if words::any(
        &words,
        &[
            "destination",
            "dest",
            "dst",
            "output",
            "out",
            "save",
            "outfile",
        ],
    ) {
        End::Destination
    } else if words::any(&words, &["to", "target", "targets", "new"]) {
        End::Towards
    } else {
        End::Neither
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_something_comes_from_may_be_no_place() {
        for (key, expected) in [
            ("source_timezone", Likeness::Unknown),
            ("target_language", Likeness::Unknown),
            ("source", Likeness::Likely),
            ("source_path", Likeness::Path),
            ("output_location", Likeness::Perhaps),
            ("to", Likeness::Perhaps),
        ] {
            assert_eq!(likeness(key), expected, "{key}");
        }
    }
}
