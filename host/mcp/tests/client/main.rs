//! The client against a scripted server that is a real child process.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by a panic"
)]

mod calls;
mod scene;
mod secrets;
mod sessions;
