//! How long functions are, over the whole workspace. Test code is left out.
//!
//! A function's lines run from its signature to its closing brace, comments included. Nobody
//! gates on these numbers: a function over 60 lines is a reason to talk in review.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, ItemFn, ItemMod, Signature, TraitItemFn};

use super::sources::{read, rust_files};

/// What is talked about in review.
const LONG: usize = 60;

/// Median, ninetieth percentile, number of long ones and the longest, as printed.
pub(super) fn lengths(root: &Path) -> Result<String> {
    let mut all = Vec::new();
    for file in rust_files(root)
        .into_iter()
        .filter(|it| !is_test_file(root, it))
    {
        all.extend(of_file(
            &read(&file)?,
            file.strip_prefix(root).unwrap_or(&file),
        )?);
    }
    all.sort_by_key(|it| it.lines);
    Ok(report(&all))
}

struct Function {
    lines: usize,
    name: String,
    file: PathBuf,
}

fn is_test_file(root: &Path, file: &Path) -> bool {
    let inside = file.strip_prefix(root).unwrap_or(file);
    let in_folder = inside.components().any(|it| it.as_os_str() == "tests");
    let name = inside.file_stem().unwrap_or_default().to_string_lossy();
    in_folder || name == "tests" || name.ends_with("_tests")
}

fn of_file(text: &str, file: &Path) -> Result<Vec<Function>> {
    let parsed =
        syn::parse_file(text).with_context(|| format!("`{}` is not Rust", file.display()))?;
    let mut collector = Collector {
        file,
        found: Vec::new(),
    };
    collector.visit_file(&parsed);
    Ok(collector.found)
}

struct Collector<'a> {
    file: &'a Path,
    found: Vec<Function>,
}

impl Collector<'_> {
    fn take(&mut self, signature: &Signature, body: &Block) {
        let line = |span: Span| span.start().line;
        let first = line(signature.fn_token.span);
        let last = body.brace_token.span.close().end().line;
        let name = signature.ident.to_string();
        self.found.push(Function {
            lines: last + 1 - first,
            name,
            file: self.file.to_owned(),
        });
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !item.attrs.iter().any(is_test_only) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !item.attrs.iter().any(is_test_only) {
            self.take(&item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.take(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.take(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

/// `#[test]`, `#[cfg(test)]`.
fn is_test_only(attribute: &Attribute) -> bool {
    let is_cfg_test = || {
        attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|it| it.is_ident("test"))
    };
    attribute.path().is_ident("test") || (attribute.path().is_ident("cfg") && is_cfg_test())
}

fn report(sorted: &[Function]) -> String {
    let Some(longest) = sorted.last() else {
        return "no functions".into();
    };
    let at = |percent: usize| sorted[(sorted.len() - 1) * percent / 100].lines;
    let long = sorted.iter().filter(|it| it.lines > LONG).count();
    let mut text = format!(
        "{} functions: median {} lines, 90th percentile {}, over {LONG} lines: {long}",
        sorted.len(),
        at(50),
        at(90)
    );
    let place = longest.file.display();
    let _ = write!(
        text,
        "\nlongest: {} lines, `{}` in {place}",
        longest.lines, longest.name
    );
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::of_file;

    #[test]
    fn bodies_count_and_test_modules_do_not() {
        let text = "\
trait T {
    fn none();
    fn one() {}
}
/// Not counted.
fn three() {
    // counted
}
#[cfg(test)]
mod tests {
    fn hidden() {}
}
";
        let found = of_file(text, Path::new("a.rs")).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.lines))
            .collect();
        assert_eq!(found, [("one", 1), ("three", 3)]);
    }
}
