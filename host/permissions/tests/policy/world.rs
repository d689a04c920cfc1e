//! The folders of services §6: workspace, read-only and write context, references, outside.

#![expect(
    clippy::expect_used,
    reason = "a world that cannot be made ends the test"
)]

use std::fs;
use std::path::PathBuf;

use permissions::{Call, Context, Decision, Hints, Phase, Policy, Spec};
use serde_json::Value;

/// One agent's folders: `w`, `r`, `c`, `t`, `o`, a home `h`, a single file `single/file`.
pub(crate) struct World {
    _folder: tempfile::TempDir,
    pub(crate) root: PathBuf,
    pub(crate) policy: Policy,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a real path");
        for name in [
            "w/sub",
            "r/sub",
            "r/w",
            "c",
            "t/agent1",
            "o",
            "h",
            "single",
            "c/guarded",
        ] {
            fs::create_dir_all(root.join(name)).expect("a folder");
        }
        for name in [
            "w/f",
            "w/sub/f",
            "r/f",
            "r/sub/f",
            "c/f",
            "t/agent1/f",
            "o/f",
            "h/f",
            "single/file",
            "single/other",
            "c/guarded/f",
            "w/s.py",
        ] {
            fs::write(root.join(name), name).expect("a file");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(root.join("r"), root.join("w/link")).expect("a link");
            symlink(root.join("r/f"), root.join("w/linkf")).expect("a link");
            symlink(root.join("w/loop"), root.join("w/loop")).expect("a link");
            symlink(root.join("o/new"), root.join("w/dangling")).expect("a link");
            fs::hard_link(root.join("r/f"), root.join("w/hard")).expect("a link");
        }
        let context = |name: &str, write| Context {
            path: root.join(name),
            write,
        };
        let policy = Policy::new(Spec {
            workspace: Some(root.join("w")),
            references: Some(root.join("t")),
            contexts: vec![
                context("r", false),
                context("c", true),
                context("single/file", true),
            ],
            protected: vec![root.join("c/guarded"), root.join("w/guarded")],
            hidden: Vec::new(),
            home: Some(root.join("h")),
            context_write_always: false,
        });
        Self {
            _folder: folder,
            root,
            policy,
        }
    }

    /// `{W}`, `{R}`, `{C}`, `{T}`, `{O}`, `{S}` in a text become the folders.
    pub(crate) fn fill(&self, text: &str) -> String {
        let folder = |name: &str| self.root.join(name).display().to_string();
        text.replace("{W}", &folder("w"))
            .replace("{R}", &folder("r"))
            .replace("{C}", &folder("c"))
            .replace("{T}", &folder("t"))
            .replace("{O}", &folder("o"))
            .replace("{S}", &folder("single"))
    }

    pub(crate) fn judge(&self, tool: &str, arguments: &str, phase: Phase) -> Decision {
        let arguments: Value = serde_json::from_str(&self.fill(arguments)).expect("JSON");
        self.policy.judge(&call(tool, &arguments), phase)
    }

    pub(crate) fn run(&self, line: &str, phase: Phase) -> Decision {
        let arguments = serde_json::json!({ "command": self.fill(line) });
        self.policy.judge(&call("Bash", &arguments), phase)
    }
}

/// A call of a server that a user configured.
pub(crate) fn call<'a>(tool: &'a str, arguments: &'a Value) -> Call<'a> {
    Call {
        server: Some("files"),
        tool,
        arguments,
        base: None,
        hints: Hints::default(),
        schema: None,
        filesystem: false,
        remote: false,
    }
}

/// Each call with the rule that decides about it, during coordination.
pub(crate) fn rules(cases: &[(&str, &str, &str)]) {
    let world = World::new();
    for (tool, arguments, rule) in cases {
        let decision = world.judge(tool, arguments, Phase::Coordination);
        assert_eq!(decision.rule, *rule, "{tool} {arguments}: {decision:#?}");
    }
}

/// Lines that may not run, with what was decided.
pub(crate) fn not_permitted(lines: &[&str]) -> Vec<String> {
    let world = World::new();
    let judged = lines
        .iter()
        .map(|line| (line, world.run(line, Phase::Coordination)));
    judged
        .filter(|(_, decision)| decision.rule != "command-permitted")
        .map(|(line, decision)| format!("{line}: {decision:#?}"))
        .collect()
}
