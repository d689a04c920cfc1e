//! The layer table and the doors, against cargo's metadata and against `ARCHITECTURE.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{Dependency, DependencyKind, Package};

use super::Problems;
use crate::layers::{DOORS, MAY_USE, PLANNED, TEST_PLUGINS, keepers, row};
use crate::workspace::Workspace;

pub(super) fn check(workspace: &Workspace) -> Result<Problems> {
    let mut problems = Problems::new();
    for package in workspace.packages() {
        check_package(workspace, package, &mut problems);
    }
    let missing = |name: &str| workspace.package(name).is_none() && !PLANNED.contains(&name);
    let gone = MAY_USE.iter().filter(|(name, _)| missing(name));
    problems.extend(gone.map(|(name, _)| format!("layers.rs: there is no crate `{name}`")));
    problems.extend(check_document(workspace.root())?);
    Ok(problems)
}

fn check_package(workspace: &Workspace, package: &Package, problems: &mut Problems) {
    let user = package.name.as_str();
    let used = || {
        package
            .dependencies
            .iter()
            .filter(|it| it.kind == DependencyKind::Normal)
    };
    problems.extend(used().filter_map(|it| closed_door(user, it)));
    let folder = workspace.folder_of(package);
    let may_use = match row(user) {
        _ if folder.starts_with("tests/plugins") => TEST_PLUGINS,
        _ if folder.starts_with("tests") => return,
        Some(uses) => uses,
        None => {
            problems.push(format!("layers.rs: `{user}` has no row in MAY_USE"));
            return;
        }
    };
    let inside = used().filter(|it| it.path.is_some());
    let wrong = inside.filter(|it| !may_use.contains(&it.name.as_str()));
    problems.extend(wrong.map(|it| format!("`{user}` may not use `{}`", it.name)));
}

fn closed_door(user: &str, used: &Dependency) -> Option<String> {
    let keepers = keepers(&used.name)?;
    let open = keepers.contains(&user);
    (!open).then(|| {
        format!(
            "`{}` is not for `{user}`, only for {}",
            used.name,
            keepers.join(", ")
        )
    })
}

type Table = BTreeMap<String, BTreeSet<String>>;

fn check_document(root: &Path) -> Result<Problems> {
    let file = root.join("ARCHITECTURE.md");
    let text = fs::read_to_string(&file).context("cannot read ARCHITECTURE.md")?;
    let mut problems = compare(
        "dependency table",
        &coded(MAY_USE),
        &written(&text, "| Crate |"),
    );
    problems.extend(compare(
        "table of doors",
        &coded(DOORS),
        &written(&text, "| Door |"),
    ));
    Ok(problems)
}

fn coded(table: &[(&str, &[&str])]) -> Table {
    let row = |(name, uses): &(&str, &[&str])| {
        (
            (*name).to_owned(),
            uses.iter().map(|it| (*it).to_owned()).collect(),
        )
    };
    table.iter().map(row).collect()
}

/// The Markdown table whose head starts with `head`: first two columns, words in backticks.
fn written(text: &str, head: &str) -> Table {
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with(head))
        .skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.flat_map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(words);
        let users = cells.next().unwrap_or_default();
        let uses = cells.next().unwrap_or_default();
        users.into_iter().map(move |user| (user, uses.clone()))
    })
    .collect()
}

fn words(cell: &str) -> BTreeSet<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn compare(what: &str, code: &Table, document: &Table) -> Problems {
    let names: BTreeSet<_> = code.keys().chain(document.keys()).collect();
    let differs = names
        .into_iter()
        .filter(|name| code.get(*name) != document.get(*name));
    differs
        .map(|name| format!("ARCHITECTURE.md: {what}: `{name}` differs from layers.rs"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{compare, written};

    const DOCUMENT: &str = "\
text
| Crate | may use | for |
| --- | --- | --- |
| `a`, `b` | `c`, `d` | x |
| `c` | – | y |

| Other | table |
";

    #[test]
    fn a_row_may_stand_for_several_crates() {
        let table = written(DOCUMENT, "| Crate |");
        assert_eq!(table.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(table["b"].iter().collect::<Vec<_>>(), ["c", "d"]);
        assert!(table["c"].is_empty());
    }

    #[test]
    fn a_row_that_differs_is_named() {
        let table = written(DOCUMENT, "| Crate |");
        let mut other = table.clone();
        other.remove("c");
        assert!(compare("table", &table, &table).is_empty());
        assert_eq!(compare("table", &table, &other).len(), 1);
    }
}
