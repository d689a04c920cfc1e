//! Patterns for file names: which files a word means.

use std::path::{Path, PathBuf};

use super::unclear;
use crate::rule::{Denial, Rule};

/// Files that one pattern may match.
const MAX_MATCHES: usize = 1000;

/// The files that a pattern matches, part by part; those with a leading dot too.
pub(crate) fn matching(
    pattern: &str,
    folder: &Path,
    home: Option<&Path>,
) -> Result<Vec<PathBuf>, Denial> {
    let mut found = vec![folder.to_owned()];
    let rest = match pattern.strip_prefix("~/") {
        Some(rest) => {
            found = vec![home.unwrap_or(folder).to_owned()];
            rest
        }
        None => pattern,
    };
    if rest.starts_with('/') {
        found = vec![PathBuf::from("/")];
    }
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        let glob = globset::Glob::new(part)
            .map_err(|_| unclear(format!("the pattern `{pattern}` cannot be read")))?
            .compile_matcher();
        let dots = matches!(part, "." | "..");
        found = found
            .into_iter()
            .flat_map(|at| {
                if dots {
                    vec![at.join(part)]
                } else {
                    names(&at, &glob)
                }
            })
            .take(MAX_MATCHES + 1)
            .collect();
    }
    match found.len() > MAX_MATCHES {
        true => Err(Denial::new(
            Rule::TooLarge,
            format!("`{pattern}` matches too many files"),
        )),
        false => Ok(found),
    }
}

fn names(folder: &Path, glob: &globset::GlobMatcher) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name())
        .filter(|name| glob.is_match(Path::new(name)))
        .map(|name| folder.join(name))
        .collect();
    names.sort();
    names
}
