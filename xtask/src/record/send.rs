//! Sends a plugin's request with `curl`. The key goes through its stdin, where no list of processes
//! shows it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::answer::Answer;
use super::key::Secret;

/// curl's code for a body that ended early.
const PARTIAL: [i32; 2] = [18, 56];

/// Longest time for an answer, in seconds.
const PATIENCE: &str = "300";

/// The answer to a request as `request.json` holds it.
pub(super) fn send(request: &Value, secret: Option<&Secret>) -> Result<Answer> {
    let folder = tempfile::tempdir()?;
    let [head, body, data] = ["head", "body", "data"].map(|it| folder.path().join(it));
    fs::write(&body, "")?;
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--show-error",
        "--max-time",
        PATIENCE,
        "--config",
        "-",
    ])
    .arg("--dump-header")
    .arg(&head)
    .arg("--output")
    .arg(&body);
    if let Some(value) = request.get("body") {
        fs::write(&data, value.to_string())?;
        let mut said = std::ffi::OsString::from("@");
        said.push(&data);
        curl.arg("--data-binary").arg(said);
    }
    let mut child = curl
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot start `curl`")?;
    let mut stdin = child.stdin.take().context("curl has no stdin")?;
    stdin.write_all(options(request, secret).as_bytes())?;
    drop(stdin);
    let status = child.wait()?;
    let cut = status.code().is_some_and(|it| PARTIAL.contains(&it));
    if !status.success() && !cut {
        bail!("curl got no answer: {status}");
    }
    Answer::of(&fs::read_to_string(&head)?, fs::read(&body)?, cut)
}

/// curl's own configuration: address, method, headers.
fn options(request: &Value, secret: Option<&Secret>) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut options = String::new();
    let mut add = |name: &str, value: &str| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(options, "{name} = \"{value}\"");
    };
    add("url", &text(&request["url"]));
    add("request", &text(&request["method"]));
    for header in request["headers"].as_array().into_iter().flatten() {
        add(
            "header",
            &format!("{}: {}", text(&header[0]), text(&header[1])),
        );
    }
    if let Some(secret) = secret {
        add("header", &format!("{}: {}", secret.header, secret.line));
    }
    options
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::net::TcpListener;
    use std::path::Path;
    use std::thread;

    use serde_json::json;

    use super::*;
    use crate::record::answer::Hidden;

    /// Answers one request with what it was sent; the connection breaks before the promised end.
    fn echo(listener: &TcpListener) {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let (mut head, mut line) = (String::new(), String::new());
        while reader.read_line(&mut line).unwrap() > 2 {
            head.push_str(&std::mem::take(&mut line));
        }
        let mut body = [0; 7];
        reader.read_exact(&mut body).unwrap();
        let said = format!("{head}{}", String::from_utf8_lossy(&body));
        let length = said.len() + 1;
        let answer = format!(
            "HTTP/1.1 401 No\r\nContent-Type: text/plain\r\nSet-Cookie: id=7\r\n\
             Content-Length: {length}\r\n\r\n{said}"
        );
        (&stream).write_all(answer.as_bytes()).unwrap();
    }

    #[test]
    fn the_key_is_sent_and_not_kept() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let server = thread::spawn(move || echo(&listener));
        let request = json!({ "method": "POST", "url": url, "headers": [], "body": { "a": 1 } });
        let secret = Secret {
            header: "x-key".into(),
            line: "sk-planted".into(),
            value: "sk-planted".into(),
        };
        let mut answer = send(&request, Some(&secret)).unwrap();
        server.join().unwrap();
        let body = |answer: &Answer| String::from_utf8_lossy(&answer.body).to_lowercase();
        assert!(body(&answer).contains("x-key: sk-planted"), "it was sent");
        answer.hide(&Hidden::new(Path::new("/nowhere"), Some(secret.value)));
        assert!(body(&answer).contains("x-key: ***"), "and is hidden");
        assert!(!body(&answer).contains("sk-planted"));
        assert!(body(&answer).ends_with("{\"a\":1}"));
        assert_eq!((answer.status, answer.cut), (401, true));
        assert_eq!(
            answer.headers,
            [("content-type".into(), "text/plain".into())]
        );
    }

    #[test]
    fn curl_reads_the_key_from_its_configuration() {
        let request =
            json!({ "method": "POST", "url": "https://a/v1", "headers": [["x", "\"y\""]] });
        let secret = Secret {
            header: "authorization".into(),
            line: "Bearer k".into(),
            value: "k".into(),
        };
        let expected = "url = \"https://a/v1\"\nrequest = \"POST\"\nheader = \"x: \\\"y\\\"\"\n\
            header = \"authorization: Bearer k\"\n";
        assert_eq!(options(&request, Some(&secret)), expected);
    }
}
