//! `cargo xtask conformance`: the public conformance suite of MCP against our client.
//!
//! What passes and why something does not stands in `docs/mcp-conformance.md`; [`EXPECTED`] is the
//! same list for the suite, which fails on any other failure and on any that is gone.

use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{fetch, place, shell};

/// Core scenarios that fail on purpose.
const EXPECTED: &str = "client:\n  - elicitation-sep1034-client-defaults\n";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// One scenario instead of all core scenarios, for example `sse-retry`
    scenario: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let servers = fetch::servers()?;
    let mut cargo = shell::cargo();
    // With the workspace's features, so that nothing is built twice.
    cargo.current_dir(workspace.root()).args([
        "build",
        "--workspace",
        "--example",
        "conformance_client",
    ]);
    shell::run(&mut cargo)?;

    let results = workspace.target().join("conformance");
    let expected = results.join("expected.yml");
    place::write(&expected, EXPECTED.as_bytes())?;
    let loopback = workspace.root().join("host/mcp/examples/loopback.cjs");
    let client = workspace.target().join(format!(
        "debug/examples/conformance_client{}",
        std::env::consts::EXE_SUFFIX
    ));
    let suite = "@modelcontextprotocol/conformance/dist/index.js";
    let mut node = Command::new(servers.node());
    node.env(
        "NODE_OPTIONS",
        format!("--require \"{}\"", loopback.display()),
    )
    .arg(servers.modules().join(suite))
    .args(["client", "--timeout", "20000", "--command"])
    .arg(client)
    .arg("--expected-failures")
    .arg(expected)
    .arg("--output-dir")
    .arg(&results);
    match &args.scenario {
        Some(scenario) => node.args(["--scenario", scenario]),
        None => node.args(["--suite", "core"]),
    };
    shell::run(&mut node)
}
