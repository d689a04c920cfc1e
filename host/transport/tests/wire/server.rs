//! A server on loopback that answers every connection with one script, and keeps what it was sent.
//!
//! It knows just enough HTTP/1.1 to read a request; answers are written by the tests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// One thing the server does on a connection.
#[derive(Clone)]
pub(crate) enum Act {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes this piece again and again until the client is gone.
    Flood(Vec<u8>),
    /// Waits until the client is gone.
    Linger,
}

/// Stops when dropped.
pub(crate) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    gone: mpsc::UnboundedReceiver<usize>,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (say_gone, gone) = mpsc::unbounded_channel();
        let kept = requests.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (kept, script, say_gone) = (kept.clone(), script.clone(), say_gone.clone());
                tokio::spawn(async move {
                    let request = read_request(&mut socket).await;
                    kept.lock().unwrap().push(request);
                    let written = play(&mut socket, script).await;
                    let _ = say_gone.send(written);
                });
            }
        });
        Self {
            port,
            requests,
            gone,
            accepting,
        }
    }

    /// Answers with this head and body, then closes.
    pub(crate) async fn answer(head: &str, body: impl AsRef<[u8]>) -> Self {
        let mut bytes = format!("{head}\r\nconnection: close\r\n\r\n").into_bytes();
        bytes.extend_from_slice(body.as_ref());
        Self::start(vec![Act::Write(bytes)]).await
    }

    pub(crate) async fn events(body: impl AsRef<[u8]>) -> Self {
        Self::answer("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream", body).await
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// Heads and bodies as they arrived.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until a connection is over; how many bytes were written to it.
    pub(crate) async fn connection_over(&mut self) -> usize {
        self.gone.recv().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn read_request(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            return text;
        }
        let mut buffer = [0; 4096];
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

fn content_length(head: &str) -> usize {
    let value = |line: &str| {
        line.to_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    };
    head.lines().find_map(value).unwrap_or(0)
}

async fn play(socket: &mut TcpStream, script: Vec<Act>) -> usize {
    let mut written = 0;
    for act in script {
        match act {
            Act::Write(bytes) => {
                if socket.write_all(&bytes).await.is_ok() {
                    written += bytes.len();
                }
            }
            Act::Flood(piece) => {
                while socket.write_all(&piece).await.is_ok() {
                    written += piece.len();
                }
            }
            Act::Linger => {
                let _ = socket.read(&mut [0; 16]).await;
            }
        }
    }
    written
}
