//! `cargo xtask build`: what a user gets, in `dist/`: the program and its plugins, release build.

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{place, platform, plugins, shell};

pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    let program = host(&workspace)?;
    let plugins = plugins::release(&workspace)?;
    for file in std::iter::once(&program).chain(&plugins) {
        println!("{:>8.2} MB  {}", megabytes(file)?, within(&workspace, file));
    }
    Ok(())
}

fn host(workspace: &Workspace) -> Result<std::path::PathBuf> {
    let mut cargo = shell::cargo();
    shell::run(
        cargo
            .args(["build", "--release", "--package", "massgen"])
            .current_dir(workspace.root()),
    )?;
    let file = platform::program_file("massgen");
    let to = workspace.dist().join(&file);
    place::copy(&workspace.target().join("release").join(&file), &to)?;
    Ok(to)
}

fn megabytes(file: &Path) -> Result<f64> {
    let metadata = file
        .metadata()
        .with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(metadata.len() as f64 / 1e6)
}

fn within(workspace: &Workspace, file: &Path) -> String {
    file.strip_prefix(workspace.root())
        .unwrap_or(file)
        .display()
        .to_string()
}
