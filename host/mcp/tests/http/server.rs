//! A server on loopback: MCP over streamable HTTP behind OAuth, in one. It answers in JSON.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server knows, and what tests look at.
#[derive(Default)]
pub(crate) struct Known {
    /// Whether it wants tokens.
    pub(crate) guarded: bool,
    /// The token that is valid now: `a1`, `a2`, … ; its refresh token has the same number.
    pub(crate) tokens: u32,
    /// Whether refresh tokens are refused.
    pub(crate) revoked: bool,
    /// Whether the valid token is refused, until there is a new one.
    pub(crate) forgotten: bool,
    /// Seconds that tokens live.
    pub(crate) lifetime: u32,
    /// The session that it knows: `s1`, `s2`, …
    pub(crate) sessions: u32,
    /// Sessions that were ended by their client.
    pub(crate) deleted: Vec<String>,
}

pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) known: Arc<Mutex<Known>>,
}

struct Request {
    method: String,
    url: Url,
    headers: HashMap<String, String>,
    body: String,
}

/// Status, further headers, body.
type Answer = (u16, Vec<(&'static str, String)>, Value);

impl Server {
    pub(crate) async fn start(known: Known) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let known = Arc::new(Mutex::new(known));
        let server = Self {
            base: base.clone(),
            known: known.clone(),
        };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, base.clone(), known.clone()));
            }
        });
        server
    }

    pub(crate) fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap())
    }
}

async fn serve(mut socket: TcpStream, base: String, known: Arc<Mutex<Known>>) {
    let Some(request) = read(&mut socket, &base).await else {
        return;
    };
    let (status, headers, body) = answer(&request, &base, &mut known.lock().unwrap());
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    head += &format!(
        "content-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let _ = socket
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .await;
}

async fn read(socket: &mut TcpStream, base: &str) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let headers: HashMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers
            .get("content-length")
            .map_or(0, |it| it.parse().unwrap());
        if body.len() >= length {
            return Some(Request {
                method: words.next()?.to_owned(),
                url: Url::parse(base).unwrap().join(words.next()?).unwrap(),
                headers,
                body: body.to_owned(),
            });
        }
    }
}

fn answer(request: &Request, base: &str, known: &mut Known) -> Answer {
    let plain = |body: Value| (200, Vec::new(), body);
    match (&*request.method, request.url.path()) {
        (_, "/mcp") => mcp(request, base, known),
        ("GET", "/.well-known/oauth-protected-resource/mcp") => plain(json!({
            "resource": format!("{base}/mcp"), "authorization_servers": [base],
        })),
        ("GET", "/.well-known/oauth-authorization-server") => plain(json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "registration_endpoint": format!("{base}/register"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        })),
        ("POST", "/register") => plain(json!({"client_id": "c1", "redirect_uris": []})),
        ("GET", "/authorize") => {
            let asked: HashMap<_, _> = request.url.query_pairs().into_owned().collect();
            assert_eq!(asked["code_challenge_method"], "S256");
            let back = format!("{}?code=k&state={}", asked["redirect_uri"], asked["state"]);
            (302, vec![("location", back)], Value::Null)
        }
        ("POST", "/token") => token(&request.body, known),
        _ => (404, Vec::new(), Value::Null),
    }
}

fn token(body: &str, known: &mut Known) -> Answer {
    let asked: HashMap<_, _> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let valid = match &*asked["grant_type"] {
        "authorization_code" => asked["code"] == "k" && asked.contains_key("code_verifier"),
        _ => !known.revoked && asked["refresh_token"] == format!("r{}", known.tokens),
    };
    if !valid {
        return (400, Vec::new(), json!({"error": "invalid_grant"}));
    }
    known.tokens += 1;
    known.forgotten = false;
    let number = known.tokens;
    let body = json!({
        "access_token": format!("a{number}"), "refresh_token": format!("r{number}"),
        "token_type": "Bearer", "expires_in": known.lifetime, "scope": "read",
    });
    (200, Vec::new(), body)
}

fn mcp(request: &Request, base: &str, known: &mut Known) -> Answer {
    let token = request
        .headers
        .get("authorization")
        .cloned()
        .unwrap_or_default();
    let valid = !known.forgotten && token == format!("Bearer a{}", known.tokens);
    if known.guarded && !valid {
        let metadata = format!("{base}/.well-known/oauth-protected-resource/mcp");
        let challenge = format!("Bearer resource_metadata=\"{metadata}\"");
        return (401, vec![("www-authenticate", challenge)], Value::Null);
    }
    let session = request.headers.get("mcp-session-id");
    if session.is_some_and(|it| *it != format!("s{}", known.sessions)) {
        return (404, Vec::new(), Value::Null);
    }
    match &*request.method {
        "DELETE" => {
            known.deleted.extend(session.cloned());
            (200, Vec::new(), Value::Null)
        }
        "POST" => {
            let message: Value = serde_json::from_str(&request.body).unwrap();
            rpc(&message, &token, known)
        }
        _ => (405, Vec::new(), Value::Null),
    }
}

fn rpc(message: &Value, token: &str, known: &mut Known) -> Answer {
    let mut headers = Vec::new();
    let result = match message["method"].as_str() {
        Some("initialize") => {
            known.sessions += 1;
            headers.push(("mcp-session-id", format!("s{}", known.sessions)));
            json!({
                "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                "serverInfo": {"name": "test", "version": "1"},
            })
        }
        Some("tools/list") => {
            json!({"tools": [{"name": "who", "inputSchema": {"type": "object"}}]})
        }
        Some("tools/call") => json!({"content": [
            {"type": "text", "text": format!("{token} in s{}", known.sessions)},
        ]}),
        _ if message["id"].is_null() => return (202, headers, Value::Null),
        _ => {
            let error = json!({"code": -32601, "message": "no such method"});
            return (
                200,
                headers,
                json!({"jsonrpc": "2.0", "id": message["id"], "error": error}),
            );
        }
    };
    (
        200,
        headers,
        json!({"jsonrpc": "2.0", "id": message["id"], "result": result}),
    )
}
