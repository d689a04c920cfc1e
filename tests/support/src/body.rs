//! An action as an HTTP response: status, headers, and a body that is complete, cut, stalled or
//! endless.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::time::sleep;

use crate::write::{Writer, event};
use crate::{Action, Fault, Reply, Request};

/// A body in pieces; an error in place of a piece closes the connection.
pub(crate) type Body = StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>;

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
/// Between two pieces of an endless body.
const PACE: Duration = Duration::from_millis(5);

/// Carries out an action in the words of this wire. Never returns for [`Fault::Stall`].
pub(crate) async fn respond(
    action: Action,
    wire: &dyn Writer,
    request: &Request,
) -> Response<Body> {
    match action {
        Action::Reply(reply) => {
            sleep(reply.wait).await;
            let pieces = wire.stream(&reply, request);
            events(stream::iter(pieces).map(piece).boxed())
        }
        Action::Fault(Fault::Stall) => std::future::pending().await,
        Action::Fault(fault) => misbehave(fault, wire, request),
    }
}

/// A complete JSON response.
pub(crate) fn json(status: u16, body: String) -> Response<Body> {
    response(status, JSON, stream::iter([piece(body)]).boxed())
}

fn misbehave(fault: Fault, wire: &dyn Writer, request: &Request) -> Response<Body> {
    match fault {
        Fault::Status {
            code,
            headers,
            body,
        } => with_headers(json(code, body), headers),
        Fault::Refused {
            code,
            headers,
            message,
        } => refuse(code, headers, &message, wire),
        Fault::Html => response(200, "text/html", whole(vec![PAGE.into()])),
        Fault::PlainJson(reply) => json(200, wire.document(&reply, request)),
        other => events(stumble(other, wire, request)),
    }
}

fn refuse(
    code: u16,
    headers: Vec<(String, String)>,
    message: &str,
    wire: &dyn Writer,
) -> Response<Body> {
    let wait = headers.iter().find(|(name, _)| name == "retry-after");
    let body = wire.refusal(code, message, wait.map(|(_, seconds)| seconds.as_str()));
    with_headers(json(code, body), headers)
}

/// A stream that goes wrong.
fn stumble(fault: Fault, wire: &dyn Writer, request: &Request) -> Pieces {
    let begun = |rest: String| whole(vec![begin(wire, request).into(), rest.into()]);
    match fault {
        Fault::Cut { after, reply } => beginning(wire, &reply, request, after)
            .chain(stream::once(torn()))
            .boxed(),
        Fault::StallAfter { after, reply } => beginning(wire, &reply, request, after)
            .chain(stream::pending())
            .boxed(),
        Fault::KeepAlives => endless(wire.keep_alive()),
        Fault::EndlessText => stream::iter([piece(wire.opening(request))])
            .chain(endless(wire.text(request, "and so on ")))
            .boxed(),
        Fault::MalformedEvents => whole(malformed(wire)),
        Fault::InvalidUtf8 => whole(invalid_utf8(wire, request)),
        Fault::HugeEvent { bytes } => {
            let text = wire.text(request, &"x".repeat(bytes));
            whole(vec![wire.opening(request).into(), text.into()])
        }
        Fault::ErrorEvent { event: data } => begun(event(&data)),
        Fault::Failing { message } => begun(wire.failure(request, &message)),
        _ => stream::pending().boxed(),
    }
}

/// The first words of a reply.
fn begin(wire: &dyn Writer, request: &Request) -> String {
    wire.opening(request) + &wire.text(request, "Well, ")
}

const PAGE: &str = "<!doctype html><html><head><title>Sign in</title></head>\
    <body><h1>Please sign in to the network</h1></body></html>";

type Pieces = BoxStream<'static, io::Result<Frame<Bytes>>>;

fn events(pieces: Pieces) -> Response<Body> {
    response(200, EVENTS, pieces)
}

fn response(status: u16, kind: &'static str, pieces: Pieces) -> Response<Body> {
    let mut response = Response::new(StreamBody::new(pieces));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of three digits");
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn with_headers(mut response: Response<Body>, headers: Vec<(String, String)>) -> Response<Body> {
    for (name, value) in headers {
        let name = HeaderName::try_from(name).expect("a header name");
        let value = HeaderValue::try_from(value).expect("a header value");
        response.headers_mut().insert(name, value);
    }
    response
}

fn piece(bytes: impl Into<Bytes>) -> io::Result<Frame<Bytes>> {
    Ok(Frame::data(bytes.into()))
}

fn whole(pieces: Vec<Bytes>) -> Pieces {
    stream::iter(pieces).map(piece).boxed()
}

/// The first bytes of a reply's body.
fn beginning(wire: &dyn Writer, reply: &Reply, request: &Request, after: usize) -> Pieces {
    let mut bytes = wire.stream(reply, request).concat().into_bytes();
    bytes.truncate(after);
    whole(vec![bytes.into()])
}

/// Closes the connection without an end mark, after what was sent has left.
async fn torn() -> io::Result<Frame<Bytes>> {
    sleep(Duration::from_millis(20)).await;
    Err(io::ErrorKind::ConnectionReset.into())
}

fn endless(event: String) -> Pieces {
    let bytes = Bytes::from(event);
    let next = move |()| {
        let bytes = bytes.clone();
        async move {
            sleep(PACE).await;
            Some((piece(bytes), ()))
        }
    };
    stream::unfold((), next).boxed()
}

fn malformed(wire: &dyn Writer) -> Vec<Bytes> {
    let any = ["42", "null", "[[[[", "{\"type\":", "{}"].map(event);
    let events = any.into_iter().chain(wire.misshapen());
    events.chain([wire.end_mark()]).map(Bytes::from).collect()
}

fn invalid_utf8(wire: &dyn Writer, request: &Request) -> Vec<Bytes> {
    let mut bytes = wire.text(request, "@").into_bytes();
    if let Some(at) = bytes.iter().position(|it| *it == b'@') {
        bytes.splice(at..=at, [0xff, 0xfe, 0x80, 0xc3]);
    }
    vec![
        wire.opening(request).into(),
        bytes.into(),
        wire.end_mark().into(),
    ]
}
