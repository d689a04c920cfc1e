//! Where the browser comes back to: one page on a random port of this machine.
//!
//! Anybody on this machine can knock here. Only who knows the `state` of this login is believed;
//! everybody else gets an answer and changes nothing.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::LoginError;

/// How long a person has.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long one connection has to say what it wants. Browsers open some only in case.
const REQUEST: Duration = Duration::from_secs(30);
const MAX_HEAD: usize = 16 << 10;

/// The listener of one login.
pub(super) struct Callback {
    listener: TcpListener,
    /// Where the browser is to be sent.
    pub(super) redirect: String,
}

/// What the browser brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) issuer: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Visit {
    /// Not the page, or not a request.
    Elsewhere,
    /// Not of this login.
    Stranger,
    Refused(String),
    Welcome(Code),
}

impl Callback {
    pub(super) async fn open() -> Result<Self, LoginError> {
        let listening = async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            let port = listener.local_addr()?.port();
            Ok(Self {
                listener,
                redirect: format!("http://127.0.0.1:{port}/callback"),
            })
        };
        listening.await.map_err(LoginError::Listener)
    }

    /// Waits for who knows `state`.
    pub(super) async fn wait(self, state: &str) -> Result<Code, LoginError> {
        match tokio::time::timeout(PATIENCE, self.serve(state)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(LoginError::TimedOut {
                minutes: PATIENCE.as_secs() / 60,
            }),
        }
    }

    async fn serve(&self, state: &str) -> Result<Code, LoginError> {
        let mut visits = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let (socket, _) = accepted.map_err(LoginError::Listener)?;
                    visits.spawn(receive(socket, state.to_owned()));
                }
                Some(Ok(visit)) = visits.join_next() => match visit {
                    Visit::Welcome(code) => return Ok(code),
                    Visit::Refused(reason) => return Err(LoginError::Refused { reason }),
                    Visit::Stranger => tracing::warn!("a login answer that is not ours was ignored"),
                    Visit::Elsewhere => {}
                },
            }
        }
    }
}

async fn receive(mut socket: TcpStream, state: String) -> Visit {
    let visiting = async {
        let head = read_head(&mut socket).await?;
        let visit = judge(&head, &state);
        socket.write_all(page(&visit).as_bytes()).await?;
        socket.shutdown().await?;
        std::io::Result::Ok(visit)
    };
    match tokio::time::timeout(REQUEST, visiting).await {
        Ok(Ok(visit)) => visit,
        // A browser that hangs up on our page has still brought what it brought: it will not
        // come again. One that said nothing brought nothing.
        _ => Visit::Elsewhere,
    }
}

async fn read_head(socket: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MAX_HEAD {
        if socket.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// What a request means for the login with this state.
fn judge(head: &str, state: &str) -> Visit {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (Some("GET"), Some(target)) = (words.next(), words.next()) else {
        return Visit::Elsewhere;
    };
    let base = Url::parse("http://127.0.0.1");
    let Ok(url) = base.and_then(|base| base.join(target)) else {
        return Visit::Elsewhere;
    };
    if url.path() != "/callback" {
        return Visit::Elsewhere;
    }
    let value = |name: &str| {
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.into_owned())
    };
    if value("state").as_deref() != Some(state) {
        return Visit::Stranger;
    }
    match (value("code"), value("error")) {
        (Some(code), None) => Visit::Welcome(Code {
            code,
            issuer: value("iss"),
        }),
        (_, Some(error)) => Visit::Refused(match value("error_description") {
            Some(words) => format!("{error}: {words}"),
            None => error,
        }),
        (None, None) => Visit::Refused("it sent no code".into()),
    }
}

/// Never repeats what was sent.
fn page(visit: &Visit) -> String {
    let (status, words) = match visit {
        Visit::Elsewhere => ("404 Not Found", "There is nothing here."),
        Visit::Stranger => (
            "400 Bad Request",
            "This is not the answer to a login that waits.",
        ),
        Visit::Refused(_) => ("200 OK", "The login was refused. The terminal says why."),
        Visit::Welcome(_) => ("200 OK", "massgen has the answer. You can close this page."),
    };
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\n\
         content-length: {}\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
         connection: close\r\n\r\n{words}",
        words.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn welcome(issuer: Option<&str>) -> Visit {
        Visit::Welcome(Code {
            code: "c d".into(),
            issuer: issuer.map(Into::into),
        })
    }

    #[test]
    fn only_the_answer_to_this_login_counts() {
        let refused = |words: &str| Visit::Refused(words.into());
        let table = [
            ("GET /callback?code=c+d&state=s HTTP/1.1", welcome(None)),
            (
                "GET /callback?state=s&code=c%20d&iss=i HTTP/1.1",
                welcome(Some("i")),
            ),
            ("GET /callback?code=c&state=t HTTP/1.1", Visit::Stranger),
            ("GET /callback?code=c HTTP/1.1", Visit::Stranger),
            (
                "GET /callback?error=access_denied HTTP/1.1",
                Visit::Stranger,
            ),
            ("GET /callback?state=s HTTP/1.1", refused("it sent no code")),
            ("GET /callback?state=s&error=e HTTP/1.1", refused("e")),
            (
                "GET /callback?state=s&code=c&error=e&error_description=no+way HTTP/1.1",
                refused("e: no way"),
            ),
            ("GET /favicon.ico HTTP/1.1", Visit::Elsewhere),
            ("POST /callback?code=c&state=s HTTP/1.1", Visit::Elsewhere),
            ("\u{16}\u{3}", Visit::Elsewhere),
            ("", Visit::Elsewhere),
        ];
        for (head, expected) in table {
            assert_eq!(judge(head, "s"), expected, "{head}");
        }
    }

    #[tokio::test]
    async fn idle_and_strange_connections_do_not_hold_up_a_login() {
        let callback = Callback::open().await.unwrap();
        let port: u16 = Url::parse(&callback.redirect).unwrap().port().unwrap();
        let knock = |request: &'static str| async move {
            let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let _idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let browser = async {
            let stranger = knock("GET /callback?code=x&state=other HTTP/1.1\r\n\r\n").await;
            assert!(stranger.starts_with("HTTP/1.1 400"), "{stranger}");
            knock("GET /callback?code=c&state=s HTTP/1.1\r\nHost: x\r\n\r\n").await
        };
        let (code, answer) = tokio::join!(callback.wait("s"), browser);
        assert_eq!(code.unwrap().code, "c");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}
