//! A backend linked into the test crosses the same adapter as a loaded one.

#![expect(clippy::expect_used, reason = "a broken fixture should fail the test")]

use massgen_plugin::abi::host::{Context, Emitted, Event, Root, Session};
use massgen_plugin::abi::{EventKind, OpKind, Progress, Verdict};
use massgen_plugin::chat::{Call, Chunk, Done, FinishReason, Role, Turn};
use massgen_plugin::sdk::{AsyncBackend, Asynchronous, Entry, Io, Translating};
use massgen_plugin::wire::{Frame, HttpRequest, Response};
use massgen_plugin::{Chunks, Config, Fault, FaultCode, Translator};
use std::sync::Arc;

struct Echo;

impl Translator for Echo {
    type Reply = String;

    fn new(config: Config) -> Result<Self, Fault> {
        config.base_url().map(|_| Self)
    }

    fn prelude(&self, call: &Call) -> Option<HttpRequest> {
        call.params
            .seed
            .is_none()
            .then(|| HttpRequest::get("http://localhost/seed"))
    }

    fn on_prelude(&self, call: &mut Call, response: Response<'_>) -> Result<(), Fault> {
        call.params.seed = Some(response.body.len() as i64);
        Ok(())
    }

    fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        let seed = call.params.seed.unwrap_or_default();
        Ok(HttpRequest::post_json(
            format!("http://localhost/{seed}"),
            call.turns[0].joined_text(),
        ))
    }

    fn on_frame(
        &self,
        reply: &mut String,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        let text = frame
            .text()
            .map_err(|_| Fault::new(FaultCode::PROTOCOL, "no text"))?;
        massgen_plugin::tracing::warn!(length = text.len(), "a frame");
        assert!(text != "panic", "told to");
        reply.push_str(text);
        out.text(text);
        Ok(())
    }

    fn on_end(&self, reply: &mut String, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        if !reply.is_empty() {
            out.done(FinishReason::Stop);
        }
        Ok(())
    }
}

struct AsyncEcho;

impl AsyncBackend for AsyncEcho {
    fn new(_: Config) -> Result<Self, Fault> {
        Ok(Self)
    }

    async fn run(self: Arc<Self>, call: Call, io: Io) -> Result<Done, Fault> {
        let request = HttpRequest::post_json("http://localhost/0", call.turns[0].joined_text());
        let mut reply = io.http(request).await?;
        while let Some(frame) = reply.frame().await? {
            io.emit(Chunk::text(String::from_utf8_lossy(&frame)));
        }
        Ok(Done {
            finish: FinishReason::Stop,
            response_id: None,
            model: None,
        })
    }
}

#[derive(Default)]
struct Recorder {
    seen: Vec<String>,
}

impl Context for Recorder {
    fn emit(&mut self, chunk: Emitted<'_>) {
        self.seen.push(match chunk.decode() {
            Ok(Chunk::Text { text }) => format!("text {text}"),
            Ok(Chunk::Debug { text, level }) => format!("{level} {text}"),
            Ok(Chunk::Done(done)) => format!("done {:?}", done.finish),
            other => format!("{other:?}"),
        });
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        let request: HttpRequest = serde_json::from_slice(payload).expect("a request");
        self.seen.push(format!(
            "{} {ticket} {} {:?}",
            op.name(),
            request.url,
            request.body
        ));
        Verdict::ACCEPTED
    }

    fn abandon(&mut self, ticket: u64) {
        self.seen.push(format!("abandon {ticket}"));
    }

    fn ask(&mut self, _: &str) -> String {
        String::new()
    }
}

fn open<E: Entry>() -> Session {
    let root = Root::linked::<E>();
    let config = r#"{"backend_type":"echo","base_url":"http://localhost"}"#;
    let call = Call {
        turns: vec![Turn::text(Role::User, "hi")],
        ..Call::default()
    };
    let backend = root.create(config).expect("a backend");
    backend
        .open(&serde_json::to_string(&call).expect("json"))
        .expect("a session")
}

fn event(kind: EventKind, status: u32, ticket: u64, data: &str) -> Event<'_> {
    Event {
        kind,
        status,
        ticket,
        data: data.as_bytes(),
    }
}

