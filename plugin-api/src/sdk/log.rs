//! Where a plugin's panics and `tracing` events go: into chunks and faults of the current step.
//!
//! Each library has its own panic hook and its own `tracing` dispatcher; without this both would
//! end nowhere or on somebody's screen. The lines are kept in a thread-local only for the time of
//! one step, and are flushed before the step returns.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Once;

use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Metadata, Subscriber};

use super::Host;
use crate::chat::Chunk;
use crate::fault::{Fault, FaultCode};

/// Most lines kept for one step; a chattier one loses the rest.
const MOST_LINES: usize = 256;

thread_local! {
    static LINES: RefCell<Vec<(String, &'static str)>> = const { RefCell::new(Vec::new()) };
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs the hook and the subscriber, once per library.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            PANIC.with_borrow_mut(|slot| *slot = Some(place));
        }));
        // A static link into a test may already have one; then that one is right.
        drop(tracing::subscriber::set_global_default(ToChunks));
    });
}

/// The fault of a caught panic: its message, and its place as detail.
pub(crate) fn panic_fault(payload: &(dyn Any + Send)) -> Fault {
    let said = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into());
    let place = PANIC.with_borrow_mut(Option::take).unwrap_or_default();
    Fault::new(FaultCode::PANICKED, format!("the plugin panicked: {said}")).with_detail(place)
}

/// Takes the log lines of this thread, for where no host listens.
pub(crate) fn take() -> Vec<String> {
    let lines = LINES.take();
    lines
        .into_iter()
        .map(|(text, level)| format!("{level}: {text}"))
        .collect()
}

/// Hands the step's log lines to the host.
pub(crate) fn flush(host: &mut Host<'_>) {
    for (text, level) in LINES.take() {
        host.emit(Chunk::Debug {
            text,
            level: level.into(),
        });
    }
}

struct ToChunks;

impl Subscriber for ToChunks {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| {
            if lines.len() < MOST_LINES {
                lines.push((line.0, level_name(*event.metadata().level())));
            }
        });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, "{name}={value:?}"),
        };
    }
}
