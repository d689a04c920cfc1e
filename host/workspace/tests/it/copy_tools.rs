//! The workspace-copy tools.

use crate::rooms::{Rooms, picture};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use workspace::Limits;

fn check(rooms: &Rooms, tool: &str, arguments: Value, expect: Expect) {
    expect.assert_eq(&rooms.text(tool, arguments));
}

fn copy(rooms: &Rooms, from: &str, to: &str, overwrite: bool) -> String {
    let arguments = json!({"source_path": from, "destination_path": to, "overwrite": overwrite});
    rooms.text("copy_file", arguments)
}

#[test]
fn a_file_is_copied_with_its_checksum_and_the_refusals_are_the_usual_words() {
    let rooms = Rooms::new();
    rooms.put("r/f", "abc");
    rooms.put("o/f", "outside");
    rooms.put("w/there", "old");
    rooms.put("w/dir/x", "X");
    for (from, to, overwrite, expect) in [
        (
            "../r/f",
            "out/f",
            false,
            expect![[
                r#"{"success":true,"operation":"copy_file","details":{"type":"file","size":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","source":"BASE/r/f","destination":"BASE/w/out/f"}}"#
            ]],
        ),
        (
            "../r/f",
            "there",
            false,
            expect![
                "error: Path validation failed: Destination already exists (use overwrite=true): BASE/w/there"
            ],
        ),
        (
            "../r/none",
            "x",
            false,
            expect!["error: Path validation failed: Source path does not exist: BASE/r/none"],
        ),
        (
            "../r/no/ne",
            "x",
            false,
            expect!["error: Path validation failed: Source path does not exist: BASE/r/no"],
        ),
        (
            "../o/f",
            "x",
            false,
            expect![
                "error: Path validation failed: Path not in allowed directories: Read of BASE/o/f denied"
            ],
        ),
        (
            "there",
            "../r/x",
            false,
            expect![
                "error: Path validation failed: Path not in allowed directories: Write of BASE/r/x denied"
            ],
        ),
        (
            "../r/f",
            "dir",
            true,
            expect![
                "error: Path validation failed: BASE/w/dir cannot be used: it is a directory; name the file in it"
            ],
        ),
        (
            "dir",
            "dir/in",
            false,
            expect![
                "error: Path validation failed: BASE/w/dir/in cannot be used: it is the source itself or lies in it"
            ],
        ),
        (
            "dir/x",
            "dir/x",
            true,
            expect![
                "error: Path validation failed: BASE/w/dir/x cannot be used: it is the source itself or lies in it"
            ],
        ),
        (
            "../r",
            "",
            true,
            expect![
                "error: Path validation failed: BASE/w cannot be used: it is, or holds, one of the allowed directories, which are never replaced"
            ],
        ),
        (
            "dir",
            "there",
            true,
            expect![
                "error: Path validation failed: BASE/w/there cannot be used: it is not a directory, and the source is one"
            ],
        ),
    ] {
        let text = copy(&rooms, from, to, overwrite);
        // Key order is the map's, not ours.
        let sorted = |text: &str| serde_json::from_str::<Value>(text).ok();
        match sorted(&text) {
            Some(value) => assert_eq!(Some(value), sorted(expect.data()), "{text}"),
            None => expect.assert_eq(&text),
        }
    }
    assert!(copy(&rooms, "../r/f", "there", true).contains("success"));
    assert_eq!(rooms.content("w/there"), "abc");
}

