//! The dialect by transcript: calls in and bodies out, payloads in and chunks out.

#![expect(clippy::expect_used, reason = "a broken fixture should fail the test")]

mod calls;
mod play;
mod properties;
mod replies;
mod requests;
mod transcripts;
