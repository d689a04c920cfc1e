//! The file of `--output-file`: whatever the user names is opened and written, as `>` would.
//!
//! Links are followed, pipes and devices stay what they are, permissions are the usual ones. It
//! is not written beside its target and renamed, which would replace all of these.

use events::RunReport;

use crate::cli::RunArgs;
use crate::exit::Failure;

/// Writes the answer byte for byte, when there are both a file and an answer.
///
/// # Errors
///
/// It cannot be written; the hint says where the answer is all the same.
pub(crate) fn write(args: &RunArgs, report: &RunReport) -> Result<(), Failure> {
    let (Some(file), Some(answer)) = (&args.output_file, &report.answer) else {
        return Ok(());
    };
    std::fs::write(file, answer).map_err(|error| {
        let what = format!("cannot write the answer to `{}`: {error}", file.display());
        let folder = &report.paths.log_dir;
        Failure::new(what, format!("it is in `final/answer.txt` of {folder}"))
    })
}
