//! Programs that really run under the launcher: what they can do, and what they cannot.
//!
//! The test starts itself as massgen would, which is why it has a `main`; it understands as much of
//! a test runner's arguments as `cargo test` and nextest use.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
#[path = "held/mod.rs"]
mod held;

#[cfg(target_os = "linux")]
mod linux {
    #![expect(
        clippy::print_stdout,
        clippy::print_stderr,
        reason = "speaks to the test runner"
    )]

    use std::ffi::OsString;
    use std::process::ExitCode;

    use sandbox::{LAUNCHER, Support, become_program, support};

    use crate::held::TESTS;

    pub(crate) fn main() -> ExitCode {
        let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        if arguments.first().is_some_and(|it| it == LAUNCHER) {
            let failure = become_program(&arguments[1..], |line| eprintln!("{line}"));
            eprintln!("{failure}");
            return ExitCode::from(failure.exit_code());
        }
        let has = |option: &str| arguments.iter().any(|it| it == option);
        if has("--list") {
            if !has("--ignored") {
                TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
            }
            return ExitCode::SUCCESS;
        }
        run(arguments
            .iter()
            .find(|it| !it.to_string_lossy().starts_with('-')))
    }

    /// A test that panics ends the program with a code of its own.
    fn run(filter: Option<&OsString>) -> ExitCode {
        let filter = filter.map(|it| it.to_string_lossy()).unwrap_or_default();
        let chosen = TESTS.iter().filter(|(name, _)| name.contains(&*filter));
        if let Support::Nothing(missing) = support() {
            eprintln!("SKIPPED: nothing of the sandbox is tested, {missing}");
            return ExitCode::SUCCESS;
        }
        for (name, test) in chosen {
            println!("test {name}");
            test();
        }
        ExitCode::SUCCESS
    }
}
