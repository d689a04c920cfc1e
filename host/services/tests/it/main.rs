//! What agents are lent, seen from outside: a file of a team in, calls and outcomes out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by a panic"
)]

mod asking;
mod bounds;
mod files;
mod scene;
mod servers;
mod shelf;
mod tape;
