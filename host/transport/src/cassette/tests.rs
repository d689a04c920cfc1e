//! Recordings as files: what stands in them, and what a replay makes of them.

use std::path::Path;

use expect_test::{Expect, expect};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use massgen_plugin::wire::{Auth, HttpRequest};

use super::*;
use crate::answer::Answer;
use crate::grant::{Grant, SecretGrant};
use crate::prepare::prepare;
use crate::{Secret, TransportError};

const KEY: &str = "sk-planted";

fn request(body: &str) -> Prepared {
    let secret = SecretGrant {
        name: "k".into(),
        value: Secret::new(KEY),
        hosts: vec!["h.com".into()],
    };
    let grant = Grant {
        hosts: vec!["h.com".into()],
        secrets: vec![secret],
    };
    let request = HttpRequest {
        auth: Some(Auth::bearer("k")),
        ..HttpRequest::post_json("https://h.com/v1/chat?key=abc", body.into())
    };
    prepare(request, &grant).unwrap()
}

type Pieces = Vec<Result<&'static [u8], TransportError>>;

/// Records an answer of these pieces, reads `take` of them, and drops it.
fn recorded(path: &Path, pieces: Pieces, take: usize) {
    let body = stream::iter(pieces)
        .map(|piece| piece.map(Bytes::from_static))
        .boxed();
    let headers = vec![("set-cookie".into(), "c=1".into())];
    let recorder = record(&request("{\"say\":\"sk-planted\"}"), path.to_owned());
    let answer = recorder
        .answer(Ok(Answer {
            status: 200,
            headers,
            body,
        }))
        .unwrap();
    answer
        .body
        .take(take)
        .collect::<Vec<_>>()
        .now_or_never()
        .unwrap();
}

/// What a replay gives for a request with this body.
fn replayed(path: &Path, body: &str) -> Vec<String> {
    match replay(&request(body), path.to_owned()) {
        Err(error) => vec![format!("{error:?}")],
        Ok(answer) => {
            let show = |piece: Result<Bytes, TransportError>| match piece {
                Ok(bytes) => format!("{bytes:?}"),
                Err(error) => format!("{error} [{}]", error.code().as_str()),
            };
            let pieces = answer.body.map(show).collect::<Vec<_>>();
            pieces.now_or_never().unwrap()
        }
    }
}

fn check(pieces: Pieces, take: usize, file: Expect, replay: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ann/0001.json");
    recorded(&path, pieces, take);
    let text = std::fs::read_to_string(&path).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut parts = vec![document["request"].to_string(), document["end"].to_string()];
    for chunk in document["response"]["body"].as_array().unwrap() {
        parts.push(
            chunk
                .get("text")
                .or(chunk.get("base64"))
                .unwrap()
                .to_string(),
        );
    }
    file.assert_eq(&parts[1..].join("\n"));
    assert!(
        !text.contains(KEY) && !text.contains("key=abc") && !text.contains("c=1"),
        "{text}"
    );
    let shown = replayed(&path, "{\"say\":\"sk-planted\"}").join("\n");
    replay.assert_eq(&shown.replace(&folder.path().display().to_string(), "DIR"));
}

