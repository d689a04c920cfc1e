//! The life of one program, as a task of its own: started, listened to, ended for sure.
//!
//! The task outlives its session by the grace of the program at most.

use std::io;
use std::time::Duration;

use massgen_plugin::chat::Chunk;
use massgen_plugin::wire::{ProcessEnd, Spawn};
use massgen_plugin::{Fault, FaultCode};
use programs::{Running, StartError, Streams, exit_code};
use tokio_util::sync::CancellationToken;

use super::begin::{Desk, Outlet};
use super::input::{Inbox, carry};
use super::output::{complaints, frames};
use super::prepare::{Prepared, prepare};
use super::tape::{Step, play};
use crate::event::CallEvent;

/// The most that a program is given which was asked to end.
const LONGEST_GRACE: Duration = Duration::from_secs(10);

/// Runs a program, or plays back what one did, and tells its end unless it was given up.
pub(super) async fn run(desk: Desk, spawn: Spawn, inbox: Inbox, outlet: Outlet) {
    let argv: Vec<_> = spawn.argv.iter().map(|it| desk.masked(it)).collect();
    if let Some(recorded) = desk.programs.tape.recorded(&argv) {
        tokio::select! {
            () = play(recorded, inbox, &outlet) => {}
            () = outlet.closed() => {}
        }
        return;
    }
    outlet.note(Step::Start { argv });
    let outcome = match start(&desk, &spawn).await {
        Ok(_) if outlet.is_closed() => return,
        Ok((running, streams)) => {
            let life = Life {
                desk: &desk,
                spawn: &spawn,
                outlet: &outlet,
            };
            life.lead(running, streams, inbox).await
        }
        Err(fault) => Err(fault),
    };
    outlet.end(outcome).await;
}

async fn start(desk: &Desk, spawn: &Spawn) -> Result<(Running, Streams), Fault> {
    let (desk_, spawn_) = (desk.clone(), spawn.clone());
    let prepared = tokio::task::spawn_blocking(move || prepare(&desk_, &spawn_)).await;
    let Prepared { program, remarks } = prepared.map_err(|it| internal(&it))??;
    for text in remarks {
        // A caller that went away needs no remarks, and gives the program up.
        drop(
            desk.out
                .send(CallEvent::Chunk(Chunk::Status { text }))
                .await,
        );
    }
    program
        .start()
        .map_err(|error| not_started(desk, spawn, &error))
}

fn not_started(desk: &Desk, spawn: &Spawn, error: &StartError) -> Fault {
    let name = spawn.argv.first().map_or("", String::as_str);
    let what = format!("`{name}` cannot be started: {error}");
    Fault::new(FaultCode::CONFIG, desk.masked(&what))
}

fn internal(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(FaultCode::INTERNAL, error.to_string())
}

async fn after(closed: &CancellationToken, grace: Duration) {
    closed.cancelled().await;
    tokio::time::sleep(grace).await;
}

/// A program that runs, and for whom.
struct Life<'a> {
    desk: &'a Desk,
    spawn: &'a Spawn,
    outlet: &'a Outlet,
}

impl Life<'_> {
    /// To its end. One that cannot be read any more is stopped.
    async fn lead(
        &self,
        mut running: Running,
        streams: Streams,
        inbox: Inbox,
    ) -> Result<(u32, ProcessEnd), Fault> {
        let outcome = self.follow(&mut running, streams, inbox).await;
        if outcome.is_err()
            && let Err(error) = running.stop(self.last_grace()).await
        {
            tracing::warn!(%error, program = self.spawn.argv.first(), "a program did not end");
        }
        outcome
    }

    fn grace(&self) -> Duration {
        Duration::from_millis(self.spawn.grace_ms)
    }

    /// What a program is given that was asked to end.
    fn last_grace(&self) -> Duration {
        self.grace().min(LONGEST_GRACE)
    }

    /// A program that was given up is stopped, and read until it has ended: who writes into a pipe
    /// that nobody holds dies of that and not in order.
    async fn follow(
        &self,
        running: &mut Running,
        streams: Streams,
        inbox: Inbox,
    ) -> Result<(u32, ProcessEnd), Fault> {
        let (secrets, gone) = (self.desk.values(), CancellationToken::new());
        let closed = CancellationToken::new();
        let cut = (self.spawn.framing, self.spawn.max_line);
        let ended = async {
            let status = tokio::select! {
                biased;
                () = self.outlet.closed() => None,
                status = running.wait() => Some(status),
                () = after(&closed, self.grace()) => None,
            };
            let status = match status {
                Some(status) => status,
                None => running.stop(self.last_grace()).await,
            };
            gone.cancel();
            status.map_err(|error: io::Error| internal(&error))
        };
        let listened = async {
            let said = frames(streams.stdout, cut, &secrets, &gone, self.outlet);
            let complained = complaints(streams.stderr, &secrets, &gone, self.outlet);
            let complained = async { Ok(complained.await) };
            let (status, (), stderr_tail) = tokio::try_join!(ended, said, complained)?;
            Ok((exit_code(status), ProcessEnd { stderr_tail }))
        };
        let noted = || self.outlet.note(Step::In);
        tokio::select! {
            listened = listened => listened,
            never = carry(streams.stdin, inbox, &closed, noted) => match never {},
        }
    }
}
