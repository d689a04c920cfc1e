//! Folders with different rights, and a guard that knows them.

use std::path::{Path, PathBuf};

use permissions::{Access, Guard, Refused};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use workspace::{Files, FilesSpec, Journal, Limits, ToolOutput};

/// `w` may be written, `r` only be read, `o` neither; `j` holds the journal.
pub(crate) struct Rooms {
    _temp: tempfile::TempDir,
    journal: Option<Journal>,
    pub(crate) base: PathBuf,
    pub(crate) files: Files,
}

impl Rooms {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        let temp = tempfile::tempdir().expect("a folder");
        let base = temp.path().canonicalize().expect("a path");
        for room in ["w", "r", "o"] {
            std::fs::create_dir(base.join(room)).expect("a room");
        }
        let journal = Journal::open(&base.join("j")).expect("a journal");
        let files = Files::new(FilesSpec {
            workspace: base.join("w"),
            limits,
            journal: Some(journal.of("agent1")),
            allowed: vec![base.join("w"), base.join("r")],
        });
        Self {
            _temp: temp,
            journal: Some(journal),
            base,
            files,
        }
    }

    /// The tools of another agent with the same folders and the same journal.
    pub(crate) fn other_agent(&self, agent: &str) -> Files {
        Files::new(FilesSpec {
            workspace: self.at("w"),
            limits: Limits::default(),
            journal: self.journal.as_ref().map(|it| it.of(agent)),
            allowed: Vec::new(),
        })
    }

    /// Nobody writes to the journal any more.
    pub(crate) fn run_ends(&mut self) {
        self.journal = None;
        self.files = self.other_agent("nobody");
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.base.join(path)
    }

    pub(crate) fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }

    pub(crate) fn link(&self, path: &str, target: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.at(path)).expect("a link");
    }

    pub(crate) fn content(&self, path: &str) -> String {
        String::from_utf8(std::fs::read(self.at(path)).expect("a file")).expect("text")
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.at(path).symlink_metadata().is_ok()
    }

    pub(crate) fn call(&self, tool: &str, arguments: Value) -> ToolOutput {
        self.files
            .call(tool, &arguments, self, &CancellationToken::new())
    }

    /// The text of a call, with `error: ` before a failure and `BASE` for the folder of the rooms.
    pub(crate) fn text(&self, tool: &str, arguments: Value) -> String {
        let output = self.call(tool, arguments);
        let texts: Vec<_> = output
            .parts
            .iter()
            .filter_map(|part| part.as_text())
            .collect();
        let prefix = if output.is_error { "error: " } else { "" };
        let base = self.base.to_str().expect("text");
        format!("{prefix}{}", texts.join("\n")).replace(base, "BASE")
    }

    /// The data of a call.
    pub(crate) fn data(&self, tool: &str, arguments: Value) -> Value {
        let output = self.call(tool, arguments);
        let text = output.parts[0].as_text().expect("text");
        serde_json::from_str(text).expect("data")
    }
}

impl Guard for Rooms {
    fn resolve(&self, text: &str) -> Result<PathBuf, Refused> {
        let mut rest = Vec::new();
        let mut path = self.base.join("w").join(text);
        loop {
            if let Ok(real) = path.canonicalize() {
                return Ok(rest
                    .into_iter()
                    .rev()
                    .fold(real, |path, name| path.join(name)));
            }
            let name = path.file_name().map(ToOwned::to_owned);
            let Some(name) = name else {
                return Err(Refused(format!("{text} cannot be understood")));
            };
            rest.push(name);
            path.pop();
        }
    }

    fn check(&self, path: &Path, access: Access) -> Result<(), Refused> {
        let secret = path.components().any(|part| part.as_os_str() == "secret");
        let allowed = !secret
            && (path.starts_with(self.base.join("w"))
                || (access == Access::Read && path.starts_with(self.base.join("r"))));
        match allowed {
            true => Ok(()),
            false => Err(Refused(format!("{access:?} of {} denied", path.display()))),
        }
    }
}

/// Every path below a folder with its kind, mode and content.
pub(crate) fn picture(dir: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    look(dir, dir, &mut lines);
    lines.sort();
    lines
}

fn look(base: &Path, dir: &Path, lines: &mut Vec<String>) {
    use std::os::unix::fs::PermissionsExt as _;
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        let meta = path.symlink_metadata().expect("something");
        let name = path
            .strip_prefix(base)
            .expect("inside")
            .display()
            .to_string();
        let mode = meta.permissions().mode() & 0o777;
        if meta.is_symlink() {
            let target = path.read_link().expect("a target");
            lines.push(format!("{name} -> {}", target.display()));
        } else if meta.is_dir() {
            lines.push(format!("{name}/"));
            look(base, &path, lines);
        } else {
            let content = std::fs::read(&path).expect("content");
            let content = String::from_utf8_lossy(&content).into_owned();
            lines.push(format!("{name} {mode:o} {content:?}"));
        }
    }
}
