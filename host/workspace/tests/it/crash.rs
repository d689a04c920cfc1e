//! Killed, or out of space, in the middle of a write. The test starts itself as the one who dies.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use workspace::snapshot::take;
use workspace::{Files, FilesSpec, Journal, KeepOff, Limits, OwnedFolder, SnapshotCaps, undo};

use crate::rooms::{Rooms, picture};

const ROOM: &str = "MASSGEN_TEST_ROOM";
const SIZE: usize = 300_000;

/// This test binary, running one ignored test with a folder.
fn child(name: &str, room: &Path, shell: Option<&str>) -> Command {
    let exe = std::env::current_exe().expect("this binary");
    let mut command = match shell {
        None => Command::new(&exe),
        Some(script) => {
            let mut command = Command::new("sh");
            command.args(["-c", script, "sh"]).arg(&exe);
            command
        }
    };
    command
        .args(["--ignored", "--exact", name, "--nocapture"])
        .env(ROOM, room)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Runs it to its end; it must really have run.
fn passed(command: &mut Command) {
    let output = command.stdout(Stdio::piped()).output().expect("sh");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("1 passed"), "{text}");
}

fn room() -> std::path::PathBuf {
    std::env::var_os(ROOM)
        .expect("started by another test")
        .into()
}

#[test]
#[ignore = "started by a test that kills it"]
fn writes_for_ever() {
    let files = Files::new(FilesSpec {
        workspace: room().join("w"),
        limits: Limits::default(),
        journal: Some(Journal::open(&room().join("j")).expect("a journal")),
        allowed: Vec::new(),
    });
    for letter in ('a'..='z').cycle() {
        let content = letter.to_string().repeat(SIZE);
        let path = room().join("w/f");
        let path = path.to_str().expect("text");
        files
            .write(path, content.as_bytes(), &Anything)
            .expect("written");
    }
}

struct Anything;

impl permissions::Guard for Anything {
    fn resolve(&self, text: &str) -> Result<std::path::PathBuf, permissions::Refused> {
        Ok(text.into())
    }

