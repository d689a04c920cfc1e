//! `massgen mcp login` and `logout`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use config::{McpServer, RunPlan};
use services::LoginError;
use tokio::runtime::Runtime;

use crate::exit::{Failure, INCOMPLETE};
use crate::lend;

/// Logs in at the server of this name.
///
/// # Errors
///
/// There is no such server.
pub(crate) fn login(plan: &RunPlan, name: &str) -> Result<ExitCode, Failure> {
    let places = lend::places(&std::env::temp_dir(), None);
    each(plan, name, async |server| {
        let granted = services::login(server, &places, show).await?;
        let granted = match granted.as_slice() {
            [] => String::new(),
            scopes => format!(" for {}", scopes.join(", ")),
        };
        Ok(format!("{name}: logged in{granted}"))
    })
}

/// Forgets the tokens of the server of this name.
///
/// # Errors
///
/// There is no such server.
pub(crate) fn logout(plan: &RunPlan, name: &str) -> Result<ExitCode, Failure> {
    let places = lend::places(&std::env::temp_dir(), None);
    each(plan, name, async |server| {
        Ok(match services::logout(server, &places).await? {
            true => format!("{name}: logged out"),
            false => format!("{name}: there was no login"),
        })
    })
}

fn each(
    plan: &RunPlan,
    name: &str,
    work: impl AsyncFn(&McpServer) -> Result<String, LoginError>,
) -> Result<ExitCode, Failure> {
    let servers = services::servers_named(plan, name);
    if servers.is_empty() {
        let hint = "it is a name below `mcp_servers`";
        let what = format!("the configuration has no MCP server `{name}`");
        return Err(Failure::new(what, hint));
    }
    let tokio = Runtime::new().map_err(|it| Failure::new(it, "free some resources"))?;
    let mut code = ExitCode::SUCCESS;
    for server in servers {
        match tokio.block_on(work(server)) {
            Ok(line) => display::line(&line),
            Err(error) => {
                let hint = error.hint(name).map(|it| format!("\n  hint: {it}"));
                let hint = hint.unwrap_or_default();
                let story = transport::story(&error);
                display::note(&format!("error: {name}: {story}{hint}"));
                code = ExitCode::from(INCOMPLETE);
            }
        }
    }
    Ok(code)
}

/// A browser is opened for a person only; the address is shown in any case.
fn show(page: &url::Url) {
    display::note(&format!("To log in, open this page:\n\n  {page}\n"));
    if std::io::stderr().is_terminal() && open::that_detached(page.as_str()).is_err() {
        display::note("no browser could be opened here; the page can be opened by hand");
    }
}
