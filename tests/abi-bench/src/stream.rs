//! What one call, one chunk and one decoded delta cost.

use std::hint::black_box;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, Waker};

use anyhow::{Context, Result, anyhow};
use futures_util::Stream;
use massgen_plugin::Config;
use massgen_plugin::abi::host::{Event, Root, Session};
use massgen_plugin::abi::{EventKind, MeterTable, OpKind};
use massgen_plugin::chat::{Call, Role, Turn};
use referee::{Effects, Referee, Refusal};

use crate::load;
use crate::rows::Row;
use crate::stopwatch::{ROUNDS, each, median};

/// Operations of one round.
const TIMES: usize = 20_000;
/// Steps between two emptyings of the effects, as the driver does it.
const BATCH: usize = 32;
/// What a model sends at a time.
pub(crate) const TEXT: &str = "A piece of text of sixty bytes, as a model streams them out.";

pub(crate) fn rows(echo: &Path, translator: &Path) -> Result<Vec<Row>> {
    let meter = load::load(echo)?
        .meter()
        .context("the test plugin has no meter")?;
    let mut echo = Streaming::open(load::load(echo)?, "echo", TEXT)?;
    let delta = format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"content":"{TEXT}"}},"logprobs":null,"finish_reason":null}}]}}"#
    );
    let mut decoded = Streaming::open(load::load(translator)?, "vllm", &delta)?;
    let mut native = Native::new();
    let native_call: Box<dyn Live> = Box::new(Counter(7));

    let mut columns: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        columns[0].push(each(TIMES, || {
            _ = black_box(black_box(&native_call).live())
        }));
        columns[1].push(each(TIMES, || {
            _ = black_box((black_box::<&MeterTable>(meter).live)())
        }));
        columns[2].push(each(TIMES, || _ = black_box(native.poll())));
        columns[3].push(echo.round());
        columns[4].push(decoded.round());
    }
    let [call, abi_call, poll, chunk, delta] = columns.map(median);
    Ok(vec![
        Row::new("empty call, native `dyn`", call, "ns"),
        Row::new("empty call, over the ABI", abi_call, "ns").against("native call", call),
        Row::new("chunk of 60 bytes, native poll", poll, "ns"),
        Row::new("chunk of 60 bytes, `step` with referee", chunk, "ns")
            .against("native poll", poll)
            .limit(150.0),
        Row::new("SSE delta decoded in a plugin", delta, "ns")
            .against("undecoded chunk", chunk)
            .limit(2500.0),
    ])
}

trait Live {
    fn live(&self) -> u64;
}

struct Counter(u64);

impl Live for Counter {
    fn live(&self) -> u64 {
        black_box(self.0)
    }
}

/// The same chunks out of an ordinary stream in this process.
struct Native(Pin<Box<dyn Stream<Item = String>>>);

impl Native {
    fn new() -> Self {
        Self(Box::pin(futures_util::stream::repeat_with(|| {
            black_box(TEXT).to_owned()
        })))
    }

    fn poll(&mut self) -> Option<String> {
        match self
            .0
            .as_mut()
            .poll_next(&mut TaskContext::from_waker(Waker::noop()))
        {
            Poll::Ready(chunk) => chunk,
            Poll::Pending => None,
        }
    }
}

/// Lets every operation begin: what that costs is not measured here.
pub(crate) type Gate = fn(OpKind, &[u8]) -> Result<(), Refusal>;

/// What a backend of this type is made with, and a call of it.
pub(crate) fn requests(type_name: &str) -> Result<(String, String)> {
    let config = Config {
        backend_type: type_name.into(),
        base_url: Some("http://localhost:1/v1".into()),
        model: Some("m".into()),
        ..Config::default()
    };
    let call = Call {
        turns: vec![Turn::text(Role::User, "hi")],
        ..Call::default()
    };
    Ok((
        serde_json::to_string(&config)?,
        serde_json::to_string(&call)?,
    ))
}

/// A session that is fed the same frame over and over.
struct Streaming {
    session: Session,
    referee: Referee<Gate, fn(Effects<()>)>,
    frame: Vec<u8>,
}

impl Streaming {
    fn open(root: Root, type_name: &str, frame: &str) -> Result<Self> {
        let (config, call) = requests(type_name)?;
        let backend = root.create(&config).map_err(|it| anyhow!(it))?;
        let session = backend.open(&call).map_err(|it| anyhow!(it))?;
        let referee = Referee::new((|_, _| Ok(())) as Gate, (|_| {}) as fn(Effects<()>));
        let mut streaming = Self {
            session,
            referee,
            frame: frame.as_bytes().to_vec(),
        };
        streaming.step(Event::START);
        let head = Event {
            kind: EventKind::HTTP_HEAD,
            status: 200,
            ticket: 1,
            data: b"{}",
        };
        streaming.step(head);
        let effects = streaming.referee.take();
        anyhow::ensure!(
            effects.end.is_none(),
            "the session ended early: {:?}",
            effects.end
        );
        Ok(streaming)
    }

    fn step(&mut self, event: Event<'_>) {
        self.referee.begin_step();
        let outcome = self.session.step(event, &mut self.referee);
        self.referee.end_step(outcome);
    }

    /// CPU nanoseconds a frame.
    fn round(&mut self) -> f64 {
        let frame = std::mem::take(&mut self.frame);
        let event = Event {
            kind: EventKind::HTTP_FRAME,
            status: 0,
            ticket: 1,
            data: &frame,
        };
        let cost = each(TIMES / BATCH, || {
            for _ in 0..BATCH {
                self.step(event);
            }
            let effects = self.referee.take();
            assert_eq!(effects.chunks.len(), BATCH, "{:?}", effects.end);
            drop(black_box(effects));
        });
        self.frame = frame;
        cost / BATCH as f64
    }
}
