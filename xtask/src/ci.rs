//! `cargo xtask ci`: what CI runs, cheap checks first, the tests last.
//!
//! A tool that is missing is named together with the way to get it. On a contributor's machine
//! its check is skipped; in CI (`CI` is set) that is an error.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{shell, test, tidy};

pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    let root = workspace.root();
    cargo(root, &["fmt", "--all", "--check"])?;
    tidy::run()?;
    typos(root)?;
    deny(root)?;
    cargo(
        root,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ],
    )?;
    docs(root)?;
    test::run(&test::Args::default())
}

fn cargo(root: &Path, args: &[&str]) -> Result<()> {
    shell::run(shell::cargo().current_dir(root).args(args))
}

fn docs(root: &Path) -> Result<()> {
    let mut cargo = shell::cargo();
    cargo.current_dir(root).env("RUSTDOCFLAGS", "-Dwarnings");
    shell::run(cargo.args(["doc", "--workspace", "--no-deps"]))
}

fn typos(root: &Path) -> Result<()> {
    if !shell::works(Command::new("typos").arg("--version")) {
        return missing("typos", "pip install typos");
    }
    shell::run(Command::new("typos").current_dir(root))
}

fn deny(root: &Path) -> Result<()> {
    if !shell::has_cargo_command("deny") {
        return missing("cargo-deny", "cargo install --locked cargo-deny");
    }
    // Also what other platforms need, which no build here fetches.
    cargo(root, &["fetch", "--locked"])?;
    cargo(
        root,
        &["deny", "--offline", "check", "bans", "licenses", "sources"],
    )?;
    advisories(root)
}

/// The advisory database lies in a git repository that not every machine reaches.
fn advisories(root: &Path) -> Result<()> {
    println!("$ cargo deny check advisories");
    let mut cargo = shell::cargo();
    cargo
        .current_dir(root)
        .args(["deny", "check", "advisories"]);
    let output = cargo.output().context("cannot start cargo deny")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains(UNREACHABLE) {
        println!("skipped: advisories: the database cannot be reached from here");
        return Ok(());
    }
    bail!("`cargo deny check advisories` failed\n{said}")
}

/// What cargo-deny says when it has no database.
const UNREACHABLE: &str = "failed to fetch advisory database";

fn missing(tool: &str, how: &str) -> Result<()> {
    if shell::in_ci() {
        bail!("{tool} is missing in CI\nhint: {how}");
    }
    println!("skipped: {tool} is not installed ({how})");
    Ok(())
}
