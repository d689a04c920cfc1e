//! What a call through the client costs over one through `rmcp` alone: 200 calls each over one
//! session to the same server, in turns within one run, so that a busy machine is fair to both.
//!
//! The server is this program, started again with `serve`. Prints one line of JSON.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]
#![expect(
    clippy::print_stdout,
    reason = "the result is what this program is for"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use config::{McpServer, McpTransport, Place, SandboxPlan, ToolFilter};
use mcp::{CallOptions, Client, ClientSpec, Environment, State};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, JsonObject,
    ListToolsResult, PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig,
    Tool,
};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RequestContext, RoleServer};
use rmcp::transport::TokioChildProcess;
use rmcp::{ErrorData, ServerHandler, ServiceExt};

/// Calls of each kind.
const CALLS: usize = 200;
/// Pairs of sessions.
const PAIRS: usize = 12;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if std::env::args().any(|argument| argument == "serve") {
        runtime.block_on(serve());
    } else {
        runtime.block_on(measure());
    }
}

#[derive(Clone)]
struct Echo;

impl ServerHandler for Echo {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = ServerCapabilities::default();
        capabilities.tools = Some(Default::default());
        ServerConfig::new(capabilities)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let echo = Tool::new("echo", "says it again", Arc::new(JsonObject::new()));
        Ok(ListToolsResult::with_all_items(vec![echo]))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = serde_json::Value::Object(call.arguments.unwrap_or_default());
        let text = ContentBlock::text(arguments.to_string());
        Ok(CallToolResult::success(vec![text]).into())
    }
}

async fn serve() {
    let stdio = (tokio::io::stdin(), tokio::io::stdout());
    Echo.serve(stdio).await.unwrap().waiting().await.unwrap();
}

async fn measure() {
    let mut spent = [Vec::new(), Vec::new()];
    for _ in 0..PAIRS {
        pair(&mut spent).await;
    }
    report(spent);
}

/// A session of each kind. Where the machine puts a process decides more than what is measured,
/// hence several pairs.
async fn pair(spent: &mut [Vec<Duration>; 2]) {
    let program = std::env::current_exe().unwrap();
    let mut command = tokio::process::Command::new(&program);
    command.arg("serve");
    // The revision that the client speaks with this server; it puts more into each request.
    let lifecycle = ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::LATEST],
    };
    let transport = TokioChildProcess::new(command).unwrap();
    let bare = ().serve_with_lifecycle(transport, lifecycle).await.unwrap();
    let ours = Client::new(spec(program.display().to_string()));
    assert!(matches!(ours.settled().await, State::Connected));
    through_rmcp(&bare, 0).await;
    through_client(&ours, 0).await;
    for number in 0..CALLS {
        // Who is first changes, so that neither always finds a warm machine.
        for kind in [number % 2, 1 - number % 2] {
            let begun = Instant::now();
            match kind {
                0 => through_rmcp(&bare, number).await,
                _ => through_client(&ours, number).await,
            }
            spent[kind].push(begun.elapsed());
        }
    }
    ours.close().await;
    bare.cancel().await.unwrap();
}

fn arguments(number: usize) -> JsonObject {
    let path = format!("/some/folder/of/some/length/{number}.txt");
    JsonObject::from_iter([("path".to_owned(), path.into())])
}

async fn through_rmcp(bare: &rmcp::service::RunningService<rmcp::RoleClient, ()>, number: usize) {
    let params = CallToolRequestParams::new("echo").with_arguments(arguments(number));
    assert_eq!(bare.call_tool(params).await.unwrap().content.len(), 1);
}

async fn through_client(ours: &Client, number: usize) {
    let result = ours.call("echo", arguments(number), CallOptions::default());
    assert_eq!(result.await.unwrap().parts.len(), 1);
}

/// The median call counts: whatever else the machine does hits a few calls of either kind.
fn report(spent: [Vec<Duration>; 2]) {
    let [rmcp, client] = spent.map(|mut calls| {
        calls.sort_unstable();
        calls[calls.len() / 2].as_secs_f64() * 1000.0 * CALLS as f64
    });
    let overhead = (client / rmcp - 1.0) * 100.0;
    println!(
        r#"{{"calls":{CALLS},"rmcp_ms":{rmcp:.2},"client_ms":{client:.2},"overhead_percent":{overhead:.1}}}"#
    );
}

fn spec(program: String) -> ClientSpec {
    ClientSpec {
        server: McpServer {
            name: "echo".into(),
            transport: McpTransport::Stdio {
                argv: vec![program, "serve".into()],
                env: Vec::new(),
                cwd: None,
            },
            required: false,
            connect_ms: None,
            call_ms: None,
            sandbox: SandboxPlan::default(),
            filter: ToolFilter::default(),
            place: Place::default(),
        },
        agent: "a".into(),
        launcher: Vec::new(),
        default_cwd: None,
        roots: Vec::new(),
        default_connect_ms: 30_000,
        default_call_ms: 30_000,
        environment: Environment::of_process(),
        token_store: None,
        ca_file: None,
        log_folder: None,
    }
}
