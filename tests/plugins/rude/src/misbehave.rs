//! The ways to break the step contract, one function each.
//!
//! Each breaks exactly the rule its name says and keeps the others as far as it can, so that what
//! the host reports can be told apart.

use std::thread;
use std::time::Duration;

use massgen_plugin::abi::limits::{OPS_PER_STEP, PAYLOAD_BYTES};
use massgen_plugin::abi::{OpKind, Progress};
use massgen_plugin::chat::{Chunk, ChunkKind, FinishReason};
use massgen_plugin::sdk::{Event, Host, Machine};
use massgen_plugin::{Fault, FaultCode};
use serde_json::{Value, json};

use crate::decent::{Decent, done};
use crate::{reach, subtle};

/// An operation nobody knows.
const UNKNOWN_OP: OpKind = OpKind(77_777);
/// A chunk kind nobody knows, outside the numbers that are private to a plugin.
const UNKNOWN_CHUNK: ChunkKind = ChunkKind(88_888);

macro_rules! ways {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Which rule is broken.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Misbehaviour {
            $($(#[$doc])* $name,)*
        }

        impl Misbehaviour {
            /// The one of this name, as it stands in a configuration.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

ways! {
    /// None.
    Decent = "decent",
    /// Panics while the backend is made.
    PanicInCreate = "panic_in_create",
    /// Panics while a session is opened.
    PanicInOpen = "panic_in_open",
    /// Panics in the second step.
    PanicInStep = "panic_in_step",
    /// Panics when the session is dropped.
    PanicInDrop = "panic_in_drop",
    /// Emits a chunk kind and begins an operation that nobody knows, then a known kind whose
    /// data is not of its form.
    GarbageKinds = "garbage_kinds",
    /// Begins two operations under one ticket.
    RepeatTicket = "repeat_ticket",
    /// Begins an operation under ticket 0.
    ZeroTicket = "zero_ticket",
    /// Talks and begins timers for ever.
    NeverEnds = "never_ends",
    /// Does not return from a step.
    EndlessLoop = "endless_loop",
    /// Emits without end inside one step.
    Flood = "flood",
    /// Allocates without end inside one step.
    Allocate = "allocate",
    /// Begins more operations in one step than allowed.
    TooManyOps = "too_many_ops",
    /// Hands over a payload that is too large.
    HugePayload = "huge_payload",
    /// Emits a chunk after its `done` chunk.
    AfterDone = "after_done",
    /// Emits two `done` chunks.
    TwoDones = "two_dones",
    /// Ends without a `done` chunk.
    NoDone = "no_done",
    /// Sleeps in every step.
    SlowStep = "slow_step",
    /// Prints to standard output.
    Print = "print",
    /// Opens a file.
    OpenFile = "open_file",
    /// Opens a socket.
    OpenSocket = "open_socket",
    /// Starts a thread.
    StartThread = "start_thread",
    /// Starts a program.
    StartProgram = "start_program",
    /// Ends the process by an abort.
    Abort = "abort",
    /// Ends the process by its exit, code 3.
    Exit = "exit",
    /// Ends the process by using up the stack.
    Overflow = "overflow",
    /// Panics on an event it does not know.
    PanicOnUnknown = "panic_on_unknown",
    /// Panics when an operation is refused.
    PanicWhenRefused = "panic_when_refused",
    /// Carries out calls that require what it does not know.
    AcceptAnything = "accept_anything",
    /// Says how many sessions there are.
    Mix = "mix",
    /// Loses some memory with every session.
    Leak = "leak",
    /// Sleeps when a session is dropped.
    SlowDrop = "slow_drop",
    /// Says what the call cost before it is over, and then again.
    UsageTwice = "usage_twice",
    /// Calls two tools under one id.
    SameIds = "same_ids",
    /// Calls a tool with arguments that are a list.
    ListArguments = "list_arguments",
    /// Says a key that stands in its configuration.
    TellKey = "tell_key",
    /// Takes every response for a complete reply.
    Deaf = "deaf",
}

/// One step of a session that misbehaves as `how` says.
pub(crate) fn step(
    how: Misbehaviour,
    decent: &mut Decent,
    event: Event<'_>,
    host: &mut Host<'_>,
) -> Result<Progress, Fault> {
    use Misbehaviour as M;
    match how {
        M::PanicInStep => panic_in_second(decent, event, host),
        M::GarbageKinds => garbage_kinds(host),
        M::RepeatTicket => two_timers(7, 7, host),
        M::ZeroTicket => two_timers(0, 1, host),
        M::NeverEnds => never_ends(event, host),
        M::EndlessLoop => endless_loop(),
        M::Flood => flood(host),
        M::Allocate => allocate(),
        M::TooManyOps => too_many_ops(host),
        M::HugePayload => huge_payload(host),
        M::AfterDone => end_with(host, Chunk::text("one more thing")),
        M::TwoDones => end_with(host, done(FinishReason::Stop)),
        M::NoDone => Ok(Progress::DONE),
        M::SlowStep => slow_step(decent, event, host),
        M::Print => print(decent, event, host),
        M::OpenFile => first(reach::open_file, decent, event, host),
        M::OpenSocket => first(reach::open_socket, decent, event, host),
        M::StartThread => first(reach::start_thread, decent, event, host),
        M::StartProgram => first(reach::start_program, decent, event, host),
        M::Abort => std::process::abort(),
        M::Exit => std::process::exit(3),
        M::Overflow => reach::overflow(),
        M::PanicOnUnknown => subtle::panic_on_unknown(decent, event, host),
        M::PanicWhenRefused => subtle::panic_when_refused(decent, event, host),
        M::Mix => subtle::mix(host),
        M::UsageTwice => subtle::usage_twice(decent, event, host),
        M::SameIds => subtle::same_ids(host),
        M::ListArguments => subtle::list_arguments(host),
        M::Deaf => subtle::deaf(event, host),
        M::Decent
        | M::PanicInCreate
        | M::PanicInOpen
        | M::PanicInDrop
        | M::AcceptAnything
        | M::Leak
        | M::SlowDrop
        | M::TellKey => decent.step(event, host),
    }
}

/// Does it, and then what a decent session does.
fn first(
    reach: fn(),
    decent: &mut Decent,
    event: Event<'_>,
    host: &mut Host<'_>,
) -> Result<Progress, Fault> {
    reach();
    decent.step(event, host)
}

fn panic_in_second(
    decent: &mut Decent,
    event: Event<'_>,
    host: &mut Host<'_>,
) -> Result<Progress, Fault> {
    assert!(event == Event::Start, "told to panic in step");
    decent.step(event, host)
}

fn garbage_kinds(host: &mut Host<'_>) -> Result<Progress, Fault> {
    let garbage = |number, json: Value| Chunk::Other {
        number,
        text: "garbage".into(),
        json,
    };
    host.emit(garbage(UNKNOWN_CHUNK, json!({ "noise": [1, 2, 3] })));
    // Its verdict is of no interest: the host must survive being asked.
    let _ = host.begin(UNKNOWN_OP, 1, b"\xff\xfe no JSON");
    host.emit(garbage(ChunkKind::TOOL_CALL, json!("no tool call")));
    Ok(Progress(99))
}

fn two_timers(first: u64, second: u64, host: &mut Host<'_>) -> Result<Progress, Fault> {
    host.timer(first, 1)?;
    host.timer(second, 1)?;
    Ok(Progress::MORE)
}

fn never_ends(event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
    let last = match event {
        Event::Timer { ticket } => ticket,
        _ => 0,
    };
    host.emit(Chunk::text("and so on, "));
    host.timer(last + 1, 1)?;
    Ok(Progress::MORE)
}

fn endless_loop() -> Result<Progress, Fault> {
    loop {
        std::hint::spin_loop();
    }
}

fn flood(host: &mut Host<'_>) -> Result<Progress, Fault> {
    let drop = "drop ".repeat(200);
    loop {
        host.emit(Chunk::text(drop.as_str()));
    }
}

fn allocate() -> Result<Progress, Fault> {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1_u8; 1 << 20]);
        std::hint::black_box(&hoard);
    }
}

fn too_many_ops(host: &mut Host<'_>) -> Result<Progress, Fault> {
    for ticket in 1..=OPS_PER_STEP as u64 + 1 {
        host.timer(ticket, 1)?;
    }
    Ok(Progress::MORE)
}

fn huge_payload(host: &mut Host<'_>) -> Result<Progress, Fault> {
    let payload = vec![b' '; PAYLOAD_BYTES + 1];
    let verdict = host.begin(OpKind::TIMER, 1, &payload);
    let text = format!(
        "the host's verdict on a payload that is too large: {}",
        verdict.name()
    );
    Err(Fault::new(FaultCode::INTERNAL, text))
}

fn end_with(host: &mut Host<'_>, surplus: Chunk) -> Result<Progress, Fault> {
    host.emit(Chunk::text("that was all"));
    host.emit(done(FinishReason::Stop));
    host.emit(surplus);
    Ok(Progress::DONE)
}

fn slow_step(
    decent: &mut Decent,
    event: Event<'_>,
    host: &mut Host<'_>,
) -> Result<Progress, Fault> {
    thread::sleep(Duration::from_millis(200));
    decent.step(event, host)
}

#[expect(clippy::print_stdout, reason = "printing is the rule it breaks")]
fn print(decent: &mut Decent, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
    println!("a plugin must not print");
    decent.step(event, host)
}
