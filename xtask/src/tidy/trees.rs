//! What is linked into a plugin: no runtime, no HTTP client, nothing that loads libraries.

use anyhow::Result;

use super::Problems;
use crate::shell;
use crate::workspace::Workspace;

/// Crates that mean a plugin does I/O of its own.
const BANNED: &[&str] = &[
    "async-std",
    "curl",
    "hyper",
    "isahc",
    "libloading",
    "reqwest",
    "rustls",
    "smol",
    "tokio",
    "ureq",
];

/// `abi_stable` depends on a `libloading` that it uses on the host's side only, and ours not at all.
const TOLERATED: (&str, &str) = ("abi_stable", "libloading");

pub(super) fn check(workspace: &Workspace) -> Result<Problems> {
    let mut problems = Problems::new();
    for (package, _) in workspace.libraries("plugins") {
        let mut cargo = shell::cargo();
        cargo
            .current_dir(workspace.root())
            .args(["tree", "--edges", "normal", "--package"]);
        let tree =
            shell::read(cargo.args([package.name.as_str(), "--prefix", "depth", "--no-dedupe"]))?;
        let found = banned(&tree);
        problems.extend(found.map(|it| format!("plugin `{}` links {it}", package.name)));
    }
    Ok(problems)
}

/// Each line of the tree is its depth and, without a space, the crate's name.
fn banned(tree: &str) -> impl Iterator<Item = String> + '_ {
    let mut path: Vec<&str> = Vec::new();
    tree.lines().filter_map(move |line| {
        let (depth, name) = split(line)?;
        path.truncate(depth);
        let parent = path.last().copied().unwrap_or_default();
        path.push(name);
        let bad = BANNED.contains(&name) && (parent, name) != TOLERATED;
        bad.then(|| format!("`{name}` through `{parent}`"))
    })
}

fn split(line: &str) -> Option<(usize, &str)> {
    let word = line.split_whitespace().next()?;
    let name = word.trim_start_matches(|it: char| it.is_ascii_digit());
    Some((word[..word.len() - name.len()].parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::banned;

    #[test]
    fn a_banned_crate_is_named_with_who_brought_it() {
        let tree = "0vllm v0.1.0 (p)\n1abi_stable v1\n2libloading v0.7\n1helper v1\n2tokio v1\n1libloading v0.9\n";
        let found: Vec<_> = banned(tree).collect();
        assert_eq!(
            found,
            ["`tokio` through `helper`", "`libloading` through `vllm`"]
        );
    }
}
