//! What a tool call through the gate costs over one through `rmcp` alone: 200 calls over one session
//! each to the same server, call by call in turns, so that a busy machine is fair to both; the whole
//! with several pairs of sessions, since where the machine puts a process decides much.
//!
//! The server is this program, started again with `serve`. Prints a line and writes JSON.

mod echo;
mod gate;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rmcp::model::{CallToolRequestParams, JsonObject, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt as _, RunningService};
use rmcp::transport::TokioChildProcess;
use rmcp::{RoleClient, ServiceExt as _};

/// Calls of each kind over one pair of sessions.
const CALLS: usize = 200;
/// Pairs of sessions.
const PAIRS: usize = 12;
/// The most that the gate may cost, in percent.
const LIMIT: f64 = 10.0;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|it| it == "serve") {
        let stdio = (tokio::io::stdin(), tokio::io::stdout());
        echo::Echo.serve(stdio).await?.waiting().await?;
        return Ok(());
    }
    // On a worker thread, where agents' calls run.
    let figures = tokio::spawn(measure()).await??;
    let overhead = (figures[1] / figures[0] - 1.0) * 100.0;
    let [rmcp_ms, gate_ms] = figures;
    report(&format!(
        "{CALLS} calls: rmcp alone {rmcp_ms:.2} ms, through the gate {gate_ms:.2} ms: {overhead:+.1} % (limit {LIMIT} %)"
    ));
    if let Some(path) = arguments.get(2) {
        let json = serde_json::json!({
            "calls": CALLS, "rmcp_ms": rmcp_ms, "gate_ms": gate_ms, "overhead_percent": overhead,
        });
        std::fs::write(path, json.to_string())?;
    }
    if overhead > LIMIT {
        bail!("a call through the gate costs {overhead:.1} % more, the limit is {LIMIT} %");
    }
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "the result is what this program is for"
)]
fn report(line: &str) {
    println!("{line}");
}

/// Milliseconds of all calls of a pair at the median call's pace: `rmcp` alone, through the gate.
async fn measure() -> Result<[f64; 2]> {
    let mut spent = [Vec::new(), Vec::new()];
    for _ in 0..PAIRS {
        pair(&mut spent).await?;
    }
    Ok(spent.map(median))
}

async fn pair(spent: &mut [Vec<Duration>; 2]) -> Result<()> {
    let program = std::env::current_exe()?;
    let folder = tempfile::tempdir()?;
    let bare = bare(&program).await?;
    let lent = gate::lent(&program, folder.path()).await?;
    through_rmcp(&bare, 0).await?;
    gate::call(&lent, arguments(0)).await?;
    for number in 0..CALLS {
        // Who is first changes, so that neither always finds a warm machine.
        for kind in [number % 2, 1 - number % 2] {
            let begun = Instant::now();
            match kind {
                0 => through_rmcp(&bare, number).await?,
                _ => gate::call(&lent, arguments(number)).await?,
            }
            spent[kind].push(begun.elapsed());
        }
    }
    lent.close().await;
    bare.cancel().await?;
    Ok(())
}

async fn bare(program: &std::path::Path) -> Result<RunningService<RoleClient, ()>> {
    let mut command = tokio::process::Command::new(program);
    command.arg("serve");
    // The revision that the client speaks with this server; it puts more into each request.
    let lifecycle = ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::LATEST],
    };
    let transport = TokioChildProcess::new(command)?;
    let serving = ().serve_with_lifecycle(transport, lifecycle).await;
    serving.context("the echo server")
}

fn arguments(number: usize) -> JsonObject {
    let text = format!("a text of some length, as a model would write it, number {number}");
    JsonObject::from_iter([("text".to_owned(), text.into())])
}

async fn through_rmcp(bare: &RunningService<RoleClient, ()>, number: usize) -> Result<()> {
    let params = CallToolRequestParams::new("echo").with_arguments(arguments(number));
    let result = bare.call_tool(params).await?;
    ensure!(result.content.len() == 1, "no answer");
    Ok(())
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort_unstable();
    all[all.len() / 2].as_secs_f64() * 1000.0 * CALLS as f64
}
