//! Real programs: what they say, how they end, and what never leaves.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken fixture should fail the test"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use massgen_plugin::abi::EventKind;
use massgen_plugin::chat::Chunk;
use massgen_plugin::wire::{Framing, ProcessEnd, SecretVariable, Spawn};
use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::json;
use services::{Environment, ProgramTape, ToolTape};
use tokio::sync::mpsc;
use tokio::time::timeout;
use transport::{Grant, Secret, SecretGrant};

use super::*;
use crate::event::CallEvent;
use crate::loan::tests::lent;
use crate::ops::{Happening, Operation};

const KEY: &str = "sk-planted-key";

/// A session of an agent with a workspace, whose plugin may start `sh`, `cat` and `nothing-there`.
struct Scene {
    folder: tempfile::TempDir,
    desk: Desk,
    told: mpsc::Receiver<CallEvent>,
}

impl Scene {
    fn new() -> Self {
        Self::with(|_| ToolTape::Off)
    }

    fn with(tape: impl FnOnce(&Path) -> ToolTape) -> Self {
        Self::within(tempfile::tempdir().unwrap(), tape)
    }

    fn within(folder: tempfile::TempDir, tape: impl FnOnce(&Path) -> ToolTape) -> Self {
        let environment = Environment::new(|name| match name {
            "PATH" => Some("/usr/bin:/bin".into()),
            "OTHER_API_KEY" | "LANG" | "PASSED" => Some(format!("our {name}")),
            _ => None,
        });
        let tape = tape(folder.path());
        let lent = lent(folder.path(), environment, tape);
        let capabilities = json!({ "spawn": true, "programs": ["sh", "cat", "nothing-there"] });
        let backend_type = json!({
            "name": "cli", "title": "CLI", "config": {}, "secrets": [
                { "name": "api_key" }, { "name": "spare", "optional": true }
            ],
        });
        let leave = Leave::of(
            &serde_json::from_value(capabilities).unwrap(),
            &serde_json::from_value(backend_type).unwrap(),
            &Config::default(),
        );
        let programs = Programs {
            leave,
            tape: Tape::of(lent.program_tape()).into(),
        };
        let grant = Grant {
            hosts: vec![],
            secrets: vec![SecretGrant {
                name: "api_key".into(),
                value: Secret::new(KEY),
                hosts: vec![],
            }],
        };
        let (out, told) = mpsc::channel(64);
        Self {
            desk: Desk::new(&programs, &lent, &grant, &out),
            folder,
            told,
        }
    }

    fn begin(&self, spawn: Spawn) -> Program {
        let (events, input) = self.desk.begin(7, spawn);
        Program {
            events,
            input: Some(input),
        }
    }

    /// Runs a script to its end.
    async fn run(&self, script: &str) -> Vec<String> {
        self.begin(sh(script)).finish().await
    }

    fn workspace(&self) -> std::path::PathBuf {
        self.folder.path().join("workspace")
    }
}

fn sh(script: &str) -> Spawn {
    Spawn {
        grace_ms: 300,
        ..Spawn::new(["sh", "-c", script])
    }
}

struct Program {
    events: Operation,
    input: Option<Input>,
}

impl Program {
    async fn next(&mut self) -> Option<Happening> {
        let next = timeout(Duration::from_secs(20), self.events.next());
        next.await.expect("an event within 20 s")
    }

    async fn finish(mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(event) = self.next().await {
            said.push(shown(&event));
        }
        said
    }

    async fn write(&self, text: &str, close: bool) -> EventKind {
        let input = self.input.as_ref().unwrap();
        let mut written = input.write(8, text.as_bytes().to_vec(), close);
        let written = timeout(Duration::from_secs(20), written.next()).await;
        written.unwrap().unwrap().kind
    }
}

fn shown(event: &Happening) -> String {
    let text = String::from_utf8_lossy(&event.data).into_owned();
    assert_eq!(event.ticket, 7);
    match event.kind {
        EventKind::PROCESS_OUT => format!("out {text}"),
        EventKind::PROCESS_ERR => format!("err {text}"),
        EventKind::PROCESS_END => {
            let end: ProcessEnd = serde_json::from_slice(&event.data).unwrap();
            format!("end {} {:?}", event.status, end.stderr_tail)
        }
        EventKind::FAILED => {
            let fault: Fault = serde_json::from_slice(&event.data).unwrap();
            format!("{}: {}", fault.code.as_str(), fault.message)
        }
        other => panic!("{}", other.name()),
    }
}

