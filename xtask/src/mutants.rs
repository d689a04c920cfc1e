//! `cargo xtask mutants`: changes the pure crates in small ways and expects a test to notice.
//!
//! Not part of CI: it takes long. A survivor is either a missing test or has its reason written
//! beside the code (`#[mutants::skip]` is not used; `.cargo/mutants.toml` holds exclusions).

use anyhow::{Result, bail};

use crate::shell;
use crate::workspace::Workspace;

/// Crates without I/O, whose tests are quick and whose rules matter most.
const PURE: &[&str] = &["agent", "chat-dialect", "config", "events", "orchestrator"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Crates to mutate [default: all pure ones]
    #[arg(value_name = "CRATE")]
    crates: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if !shell::has_cargo_command("mutants") {
        bail!("cargo-mutants is not installed\nhint: cargo install --locked cargo-mutants");
    }
    let workspace = Workspace::find()?;
    let mut cargo = shell::cargo();
    cargo
        .current_dir(workspace.root())
        .args(["mutants", "--output"])
        .arg(workspace.target());
    for name in chosen(args) {
        cargo.args(["--package", name]);
    }
    shell::run(&mut cargo)
}

fn chosen(args: &Args) -> Vec<&str> {
    match args.crates.as_slice() {
        [] => PURE.to_vec(),
        named => named.iter().map(String::as_str).collect(),
    }
}
