//! Folders for one test: a workspace, a home, and what lies outside of both.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sandbox::{Mode, Rules, launcher};
use tempfile::TempDir;

/// A workspace that may be written, in a folder that may not.
pub(crate) struct Site {
    folder: TempDir,
    own_home: bool,
    pub(crate) rules: Rules,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["workspace", "home", "outside"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let rules = Rules {
            write: vec![folder.path().join("workspace")],
            temp: Some(folder.path().join("run/temp")),
            ..Rules::default()
        };
        Self {
            folder,
            own_home: false,
            rules,
        }
    }

    /// For programs that are installed in the home of whoever runs the tests.
    pub(crate) fn with_own_home() -> Self {
        Self {
            own_home: true,
            ..Self::new()
        }
    }

    pub(crate) fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Makes a file that is not granted.
    pub(crate) fn outside(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join("outside").join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn make_executable(&self, file: &Path) {
        std::fs::set_permissions(file, Permissions::from_mode(0o755)).unwrap();
    }

    /// A command under the launcher, started in the workspace.
    pub(crate) fn command(&self, argv: &[&str], mode: Mode) -> Command {
        let own = std::env::current_exe().unwrap();
        let launcher = launcher(&own, &self.rules, mode).unwrap();
        assert_eq!(launcher.warning, None);
        let mut command = Command::new(&launcher.prefix[0]);
        command.args(&launcher.prefix[1..]).args(argv);
        command.current_dir(self.workspace());
        if !self.own_home {
            command.env("HOME", self.home());
        }
        command
    }

    pub(crate) fn start(&self, argv: &[&str], mode: Mode) -> Output {
        self.command(argv, mode).output().unwrap()
    }

    pub(crate) fn run(&self, script: &str) -> Output {
        self.start(&["sh", "-c", script], Mode::Enforce)
    }

    /// The script works inside.
    pub(crate) fn ok(&self, script: &str) {
        let output = self.run(script);
        assert!(output.status.success(), "{script}: {output:?}");
    }

    /// The script works outside of the sandbox or not at all, and fails inside for want of rights.
    pub(crate) fn denied(&self, script: &str) {
        let output = self.run(script);
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!output.status.success(), "{script}: {output:?}");
        let for_want_of_rights = [
            "permission denied",
            "operation not permitted",
            "cross-device link",
        ];
        assert!(
            for_want_of_rights.iter().any(|it| said.contains(it)),
            "{script}: {output:?}"
        );
    }
}

pub(crate) fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).exists())
}
