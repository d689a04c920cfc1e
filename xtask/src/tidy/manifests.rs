//! Manifests and folders: names, unwinding, and what may stand at the top.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Problems;
use crate::workspace::Workspace;

/// Folders of the root, and why they are there: see `ARCHITECTURE.md`. The last four are written
/// by tools and ignored by git.
const FOLDERS: &[&str] = &[
    "host",
    "plugin-api",
    "plugins",
    "configs",
    "tests",
    "xtask",
    "docs",
    "changelog.d",
    ".ci",
    ".cargo",
    ".git",
    "target",
    "dist",
    "massgen_logs",
];

pub(super) fn check(workspace: &Workspace) -> Result<Problems> {
    let mut problems = folder_names(workspace);
    problems.extend(top_folders(workspace.root())?);
    problems.extend(aborting(workspace)?);
    Ok(problems)
}

/// One name for a crate: its folder's. What lies in `plugin-api` authors see under other names.
fn folder_names(workspace: &Workspace) -> Problems {
    let wrong = workspace.packages().filter(|package| {
        let folder = workspace.folder_of(package);
        !folder.starts_with("plugin-api")
            && folder.file_name() != Some(package.name.as_str().as_ref())
    });
    wrong
        .map(|it| format!("package `{}` lies in a folder of another name", it.name))
        .collect()
}

fn top_folders(root: &Path) -> Result<Problems> {
    let mut problems = Problems::new();
    for entry in fs::read_dir(root).context("cannot list the root")? {
        let entry = entry.context("cannot list the root")?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
        if is_folder && !FOLDERS.contains(&name.as_str()) && !name.starts_with("target-") {
            problems.push(format!("folder `{name}` has no place at the top"));
        }
    }
    Ok(problems)
}

/// The plugin boundary catches panics, so everything must unwind.
fn aborting(workspace: &Workspace) -> Result<Problems> {
    let root = workspace.root();
    let members = workspace
        .packages()
        .map(|it| it.manifest_path.clone().into_std_path_buf());
    let own = ["Cargo.toml", ".cargo/config.toml", ".cargo/config"].map(|it| root.join(it));
    let mut problems = Problems::new();
    for file in members.chain(own).filter(|it| it.is_file()) {
        if aborts(&read(&file)?) {
            problems.push(format!("{} builds with panic = abort", shown(root, &file)));
        }
    }
    Ok(problems)
}

fn aborts(manifest: &str) -> bool {
    let dense: String = manifest
        .chars()
        .filter(|it| !it.is_whitespace() && !"\"'".contains(*it))
        .collect();
    dense.contains("panic=abort")
}

fn read(file: &PathBuf) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))
}

fn shown(root: &Path, file: &Path) -> String {
    file.strip_prefix(root)
        .unwrap_or(file)
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::aborts;

    #[test]
    fn every_spelling_of_an_aborting_profile_is_seen() {
        assert!(aborts("[profile.release]\npanic = \"abort\"\n"));
        assert!(aborts("[profile]\nrelease = { panic='abort' }\n"));
        assert!(aborts("rustflags = [\"-Cpanic=abort\"]"));
        assert!(!aborts("[profile.release]\npanic = \"unwind\"\n"));
    }
}
