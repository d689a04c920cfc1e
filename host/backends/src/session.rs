//! A session on a thread of its own: events in, effects out, nothing else.
//!
//! The thread is what makes a plugin's endless loop harmless: it is lost, the runtime is not.
//! [`Pulse`] tells the driver how long the current step has been running.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use massgen_plugin::abi::host::{Event, Session};
use massgen_plugin::abi::{EventKind, MeterTable, limits};
use massgen_plugin::{Fault, FaultCode};
use referee::Referee;
use tokio::sync::mpsc as channel;

use crate::gate::{Effects, Gate};
use crate::ops::Happening;

/// Opens the session on the thread itself, because `open` is the plugin's code too. It gives away
/// what marks the plugin as being tried for the first time: a crash before the first effects
/// leaves that trace.
pub(crate) type Opener =
    Box<dyn FnOnce(&dyn Fn(Option<Box<dyn Send>>)) -> Result<Session, Fault> + Send>;

/// The driver's end of a session thread. Dropping it ends the session.
pub(crate) struct Thread {
    events: mpsc::Sender<Vec<Happening>>,
    effects: channel::UnboundedReceiver<Effects>,
    pulse: Arc<Pulse>,
    plugin: String,
    meter: Option<&'static MeterTable>,
}

/// When the step that runs now began, and the marker of a plugin that never ran before.
#[derive(Default)]
struct Pulse {
    began: AtomicU64,
    marker: Mutex<Option<Box<dyn Send>>>,
}

impl Pulse {
    fn beat(&self, origin: Instant) {
        let since = u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.began.store(since.saturating_add(1), Ordering::Relaxed);
    }

    fn rest(&self) {
        self.began.store(0, Ordering::Relaxed);
    }

    fn mark(&self, marker: Option<Box<dyn Send>>) {
        *self.marker.lock().unwrap_or_else(PoisonError::into_inner) = marker;
    }
}

impl Thread {
    /// Starts the thread; its first event is `START`.
    ///
    /// # Errors
    ///
    /// `internal` when the system gives no thread.
    pub(crate) fn start(
        plugin: &str,
        meter: Option<&'static MeterTable>,
        open: Opener,
        gate: Gate,
    ) -> Result<Self, Fault> {
        let (events, inbox) = mpsc::channel();
        let (outbox, effects) = channel::unbounded_channel();
        let pulse = Arc::new(Pulse::default());
        let beat = Arc::clone(&pulse);
        std::thread::Builder::new()
            .name(format!("step:{plugin}"))
            .spawn(move || run(open, gate, &inbox, &outbox, &beat))
            .map_err(|error| Fault::new(FaultCode::INTERNAL, format!("no thread: {error}")))?;
        Ok(Self {
            events,
            effects,
            pulse,
            plugin: plugin.to_owned(),
            meter,
        })
    }

    /// Hands events over.
    pub(crate) fn send(&self, events: Vec<Happening>) {
        // A thread that is gone has reported its end already.
        drop(self.events.send(events));
    }

    /// The effects of the events handed over last, or the fault of a step that does not return.
    /// Either way the plugin did not end the process, so its marker goes.
    pub(crate) async fn effects(&mut self) -> Result<Effects, Fault> {
        let effects = self.next_effects().await;
        self.pulse.mark(None);
        effects
    }

    async fn next_effects(&mut self) -> Result<Effects, Fault> {
        let patience = limits::STUCK_STEP;
        loop {
            match tokio::time::timeout(patience / 4, self.effects.recv()).await {
                Ok(Some(effects)) => return Ok(effects),
                Ok(None) => {
                    return Err(Fault::new(FaultCode::INTERNAL, "the session's thread died"));
                }
                Err(_) if self.stuck_for() > patience => return Err(self.stuck(patience)),
                Err(_) => {}
            }
        }
    }

    /// Why the step does not return: its memory is used up, or nobody knows.
    fn stuck(&self, patience: Duration) -> Fault {
        let (plugin, seconds) = (&self.plugin, patience.as_secs());
        let meter = self.meter.filter(|meter| (meter.exceeded)() != 0);
        let text = match meter {
            Some(meter) => {
                let limit = (meter.limit)() >> 20;
                format!("plugin `{plugin}` wants more memory than its limit of {limit} MiB")
            }
            None => format!("plugin `{plugin}` did not return from `step` within {seconds} s"),
        };
        Fault::new(FaultCode::PROTOCOL, text)
    }

    fn stuck_for(&self) -> Duration {
        let began = self.pulse.began.load(Ordering::Relaxed);
        if began == 0 {
            return Duration::ZERO;
        }
        let now = u64::try_from(ORIGIN.elapsed().as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(now.saturating_sub(began))
    }
}

impl Drop for Thread {
    /// A session that is given up before its first effects has not ended the process.
    fn drop(&mut self) {
        self.pulse.mark(None);
    }
}

static ORIGIN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

fn run(
    open: Opener,
    gate: Gate,
    inbox: &mpsc::Receiver<Vec<Happening>>,
    outbox: &channel::UnboundedSender<Effects>,
    pulse: &Pulse,
) {
    let last_words = outbox.clone();
    let mut referee = Referee::new(gate, move |effects| drop(last_words.send(effects)));
    pulse.beat(*ORIGIN);
    let opened = open(&|marker| pulse.mark(marker));
    pulse.rest();
    let mut session = match opened {
        Ok(session) => session,
        Err(fault) => {
            drop(outbox.send(Effects::end(Err(fault))));
            return;
        }
    };
    while let Ok(events) = inbox.recv() {
        for event in events {
            step(&mut session, &event, &mut referee, pulse);
        }
        let effects = referee.take();
        let over = effects.end.is_some();
        if outbox.send(effects).is_err() || over {
            break;
        }
    }
    // Dropping runs the plugin's code; that is this thread's business alone.
    drop(session);
}

/// One step, timed and refereed. Events of closed tickets are not delivered, nor any after the end.
fn step<F: FnMut(Effects)>(
    session: &mut Session,
    event: &Happening,
    referee: &mut Referee<Gate, F>,
    pulse: &Pulse,
) {
    if referee.is_over() || (event.ticket != 0 && !referee.is_open(event.ticket)) {
        return;
    }
    if event.is_last() {
        referee.close(event.ticket);
    }
    referee.begin_step();
    pulse.beat(*ORIGIN);
    let began = Instant::now();
    let outcome = session.step(event.as_event(), referee);
    let took = began.elapsed();
    pulse.rest();
    if took > limits::SLOW_STEP {
        referee.warn(format!("a step took {} ms", took.as_millis()));
    }
    if event.kind == EventKind::CANCEL {
        return;
    }
    referee.end_step(outcome);
}

impl Happening {
    fn as_event(&self) -> Event<'_> {
        Event {
            kind: self.kind,
            status: self.status,
            ticket: self.ticket,
            data: &self.data,
        }
    }
}
