//! The layout check, and the fingerprint that `abi.lock` freezes.
//!
//! `abi_stable` compares the type trees that host and library carry. Its answer is directional and
//! its default state is process-wide; both are cured here (design of the ABI, section 2).

#![expect(
    unsafe_code,
    reason = "takes the root module after its layout was checked"
)]

use std::fmt::Write as _;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::{
    CheckingGlobals, check_layout_compatibility_with_globals,
};
use abi_stable::library::LibHeader;
use abi_stable::std_types::utypeid::UTypeId;
use abi_stable::type_layout::TypeLayout;

use super::raw::PluginRef;

/// Why a header was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// The header itself (magic, `abi_stable` version) does not fit.
    Header(String),
    /// The library carries no layout to check.
    NoLayout,
    /// The layouts differ: one line, and the whole report (tens of kilobytes).
    Layout {
        /// One line that names the first difference.
        line: String,
        /// The whole report.
        report: String,
    },
    /// The root module could not be made.
    Init(String),
}

/// Compares a library's layout with ours, the older side being the expected one.
pub(super) fn check(theirs: &'static TypeLayout, older: bool) -> Result<(), Mismatch> {
    let mine = <PluginRef as StableAbi>::LAYOUT;
    let fresh = CheckingGlobals::new();
    let (expected, found) = if older {
        (theirs, mine)
    } else {
        (mine, theirs)
    };
    check_layout_compatibility_with_globals(expected, found, &fresh).map_err(|errors| {
        let report = errors.to_string();
        Mismatch::Layout {
            line: difference(&report),
            report,
        }
    })
}

/// Takes the root module. The layout has been checked by the caller.
pub(super) fn root(header: &'static LibHeader) -> Result<PluginRef, Mismatch> {
    // SAFETY: `check` has just compared this library's layout of `PluginRef` with ours.
    let root = unsafe { header.init_root_module_with_unchecked_layout::<PluginRef>() };
    root.map_err(|error| Mismatch::Init(first_line(&error)))
}

/// The first line with something on it.
pub(super) fn first_line(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("no reason given")
        .to_owned()
}

/// One line out of the long report: the innermost type that differs, how, expected and found.
fn difference(report: &str) -> String {
    let lines: Vec<&str> = report
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();
    let Some(at) = lines.iter().position(|line| line.starts_with("Error:")) else {
        return "types differ".to_owned();
    };
    let (before, after) = lines.split_at(at);
    let layout = before
        .iter()
        .rposition(|line| line.starts_with("Layout of"))
        .unwrap_or(0);
    let name = before[layout..]
        .iter()
        .find_map(|line| line.strip_prefix("type:"));
    let next = |key| {
        after
            .iter()
            .skip_while(|line| **line != key)
            .nth(1)
            .copied()
            .unwrap_or("?")
    };
    format!(
        "{}: {} (expected {}, found {})",
        short(name.unwrap_or("a type")),
        short(after[0].trim_start_matches("Error:").trim()),
        short(next("Expected:")),
        short(next("Found:"))
    )
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(120).collect();
    if cut.len() < text.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

/// A text of the whole layout tree, equal on every build with the same layout: each type with its
/// size, alignment and fields, in order of first visit. `abi.lock` holds its hash.
pub fn layout_fingerprint() -> String {
    let mut text = String::new();
    let mut seen = Vec::new();
    visit(<PluginRef as StableAbi>::LAYOUT, &mut seen, &mut text);
    text
}

fn visit(layout: &'static TypeLayout, seen: &mut Vec<UTypeId>, text: &mut String) {
    let id = layout.get_utypeid();
    if seen.contains(&id) {
        return;
    }
    seen.push(id);
    let name = layout.full_type();
    let _ = writeln!(
        text,
        "{name} size {} align {}",
        layout.size(),
        layout.alignment()
    );
    for field in layout
        .get_fields()
        .into_iter()
        .flatten()
        .chain(layout.phantom_fields())
    {
        let _ = writeln!(text, "  {}: {}", field.name(), field.full_type());
        for function in field.function_range().iter() {
            let _ = writeln!(text, "    {function}");
        }
    }
    for inner in layout.shared_vars().type_layouts() {
        visit(inner(), seen, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_becomes_one_line_that_names_the_type() {
        let report = "Layout of expected type:\n    type:Outer\n\nLayout of found type:\n \
            --- Type Layout ---\n    type:RawEvent<'a>\n    size:40\n\nError:incompatible type \
            size\nExpected:\n    32\nFound:\n    40\n\nError:too many fields\n";
        let line = "RawEvent<'a>: incompatible type size (expected 32, found 40)";
        assert_eq!(difference(report), line);
        assert_eq!(difference("nothing to see"), "types differ");
    }
}
