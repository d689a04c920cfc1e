//! The chain of causes below an error, through the wrapping that `std::io` hides.

use std::error::Error;
use std::io;

/// An error of any type, kept as a cause.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The error and everything below it. An `io::Error` that wraps another error is followed by that
/// error, which its `source()` would skip.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// The messages of the causes, without one that repeats the one above it.
pub fn story(error: &(dyn Error + 'static)) -> String {
    let mut lines: Vec<String> = causes(error).map(ToString::to_string).collect();
    lines.dedup();
    lines.join(": ")
}
