//! Where the question comes from.

use std::io::{IsTerminal as _, Read as _};

use crate::exit::Failure;

/// Most bytes read from a pipe.
const MOST: u64 = 16 << 20;

/// The argument, else what is piped in.
///
/// # Errors
///
/// There is none: input is a terminal, empty, too long or no text.
pub(crate) fn question(argument: Option<&str>) -> Result<String, Failure> {
    let text = match argument {
        Some(text) => text.to_owned(),
        None => piped()?,
    };
    if text.trim().is_empty() {
        return Err(Failure::new(
            "the question is empty",
            "massgen run … \"QUESTION\"",
        ));
    }
    Ok(text)
}

fn piped() -> Result<String, Failure> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Err(Failure::new(
            "no question was given, and interactive mode is not there yet",
            "massgen run … \"QUESTION\", or pipe the question in",
        ));
    }
    let mut text = String::new();
    input
        .lock()
        .take(MOST + 1)
        .read_to_string(&mut text)
        .map_err(|error| {
            Failure::new(
                format!("cannot read the question: {error}"),
                "it must be UTF-8 text",
            )
        })?;
    if text.len() as u64 > MOST {
        return Err(Failure::new(
            "the question is longer than 16 MiB",
            "shorten it",
        ));
    }
    Ok(text)
}
