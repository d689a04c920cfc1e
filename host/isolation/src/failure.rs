//! How a child ended.

use std::fmt;
use std::time::Duration;

use massgen_plugin::{Fault, FaultCode};

use crate::calls;

/// Why a child cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// It never began: what the system said, or that this system is not supported.
    NotStarted(String),
    /// It did not answer in time.
    Late(Duration),
    /// A signal ended it.
    Signal(i32),
    /// It exited with this code.
    Exit(i32),
    /// It made a system call of this number, which the filter of a locked child forbids.
    Forbidden(i64),
    /// It wanted more memory than the library's own limit, in bytes.
    Memory(u64),
    /// It sends without end inside one step.
    Flood,
    /// It broke the protocol between this program and itself.
    Nonsense(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(why) => write!(f, "did not start: {why}"),
            Self::Late(limit) => write!(f, "did not answer within {} s", limit.as_secs_f32()),
            Self::Signal(number) => write!(f, "was ended by {}", calls::signal(*number)),
            Self::Exit(code) => write!(f, "exited with {code}"),
            Self::Forbidden(number) => {
                let name = calls::name(*number);
                write!(f, "made the system call {name}, which a plugin must not")
            }
            Self::Memory(limit) => {
                let limit = limit >> 20;
                write!(f, "wanted more memory than its limit of {limit} MiB")
            }
            Self::Flood => write!(f, "sends without end inside one step"),
            Self::Nonsense(what) => write!(f, "answered nonsense: {what}"),
        }
    }
}

/// How a child ended, and the last it wrote to standard error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the child {end}{}", saying(last_line))]
pub struct Failure {
    /// How it ended.
    pub end: End,
    /// The last line of its standard error that is not blank; may be empty.
    pub last_line: String,
}

fn saying(last_line: &str) -> String {
    match last_line {
        "" => String::new(),
        line => format!(", saying: {line}"),
    }
}

impl Failure {
    /// A child that could not be started.
    pub fn not_started(why: impl fmt::Display) -> Self {
        Self {
            end: End::NotStarted(why.to_string()),
            last_line: String::new(),
        }
    }
}

impl From<Failure> for Fault {
    /// `panicked` for a plugin that took its process down, `protocol` for one that broke a rule,
    /// `internal` where there was no child.
    fn from(failure: Failure) -> Self {
        let code = match failure.end {
            End::Signal(_) | End::Exit(_) => FaultCode::PANICKED,
            End::NotStarted(_) => FaultCode::INTERNAL,
            _ => FaultCode::PROTOCOL,
        };
        Self::new(code, format!("the plugin's process is gone: {failure}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_how_the_child_ended_and_what_it_said_last() {
        let failure = |end, last: &str| {
            let last_line = last.to_owned();
            Failure { end, last_line }.to_string()
        };
        assert_eq!(failure(End::Exit(3), ""), "the child exited with 3");
        assert_eq!(
            failure(End::Late(Duration::from_millis(1500)), "still here"),
            "the child did not answer within 1.5 s, saying: still here"
        );
        assert_eq!(
            failure(End::Memory(64 << 20), ""),
            "the child wanted more memory than its limit of 64 MiB"
        );
    }
}