fn play(session: &mut Session, events: &[Event<'_>]) -> (Vec<String>, Result<Progress, Fault>) {
    let mut recorder = Recorder::default();
    let mut last = Ok(Progress::MORE);
    for event in events {
        last = session.step(*event, &mut recorder);
    }
    (recorder.seen, last)
}

#[test]
fn a_translator_asks_its_prelude_then_streams_to_the_end() {
    let mut session = open::<Translating<Echo>>();
    let (seen, last) = play(
        &mut session,
        &[
            Event::START,
            event(EventKind::HTTP_HEAD, 200, 1, "{}"),
            event(EventKind::HTTP_BYTES, 0, 1, "seven!!"),
            event(EventKind::HTTP_END, 0, 1, ""),
            event(EventKind::HTTP_HEAD, 200, 2, "{}"),
            event(EventKind::HTTP_FRAME, 0, 2, "ho"),
            event(EventKind(4711), 0, 2, "unknown kinds are ignored"),
            event(EventKind::HTTP_END, 0, 2, ""),
        ],
    );
    assert_eq!(last, Ok(Progress::DONE));
    let expected = [
        "http 1 http://localhost/seed None",
        "http 2 http://localhost/7 Some(\"hi\")",
        "text ho",
        "warn a frame length=2",
        "done Stop",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn an_error_response_becomes_the_translators_fault() {
    let mut session = open::<Translating<Echo>>();
    let (_, last) = play(
        &mut session,
        &[
            Event::START,
            event(EventKind::HTTP_HEAD, 429, 1, "{}"),
            event(
                EventKind::HTTP_BYTES,
                0,
                1,
                r#"{"error":{"message":"slow down"}}"#,
            ),
            event(EventKind::HTTP_END, 0, 1, ""),
        ],
    );
    let fault = last.expect_err("a fault");
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (
            FaultCode::RATE_LIMITED,
            "the server answered 429: slow down"
        )
    );
}

#[test]
fn a_panic_is_a_fault_with_its_place_and_the_session_never_runs_again() {
    let mut session = open::<Translating<Echo>>();
    let frame = |text| event(EventKind::HTTP_FRAME, 0, 2, text);
    let (_, last) = play(&mut session, &[Event::START, frame("panic")]);
    let fault = last.expect_err("a fault");
    assert_eq!(fault.code, FaultCode::PANICKED);
    assert!(fault.message.contains("told to"), "{}", fault.message);
    assert!(fault.detail.contains("crossing.rs"), "{}", fault.detail);
    let (seen, last) = play(&mut session, &[frame("again")]);
    assert_eq!(
        (seen, last.map_err(|it| it.code)),
        (vec![], Err(FaultCode::PANICKED))
    );
}

#[test]
fn a_missing_required_feature_and_a_wrong_configuration_are_faults() {
    let root = Root::linked::<Translating<Echo>>();
    let fault = root
        .create(r#"{"backend_type":"echo"}"#)
        .err()
        .expect("a fault");
    assert_eq!(fault.code, FaultCode::CONFIG);
    let backend = root
        .create(r#"{"backend_type":"echo","base_url":"x"}"#)
        .expect("a backend");
    let fault = backend
        .open(r#"{"id":"1","turns":[],"requires":["telepathy"]}"#)
        .err()
        .expect("a fault");
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (FaultCode::UNSUPPORTED, "the backend cannot do `telepathy`")
    );
}

#[test]
fn an_async_backend_is_driven_by_the_same_events() {
    let mut session = open::<Asynchronous<AsyncEcho>>();
    let (seen, last) = play(
        &mut session,
        &[
            Event::START,
            event(EventKind::HTTP_HEAD, 200, 1, "{}"),
            event(EventKind::HTTP_FRAME, 0, 1, "ho"),
            event(EventKind::HTTP_END, 0, 1, ""),
        ],
    );
    assert_eq!(last, Ok(Progress::DONE));
    assert_eq!(
        seen,
        [
            "http 1 http://localhost/0 Some(\"hi\")",
            "text ho",
            "done Stop"
        ]
    );
}
