//! The workspace crate, from outside.

#![expect(clippy::expect_used, reason = "a broken fixture should fail the test")]

mod copy_tools;
mod crash;
mod edit_tool;
mod file_tools;
mod hostile;
mod rooms;
mod snapshots;
mod undoing;
