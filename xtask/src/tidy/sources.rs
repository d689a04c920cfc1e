//! Rust sources: each opens with a `//!` header, and `unsafe` stays in its three places.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use walkdir::{DirEntry, WalkDir};

use super::Problems;

/// Folders of crates; everything else at the top holds no Rust.
const SHELVES: &[&str] = &["host", "plugin-api", "plugins", "tests", "xtask"];
/// Where unsafe code may stand.
const UNSAFE: &[&str] = &["plugin-api/src/abi", "host/isolation", "host/loader"];

pub(super) fn check(root: &Path) -> Result<Problems> {
    let mut problems = Problems::new();
    for file in rust_files(root) {
        let text = read(&file)?;
        let inside = file.strip_prefix(root).unwrap_or(&file);
        if !text.starts_with("//!") {
            problems.push(format!("{} does not open with `//!`", inside.display()));
        }
        let may = UNSAFE.iter().any(|it| inside.starts_with(it));
        if !may && has_unsafe(tokens(&text, &file)?) {
            problems.push(format!("{} has unsafe code", inside.display()));
        }
    }
    Ok(problems)
}

/// Every `.rs` file of the workspace, in a stable order.
pub(super) fn rust_files(root: &Path) -> Vec<PathBuf> {
    let shelves = SHELVES.iter().flat_map(|shelf| {
        WalkDir::new(root.join(shelf))
            .sort_by_file_name()
            .into_iter()
            .filter_entry(is_source)
    });
    let files = shelves.filter_map(Result::ok).map(DirEntry::into_path);
    files
        .filter(|it| it.extension().is_some_and(|it| it == "rs"))
        .collect()
}

fn is_source(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name != "target" && !name.starts_with('.')
}

pub(super) fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))
}

fn tokens(text: &str, file: &Path) -> Result<TokenStream> {
    let parsed = text
        .parse::<TokenStream>()
        .map_err(|error| anyhow::anyhow!("{error}"));
    parsed.with_context(|| format!("`{}` is not Rust", file.display()))
}

/// Looks at tokens, not text: comments, strings and lint names do not count, macro bodies do.
fn has_unsafe(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "unsafe",
        TokenTree::Group(group) => has_unsafe(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::has_unsafe;

    #[test]
    fn unsafe_is_seen_in_code_and_macros_only() {
        let seen = |text: &str| has_unsafe(text.parse().unwrap());
        assert!(seen("fn f() { unsafe { g() } }"));
        assert!(seen(
            "macro_rules! m { () => { #[unsafe(no_mangle)] static A: u8 = 0; } }"
        ));
        assert!(!seen(
            "// unsafe\n#![deny(unsafe_code)] fn f() { let s = \"unsafe\"; }"
        ));
    }
}