/// Whether a process runs; a dead one that nobody reaped does not.
fn runs(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = state.rsplit(')').next().unwrap_or_default().trim_start();
    !state.is_empty() && !state.starts_with('Z')
}

async fn until_gone(pid: &str) -> Duration {
    let began = Instant::now();
    while runs(pid) {
        assert!(began.elapsed() < Duration::from_secs(10), "{pid} runs on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn lines_come_as_frames_and_the_end_last() {
    let said = Scene::new()
        .run("echo one; echo; printf 'two\\r\\nthree'; echo bad >&2; exit 3")
        .await;
    let (err, rest): (Vec<_>, Vec<_>) = said.into_iter().partition(|it| it.starts_with("err"));
    assert_eq!(err, ["err bad\n"]);
    assert_eq!(
        rest,
        ["out one", "out two", "out three", "end 3 \"bad\\n\""]
    );
}

#[tokio::test]
async fn what_is_written_comes_back_in_order() {
    let scene = Scene::new();
    let mut cat = scene.begin(Spawn {
        framing: Framing::Raw,
        ..Spawn::new(["cat"])
    });
    assert_eq!(cat.write("a\n", false).await, EventKind::COMPLETED);
    assert_eq!(shown(&cat.next().await.unwrap()), "out a\n");
    // More than any pipe holds: taken only as it is read.
    let much = "0123456789abcdef".repeat(1 << 16);
    let input = cat.input.take().unwrap();
    let mut first = input.write(8, much.clone().into_bytes(), false);
    let mut last = input.write(9, b"z".to_vec(), true);
    let mut read = String::new();
    while !read.ends_with('z') {
        let event = cat.next().await.unwrap();
        read.push_str(std::str::from_utf8(&event.data).unwrap());
    }
    assert!(read.len() == much.len() + 1 && read.starts_with(&much));
    assert_eq!(first.next().await.unwrap().kind, EventKind::COMPLETED);
    assert_eq!(last.next().await.unwrap().kind, EventKind::COMPLETED);
    assert_eq!(cat.finish().await, ["end 0 \"\""]);
    let mut late = input.write(10, b"x".to_vec(), false);
    assert_eq!(late.next().await.unwrap().kind, EventKind::FAILED);
}

#[tokio::test]
async fn a_closed_input_takes_no_more_and_the_program_has_its_grace() {
    let scene = Scene::new();
    let patient = |grace_ms| Spawn {
        grace_ms,
        ..sh("cat >/dev/null; sleep 0.6; echo late; sleep 60")
    };
    let program = scene.begin(Spawn {
        grace_ms: 15_000,
        ..sh("cat >/dev/null; sleep 0.6; echo late")
    });
    assert_eq!(program.write("x", true).await, EventKind::COMPLETED);
    assert_eq!(program.write("y", false).await, EventKind::FAILED);
    assert_eq!(program.finish().await, ["out late", "end 0 \"\""]);
    let program = scene.begin(patient(100));
    assert_eq!(program.write("x", true).await, EventKind::COMPLETED);
    let said = program.finish().await;
    assert!(said.last().unwrap().starts_with("end 143 "), "{said:?}");
}

#[tokio::test]
async fn a_program_that_was_given_up_is_asked_and_then_killed_with_its_group() {
    let scene = Scene::new();
    let script = "trap '' TERM; (trap '' TERM; sleep 60) & echo $$ $!; sleep 60; sleep 60";
    let mut stubborn = scene.begin(sh(script));
    let line = shown(&stubborn.next().await.unwrap());
    let pids: Vec<_> = line.split(' ').skip(1).map(str::to_owned).collect();
    assert!(pids.iter().all(|it| runs(it)), "{line}");
    drop(stubborn);
    let took = until_gone(&pids[0]).await;
    assert!(took > Duration::from_millis(200), "{took:?} is no grace");
    until_gone(&pids[1]).await;

    let polite = sh("trap 'echo bye >bye; exit' TERM; echo $$; while :; do sleep 0.05; done");
    let mut polite = scene.begin(Spawn {
        grace_ms: 9000,
        ..polite
    });
    let line = shown(&polite.next().await.unwrap());
    drop(polite);
    until_gone(line.trim_start_matches("out ")).await;
    let bye = std::fs::read_to_string(scene.workspace().join("bye"));
    assert_eq!(bye.unwrap(), "bye\n");
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_killed() {
    let scene = Scene::new();
    let said = scene.run("sleep 60 & echo $!").await;
    let pid = said[0].trim_start_matches("out ");
    assert_eq!(said[1], "end 0 \"\"");
    until_gone(pid).await;
}

#[tokio::test]
async fn a_flood_waits_until_it_is_read() {
    let scene = Scene::new();
    let mut flood = scene.begin(sh("yes 0123456789 | head -c 50000000; echo done >done"));
    flood.next().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!scene.workspace().join("done").exists());
    drop(flood);

    let noisy = scene
        .run("yes complaint | head -c 3000000 >&2; exit 1")
        .await;
    let (last, errors) = noisy.split_last().unwrap();
    let written: usize = errors.iter().map(|it| it.len() - "err ".len()).sum();
    assert_eq!(written, 3_000_000);
    assert!(last.starts_with("end 1 ") && last.len() < 12_000);
}

#[tokio::test]
async fn a_line_without_end_ends_the_program() {
    let scene = Scene::new();
    let spawn = Spawn {
        max_line: 1000,
        ..sh("echo $$; head -c 2000 /dev/zero | tr '\\0' x; sleep 60")
    };
    let said = scene.begin(spawn).finish().await;
    assert_eq!(
        said[1..],
        ["protocol: the program wrote a line of more than 1000 bytes"]
    );
    until_gone(said[0].trim_start_matches("out ")).await;
    let said = scene.run("printf '\\377\\n'").await;
    assert_eq!(said, ["protocol: the program wrote what is not UTF-8"]);
}

#[tokio::test]
async fn a_signal_is_an_exit_code_as_shells_have_it() {
    let said = Scene::new().run("kill -9 $$").await;
    assert_eq!(said, ["end 137 \"\""]);
}

#[tokio::test]
async fn what_is_not_there_is_a_matter_of_configuration() {
    let scene = Scene::new();
    let said = scene.begin(Spawn::new(["nothing-there"])).finish().await;
    assert_eq!(
        said,
        ["config: there is no program `nothing-there` in `PATH`"]
    );
}

#[tokio::test]
async fn the_folder_is_the_workspace_or_below_it() {
    let scene = Scene::new();
    std::fs::create_dir_all(scene.workspace().join("inner")).unwrap();
    std::os::unix::fs::symlink("/etc", scene.workspace().join("link")).unwrap();
    let real = scene.workspace().canonicalize().unwrap();
    let inner = real.join("inner");
    let within = |folder: &str| Spawn {
        folder: Some(folder.into()),
        ..sh("pwd")
    };
    let at = |folder: &Path| vec![format!("out {}", folder.display()), "end 0 \"\"".into()];
    assert_eq!(scene.run("pwd").await, at(&real));
    for folder in ["inner", &inner.to_string_lossy()] {
        assert_eq!(scene.begin(within(folder)).finish().await, at(&inner));
    }
    for folder in ["..", "/", "link", "inner/../.."] {
        let said = scene.begin(within(folder)).finish().await;
        let expected = format!("denied: the folder `{folder}` is not in the agent's workspace");
        assert_eq!(said, [expected]);
    }
}

#[tokio::test]
async fn what_the_agent_wrote_is_not_started() {
    let scene = Scene::new();
    let own = scene.workspace().join("own");
    std::fs::write(&own, "#!/bin/sh\necho no").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&own, mode).unwrap();
    // As if the user had named it: the gate has its own tests.
    let said = scene
        .begin(Spawn::new([own.to_string_lossy()]))
        .finish()
        .await;
    assert!(
        said[0].contains("lies in the agent's own workspace"),
        "{said:?}"
    );
}

#[tokio::test]
async fn the_environment_is_what_was_asked_for() {
    let spawn = Spawn {
        inherit: vec!["PASSED".into(), "ABSENT".into()],
        set: vec![("A".into(), "1".into()), ("A".into(), "2".into())],
        secrets: vec![
            SecretVariable {
                variable: "CLI_KEY".into(),
                secret: "api_key".into(),
            },
            SecretVariable {
                variable: "SPARE".into(),
                secret: "spare".into(),
            },
        ],
        ..sh(
            "env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=' | sort; test \"$CLI_KEY\" = sk-planted''-key",
        )
    };
    let said = Scene::new().begin(spawn).finish().await;
    assert_eq!(
        said,
        [
            "out A=2",
            "out CLI_KEY=***",
            "out LANG=our LANG",
            "out PASSED=our PASSED",
            "out PATH=/usr/bin:/bin",
            "end 0 \"\"",
        ]
    );
}

#[tokio::test]
async fn no_secret_is_heard_of_and_every_start_is_told_once_and_on_record() {
    let mut scene = Scene::new();
    let secret = SecretVariable {
        variable: "K".into(),
        secret: "api_key".into(),
    };
    let script = "echo \"a $K\"; printf 'sk-pla' >&2; sleep 0.1; printf 'nted-key b' >&2";
    let spawn = || Spawn {
        secrets: vec![secret.clone()],
        ..Spawn::new(["sh", "-c", script, KEY])
    };
    let mut heard = String::new();
    for _ in 0..2 {
        heard.push_str(&scene.begin(spawn()).finish().await.join("|"));
    }
    assert!(heard.contains("out a ***"), "{heard}");
    assert!(heard.contains("end 0 \"*** b\""), "{heard}");
    let mut told = Vec::new();
    while let Ok(CallEvent::Chunk(Chunk::Status { text })) = scene.told.try_recv() {
        told.push(text);
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("starts `sh -c echo"), "{told:?}");
    let audit = scene.folder.path().join("run/audit.jsonl");
    let audit = std::fs::read_to_string(audit).unwrap();
    let lines: Vec<serde_json::Value> = audit
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{audit}");
    assert_eq!(lines[0]["tool"], "sh");
    assert_eq!(lines[0]["rule"], "program");
    assert_eq!(lines[0]["verdict"], "allow");
    for text in [heard, told.join(" "), audit] {
        assert!(!text.contains("planted"), "{text}");
    }
}

#[tokio::test]
async fn a_recorded_program_is_played_back_and_not_started() {
    let script = "read a; echo got $a $$ $K; echo oops >&2; exec 2>&-; read b; echo more; exit 4";
    let spawn = || Spawn {
        secrets: vec![SecretVariable {
            variable: "K".into(),
            secret: "api_key".into(),
        }],
        ..sh(script)
    };
    let scene = Scene::with(|it| ToolTape::Record(it.join("tape")));
    let converse = async |scene: &Scene| {
        let mut program = scene.begin(spawn());
        assert_eq!(program.write("x\n", false).await, EventKind::COMPLETED);
        let mut said = vec![
            shown(&program.next().await.unwrap()),
            shown(&program.next().await.unwrap()),
        ];
        assert_eq!(program.write("y\n", true).await, EventKind::COMPLETED);
        said.extend(program.finish().await);
        said
    };
    let first = converse(&scene).await;
    assert_eq!(first.last().unwrap(), "end 4 \"oops\\n\"");
    let ProgramTape::Record(file) = scene.desk.lent.program_tape() else {
        panic!("no recording")
    };
    let recorded = std::fs::read_to_string(file).unwrap();
    assert!(!recorded.contains("planted"), "{recorded}");

    let mut again = Scene::within(scene.folder, |it| ToolTape::Replay(it.join("tape")));
    // The same process id shows that nothing was started.
    assert_eq!(converse(&again).await, first);
    assert!(again.told.try_recv().is_err());
    let said = again.begin(spawn()).finish().await;
    assert!(said[0].starts_with("denied: the recording holds no such start"));
}

#[tokio::test]
async fn an_agent_that_is_lent_nothing_starts_nothing() {
    let mut scene = Scene::new();
    scene.desk.lent = services::Lent::default();
    let said = scene.run("echo no").await;
    let denied = FaultCode::DENIED.as_str();
    assert_eq!(said, [format!("{denied}: this agent may start no program")]);
}
