//! One command line of the real binary, put together.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::{Finished, Running, Sandbox, Team, places};

/// A `massgen` that has not been started.
#[derive(Debug)]
pub struct Massgen {
    pub(crate) sandbox: Sandbox,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    stdin: Input,
    pub(crate) stdout_bytes: u64,
    pub(crate) deadline: Duration,
}

#[derive(Debug)]
enum Input {
    Nothing,
    Piped(Vec<u8>),
    Terminal,
}

impl Massgen {
    /// The bare program: no arguments, an empty home, an empty environment.
    pub fn bare() -> Self {
        Self::at(Sandbox::new())
    }

    fn at(sandbox: Sandbox) -> Self {
        Self {
            sandbox,
            arguments: Vec::new(),
            environment: Vec::new(),
            stdin: Input::Nothing,
            stdout_bytes: u64::MAX,
            deadline: Duration::from_secs(60),
        }
    }

    /// With the folder of all plugins.
    pub fn new() -> Self {
        Self::bare().plugin_dir(&places::plugin_folder())
    }

    /// With the plugins, where another one ran before.
    pub fn again_in(sandbox: Sandbox) -> Self {
        Self::at(sandbox).plugin_dir(&places::plugin_folder())
    }

    /// With the plugins, and with the fixtures that a host is to load.
    pub fn with_fixtures() -> Self {
        Self::new().plugin_dir(&places::fixture_folder("good"))
    }

    /// Adds `--plugin-dir`; to be called before other arguments.
    #[must_use]
    pub fn plugin_dir(self, folder: &Path) -> Self {
        self.arg("--plugin-dir").arg(folder)
    }

    /// Writes the team's file and adds `run --config team.yaml`.
    #[must_use]
    pub fn run(self, team: &Team) -> Self {
        self.file("team.yaml", &team.yaml())
            .args(&["run", "--config", "team.yaml"])
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(OsString::from));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into the working folder.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.sandbox.work().join(name), text).expect("a file in the sandbox");
        self
    }

    /// Pipes this into stdin; without a call stdin is empty.
    #[must_use]
    pub fn piping(mut self, text: &str) -> Self {
        self.stdin = Input::Piped(text.into());
        self
    }

    /// Gives it a terminal as stdin.
    #[must_use]
    pub fn at_terminal(mut self) -> Self {
        self.stdin = Input::Terminal;
        self
    }

    /// Reads so many bytes of stdout and closes it.
    #[must_use]
    pub fn closing_stdout_after(mut self, bytes: u64) -> Self {
        self.stdout_bytes = bytes;
        self
    }

    /// Kills it after so long, and fails the test; 60 s if not called.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Where it will run.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Starts it.
    pub fn start(self) -> Running {
        let mut command = Command::new(places::binary());
        command
            .args(&self.arguments)
            .current_dir(self.sandbox.work())
            .env_clear();
        command
            .envs(self.sandbox.environment())
            .envs(self.environment.iter().cloned());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        match &self.stdin {
            Input::Nothing => Running::spawn(command.stdin(Stdio::null()), self, Vec::new(), None),
            Input::Piped(text) => {
                let text = text.clone();
                Running::spawn(command.stdin(Stdio::piped()), self, text, None)
            }
            Input::Terminal => {
                let (controller, terminal) = terminal();
                Running::spawn(command.stdin(terminal), self, Vec::new(), Some(controller))
            }
        }
    }

    /// Starts it and waits for its end.
    pub fn finish(self) -> Finished {
        self.start().finish()
    }
}

impl Default for Massgen {
    fn default() -> Self {
        Self::new()
    }
}

/// A pseudo-terminal: the side that keeps it open, and the side for the child.
fn terminal() -> (File, Stdio) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let controller = openpt(flags).expect("a pseudo-terminal");
    grantpt(&controller).expect("access to it");
    unlockpt(&controller).expect("an unlocked one");
    let name = ptsname(&controller, Vec::new()).expect("its name");
    let name = name.into_string().expect("a name of ASCII");
    let child = File::options()
        .read(true)
        .write(true)
        .open(name)
        .expect("its other side");
    (controller.into(), child.into())
}
