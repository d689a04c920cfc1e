//! Names that lead astray, and redirects of a server on loopback.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::dns::Resolve as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use super::names::{Lookup, Names};
use super::{AddressRefused, Addresses, Pinned, PinnedError, PinnedSettings};
use crate::causes::story;

/// Permits 127.0.0.1 to 127.0.0.9 as addresses, and every text without a user.
pub(super) struct Rules;

impl Addresses for Rules {
    fn refusal(&self, url: &Url) -> Option<String> {
        (!url.username().is_empty()).then(|| "must not name a user".to_owned())
    }

    fn permits(&self, _: &str, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(v4) if v4.octets()[..3] == [127, 0, 0] && v4.octets()[3] < 10)
    }
}

/// Answers with one list after the other; asked more often, it fails.
#[derive(Default)]
struct Script(Mutex<VecDeque<Vec<IpAddr>>>);

impl Script {
    fn of(answers: &[&[[u8; 4]]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| {
            let address = |octets: &[u8; 4]| IpAddr::V4(Ipv4Addr::from(*octets));
            answer.iter().map(address).collect()
        });
        Arc::new(Self(Mutex::new(answers.collect())))
    }
}

impl Lookup for Script {
    fn lookup(
        &self,
        _: &str,
    ) -> std::pin::Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        let next = self.0.lock().unwrap().pop_front();
        let answer = next.ok_or_else(|| io::Error::other("no such name"));
        Box::pin(std::future::ready(answer))
    }
}

fn pinned(lookup: Arc<Script>) -> Pinned {
    let settings = PinnedSettings {
        user_agent: "massgen-test".into(),
        ca_file: None,
        connect: Duration::from_secs(5),
        read: Duration::from_secs(5),
    };
    Pinned::with(settings, Arc::new(Rules), lookup).unwrap()
}

/// A server that closes after one answer, each time; `{port}` in it is its own.
async fn server(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let read = socket.read(&mut request).await.unwrap();
            let answer = if request[..read].starts_with(b"POST /end") {
                "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere".to_owned()
            } else {
                answer.replace("{port}", &port.to_string())
            };
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    port
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

fn url(host: &str, port: u16) -> Url {
    Url::parse(&format!("http://{host}:{port}/mcp")).unwrap()
}

#[tokio::test]
async fn a_name_keeps_its_first_answer() {
    let port = server(OK).await;
    // The second answer would lead away; asked a third time the script has none.
    let pinned = pinned(Script::of(&[&[[127, 0, 0, 1]], &[[10, 0, 0, 1]]]));
    let url = url("server.test", port);
    let client = pinned.client(&url).await.unwrap();
    for _ in 0..3 {
        let answer = client.post(url.clone()).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok");
    }
    assert!(
        pinned.client(&url).await.is_ok(),
        "the pin outlives a client"
    );
}

#[tokio::test]
async fn one_forbidden_address_forbids_the_name() {
    let pinned = pinned(Script::of(&[&[[127, 0, 0, 1], [169, 254, 169, 254]]]));
    let refused = pinned.client(&url("server.test", 80)).await.unwrap_err();
    let PinnedError::Refused(AddressRefused::Resolved { host, address }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (&*host, address.to_string().as_str()),
        ("server.test", "169.254.169.254")
    );
}

#[tokio::test]
async fn a_name_that_resolves_only_later_is_checked_then_and_that_of_a_proxy_never() {
    let lookup = Script::of(&[]);
    let names = Names::new(Arc::new(Rules), lookup.clone());
    assert_eq!(names.admit("Server.test.").await, Ok(None));
    let away = || vec![IpAddr::from([10, 0, 0, 1])];
    *lookup.0.lock().unwrap() = VecDeque::from([away(), away()]);
    let resolve = async |name: &str| {
        let found = names.resolve(name.parse().unwrap()).await;
        found.map(|found| found.map(|it| it.ip()).collect::<Vec<_>>())
    };
    let error = resolve("server.test").await.unwrap_err();
    assert!(error.is::<AddressRefused>(), "{error}");
    assert_eq!(resolve("proxy.test").await.unwrap(), away());
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_and_no_other() {
    let table = [
        ("307 Temporary Redirect", "/end", Ok("here")),
        (
            "308 Permanent Redirect",
            "http://server.test:{port}/end",
            Ok("here"),
        ),
        ("302 Found", "/end", Err("status 302")),
        (
            "307 Temporary Redirect",
            "http://127.0.0.1:{port}/end",
            Err("redirects to `http://127.0.0.1"),
        ),
        (
            "307 Temporary Redirect",
            "http://u:p@server.test:{port}/end",
            Err("must not name a user"),
        ),
        ("307 Temporary Redirect", "/mcp", Err("more than 5 times")),
    ];
    for (status, location, expected) in table {
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let url = url("server.test", server(answer.leak()).await);
        let client = pinned(Script::of(&[&[[127, 0, 0, 1]]]))
            .client(&url)
            .await
            .unwrap();
        let got = match client.post(url).body("x").send().await {
            Ok(answer) => Ok(answer.text().await.unwrap()),
            Err(error) => Err(story(&error)),
        };
        match (got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{location}"),
            (Err(got), Err(expected)) => assert!(got.contains(expected), "{got}"),
            (got, _) => panic!("{status} {location}: {got:?}"),
        }
    }
}

#[tokio::test]
async fn a_fetch_follows_nothing_and_ends_at_its_limit() {
    let get = |port| {
        http::Request::get(format!("http://127.0.0.1:{port}/x"))
            .body(Vec::new())
            .unwrap()
    };
    let time = Duration::from_secs(5);
    let pinned = pinned(Script::of(&[]));

    let away =
        "HTTP/1.1 302 Found\r\nlocation: /end\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let answer = pinned
        .fetch(get(server(away).await), 9, time)
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);

    let port = server(OK).await;
    let answer = pinned.fetch(get(port), 2, time).await.unwrap();
    assert_eq!(answer.body(), b"ok");
    let error = pinned.fetch(get(port), 1, time).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the answer of `127.0.0.1:{port}` has more than 1 bytes")
    );
}
