//! The child's side: takes rights away from itself, has the library loaded, and answers.
//!
//! **Invariant:** the pipes are away from descriptors 0 and 1 before anything of the library runs,
//! so nothing it prints comes between the messages.

mod filter;
mod native;
mod pipes;
mod rights;
mod stage;

use std::io::{self, Write as _};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::ExitCode;

use massgen_plugin::abi::MeterTable;
use massgen_plugin::abi::host::Root;
use massgen_plugin::{Fault, FaultCode};
use serde_json::Value;

use crate::protocol::{Reading, Reply, Request, Welcome};
use pipes::Pipes;
use stage::Stage;

/// What loading the library brought.
pub struct Loaded {
    /// What the parent gets to know, in the caller's own form; see
    /// [`Plugin::report`](crate::Plugin::report).
    pub report: Value,
    /// The root module; without one the child ends after its report.
    pub root: Option<Root>,
}

/// What a program does when its first argument is [`ARGUMENT`](crate::ARGUMENT): takes descriptors
/// and rights away from itself, has `load` load the file, and serves the parent until it hangs up.
///
/// Call it before anything else: it closes every descriptor above standard error. It succeeds
/// whenever it could say what loading brought, a refusal included.
pub fn serve(file: &Path, load: impl FnOnce(&Path) -> Loaded) -> ExitCode {
    match answer(file, load) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent shows the last line of standard error.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(file: &Path, load: impl FnOnce(&Path) -> Loaded) -> io::Result<()> {
    native::close_inherited()?;
    // Left to the system to close: a locked child cannot.
    let mut pipes = ManuallyDrop::new(Pipes::take()?);
    let Some((Request::Load(limits), _)) = pipes.next()? else {
        return Err(io::Error::other(
            "this program is started by massgen itself",
        ));
    };
    rights::limit(&limits)?;
    let unfiltered = filter::first().err();
    let Loaded { report, root } = load(file);
    let welcome = Welcome {
        report,
        description: root.as_ref().map(Root::describe),
        unfiltered,
    };
    pipes.answer(&Reply::Loaded(welcome), &[])?;
    match root {
        Some(root) => obey(root, &mut pipes),
        None => Ok(()),
    }
}

/// Answers requests until there are no more.
fn obey(root: Root, pipes: &mut Pipes) -> io::Result<()> {
    let mut stage = Stage::new(root);
    while let Some((request, bytes)) = pipes.next()? {
        match request {
            Request::Lock => pipes.done(lock(root.meter(), pipes.replies()))?,
            Request::Meter => {
                let reading = root.meter().map(|it| Reading {
                    live: (it.live)(),
                    limit: (it.limit)(),
                });
                pipes.answer(&Reply::Meter(reading), &[])?;
            }
            Request::Create { backend } => pipes.done(stage.create(backend, text(&bytes)?))?,
            Request::Query { backend } => pipes.done(stage.query(backend, text(&bytes)?))?,
            Request::Open { backend, session } => {
                pipes.done(stage.open(backend, session, text(&bytes)?))?;
            }
            Request::Step {
                session,
                kind,
                status,
                ticket,
            } => {
                let outcome = stage.step(session, (kind, status, ticket, &bytes), pipes);
                pipes.answer(&Reply::Stepped(outcome), &[])?;
            }
            Request::DropBackend(backend) => stage.drop_backend(backend),
            Request::DropSession(session) => stage.drop_session(session),
            Request::Load(_) | Request::Verdict(_) | Request::Answer => {
                return Err(io::Error::other("a request out of turn"));
            }
        }
    }
    Ok(())
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(io::Error::other)
}

/// The second filter. From here on only memory and the pipes are left.
fn lock(meter: Option<&'static MeterTable>, replies: i32) -> Result<String, Fault> {
    let failed = |why: String| Fault::new(FaultCode::INTERNAL, why);
    native::report_forbidden(replies, meter).map_err(|error| failed(error.to_string()))?;
    rights::no_more_files().map_err(|error| failed(error.to_string()))?;
    filter::second().map_err(failed)?;
    Ok(String::new())
}
