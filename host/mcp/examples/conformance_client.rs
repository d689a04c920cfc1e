//! The client for the public conformance suite of MCP: `conformance_client URL`, with the name of
//! the scenario in `MCP_CONFORMANCE_SCENARIO`. See `docs/mcp-conformance.md`.
//!
//! It takes the paths of a run: a [`Client`] connects, lists and calls; when a login is wanted,
//! [`oauth::login`] makes one. Only the person is made up: a browser that follows redirects and
//! agrees to everything. Arguments of calls are made up from the tools' schemas.

#![expect(clippy::print_stderr, reason = "the suite shows what its client wrote")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use config::{AddressRules, McpServer, McpTransport, OAuthPlan, Place, SandboxPlan, ToolFilter};
use mcp::{CallError, CallOptions, Client, ClientSpec, ConnectContext, ConnectError, Environment};
use mcp::{State, oauth};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

/// How often the made-up person agrees to log in before the scenario is given up.
const LOGINS: usize = 3;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    match scenario().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", transport::story(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn scenario() -> Outcome {
    let url = std::env::args()
        .nth(1)
        .ok_or("usage: conformance_client URL")?;
    let folder = tempfile::tempdir()?;
    let spec = spec(server(url), folder.path());
    for _ in 0..LOGINS {
        let client = Client::new(spec.clone());
        let outcome = use_everything(&client).await;
        client.close().await;
        match outcome? {
            Done::All => return Ok(()),
            Done::LoginNeeded(reason) => eprintln!("logging in: {reason}"),
        }
        log_in(&spec).await?;
    }
    Err("it wants one login after the other".into())
}

enum Done {
    All,
    LoginNeeded(String),
}

/// Connects and calls every tool.
async fn use_everything(client: &Client) -> Outcome<Done> {
    client.start(Arc::new(|event| eprintln!("{event:?}")));
    match client.settled().await {
        State::Connected => {}
        State::Failed(ConnectError::LoginNeeded { reason }) => {
            return Ok(Done::LoginNeeded(reason));
        }
        State::Failed(error) => return Err(error.into()),
        other => return Err(format!("not connected: {other:?}").into()),
    }
    for tool in client.tools().iter() {
        let arguments = arguments(&tool.input_schema);
        match client
            .call(&tool.name, arguments, CallOptions::default())
            .await
        {
            Ok(result) => eprintln!(
                "{}: {}",
                tool.name,
                result
                    .parts
                    .iter()
                    .filter_map(massgen_plugin::chat::Part::as_text)
                    .collect::<String>()
            ),
            Err(CallError::LoginNeeded { reason }) => return Ok(Done::LoginNeeded(reason)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Done::All)
}

async fn log_in(spec: &ClientSpec) -> Outcome {
    let context = ConnectContext {
        environment: &spec.environment,
        token_store: spec.token_store.as_deref(),
        ca_file: spec.ca_file.as_deref(),
        connect_ms: spec.default_connect_ms,
    };
    let logged_in = oauth::login(&spec.server, &context, |page| {
        let page = page.clone();
        tokio::spawn(async move {
            if let Err(error) = browse(page).await {
                eprintln!("the browser failed: {error}");
            }
        });
    })
    .await?;
    eprintln!("granted: {:?}", logged_in.scopes);
    Ok(())
}

/// Follows redirects until there are no more.
async fn browse(mut page: Url) -> std::io::Result<()> {
    loop {
        let host = page.host_str().unwrap_or_default();
        let port = page.port_or_known_default().unwrap_or_default();
        let mut socket = TcpStream::connect((host, port)).await?;
        let target = &page[url::Position::BeforePath..url::Position::AfterQuery];
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        let location = answer
            .lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("location").then_some(value)
            });
        match location.map(|location| page.join(location)) {
            Some(Ok(next)) => page = next,
            _ => return Ok(()),
        }
    }
}

/// The least that a schema asks for.
fn arguments(schema: &Map<String, Value>) -> Map<String, Value> {
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let required = schema
        .get("required")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut arguments = Map::new();
    for name in required.iter().filter_map(Value::as_str) {
        let value = match properties.get(name).and_then(|it| it["type"].as_str()) {
            Some("number" | "integer") => json!(2),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => json!("text"),
        };
        arguments.insert(name.to_owned(), value);
    }
    arguments
}

/// What a user would configure for the server of the scenario.
fn server(url: String) -> McpServer {
    McpServer {
        name: "conformance".into(),
        transport: McpTransport::Http {
            url,
            headers: Vec::new(),
            read_ms: 300_000,
            addresses: AddressRules {
                localhost: true,
                ..AddressRules::default()
            },
            oauth: oauth_plan(),
        },
        required: false,
        connect_ms: None,
        call_ms: None,
        sandbox: SandboxPlan::default(),
        filter: ToolFilter::default(),
        place: Place::default(),
    }
}

/// Scenarios that are about a client that was registered beforehand say which one.
fn oauth_plan() -> OAuthPlan {
    let scenario = std::env::var("MCP_CONFORMANCE_SCENARIO").unwrap_or_default();
    let context = std::env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or_default();
    let context: Value = serde_json::from_str(&context).unwrap_or_default();
    let text = |name: &str| context[name].as_str().map(str::to_owned);
    let document = "https://conformance-test.local/client-metadata.json";
    let client_id = match &*scenario {
        "auth/basic-cimd" => Some(document.to_owned()),
        _ => text("client_id"),
    };
    OAuthPlan {
        client_id,
        client_secret: text("client_secret").map(Into::into),
        scopes: Vec::new(),
    }
}

fn spec(server: McpServer, folder: &Path) -> ClientSpec {
    ClientSpec {
        server,
        agent: "conformance".into(),
        launcher: Vec::new(),
        default_cwd: None,
        default_connect_ms: 10_000,
        default_call_ms: 10_000,
        environment: Environment::of_process(),
        token_store: Some(folder.join("tokens")),
        ca_file: None,
        log_folder: None,
    }
}
