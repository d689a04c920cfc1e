//! The client against a scripted server that is a real child process.

mod calls;
mod scene;
mod sessions;
