//! `cargo xtask bench NAME`: release plugins, then the measuring program `tests/NAME-bench`.
//!
//! What is measured and how stands in that package; here is only how to start it: with the folder
//! of the plugins, the folder of the test plugins, and the file for the figures.

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{plugins, shell};

/// End of the package name of every benchmark.
const SUFFIX: &str = "-bench";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which one, for example `abi`; without it the list is printed
    name: Option<String>,
    /// Passed on to the benchmark
    #[arg(last = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let known = benches(&workspace);
    let Some(name) = &args.name else {
        println!("{}", known.join("\n"));
        return Ok(());
    };
    if !known.contains(&name.as_str()) {
        bail!(
            "no benchmark `{name}`\nhint: there are {}",
            known.join(", ")
        );
    }
    let results = workspace.target().join("bench");
    // Not `dist/plugins`: the program there knows the hashes of what was built with it.
    let shipped = results.join("plugins");
    std::fs::create_dir_all(&shipped)?;
    plugins::release_into(&workspace, &shipped)?;
    let test_plugins = plugins::test_release(&workspace)?;
    let mut cargo = shell::cargo();
    cargo
        .current_dir(workspace.root())
        .args(["run", "--release", "--package"]);
    shell::run(
        cargo
            .arg(format!("{name}{SUFFIX}"))
            .arg("--")
            .arg(shipped)
            .arg(test_plugins)
            .arg(results.join(format!("{name}.json")))
            .args(&args.args),
    )
}

fn benches(workspace: &Workspace) -> Vec<&str> {
    let in_tests = workspace
        .packages()
        .filter(|it| workspace.folder_of(it).starts_with("tests"));
    in_tests
        .filter_map(|it| it.name.strip_suffix(SUFFIX))
        .collect()
}
