//! The rules, one row each. `docs/conformance.md` says where each comes from.

mod contract;
mod faults;
mod lifecycle;
mod process;
mod recorded;
mod replies;
mod statement;

use crate::kit::Trial;
use crate::report::Verdict;

/// What must be well before a rule means anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// Sessions that survive being played.
    Pilot,
}

/// One rule.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: Needs,
    /// Whether rules that need the pilot mean nothing once this one is broken.
    pub(crate) gates: bool,
    pub(crate) check: fn(&Trial<'_>) -> Verdict,
}

const fn first(id: &'static str, about: &'static str, check: fn(&Trial<'_>) -> Verdict) -> Rule {
    Rule {
        id,
        about,
        needs: Needs::Nothing,
        gates: false,
        check,
    }
}

/// A rule of the step contract that shows in the pilot, or else is kept.
const fn piloted(id: &'static str, about: &'static str) -> Rule {
    Rule {
        id,
        about,
        needs: Needs::Pilot,
        gates: true,
        check: |_| Verdict::Ok,
    }
}

const fn rule(id: &'static str, about: &'static str, check: fn(&Trial<'_>) -> Verdict) -> Rule {
    Rule {
        id,
        about,
        needs: Needs::Pilot,
        gates: false,
        check,
    }
}

/// Every rule but [`NO_IO`], in the order in which they are checked.
pub(crate) const ALL: &[Rule] = &[
    first("metadata", "metadata are valid", statement::metadata),
    first(
        "describe",
        "the running plugin says the same",
        statement::describe,
    ),
    piloted("create", "a backend is made without a panic"),
    piloted("open", "a session is opened without a panic"),
    piloted("returns", "every step comes back"),
    piloted("memory", "memory stays below the plugin's own limit"),
    piloted("no-panic", "no step panics or ends the process"),
    piloted("form", "chunks, operations and progress have their form"),
    piloted("tickets", "tickets are new and not 0"),
    piloted(
        "limits",
        "4 MiB of chunks and 64 operations a step, 256 tickets, 16 MiB a payload",
    ),
    piloted(
        "one-end",
        "one `done` chunk and DONE, or one fault, and nothing after",
    ),
    piloted("ends", "every session ends"),
    Rule {
        gates: true,
        ..rule(
            "drop",
            "dropping a session is quick and does not panic",
            lifecycle::drop_quickly,
        )
    },
    Rule {
        gates: true,
        ..rule(
            "step-time",
            "a step takes less than 50 ms",
            contract::step_time,
        )
    },
    rule("silent", "nothing is printed", contract::silent),
    rule(
        "config",
        "a wrong configuration is `config` and names the key",
        statement::config,
    ),
    rule(
        "requires",
        "a required feature it does not know is `unsupported`",
        contract::requires,
    ),
    rule(
        "unknown-events",
        "events of unknown kinds change nothing",
        contract::unknown_events,
    ),
    rule(
        "refusals",
        "denied, unknown and too many operations end well or in a fault",
        contract::refusals,
    ),
    rule(
        "transcripts",
        "each transcript gives the chunks beside it",
        recorded::chunks,
    ),
    rule(
        "requests",
        "each transcript makes the requests beside it, byte for byte again",
        recorded::requests,
    ),
    rule(
        "cuts",
        "the same chunks however the bytes are cut",
        recorded::cuts,
    ),
    rule(
        "interleaved",
        "sessions side by side do not mix",
        lifecycle::interleaved,
    ),
    rule(
        "cancel",
        "cancelled after every event, nothing is left behind",
        lifecycle::cancelled,
    ),
    rule(
        "abandoned",
        "dropped after every event, nothing is left behind",
        lifecycle::abandoned,
    ),
    rule(
        "steady",
        "1,000 sessions with steady memory",
        lifecycle::steady,
    ),
    rule(
        "usage",
        "usage comes at most once, after everything else",
        replies::usage,
    ),
    rule(
        "tool-ids",
        "ids of tool calls are unique, and every begun call is completed",
        replies::tool_ids,
    ),
    rule(
        "arguments",
        "arguments parse, and are what their pieces say",
        replies::arguments,
    ),
    rule(
        "secrets",
        "no secret is asked for undeclared, and none is passed on",
        replies::secrets,
    ),
    rule("fault-401", "401 is `auth`", faults::status_401),
    rule("fault-403", "403 is `auth`", faults::status_403),
    rule("fault-429", "429 is `rate_limited`", faults::status_429),
    rule(
        "fault-429-after",
        "429 with Retry-After too, and no other wait than it says",
        faults::status_429_after,
    ),
    rule("fault-500", "500 is `upstream`", faults::status_500),
    rule("fault-529", "529 is `overloaded`", faults::status_529),
    rule(
        "fault-json",
        "a reply of broken JSON is `protocol` or `upstream`",
        faults::broken_json,
    ),
    rule(
        "fault-empty",
        "a reply without a body is `protocol` or `upstream`",
        faults::empty,
    ),
    rule(
        "fault-cut",
        "a broken connection is `network` or `upstream`",
        faults::cut,
    ),
    rule(
        "process-missing",
        "a program that cannot be started is a fault of the same code",
        process::missing,
    ),
    rule(
        "process-exit",
        "a program that fails is a fault",
        process::exit,
    ),
    rule(
        "process-early",
        "a program that ends before its reply is a fault",
        process::early,
    ),
    rule(
        "process-noise",
        "a line nobody knows is no panic",
        process::noise,
    ),
];

/// Checked last, by checking everything else again.
pub(crate) const NO_IO: Rule = first(
    "no-io",
    "everything again inside the filter of system calls",
    |_| Verdict::Ok,
);

/// Whether other rules mean nothing once this one is broken.
pub(crate) fn gates(id: &str) -> bool {
    ALL.iter().any(|it| it.id == id && it.gates)
}

/// The first problem among samples, with the sample's name.
fn each<T>(
    all: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> String,
    check: impl Fn(&T) -> Result<(), String>,
) -> Verdict {
    for it in all {
        if let Err(problem) = check(&it) {
            return Verdict::Failed(format!("{}: {problem}", name(&it)));
        }
    }
    Verdict::Ok
}

fn skipped(why: &str) -> Verdict {
    Verdict::Skipped(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut ids: Vec<_> = ALL.iter().map(|it| it.id).chain([NO_IO.id]).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
