//! The framing rules (specification of the backends, section 1.4), each at every cut of the bytes.

use super::*;
use expect_test::{Expect, expect};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection broke")]
struct Broken;

/// Frames a body that arrives in these pieces; one line for each payload.
fn framed(framing: Framing, status: u16, pieces: &[&[u8]]) -> Vec<String> {
    let body = pieces
        .iter()
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    framed_stream(framing, status, body)
}

fn framed_stream(framing: Framing, status: u16, body: Vec<Result<Bytes, Broken>>) -> Vec<String> {
    let payloads = at_once(status, &[], body, framing).into_iter();
    let line = |payload| match payload {
        Ok(Payload::Frame(data)) => format!("frame {}", text(&data)),
        Ok(Payload::Bytes(data)) => format!("bytes {}", text(&data)),
        Err(error) => format!("error {error}"),
    };
    payloads.map(line).collect()
}

fn text(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

/// The body whole, cut once at each place, cut twice at each pair of places, and byte by byte.
fn check(framing: Framing, body: &[u8], expected: Expect) {
    let whole = framed(framing, 200, &[body]);
    for first in 0..=body.len() {
        for second in first..=body.len() {
            let pieces = [&body[..first], &body[first..second], &body[second..]];
            assert_eq!(
                framed(framing, 200, &pieces),
                whole,
                "cut at {first} and {second}"
            );
        }
    }
    let bytes: Vec<_> = body.chunks(1).collect();
    assert_eq!(framed(framing, 200, &bytes), whole, "byte by byte");
    expected.assert_eq(&whole.join("\n"));
}

fn check_sse(body: impl AsRef<[u8]>, expected: Expect) {
    check(Framing::Sse, body.as_ref(), expected);
}

#[test]
fn an_event_is_its_data_with_one_optional_blank() {
    check_sse(
        "event: delta\ndata: {\"a\":1}\nid: 7\nretry: 5\n\ndata:b\n\ndata:  c\n\n",
        expect![[r#"
            frame "{\"a\":1}"
            frame "b"
            frame " c""#]],
    );
}

#[test]
fn data_lines_are_joined() {
    check_sse(
        "data: a\ndata:\ndata: b\n\n",
        expect![[r#"frame "a\n\nb""#]],
    );
}

#[test]
fn comments_and_events_without_data_are_no_frames() {
    check_sse(
        ": OPENROUTER PROCESSING\n\ndata: a\n: ping\ndata: b\n\n:\n\nevent: ping\n\ndata:\n\ndata\n\nfoo: x\n\n",
        expect![[r#"frame "a\nb""#]],
    );
}

#[test]
fn line_ends_may_be_crlf_or_cr_or_mixed() {
    check_sse(
        "data: a\r\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\n",
        expect![[r#"
            frame "a\nb"
            frame "c"
            frame "d""#]],
    );
}

#[test]
fn the_last_event_needs_no_blank_line() {
    for end in ["", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n"] {
        let body = format!("data: a\n\ndata: b{end}");
        check_sse(
            body,
            expect![[r#"
                frame "a"
                frame "b""#]],
        );
    }
}

#[test]
fn the_end_mark_is_data() {
    check_sse(
        "data: a\n\ndata: [DONE]\n\n",
        expect![[r#"
        frame "a"
        frame "[DONE]""#]],
    );
}

#[test]
fn characters_may_be_cut_and_a_byte_order_mark_is_skipped() {
    check_sse("\u{feff}data: ж日🙂\n\n", expect![[r#"frame "ж日🙂""#]]);
}

#[test]
fn an_empty_body_has_no_frames() {
    check_sse("", expect![""]);
    check_sse("\n\n: x", expect![""]);
}

#[test]
fn events_that_are_not_utf8_end_the_stream() {
    check_sse(
        b"data: a\n\ndata: \xff\n\ndata: b\n\n",
        expect![[r#"
            frame "a"
            error the stream is not UTF-8"#]],
    );
    check_sse(b"data: \xf0\x9f", expect!["error the stream is not UTF-8"]);
}

#[test]
fn lines_are_frames_and_blank_ones_are_not() {
    check(
        Framing::Ndjson,
        "{\"a\":1}\n\n  \r\n{\"b\":\"ж\"}\r\n{\"c\":3}".as_bytes(),
        expect![[r#"
            frame "{\"a\":1}"
            frame "{\"b\":\"ж\"}"
            frame "{\"c\":3}""#]],
    );
}

#[test]
fn lines_that_are_not_utf8_end_the_stream() {
    check(
        Framing::Ndjson,
        b"{}\n\xff\n{}\n",
        expect![[r#"
            frame "{}"
            error the stream is not UTF-8"#]],
    );
}

#[test]
fn raw_bytes_come_as_they_are() {
    assert_eq!(
        framed(Framing::Raw, 200, &[b"a\n", b"", b"\xff\xfe"]),
        [r#"bytes "a\n""#, "bytes \"\u{fffd}\u{fffd}\""]
    );
}

#[test]
fn error_documents_come_whole_in_every_framing() {
    for framing in [Framing::Sse, Framing::Ndjson, Framing::Raw] {
        assert_eq!(
            framed(framing, 429, &[b"{\"err", b"or\":1}\n"]),
            [r#"bytes "{\"error\":1}\n""#]
        );
        assert!(framed(framing, 500, &[]).is_empty());
    }
}

#[test]
fn error_documents_are_cut_off() {
    let piece = Bytes::from(vec![b'x'; 40 * 1024]);
    let body = (0..4).map(|_| Ok::<_, Broken>(piece.clone())).collect();
    let payloads = at_once(500, &[], body, Framing::Sse);
    let [Ok(Payload::Bytes(body))] = payloads.as_slice() else {
        panic!("{payloads:?}")
    };
    assert_eq!(body.len(), MAX_ERROR_BODY);
}

#[test]
fn a_break_of_the_connection_comes_through_every_framing() {
    let lost = "error the connection broke";
    for framing in [Framing::Sse, Framing::Ndjson, Framing::Raw] {
        let body = vec![Ok(Bytes::from_static(b"data: half")), Err(Broken)];
        let found = framed_stream(framing, 200, body);
        assert_eq!(found.last().map(String::as_str), Some(lost), "{framing:?}");
    }
    assert_eq!(framed_stream(Framing::Sse, 500, vec![Err(Broken)]), [lost]);
    let body = vec![Ok(Bytes::from_static(b"why")), Err(Broken)];
    assert_eq!(framed_stream(Framing::Sse, 500, body), [r#"bytes "why""#]);
}

#[test]
fn a_frame_without_end_is_an_error() {
    let endless = |framing, start: &'static [u8]| {
        let filler = Bytes::from(vec![b'x'; 1024 * 1024]);
        let mut body = vec![Ok(Bytes::from_static(start))];
        body.extend((0..18).map(|_| Ok(filler.clone())));
        framed_stream(framing, 200, body)
    };
    let expected = ["error an event of the stream is longer than 16777216 bytes"];
    assert_eq!(endless(Framing::Sse, b"data: "), expected);
    assert_eq!(endless(Framing::Ndjson, b"{"), expected);
}

#[test]
fn a_long_stream_of_short_frames_is_no_long_frame() {
    let event = Bytes::from(format!("data: {}\n\n", "x".repeat(1024 * 1024)));
    let body = (0..20).map(|_| Ok(event.clone())).collect();
    let found = framed_stream(Framing::Sse, 200, body);
    assert_eq!(found.len(), 20);
    assert!(found.iter().all(|frame| frame.starts_with("frame")));
}

#[test]
fn a_json_document_instead_of_a_stream_is_one_event() {
    let frames = |kind: &str| {
        let headers = [("content-type".into(), kind.into())];
        let body = ["{\"a\":", "\n1}"].map(|it| Ok::<_, Broken>(Bytes::from(it)));
        at_once(200, &headers, body.into(), Framing::Sse)
    };
    let whole = [Ok(Payload::Frame("{\"a\":\n1}".into()))];
    assert_eq!(frames("application/json"), whole);
    assert_eq!(frames("Application/JSON; charset=utf-8"), whole);
    assert_eq!(frames("text/event-stream"), []);
}

#[test]
fn lines_of_a_program_have_the_limit_they_are_given() {
    let found = |limit| {
        let output = stream::iter([Ok::<_, Broken>(Bytes::from_static(b"short\nmuch longer\n"))]);
        let all = lines(output, limit).collect::<Vec<_>>().now_or_never();
        all.expect("the source never waits")
    };
    let short = Ok("short".into());
    assert_eq!(found(11), [short.clone(), Ok("much longer".into())]);
    assert_eq!(found(10), [short, Err(FrameError::TooLong { limit: 10 })]);
}
