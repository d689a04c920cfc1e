//! The client against a server on loopback that speaks streamable HTTP and wants logins.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod rmcp_server;
mod server;
mod streamable;

use std::path::Path;
use std::sync::Arc;

use config::{
    AddressRules, ApiKey, McpServer, McpTransport, OAuthPlan, Place, SandboxPlan, ToolFilter,
};
use mcp::oauth::{self, LoginError};
use mcp::{CallOptions, Client, ClientSpec, ConnectContext, ConnectError, Environment, State};
use serde_json::Map;
use server::{Known, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

fn spec(server: &Server, folder: &Path, localhost: bool) -> ClientSpec {
    spec_of(&server.base, folder, localhost)
}

fn spec_of(base: &str, folder: &Path, localhost: bool) -> ClientSpec {
    let transport = McpTransport::Http {
        url: format!("{base}/mcp"),
        headers: Vec::new(),
        read_ms: 5_000,
        addresses: AddressRules {
            localhost,
            ..AddressRules::default()
        },
        oauth: OAuthPlan::default(),
    };
    ClientSpec {
        server: McpServer {
            name: "test".into(),
            transport,
            required: false,
            connect_ms: None,
            call_ms: None,
            sandbox: SandboxPlan::default(),
            filter: ToolFilter::default(),
            place: Place::default(),
        },
        agent: "agent".into(),
        launcher: Vec::new(),
        default_cwd: None,
        default_connect_ms: 10_000,
        default_call_ms: 10_000,
        environment: Environment::new(|_| None),
        token_store: Some(folder.join("tokens")),
        ca_file: None,
        log_folder: None,
    }
}

fn context(spec: &ClientSpec) -> ConnectContext<'_> {
    ConnectContext {
        environment: &spec.environment,
        token_store: spec.token_store.as_deref(),
        ca_file: None,
        connect_ms: 10_000,
    }
}

/// A person with a browser who agrees.
fn agree(page: &Url) {
    let mut page = page.clone();
    tokio::spawn(async move {
        loop {
            let port = page.port().unwrap();
            let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let target = &page[url::Position::BeforePath..];
            let request = format!("GET {target} HTTP/1.1\r\n\r\n");
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            match answer
                .lines()
                .find_map(|line| line.strip_prefix("location: "))
            {
                Some(next) => page = Url::parse(next).unwrap(),
                None => return,
            }
        }
    });
}

async fn login(spec: &ClientSpec) -> Result<Vec<String>, LoginError> {
    let logged_in = oauth::login(&spec.server, &context(spec), agree).await?;
    Ok(logged_in.scopes)
}

async fn state(spec: &ClientSpec) -> State {
    let client = Client::new(spec.clone());
    let state = client.settled().await;
    client.close().await;
    state
}

async fn call(client: &Client) -> String {
    let result = client.call("who", Map::new(), CallOptions::default()).await;
    text(&result.unwrap())
}

fn wants_login(state: &State) -> bool {
    let State::Failed(error @ ConnectError::LoginNeeded { .. }) = state else {
        return false;
    };
    error.hint("test").as_deref() == Some("run `massgen mcp login test --config FILE`")
}

#[tokio::test]
async fn a_lost_session_is_greeted_again_and_the_last_one_is_ended() {
    let server = Server::start(Known::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(spec(&server, folder.path(), true));
    client.start(Arc::new(|_| {}));
    assert!(matches!(client.settled().await, State::Connected));
    let before = server.known(|known| known.sessions);
    assert_eq!(call(&client).await, format!(" in s{before}"));

    server.known(|known| known.sessions = 7);
    assert_eq!(call(&client).await, " in s8");
    client.close().await;
    assert_eq!(server.known(|known| known.deleted.pop()), Some("s8".into()));
}

#[tokio::test]
async fn a_server_on_this_machine_is_refused_unless_allowed() {
    let server = Server::start(Known::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let state = state(&spec(&server, folder.path(), false)).await;
    assert!(
        matches!(state, State::Failed(ConnectError::Address { .. })),
        "{state:?}"
    );
    assert_eq!(server.known(|known| known.sessions), 0);
}

#[tokio::test]
async fn a_login_lasts_is_renewed_and_ends() {
    let known = Known {
        guarded: true,
        lifetime: 3600,
        ..Known::default()
    };
    let server = Server::start(known).await;
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(&server, folder.path(), true);
    assert!(wants_login(&state(&spec).await));
    assert_eq!(
        oauth::stored(&spec.server, &context(&spec)).await.unwrap(),
        None
    );

    // The first token expires at once and has to be renewed before the next start.
    server.known(|known| known.lifetime = 0);
    assert_eq!(login(&spec).await.unwrap(), ["read"]);
    assert_private(&folder.path().join("tokens"));
    server.known(|known| known.lifetime = 3600);
    let client = Client::new(spec.clone());
    assert!(matches!(client.settled().await, State::Connected));
    assert!(call(&client).await.starts_with("Bearer a2 "));

    // A token that the server forgot early is renewed in the middle of a session.
    server.known(|known| known.forgotten = true);
    assert!(call(&client).await.starts_with("Bearer a3 "));
    client.close().await;

    assert!(oauth::logout(&spec.server, &context(&spec)).await.unwrap());
    assert!(!oauth::logout(&spec.server, &context(&spec)).await.unwrap());
    assert!(wants_login(&state(&spec).await));
}

#[tokio::test]
async fn a_refused_renewal_asks_for_a_login() {
    let known = Known {
        guarded: true,
        revoked: true,
        ..Known::default()
    };
    let server = Server::start(known).await;
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(&server, folder.path(), true);
    login(&spec).await.unwrap();
    assert!(wants_login(&state(&spec).await));
}

#[tokio::test]
async fn a_refused_header_of_the_configuration_is_named_and_no_login_is_asked_for() {
    let known = Known {
        guarded: true,
        ..Known::default()
    };
    let server = Server::start(known).await;
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(&server, folder.path(), true);
    if let McpTransport::Http { headers, .. } = &mut spec.server.transport {
        headers.push(("Authorization".into(), ApiKey::from("Bearer a0")));
    }
    let client = Client::new(spec.clone());
    assert!(matches!(client.settled().await, State::Connected));

    server.known(|known| known.forgotten = true);
    let options = CallOptions::default();
    let refused = client.call("who", Map::new(), options).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the MCP server refuses the configured `Authorization` header: it is not valid, or no longer"
    );
    let hint = "correct `Authorization` in the `headers` of `test`, or the variable it names";
    assert!(
        refused
            .advice("test")
            .unwrap()
            .ends_with(&format!(" (hint: {hint})"))
    );
    client.close().await;

    let State::Failed(error) = state(&spec).await else {
        panic!("it is connected");
    };
    assert_eq!(
        error.to_string(),
        "it refuses the configured `Authorization` header: it is not valid, or no longer"
    );
    assert_eq!(error.hint("test").unwrap(), hint);
}

/// The folder and what is in it are the user's alone, and no secret is in a name.
fn assert_private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    let files: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    let [file] = &*files else {
        panic!("{files:?}");
    };
    assert_eq!(mode(file), 0o600);
}

/// All text of a result.
fn text(result: &mcp::CallResult) -> String {
    let texts = result
        .parts
        .iter()
        .filter_map(massgen_plugin::chat::Part::as_text);
    texts.collect::<Vec<_>>().join("\n")
}