#[test]
fn pieces_come_back_as_they_were() {
    check(
        vec![Ok(b"data: \xd0"), Ok(b"\xb6\n"), Ok(b"\n")],
        9,
        expect![[r#"
            "complete"
            "ZGF0YTog0A=="
            "tgo="
            "\n""#]],
        expect![[r#"
            b"data: \xd0"
            b"\xb6\n"
            b"\n""#]],
    );
}

#[test]
fn an_echoed_secret_is_removed_even_across_pieces() {
    check(
        vec![
            Ok(b"a sk-pl"),
            Ok(b"an"),
            Ok(b"ted b sk-planted"),
            Ok(b"!sk-plante"),
        ],
        9,
        expect![[r#"
            "complete"
            "a ***"
            ""
            " b ***"
            "!sk-plante""#]],
        expect![[r#"
            b"a ***"
            b""
            b" b ***"
            b"!sk-plante""#]],
    );
}

#[test]
fn a_dropped_exchange_is_marked() {
    check(
        vec![Ok(b"one"), Ok(b"two")],
        1,
        expect![[r#"
            "dropped"
            "one""#]],
        expect![[r#"
            b"one"
            recording `DIR/ann/0001.json` was dropped by its caller here [config]"#]],
    );
}

#[test]
fn a_body_beyond_the_limit_is_cut_off_and_marked() {
    static PIECE: [u8; 3 << 20] = [b'a'; 3 << 20];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.json");
    recorded(&path, vec![Ok(&PIECE), Ok(&PIECE), Ok(&PIECE), Ok(b"z")], 9);
    let cassette: Cassette = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(matches!(cassette.end, End::TooLong));
    let shown = replayed(&path, "{}");
    let (last, pieces) = shown.split_last().unwrap();
    let whole = format!("{:?}", Bytes::from_static(&PIECE));
    assert!(pieces.len() == 2 && pieces.iter().all(|it| *it == whole));
    assert_eq!(
        last.replace(&path.display().to_string(), "FILE"),
        "recording `FILE` ends here: an answer is recorded up to 8388608 bytes [config]"
    );
}

/// Records this reply to a request that holds these values, and gives the whole file.
fn recorded_with(values: &[&str], request: HttpRequest, reply: &'static [u8]) -> String {
    let named = |value: &&str| SecretGrant::redact_only(Secret::new(*value));
    let grant = Grant {
        hosts: vec!["h.com".into()],
        secrets: values.iter().map(named).collect(),
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.json");
    let answer = Answer {
        status: 200,
        headers: vec![("x-ratelimit-key".into(), "seen".into())],
        body: stream::iter([Ok(Bytes::from_static(reply))]).boxed(),
    };
    let recorder = record(&prepare(request, &grant).unwrap(), path.clone());
    let answer = recorder.answer(Ok(answer)).unwrap();
    answer.body.collect::<Vec<_>>().now_or_never().unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn keys_in_headers_and_parameters_of_the_callers_own_are_removed() {
    for key in ["f4c1-own-header-key", "new"] {
        let headers = ["Ocp-Apim-Subscription-Key", "X-Auth", "x-plain"];
        let request = HttpRequest {
            headers: headers.map(|name| (name.into(), key.into())).into(),
            ..HttpRequest::get(format!("https://h.com/v1?code={key}&v=2"))
        };
        let text = recorded_with(&[key], request, b"{}");
        assert!(!text.contains(key) && !text.contains("seen"), "{text}");
        assert!(text.contains("/v1?code=***&v=2"), "{text}");
    }
}

#[test]
fn a_short_key_leaves_the_reply_as_it_was() {
    let request = HttpRequest::post_json("https://h.com/v1", "{\"a\":\"new\"}".into());
    let text = recorded_with(&["new"], request, b"new_answer");
    assert!(
        text.contains("\"new_answer\"") && text.contains(r#"{\"a\":\"new\"}"#),
        "{text}"
    );
}

#[test]
fn a_failed_exchange_fails_again_in_the_same_way() {
    let broken = TransportError::Broken {
        host: "h.com".into(),
        source: "reset".into(),
    };
    check(
        vec![Ok(b"one"), Err(broken)],
        9,
        expect![[r#"
            {"failed":{"code":10,"detail":"reset","message":"the connection to `h.com` broke"}}
            "one""#]],
        expect![[r#"
            b"one"
            the connection to `h.com` broke [network]"#]],
    );
}

#[test]
fn a_request_that_got_no_answer_is_recorded_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.json");
    let down = TransportError::NotRunning {
        host: "h.com".into(),
        source: "refused".into(),
    };
    record(&request("{}"), path.clone())
        .answer(Err(down))
        .unwrap_err();
    let error = replay(&request("{}"), path).unwrap_err();
    assert_eq!(error.to_string(), "no server is running at `h.com`");
}

#[test]
fn another_request_is_refused_and_another_body_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.json");
    recorded(&path, vec![Ok(b"one")], 9);
    assert_eq!(replayed(&path, "{\"say\":\"else\"}"), [r#"b"one""#]);
    let mut other = request("{\"say\":\"else\"}");
    other.url = "https://h.com/v1/models".parse().unwrap();
    let error = replay(&other, path.clone()).unwrap_err();
    assert_eq!(
        error
            .to_string()
            .replace(&path.display().to_string(), "FILE"),
        "recording `FILE` is of `POST /v1/chat`, the request is `POST /v1/models`; \
         their bodies differ from byte 8"
    );
}

#[test]
fn missing_and_damaged_recordings_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.json");
    let kind = || format!("{:?}", replay(&request("{}"), path.clone()).unwrap_err());
    assert!(kind().starts_with("CassetteMissing"));
    std::fs::write(&path, "{").unwrap();
    assert!(kind().starts_with("CassetteUnreadable"));
}