#[test]
fn a_directory_replaces_another_as_a_whole_and_only_links_that_stay_inside_come_along() {
    let rooms = Rooms::new();
    rooms.put("r/d/a", "new a");
    rooms.put("r/d/sub/b", "b");
    rooms.put("o/canary", "secret");
    rooms.link("r/d/inside", "sub/b");
    rooms.link("r/d/absolute", rooms.at("r/d/a"));
    rooms.link("r/d/sub/back", "../../d/a");
    rooms.link("r/d/outside", "../../o/canary");
    rooms.link("r/d/nowhere", "none");
    rooms.put("w/d/a", "old a");
    rooms.put("w/d/gone", "old");
    let details = rooms.data(
        "copy_file",
        json!({"source_path": "../r/d", "destination_path": "d", "overwrite": true}),
    );
    assert_eq!(details["details"]["file_count"], 2);
    assert_eq!(
        details["details"]["skipped_files"].as_array().map(Vec::len),
        Some(2)
    );
    expect![[r#"
        [
            "d/",
            "d/a 644 \"new a\"",
            "d/absolute -> a",
            "d/inside -> sub/b",
            "d/sub/",
            "d/sub/b 644 \"b\"",
            "d/sub/back -> ../a",
        ]
    "#]]
    .assert_debug_eq(&picture(&rooms.at("w")));
}

#[test]
fn one_file_that_is_refused_stops_a_directory_before_it_begins() {
    let rooms = Rooms::new();
    rooms.put("r/d/a", "a");
    rooms.put("r/d/secret/key", "k");
    let text = copy(&rooms, "../r/d", "d", false);
    assert!(text.contains("Read of BASE/r/d/secret denied"), "{text}");
    assert!(picture(&rooms.at("w")).is_empty());
}

#[test]
fn a_batch_takes_what_matches_and_says_what_it_left() {
    let rooms = Rooms::new();
    for path in [
        "r/a.py",
        "r/sub/b.py",
        "r/sub/c.txt",
        "r/.hidden.py",
        "r/secret/k.py",
    ] {
        rooms.put(path, path);
    }
    rooms.link("r/l.py", "sub/b.py");
    rooms.link("r/o.py", "../o");
    rooms.put("w/a.py", "mine");
    let data = rooms.data("copy_files_batch", json!({
        "source_base_path": "../r", "include_patterns": ["*.py"], "exclude_patterns": [".hidden*"],
    }));
    assert_eq!(
        data["summary"],
        json!({"copied": 2, "skipped": 2, "errors": 1})
    );
    assert_eq!(
        data["details"]["skipped_files"],
        json!([
            {"path": "a.py", "reason": "destination exists (overwrite=false)"},
            {"path": "o.py", "reason": "it is a link that leads outside or nowhere"},
        ])
    );
    expect![[r#"
        [
            "a.py 644 \"mine\"",
            "l.py -> sub/b.py",
            "sub/",
            "sub/b.py 644 \"r/sub/b.py\"",
        ]
    "#]]
    .assert_debug_eq(&picture(&rooms.at("w")));
    let data = rooms.data("copy_files_batch", json!({"source_base_path": "../o"}));
    assert_eq!(data["success"], false);
    assert!(
        data["error"]
            .as_str()
            .expect("text")
            .starts_with("Path not in allowed directories")
    );
}

#[test]
fn the_caps_of_a_batch_are_reported_as_skipped() {
    let rooms = Rooms::with(Limits {
        batch_files: 2,
        batch_bytes: 25,
        ..Limits::default()
    });
    for name in ["a", "b", "c", "d"] {
        rooms.put(&format!("r/{name}"), "0123456789");
    }
    rooms.put("r/b", "0123456789012345678");
    let data = rooms.data("copy_files_batch", json!({"source_base_path": "../r"}));
    assert_eq!(
        data["details"]["skipped_files"],
        json!([
            {"path": "b", "reason": "one batch copies at most 25 bytes"},
            {"path": "d", "reason": "one batch copies at most 2 files"},
        ])
    );
    let text = copy(&rooms, "../r", "all", false);
    assert!(
        text.contains("it holds more files or bytes than one copy may"),
        "{text}"
    );
}

#[test]
fn a_destination_inside_the_source_does_not_feed_on_itself() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    rooms.put("w/in/b", "B");
    let data = rooms.data(
        "copy_files_batch",
        json!({"source_base_path": ".", "destination_base_path": "in"}),
    );
    assert_eq!(data["summary"]["copied"], 1);
    let data = rooms.data(
        "copy_files_batch",
        json!({"source_base_path": ".", "overwrite": true}),
    );
    assert_eq!(
        data["summary"],
        json!({"copied": 0, "skipped": 3, "errors": 0})
    );
}

#[test]
fn deleting_asks_for_everything_and_spares_what_is_critical() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    rooms.put("w/d/e/f", "F");
    rooms.put("w/g/.git/config", "");
    rooms.put("w/s/secret/k", "");
    rooms.put("r/f", "");
    rooms.put("o/canary", "alive");
    rooms.link("w/link", "../o/canary");
    rooms.link("w/own", "a");
    for (path, recursive, expect) in [
        (
            "d",
            false,
            expect![[
                r#"error: {"error":"Directory not empty (use recursive=true): BASE/w/d","operation":"delete_file","success":false}"#
            ]],
        ),
        (
            "d",
            true,
            expect![[
                r#"{"details":{"file_count":1,"path":"BASE/w/d","type":"directory"},"operation":"delete_file","success":true}"#
            ]],
        ),
        (
            "g",
            true,
            expect![[
                r#"error: {"error":"BASE/w/g/.git/config cannot be used: Cannot delete critical system path","operation":"delete_file","success":false}"#
            ]],
        ),
        (
            "s",
            true,
            expect![[
                r#"error: {"error":"Path not in allowed directories: Write of BASE/w/s/secret/k denied","operation":"delete_file","success":false}"#
            ]],
        ),
        (
            "../r/f",
            false,
            expect![[
                r#"error: {"error":"Path not in allowed directories: Write of BASE/r/f denied","operation":"delete_file","success":false}"#
            ]],
        ),
        (
            "link",
            false,
            expect![[
                r#"error: {"error":"Path not in allowed directories: Write of BASE/o/canary denied","operation":"delete_file","success":false}"#
            ]],
        ),
        (
            ".",
            true,
            expect![[
                r#"error: {"error":"BASE/w cannot be used: it is, or holds, one of the allowed directories; only what is in them can be deleted","operation":"delete_file","success":false}"#
            ]],
        ),
        (
            "own",
            false,
            expect![[
                r#"{"details":{"path":"BASE/w/own","size":0,"type":"link"},"operation":"delete_file","success":true}"#
            ]],
        ),
        (
            "none",
            false,
            expect![[
                r#"error: {"error":"Path does not exist: BASE/w/none","operation":"delete_file","success":false}"#
            ]],
        ),
    ] {
        let text = rooms.text("delete_file", json!({"path": path, "recursive": recursive}));
        assert_eq!(reordered(&text), reordered(expect.data()), "{path}");
    }
    assert_eq!(
        rooms.content("w/a"),
        "A",
        "a link is deleted, not what it leads to"
    );
    let data = rooms.data(
        "delete_files_batch",
        json!({"base_path": ".", "exclude_patterns": ["link"]}),
    );
    assert_eq!(
        data["summary"],
        json!({"deleted": 1, "skipped": 2, "errors": 0})
    );
    assert!(!rooms.exists("w/a") && rooms.exists("w/g/.git/config") && rooms.exists("o/canary"));
}

/// Key order is the map's, not ours.
fn reordered(text: &str) -> (bool, Option<Value>) {
    let error = text.starts_with("error: ");
    let json = text.trim_start_matches("error: ");
    (error, Some(serde_json::from_str(json).expect("JSON")))
}

#[test]
fn comparisons_say_what_differs() {
    let rooms = Rooms::new();
    for (path, content) in [
        ("w/a", "same"),
        ("r/a", "same"),
        ("w/b", "1\n"),
        ("r/b", "2\n"),
    ] {
        rooms.put(path, content);
    }
    rooms.put("w/sub/mine", "");
    rooms.put("r/theirs", "\0");
    rooms.put("w/theirs", "\0\0");
    let data = rooms.data(
        "compare_directories",
        json!({"dir1": ".", "dir2": "../r", "show_content_diff": true}),
    );
    assert_eq!(
        data["details"],
        json!({
            "only_in_dir1": ["sub/mine"], "only_in_dir2": [], "different": ["b", "theirs"],
            "identical": ["a"],
            "content_diffs": {
                "b": "--- b\n+++ b\n@@ -1 +1 @@\n-1\n+2\n",
                "theirs": format!("[no diff: {} is not text]", rooms.at("w/theirs").display()),
            },
        })
    );
    let data = rooms.data("compare_files", json!({"file1": "b", "file2": "../r/b"}));
    assert_eq!(
        data["details"],
        json!({
            "identical": false, "diff": "--- b\n+++ ../r/b\n@@ -1 +1 @@\n-1\n+2\n", "size1": 2, "size2": 2,
        })
    );
    check(
        &rooms,
        "compare_files",
        json!({"file1": "b", "file2": "../o/x"}),
        expect!["error: Read of BASE/o/x denied"],
    );
}

#[test]
#[ignore = "writes nothing to speak of but hashes 2 GiB, about 10 s unoptimised: \
            `cargo test -p workspace -- --ignored two_giga`"]
fn two_gigabytes_are_copied_in_constant_memory() {
    let rooms = Rooms::new();
    let file = std::fs::File::create(rooms.at("r/big")).expect("a file");
    file.set_len(2 << 30).expect("a hole");
    let before = peak_kib();
    let data = rooms.data(
        "copy_file",
        json!({"source_path": "../r/big", "destination_path": "big"}),
    );
    assert_eq!(data["details"]["size"], 2u64 << 30);
    assert_eq!(rooms.at("w/big").metadata().expect("a copy").len(), 2 << 30);
    assert!(peak_kib() - before < 8 * 1024, "memory grew with the file");
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .expect("a peak");
    line.split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .expect("a number")
}
