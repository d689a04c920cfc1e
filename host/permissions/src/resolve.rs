//! From what a model wrote to the path that is meant.
//!
//! **Invariant.** What comes out is absolute, without `.` and `..`, and each part of it that exists
//! is no link. A text that two programs would read differently is refused, not guessed.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use url::Url;

use crate::rule::{Denial, Rule};

/// Links followed before it counts as a loop; the kernel's own limit on Linux.
const MAX_LINKS: usize = 40;

/// Resolves a path as a model wrote it. `base` is where relative ones start.
pub(crate) fn written(
    text: &str,
    base: Option<&Path>,
    home: Option<&Path>,
) -> Result<PathBuf, Denial> {
    screen(text)?;
    let path = if is_file_uri(text) {
        file_uri(text)?
    } else if text.starts_with('~') {
        tilde(text, home)?
    } else {
        placed(text, base)?
    };
    let physical = follow(&path).ok_or_else(|| unclear(text, "its links lead in a circle"))?;
    let climbs = path.components().any(|part| part == Component::ParentDir);
    if climbs && follow(&lexically(&path)).as_ref() != Some(&physical) {
        return Err(unclear(text, "it has `..` behind a link"));
    }
    Ok(physical)
}

/// Resolves a configured path, which is taken literally.
pub(crate) fn configured(path: &Path) -> PathBuf {
    follow(path).unwrap_or_else(|| lexically(path))
}

pub(crate) fn is_file_uri(text: &str) -> bool {
    text.get(..5)
        .is_some_and(|head| head.eq_ignore_ascii_case("file:"))
}

fn unclear(text: &str, why: &str) -> Denial {
    Denial::new(
        Rule::PathUnclear,
        format!("the path `{}` is refused: {why}", text.escape_debug()),
    )
}

fn screen(text: &str) -> Result<(), Denial> {
    if text.contains('\0') {
        return Err(unclear(text, "it contains NUL"));
    }
    if has_variable(text) {
        return Err(unclear(
            text,
            "variables (`$`) are not expanded; write the path itself",
        ));
    }
    let trimmed = text.trim_start();
    if trimmed.len() < text.len() && (trimmed.starts_with(['/', '~', '\\']) || is_file_uri(trimmed))
    {
        return Err(unclear(text, "it starts with a space"));
    }
    Ok(())
}

/// Whether a program might expand a variable here: `$NAME`, `${…}`, `$(…)`.
fn has_variable(text: &str) -> bool {
    let follows = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '(');
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if rest.starts_with(follows) {
            return true;
        }
    }
    false
}

fn file_uri(text: &str) -> Result<PathBuf, Denial> {
    if text.split(['/', '\\']).any(|part| part == "..") {
        return Err(unclear(text, "a `file:` address with `..`"));
    }
    Url::parse(text)
        .ok()
        .and_then(|url| url.to_file_path().ok())
        .filter(|path| !path.as_os_str().as_encoded_bytes().contains(&0))
        .ok_or_else(|| unclear(text, "it is no address of a file on this machine"))
}

fn tilde(text: &str, home: Option<&Path>) -> Result<PathBuf, Denial> {
    let rest = &text[1..];
    if !rest.is_empty() && !rest.starts_with(['/', std::path::MAIN_SEPARATOR]) {
        return Err(unclear(text, "only `~/` is expanded, not `~name`"));
    }
    let home = home.ok_or_else(|| unclear(text, "there is no home directory"))?;
    Ok(home.join(rest.trim_start_matches(['/', std::path::MAIN_SEPARATOR])))
}

fn placed(text: &str, base: Option<&Path>) -> Result<PathBuf, Denial> {
    let path = Path::new(text);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    if path.has_root() || matches!(path.components().next(), Some(Component::Prefix(_))) {
        return Err(unclear(text, "it depends on the current drive"));
    }
    let base = base.ok_or_else(|| {
        Denial::new(
            Rule::NoWorkspace,
            format!(
                "the relative path `{text}` needs a workspace, and this agent has none; write an \
                 absolute path, or set `cwd`"
            ),
        )
    })?;
    Ok(base.join(path))
}

fn lexically(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

enum Step {
    Up,
    Into(OsString),
}

/// Walks as the kernel does; behind the deepest existing part `..` is taken literally. `None`: too
/// many links, or one whose meaning depends on the process that asks.
fn follow(path: &Path) -> Option<PathBuf> {
    let (mut out, mut todo) = (PathBuf::new(), VecDeque::new());
    enqueue(path, &mut out, &mut todo);
    let mut links = 0;
    while let Some(step) = todo.pop_front() {
        let Step::Into(name) = step else {
            out.pop();
            continue;
        };
        out.push(name);
        if let Ok(target) = std::fs::read_link(&out) {
            links += 1;
            if links > MAX_LINKS || out.starts_with("/proc") || out.starts_with("/dev") {
                return None;
            }
            out.pop();
            enqueue(&target, &mut out, &mut todo);
        }
    }
    Some(out)
}

/// Puts the parts of `path` before what is still to do; an absolute one starts over.
fn enqueue(path: &Path, out: &mut PathBuf, todo: &mut VecDeque<Step>) {
    let mut steps = Vec::new();
    for part in path.components() {
        match part {
            Component::Prefix(_) | Component::RootDir => out.push(part),
            Component::CurDir => {}
            Component::ParentDir => steps.push(Step::Up),
            Component::Normal(name) => steps.push(Step::Into(name.to_owned())),
        }
    }
    for step in steps.into_iter().rev() {
        todo.push_front(step);
    }
}
