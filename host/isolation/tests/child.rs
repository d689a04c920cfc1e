//! Real children: what a plugin can do to one, and what the parent hears of it.
//!
//! The test starts itself as massgen would, which is why it has a `main`; it understands as much of
//! a test runner's arguments as `cargo test` and nextest use. The plugin is linked in, because what
//! loads a library is not this crate's business.

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
        reason = "speaks to the test runner, and to its parent"
    )]

    use std::ffi::OsString;
    use std::path::Path;
    use std::process::ExitCode;

    use isolation::{ARGUMENT, Loaded, serve};
    use massgen_backend_rude::Rude;
    use massgen_plugin::abi::host::Root;
    use serde_json::json;

    use crate::held::TESTS;

    pub(crate) fn main() -> ExitCode {
        let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        if let [first, file] = arguments.as_slice()
            && first == ARGUMENT
        {
            return serve(Path::new(file), load);
        }
        let has = |option: &str| arguments.iter().any(|it| it == option);
        if has("--list") {
            if !has("--ignored") {
                TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
            }
            return ExitCode::SUCCESS;
        }
        let filter = arguments
            .iter()
            .map(|it| it.to_string_lossy())
            .find(|it| !it.starts_with('-'))
            .unwrap_or_default();
        // The plugin keeps panics to itself, in this process too; those of a test are for the runner.
        let _ = Root::linked::<Rude>();
        let theirs = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            theirs(panic);
            let is_ours = |it: &std::panic::Location<'_>| it.file().contains("isolation");
            if panic.location().is_some_and(is_ours) {
                println!("{panic}");
            }
        }));
        for (name, test) in TESTS.iter().filter(|(name, _)| name.contains(&*filter)) {
            // A test that panics ends the program with a code of its own.
            test();
            println!("test {name} ... ok");
        }
        ExitCode::SUCCESS
    }

    /// What stands in for loading: the file's name says what happens meanwhile.
    fn load(file: &Path) -> Loaded {
        let mut report = json!({ "file": file });
        match file.to_str() {
            Some("refused") => {
                let root = None;
                return Loaded { report, root };
            }
            Some("abort") => std::process::abort(),
            Some("exit") => std::process::exit(7),
            Some("hang") => loop {
                std::thread::park();
            },
            Some("look") => report = surroundings(),
            Some("chatty") => println!("a library that prints while it is loaded"),
            _ => {}
        }
        let root = Some(Root::linked::<Rude>());
        Loaded { report, root }
    }

    /// What a library could find while it is loaded.
    fn surroundings() -> serde_json::Value {
        let names = |folder: &str| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let names = entries.map(|it| it.file_name().to_string_lossy().into_owned());
            names.collect::<Vec<_>>()
        };
        let denied = |error: Option<std::io::Error>| error.map(|it| it.kind().to_string());
        let thread = std::thread::Builder::new().spawn(|| {});
        json!({
            "variables": std::env::vars_os().count(),
            "folder": names("."),
            // Standard ones, the pipes, and the one that reads the folder.
            "descriptors": names("/proc/self/fd").len(),
            "socket": denied(std::net::TcpListener::bind("127.0.0.1:0").err()),
            "program": denied(std::process::Command::new("/bin/true").status().err()),
            "thread": denied(thread.err()),
        })
    }
}