    fn check(&self, _: &Path, _: permissions::Access) -> Result<(), permissions::Refused> {
        Ok(())
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_write_that_is_killed_leaves_the_old_or_the_new_file() {
    let mut rooms = Rooms::new();
    rooms.run_ends();
    rooms.put("w/f", "0".repeat(SIZE));
    let mut letters = std::collections::BTreeSet::new();
    for round in 0..12 {
        let mut child = Killed(
            child("crash::writes_for_ever", &rooms.base, None)
                .spawn()
                .expect("a child"),
        );
        let began = rooms.content("w/f");
        let deadline = Instant::now() + Duration::from_secs(5);
        while rooms.content("w/f") == began && Instant::now() < deadline {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(700 * round));
        child.0.kill().expect("killed");
        child.0.wait().expect("gone");
        let content = rooms.content("w/f");
        assert_eq!(content.len(), SIZE);
        let first = content.chars().next();
        assert!(
            content.chars().all(|letter| Some(letter) == first),
            "half of one, half of another"
        );
        letters.insert(first);
    }
    assert!(letters.len() > 1, "nothing was ever written");
    // Whatever was left half done, all of it can be taken back.
    let steps = undo::apply(&rooms.at("j"), &undo::Options::default()).expect("a journal");
    let bad: Vec<_> = steps
        .iter()
        .filter(|step| !matches!(step.outcome, undo::Outcome::Done | undo::Outcome::Already))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(rooms.content("w/f"), "0".repeat(SIZE));
}

#[test]
#[ignore = "started by a test that limits its space"]
fn runs_out_of_space() {
    let files = Files::new(FilesSpec {
        workspace: room(),
        limits: Limits::default(),
        journal: None,
        allowed: Vec::new(),
    });
    let file = room().join("f");
    let path = file.to_str().expect("text");
    std::fs::write(&file, "what was there").expect("little fits");
    let full = files
        .write(path, &vec![b'x'; 1 << 20], &Anything)
        .expect_err("much does not");
    let text = full.to_string();
    assert!(
        text.contains("what was there before is unchanged"),
        "{text}"
    );
    let arguments = json!({"path": path, "content": "x".repeat(1 << 20)});
    let cancel = tokio_util::sync::CancellationToken::new();
    assert!(
        files
            .call("write_file", &arguments, &Anything, &cancel)
            .is_error
    );
    assert_eq!(
        std::fs::read_to_string(&file).expect("still there"),
        "what was there"
    );
    let names = std::fs::read_dir(room()).expect("a folder").count();
    assert_eq!(names, 1, "something was left behind");
}

#[test]
fn a_file_that_does_not_fit_leaves_the_old_one_and_nothing_else() {
    let temp = tempfile::tempdir().expect("a folder");
    let limited = "ulimit -f 64; trap '' XFSZ; exec \"$@\"";
    passed(&mut child(
        "crash::runs_out_of_space",
        temp.path(),
        Some(limited),
    ));
}

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_else() {
    let temp = tempfile::tempdir().expect("a folder");
    let probe = Command::new("unshare")
        .args(["-Urm", "true"])
        .stderr(Stdio::null())
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no user namespaces here");
        return;
    }
    let room = temp.path().display();
    let script = format!(
        "exec unshare -Urm sh -c 'mount -t tmpfs -o size=256k none {room} && exec \"$@\"' sh \"$@\""
    );
    passed(&mut child(
        "crash::runs_out_of_space",
        temp.path(),
        Some(&script),
    ));
}

#[test]
#[ignore = "started by a test that limits its open files"]
fn works_on_many_directories() {
    let rooms = Rooms::new();
    for name in 0..300 {
        rooms.put(&format!("w/from/{name}/f"), "x");
    }
    let batch = json!({"source_base_path": "from", "destination_base_path": "to"});
    assert_eq!(
        rooms.data("copy_files_batch", batch)["summary"]["copied"],
        300
    );
    let both = json!({"dir1": "from", "dir2": "to"});
    let same = rooms.data("compare_directories", both)["details"]["identical"].clone();
    assert_eq!(same.as_array().map(Vec::len), Some(300));
    let copy = json!({"source_path": "from", "destination_path": "to", "overwrite": true});
    assert!(!rooms.call("copy_file", copy).is_error);
    let all = json!({"path": "to", "recursive": true});
    assert_eq!(rooms.data("delete_file", all)["details"]["file_count"], 300);
    assert!(!rooms.exists("w/to"));
}

#[test]
#[ignore = "started by a test that limits its open files"]
fn replaces_a_deep_snapshot() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    let deep = format!("s/agent1/{}", "d/".repeat(400));
    rooms.put(&format!("{deep}/f"), "deep");
    rooms.put("s/agent1/d/d/beside", "flat");
    rooms.put("s/.massgen-folder", "");
    let store = OwnedFolder::claim(&rooms.at("s"), &KeepOff::default()).expect("a folder");
    take(&rooms.at("w"), &store, "agent1", &SnapshotCaps::default()).expect("taken");
    let left = picture(&rooms.at("s"));
    assert_eq!(
        left,
        [".massgen-folder 644 \"\"", "agent1/", "agent1/a 644 \"A\""]
    );
}

#[test]
fn a_deep_directory_is_taken_away_with_few_open_files() {
    let temp = tempfile::tempdir().expect("a folder");
    let limited = "ulimit -n 100; exec \"$@\"";
    passed(&mut child(
        "crash::replaces_a_deep_snapshot",
        temp.path(),
        Some(limited),
    ));
}

#[test]
fn many_directories_need_few_open_files() {
    let temp = tempfile::tempdir().expect("a folder");
    let limited = "ulimit -n 160; exec \"$@\"";
    passed(&mut child(
        "crash::works_on_many_directories",
        temp.path(),
        Some(limited),
    ));
}
