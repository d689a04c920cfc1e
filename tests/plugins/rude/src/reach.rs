//! The ways out of a session that the step contract forbids: files, sockets, threads, programs, and
//! taking the whole process down.
//!
//! Where the system says no, the session goes on decently: then it was the system that kept the
//! rule, and nobody was harmed.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

use massgen_plugin::Fault;
use massgen_plugin::abi::Progress;

/// Opens a file that every system has.
pub(crate) fn open_file() {
    drop(File::open("/dev/null"));
}

/// Listens where nobody can reach it from another machine.
pub(crate) fn open_socket() {
    drop(TcpListener::bind("127.0.0.1:0"));
}

/// Starts a thread that ends at once.
pub(crate) fn start_thread() {
    drop(thread::Builder::new().spawn(|| {}));
}

/// Starts a program that does nothing.
pub(crate) fn start_program() {
    let mut command = Command::new("/bin/true");
    drop(command.stdin(Stdio::null()).status());
}

/// Uses up the stack.
pub(crate) fn overflow() -> Result<Progress, Fault> {
    Ok(Progress(deeper(std::hint::black_box(1))))
}

#[expect(
    unconditional_recursion,
    reason = "that it never ends is what it is for"
)]
fn deeper(level: u32) -> u32 {
    let here = std::hint::black_box([level; 256]);
    deeper(level + 1) + here[255]
}
