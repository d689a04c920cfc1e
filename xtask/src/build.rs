//! `cargo xtask build`: what a user gets, in `dist/`: the program and its plugins, release build.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{place, platform, plugins, shell};

pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    let plugins = plugins::release(&workspace)?;
    let program = host(&workspace, &plugins)?;
    for file in std::iter::once(&program).chain(&plugins) {
        println!("{:>8.2} MB  {}", megabytes(file)?, within(&workspace, file));
    }
    Ok(())
}

/// The program knows the hashes of the plugins it is shipped with.
fn host(workspace: &Workspace, plugins: &[PathBuf]) -> Result<PathBuf> {
    let hashes: Vec<String> = plugins.iter().map(|it| sha256(it)).collect::<Result<_>>()?;
    let mut cargo = shell::cargo();
    cargo.env("MASSGEN_SHIPPED_HASHES", hashes.join(","));
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

fn sha256(file: &Path) -> Result<String> {
    use sha2::{Digest, Sha256};
    let bytes = std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
