//! The child of this crate's tests. In the product this is `massgen` itself.

use std::env;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [first, path] if first == isolation::ARGUMENT => loader::child_main(Path::new(path)),
        _ => ExitCode::FAILURE,
    }
}
