//! `cargo xtask test`: builds what tests load, fetches the tiny model, MCP servers and Claude Code,
//! runs every test.
//!
//! Everything is the dev profile: one build of the workspace serves the tests, the binary that
//! the end-to-end tests start, and the plugins it loads.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::fetch::{self, Model, Servers};
use crate::workspace::Workspace;
use crate::{fixtures, plugins, shell};

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Passed on to the test runner
    #[arg(last = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let mut cargo = shell::cargo();
    shell::run(
        cargo
            .args(["build", "--workspace", "--all-targets"])
            .current_dir(workspace.root()),
    )?;
    plugins::lay_dev(&workspace)?;
    fixtures::lay_dev(&workspace)?;
    let model = needed("a real model", RealModel::fetch())?;
    let servers = needed("real MCP servers", fetch::servers())?;
    let claude = servers.as_ref().map(fetch::claude_code);
    let claude = claude.and_then(|it| needed("the real Claude Code", it).transpose());
    let claude = claude.transpose()?;
    let mut runner = runner();
    runner.current_dir(workspace.root()).args(&args.args);
    runner.envs(model.iter().flat_map(RealModel::variables));
    runner.envs(servers.iter().flat_map(variables));
    runner.envs(claude.map(|it| ("MASSGEN_TEST_CLAUDE_CODE", it)));
    shell::run(&mut runner)
}

fn runner() -> std::process::Command {
    let mut cargo = shell::cargo();
    if shell::has_cargo_command("nextest") {
        cargo.args(["nextest", "run", "--workspace"]);
    } else {
        println!("cargo-nextest is not installed: using `cargo test`");
        cargo.args(["test", "--workspace"]);
    }
    cargo
}

/// What the tests with a real model need; they report themselves skipped without it.
struct RealModel {
    server: fetch::Server,
    model: PathBuf,
}

impl RealModel {
    fn fetch() -> Result<Self> {
        Ok(Self {
            server: fetch::server()?,
            model: fetch::model(Model::Tiny)?,
        })
    }

    fn variables(&self) -> [(&'static str, &std::ffi::OsStr); 3] {
        [
            ("MASSGEN_TEST_LLAMA_PYTHON", self.server.python.as_os_str()),
            ("MASSGEN_TEST_LLAMA_SCRIPT", self.server.script.as_os_str()),
            ("MASSGEN_TEST_TINY_MODEL", self.model.as_os_str()),
        ]
    }
}

/// What the tests with real MCP servers need; they report themselves skipped without it.
fn variables(servers: &Servers) -> [(&'static str, PathBuf); 3] {
    [
        ("MASSGEN_TEST_NODE", servers.node()),
        ("MASSGEN_TEST_NODE_MODULES", servers.modules()),
        ("MASSGEN_TEST_MCP_PYTHON", servers.python()),
    ]
}

/// What could not be fetched is an error in CI, and elsewhere a remark.
fn needed<T>(what: &str, fetched: Result<T>) -> Result<Option<T>> {
    match fetched {
        Ok(real) => Ok(Some(real)),
        Err(error) if shell::in_ci() => bail!("CI needs {what}: {error:#}"),
        Err(error) => {
            println!("skipped: tests with {what}: {error:#}");
            Ok(None)
        }
    }
}
