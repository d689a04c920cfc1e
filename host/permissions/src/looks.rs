//! What a text looks like, whatever it is called.

use crate::resolve;

/// Longer texts are no paths: the longest that Linux takes.
const MAX_PATH: usize = 4096;

/// A text that can hardly be anything but a path on this machine.
pub(crate) fn evident(text: &str) -> bool {
    let is_one_line = !text.contains(['\n', '\r']) && text.len() <= MAX_PATH;
    leaves(text)
        || is_one_line
            && (is_file_address(text)
                || text.split('/').any(|part| part == "..")
                || starts_at_home(text)
                || text.trim_start().starts_with('/') && starts_in_root(text.trim_start())
                || std::path::Path::new(text).has_root() && cfg!(windows))
}

/// `file:` and something behind it. `File: notes` in a sentence is none.
pub(crate) fn is_file_address(text: &str) -> bool {
    resolve::is_file_uri(text) && !text[5..].starts_with(char::is_whitespace)
}

/// As a parser of addresses reads a text: without breaks, and without spaces around it.
pub(crate) fn without_breaks(text: &str) -> String {
    text.trim_matches(|c: char| c <= ' ')
        .replace(['\t', '\n', '\r'], "")
}

/// `view-source:file:///…`, `jar:file:…`, `git+file:///…`.
pub(crate) fn hides_file(text: &str) -> bool {
    let text = without_breaks(text);
    if text.contains(' ') {
        return false;
    }
    let (mut rest, mut outer) = (text.as_str(), false);
    while let Some((name, inner)) = scheme(rest) {
        let is_file = name.eq_ignore_ascii_case("file") && inner.starts_with(['/', '\\', '.', '~']);
        let is_kind_of_file = name
            .split('+')
            .skip(1)
            .any(|part| part.eq_ignore_ascii_case("file"));
        if is_kind_of_file || outer && is_file {
            return true;
        }
        (rest, outer) = (inner, true);
    }
    false
}

/// The scheme of an address and what follows; one letter is a drive.
pub(crate) fn scheme(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(':')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_name = name.len() > 1 && name.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_name && name.chars().all(fits)).then_some((name, rest))
}

/// Whether a relative path goes above where it starts, read without looking at any link.
fn leaves(text: &str) -> bool {
    let mut depth = 0usize;
    for part in text.trim().split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

/// `~`, `~/x`, `~name/x`, `$HOME/x`, `${HOME}/x`.
fn starts_at_home(text: &str) -> bool {
    let text = text.trim();
    let Some((first, _)) = text.split_once('/') else {
        return text == "~";
    };
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if let Some(user) = first.strip_prefix('~') {
        return user.chars().all(name);
    }
    let variable = first.strip_prefix('$').unwrap_or_default();
    let variable = variable.trim_start_matches('{').trim_end_matches('}');
    variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && variable.chars().all(name)
}

/// `/etc/…` is one where there is `/etc`; `/v1/users` is not.
fn starts_in_root(text: &str) -> bool {
    let mut parts = text.split('/').filter(|part| !part.is_empty());
    let Some(first) = parts.next() else {
        return false;
    };
    first.contains(['*', '?', '[', '{', '.'])
        || std::fs::symlink_metadata(format!("/{first}")).is_ok()
}
