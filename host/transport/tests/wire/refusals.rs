//! What is never sent, and errors that say what to do.

use massgen_plugin::wire::{HttpRequest, Timeouts};
use tokio::net::{TcpListener, TcpStream};

use super::*;

#[tokio::test]
async fn a_host_that_is_not_granted_is_never_connected_to() {
    let server = Server::events("").await;
    let none = Grant::default();
    let verdict = transport::check(&chat(&server), &none).unwrap_err();
    let exchange = transport(Tape::Off).send(chat(&server), &none, &scope());
    let error = pieces(exchange).await.unwrap_err();
    for error in [verdict, error] {
        assert_eq!(
            error.to_string(),
            format!("host `{}` is not granted", server.host())
        );
        assert_eq!(error.fault().code.as_str(), "denied");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_secret_for_another_host_stops_the_request() {
    let server = Server::events("").await;
    let mut grant = grant(&server);
    grant.secrets[0].hosts = vec!["api.openai.com".into()];
    let exchange = transport(Tape::Off).send(chat(&server), &grant, &scope());
    let fault = pieces(exchange).await.unwrap_err().fault();
    assert_eq!(fault.code.as_str(), "denied");
    assert!(
        fault.detail.starts_with("hint: a key from the environment"),
        "{}",
        fault.detail
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::events("data: stolen\n\n").await;
    let head = format!(
        "HTTP/1.1 307 Moved\r\nlocation: {}",
        elsewhere.url("/x?token=t")
    );
    let server = Server::answer(&head, "").await;
    let mut grant = grant(&server);
    grant.hosts.push(elsewhere.host());
    let error = pieces(transport(Tape::Off).send(chat(&server), &grant, &scope()))
        .await
        .unwrap_err();
    let target = elsewhere.url("/x?token=***");
    assert_eq!(
        error.to_string(),
        format!("`{}` redirects to `{target}`", server.host())
    );
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_does_not_run_is_called_that() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let grant = Grant {
        hosts: vec!["127.0.0.1".into()],
        secrets: Vec::new(),
    };
    let request = HttpRequest::get(format!("http://{free}/v1/models"));
    let error = pieces(transport(Tape::Off).send(request, &grant, &scope()))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no server is running at `{free}`")
    );
    assert_eq!(error.fault().code.as_str(), "network");
    assert!(
        error.fault().detail.contains("refused"),
        "{}",
        error.fault().detail
    );
    assert!(error.hint().unwrap().starts_with("start the server"));
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_runs_into_its_own_clock() {
    // A listener that never accepts, with its queue full: further connections hang.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    for _ in 0..16 {
        let connect = TcpStream::connect(address);
        queue.push(tokio::time::timeout(std::time::Duration::from_millis(20), connect).await);
    }
    let grant = Grant {
        hosts: vec![address.to_string()],
        secrets: Vec::new(),
    };
    let timeouts = Timeouts {
        connect_ms: Some(100),
        ..Timeouts::default()
    };
    let request = HttpRequest {
        timeouts,
        ..HttpRequest::get(format!("http://{address}/"))
    };
    let error = pieces(transport(Tape::Off).send(request, &grant, &scope()))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no connection to `{address}` within 0.1 s")
    );
    assert!(error.hint().unwrap().contains("check host"));
}
