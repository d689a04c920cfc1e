//! Whether a failed call is made again, and after how long (services §2.10). Pure.

use std::io;
use std::time::Duration;

use crate::{CallError, ConnectError, Hints};

/// Attempts at one call, the first included.
const ATTEMPTS: u32 = 4;

/// How long to wait before the next attempt after this one (counted from 0) failed; `None`: it is
/// not made again. `jitter` lies in `0.0..1.0`.
pub(crate) fn wait(error: &CallError, hints: Hints, attempt: u32, jitter: f64) -> Option<Duration> {
    (attempt + 1 < ATTEMPTS && harmless(error, hints)).then(|| delay(attempt, jitter))
}

/// Whether making the call again cannot do what a user did not want: it surely was not made, or
/// making it twice is as good as once.
fn harmless(error: &CallError, hints: Hints) -> bool {
    match error {
        CallError::NotSent { .. } => true,
        CallError::Unavailable(error) => passes(error),
        CallError::TimedOut { .. } | CallError::Lost { .. } => hints.repeatable(),
        CallError::Blocked { .. }
        | CallError::Refused { .. }
        | CallError::Malformed { .. }
        | CallError::LoginNeeded { .. }
        | CallError::Unauthorized { .. }
        | CallError::Cancelled => false,
    }
}

/// Whether a server that is not there for this reason may be there in a moment.
fn passes(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::Exited { .. } | ConnectError::Ended { .. } | ConnectError::Unreachable { .. }
    )
}

/// Whether only somebody who changes the configuration or the machine can help, so that trying
/// again is pointless.
pub(crate) fn permanent(error: &ConnectError) -> bool {
    match error {
        ConnectError::Spawn { source, .. } => matches!(
            source.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
        ),
        ConnectError::Variable(_)
        | ConnectError::Folder { .. }
        | ConnectError::Address { .. }
        | ConnectError::Closed => true,
        _ => false,
    }
}

/// 0.5·2^n s and 10 to 30 % more.
fn delay(attempt: u32, jitter: f64) -> Duration {
    let base = 0.5 * f64::from(1_u32 << attempt.min(16));
    Duration::from_secs_f64(base * (1.1 + 0.2 * jitter.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Hints = Hints {
        read_only: Some(true),
        destructive: None,
        idempotent: None,
        open_world: None,
    };

    fn check(error: &CallError, hints: Hints) -> bool {
        wait(error, hints, 0, 0.0).is_some()
    }

    #[test]
    fn only_what_was_not_sent_or_may_be_repeated_is_sent_again() {
        let plain = Hints::default();
        let idempotent = Hints {
            idempotent: Some(true),
            ..plain
        };
        let denies = Hints {
            read_only: Some(false),
            idempotent: Some(false),
            ..plain
        };
        let not_sent = CallError::NotSent { reason: "x".into() };
        assert!(check(&not_sent, plain) && check(&not_sent, READ));
        let reason = "503 network timeout, please retry";
        for unsure in [
            CallError::TimedOut { after_ms: 1 },
            CallError::Lost {
                reason: reason.into(),
            },
        ] {
            assert!(!check(&unsure, plain), "{unsure}");
            assert!(!check(&unsure, denies), "{unsure}");
            assert!(check(&unsure, READ), "{unsure}");
            assert!(check(&unsure, idempotent), "{unsure}");
        }
        for settled in [
            CallError::Blocked { retry_ms: 1 },
            CallError::Refused {
                code: -32603,
                message: reason.into(),
            },
            CallError::Malformed {
                reason: reason.into(),
            },
            CallError::Cancelled,
            CallError::Unavailable(ConnectError::Address {
                reason: reason.into(),
            }),
        ] {
            assert!(!check(&settled, READ), "{settled}");
        }
    }

    #[test]
    fn four_attempts_with_growing_waits() {
        let error = CallError::NotSent { reason: "x".into() };
        let waits = |jitter| {
            (0..)
                .map_while(|attempt| wait(&error, Hints::default(), attempt, jitter))
                .map(|wait| wait.as_secs_f64())
                .collect::<Vec<_>>()
        };
        assert_eq!(waits(0.0), [0.55, 1.1, 2.2]);
        assert_eq!(waits(1.0), [0.65, 1.3, 2.6]);
    }
}
