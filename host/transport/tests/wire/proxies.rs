//! Proxies of the environment.
//!
//! The environment of a process cannot be changed safely while it runs, so the test starts itself
//! again with the variables set.

use std::process::Command;

use massgen_plugin::wire::HttpRequest;

use super::*;

const CHILD: &str = "TRANSPORT_TEST_BEHIND_PROXY";

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_go_through_the_proxy_and_this_machine_does_not() {
    if std::env::var_os(CHILD).is_some() {
        return behind_the_proxy().await;
    }
    let proxy = Server::answer("HTTP/1.1 200 OK\r\ncontent-length: 5", "proxy").await;
    let name = "proxies::other_hosts_go_through_the_proxy_and_this_machine_does_not";
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name]).env(CHILD, "1");
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"] {
        child.env(variable, proxy.url(""));
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let seen: Vec<_> = proxy
        .requests()
        .iter()
        .map(|sent| sent.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(seen, ["GET http://provider.invalid/v1/models HTTP/1.1"]);
}

async fn behind_the_proxy() {
    let server = Server::answer("HTTP/1.1 200 OK\r\ncontent-length: 6", "direct").await;
    let transport = transport(Tape::Off);
    let port = server.host().rsplit_once(':').unwrap().1.to_owned();
    let provider = "http://provider.invalid/v1/models".to_owned();
    for (url, expected) in [
        (server.url("/"), "direct"),
        (format!("http://localhost:{port}/"), "direct"),
        (provider, "proxy"),
    ] {
        let hosts = vec![
            "127.0.0.1".into(),
            "localhost".into(),
            "provider.invalid".into(),
        ];
        let grant = Grant {
            hosts,
            secrets: Vec::new(),
        };
        let exchange = transport.send(HttpRequest::get(url), &grant, &scope());
        assert_eq!(
            pieces(exchange).await.unwrap()[1],
            Piece::Bytes(expected.into())
        );
    }
}
