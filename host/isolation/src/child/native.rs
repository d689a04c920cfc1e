//! All unsafe code of this crate: closing inherited descriptors, and the handler that says which
//! system call was forbidden.
//!
//! The handler may do almost nothing: no lock, no allocation, no format. It writes one message into
//! the pipe and ends the process. A library that blocks the signal is ended by the kernel, without
//! the number.

#![expect(
    unsafe_code,
    reason = "descriptors by number and a signal handler have no safe form; every block says what it relies on"
)]

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use massgen_plugin::abi::MeterTable;

/// Closes every descriptor above standard error. Only for a process that has just begun.
pub(super) fn close_inherited() -> io::Result<()> {
    for number in open_descriptors()? {
        // SAFETY: called as the first thing in a child process, when nothing of this program has
        // opened anything, so nobody counts on the number.
        unsafe { rustix::io::close(number) };
    }
    Ok(())
}

/// Numbers of the descriptors above standard error that this process has open.
fn open_descriptors() -> io::Result<Vec<i32>> {
    let folder = Path::new("/proc/self/fd");
    let entries = std::fs::read_dir(folder)?.flatten();
    let mut numbers: Vec<i32> = entries
        .filter_map(|it| it.file_name().to_str()?.parse().ok())
        .collect();
    // The listing had a descriptor of its own, which is closed again by now.
    let is_open = |number: &i32| folder.join(number.to_string()).is_symlink();
    numbers.retain(|number| *number > 2 && is_open(number));
    Ok(numbers)
}

/// What the handler needs.
struct Reporter {
    replies: i32,
    meter: Option<&'static MeterTable>,
}

static REPORTER: OnceLock<Reporter> = OnceLock::new();

/// Has the second filter's signal say, on this descriptor, which call it was.
pub(super) fn report_forbidden(replies: i32, meter: Option<&'static MeterTable>) -> io::Result<()> {
    REPORTER.get_or_init(|| Reporter { replies, meter });
    // SAFETY: all zeros is a valid `sigaction`: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = forbidden as extern "C" fn(_, _, _) as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: the handler has the form that SA_SIGINFO asks for and lives as long as the process.
    match unsafe { libc::sigaction(libc::SIGSYS, &raw const action, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The start of the kernel's `siginfo_t` of a SIGSYS, as its manual has it.
#[repr(C)]
struct Forbidden {
    signal: i32,
    error: i32,
    code: i32,
    at: *const u8,
    number: i32,
}

extern "C" fn forbidden(_: i32, info: *const Forbidden, _: *mut libc::c_void) {
    // SAFETY: the kernel hands over a `siginfo_t` of this signal, which begins so.
    let number = unsafe { info.as_ref() }.map_or(0, |it| it.number);
    if let Some(reporter) = REPORTER.get() {
        let meter = reporter.meter.filter(|it| (it.exceeded)() != 0);
        let message = match meter {
            Some(meter) => LastWords::new(b"{\"Memory\":", (meter.limit)()),
            None => LastWords::new(b"{\"Forbidden\":", u64::from(number.unsigned_abs())),
        };
        message.write(reporter.replies);
    }
    // SAFETY: ends the process at once; nothing runs after it.
    unsafe { libc::_exit(libc::EXIT_FAILURE) }
}

/// A whole message, put together without the allocator.
struct LastWords {
    bytes: [u8; 64],
    length: usize,
}

impl LastWords {
    fn new(start: &[u8], number: u64) -> Self {
        let mut it = Self {
            bytes: [0; 64],
            length: 4,
        };
        start.iter().for_each(|byte| it.push(*byte));
        let mut power = 10_u64.pow(19);
        let mut begun = false;
        while power > 0 {
            let digit = number / power % 10;
            begun |= digit != 0 || power == 1;
            if begun {
                it.push(b"0123456789"[digit as usize]);
            }
            power /= 10;
        }
        it.push(b'}');
        it.push(b'\n');
        let body = (it.length - 4) as u32;
        it.bytes[..4].copy_from_slice(&body.to_le_bytes());
        it
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn write(&self, to: i32) {
        // SAFETY: the bytes are there, and a wrong descriptor is an error that is of no interest.
        unsafe { libc::write(to, self.bytes.as_ptr().cast(), self.length) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Reply, parse};

    #[test]
    fn last_words_are_a_message_like_any_other() {
        for number in [0, 7, 257, u64::MAX] {
            let words = LastWords::new(b"{\"Memory\":", number);
            let (head, bytes) = parse(&words.bytes[4..words.length]).expect("a message");
            assert!(
                matches!(head, Reply::Memory(it) if it == number),
                "{number}"
            );
            assert!(bytes.is_empty());
        }
    }
}
