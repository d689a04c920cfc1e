//! The same calls as an agent makes them.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use rmcp::model::JsonObject;
use serde_json::Value;
use services::{Environment, Lender, Lent, Places, ToolRequest, ToolTape};
use tokio_util::sync::CancellationToken;

/// What an agent with the echo server is lent, connected. Calls are judged and audited; there is a
/// workspace, as there is in most runs.
pub(crate) async fn lent(program: &Path, folder: &Path) -> Result<Lent> {
    let file = folder.join("team.yaml");
    let (program, workspace) = (program.display(), folder.join("workspace"));
    let text = format!(
        "agents:\n  - backend:\n      type: vllm\n      cwd: {}\n      mcp_servers:\n        - name: echo\n          \
         command: [\"{program}\", serve]\n          security: {{allowed_executables: [mcp-bench]}}\n",
        workspace.display()
    );
    std::fs::write(&file, text)?;
    let plan = config::load(&file, &|name| std::env::var(name).ok());
    let plan = plan.map_err(|errors| anyhow!("{errors}"))?;
    let places = Places {
        run: folder.join("run"),
        tokens: None,
        program: std::env::current_exe()?,
        home: None,
        environment: Environment::of_process(),
        ca_file: None,
        tape: ToolTape::Off,
    };
    std::fs::create_dir_all(&places.run)?;
    let (lent, _) = Lender::open(&plan, places)?.lend(&plan.agents[0])?;
    lent.start(Arc::new(drop));
    lent.ready().await?;
    ensure!(lent.has("mcp__echo__echo"), "the echo server is not there");
    Ok(lent)
}

/// One call.
pub(crate) async fn call(lent: &Lent, arguments: JsonObject) -> Result<()> {
    let request = ToolRequest {
        id: "1".into(),
        name: "mcp__echo__echo".into(),
        arguments: Value::Object(arguments),
    };
    let outcome = lent.call(request, &CancellationToken::new(), &drop).await;
    ensure!(!outcome.is_error, "{}", outcome.text());
    Ok(())
}
