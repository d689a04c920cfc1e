//! The loader over real files: its public surface, and a real child for the probe.

#![expect(clippy::expect_used, reason = "a broken fixture should fail the test")]

mod bad_files;
mod fixtures;
mod isolate;
mod notes;
mod probe;
mod scratch;
mod search;
mod store;
