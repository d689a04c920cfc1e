//! The child's side of the probe.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::Reply;
use crate::file::LARGEST;
use crate::inspection::{Inspection, inspect};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::search::Found;
use crate::{load, native, platform};

/// Memory the child may use: the file in a buffer, in its sealed copy and mapped, and room.
const MEMORY: u64 = 4 * LARGEST;
/// Processor time the child may use, in seconds.
const SECONDS: u64 = 10;

/// What a program does when its first argument is [`PROBE_ARGUMENT`](super::PROBE_ARGUMENT): takes
/// descriptors and rights away from itself, loads the file and prints one line of JSON.
///
/// Call it before anything else: it closes every descriptor above standard error. It succeeds
/// whenever it could say what it found, a refusal included.
pub fn probe_main(path: &Path) -> ExitCode {
    match answer(path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent shows the last line of standard error.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(path: &Path) -> io::Result<()> {
    native::close_inherited()?;
    let mut output = platform::take_stdout()?;
    platform::limit_this_process(MEMORY, SECONDS, LARGEST)?;
    let reply = match load(path) {
        Ok(inspection) => Reply::Ok {
            hash: inspection.hash,
            metadata: Box::new(inspection.metadata),
        },
        Err(refusal) => Reply::Refused {
            code: refusal.code,
            what: refusal.what,
            hint: refusal.hint,
            report: refusal.report,
        },
    };
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    output.write_all(&line)
}

/// The parent has decided that the file may run; what is left is whether it can.
fn load(path: &Path) -> Result<Inspection, Refusal> {
    let inspection = inspect(&Found::named(path), &Policy::default())?;
    load::open(&inspection, None)?;
    Ok(inspection)
}
