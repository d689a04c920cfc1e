//! Ctrl-C and its relatives: the first one ends the run cleanly, the second one at once.
//!
//! On Unix: SIGINT, SIGTERM and SIGHUP. Elsewhere: Ctrl-C. Beside `stdout` this is the only place
//! of the program that differs between platforms.

use tokio_util::sync::CancellationToken;

use crate::exit::INTERRUPTED;

/// A token that the first signal cancels. Must be called within the runtime, and signals are
/// heard as long as that is there.
///
/// # Errors
///
/// The system refuses to hand signals over.
pub(crate) fn interrupt() -> std::io::Result<CancellationToken> {
    let mut signals = Signals::new()?;
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        signals.next().await;
        display::note("stopping; once more to stop at once");
        cancel.cancel();
        signals.next().await;
        programs::kill_all();
        std::process::exit(INTERRUPTED.into());
    });
    Ok(token)
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let [int, term, hup] = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ]
        .map(signal);
        Ok(Self([int?, term?, hup?]))
    }

    async fn next(&mut self) {
        let [int, term, hup] = &mut self.0;
        tokio::select! {
            _ = int.recv() => {}
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Without a handler nothing is ever interrupted, which is what the error says as well.
        drop(tokio::signal::ctrl_c().await);
    }
}
