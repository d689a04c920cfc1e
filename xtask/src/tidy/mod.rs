//! `cargo xtask tidy`: the rules of the repository that no compiler checks.
//!
//! Each check returns what it dislikes, so that one run shows everything. It also runs as a test.
//! At the end stand the function lengths: a mirror, not a gate.

mod functions;
mod layering;
mod manifests;
mod names;
mod sources;
mod trees;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// One line each, naming the file at fault.
type Problems = Vec<String>;

pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    let problems = problems(&workspace)?;
    println!("{}", functions::lengths(workspace.root())?);
    if !problems.is_empty() {
        bail!(
            "{} things are not tidy:\n{}",
            problems.len(),
            problems.join("\n")
        );
    }
    println!("tidy");
    Ok(())
}

fn problems(workspace: &Workspace) -> Result<Problems> {
    let mut problems = layering::check(workspace)?;
    problems.extend(manifests::check(workspace)?);
    problems.extend(trees::check(workspace)?);
    problems.extend(sources::check(workspace.root())?);
    problems.extend(names::check(workspace.root())?);
    problems.extend(abi_lock(workspace.root())?);
    Ok(problems)
}

/// Each line of `abi.lock` is family, major and hash; the last one is of the newest major. That its hash is the layout's is
/// a test inside `plugin-api`, where the layout is known.
fn abi_lock(root: &Path) -> Result<Problems> {
    let (major, _) = abi_version(root)?;
    let Ok(lock) = fs::read_to_string(root.join("plugin-api/abi.lock")) else {
        return Ok(vec!["plugin-api/abi.lock is missing".into()]);
    };
    let line = lock
        .lines()
        .rfind(|it| !it.trim().is_empty())
        .unwrap_or_default();
    let locked = line.split_whitespace().nth(1).unwrap_or_default();
    let same = locked == major.to_string();
    let problem = format!("plugin-api/abi.lock is of major `{locked}`, ABI_MAJOR is {major}");
    Ok(if same { Vec::new() } else { vec![problem] })
}

/// `(ABI_MAJOR, ABI_MINOR)`, read from the source: this crate depends on no other.
pub(crate) fn abi_version(root: &Path) -> Result<(u32, u32)> {
    let file = root.join("plugin-api/src/metadata.rs");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let number = |name: &str| {
        let start = format!("pub const {name}: u32 = ");
        let line = text.lines().find_map(|it| it.strip_prefix(&start))?;
        line.trim_end_matches(';').parse().ok()
    };
    let version = number("ABI_MAJOR").zip(number("ABI_MINOR"));
    version.with_context(|| format!("`{}` states no ABI version", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{Problems, Workspace, problems};

    #[test]
    fn the_repository_is_tidy() {
        let workspace = Workspace::find().unwrap();
        assert_eq!(problems(&workspace).unwrap(), Problems::new());
    }
}
