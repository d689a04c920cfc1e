//! The child's side: what loading a file in a process of its own brings.

use std::path::Path;
use std::process::ExitCode;

use isolation::Loaded;
use massgen_plugin::abi::host::Root;

use super::Reply;
use crate::inspection::{Inspection, inspect};
use crate::load;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::search::Found;

/// What a program does when its first argument is [`isolation::ARGUMENT`]: loads the file, which is
/// the second one, with nothing around it, and serves the parent.
///
/// Call it before anything else: it closes every descriptor above standard error. It succeeds
/// whenever it could say what it found, a refusal included.
pub fn child_main(path: &Path) -> ExitCode {
    isolation::serve(path, |path| {
        let (reply, root) = match load(path) {
            Ok((inspection, root)) => (Reply::found(inspection), Some(root)),
            Err(refusal) => (Reply::refused(refusal), None),
        };
        let report = serde_json::to_value(reply).unwrap_or_default();
        Loaded { report, root }
    })
}

/// The parent has decided that the file may run; what is left is whether it can.
fn load(path: &Path) -> Result<(Inspection, Root), Refusal> {
    let inspection = inspect(&Found::named(path), &Policy::default())?;
    let root = load::open(&inspection, None)?;
    Ok((inspection, root))
}
