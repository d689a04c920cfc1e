//! Somebody in the workspace plays tricks while tools run.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::rooms::{Rooms, picture};

#[test]
fn no_spelling_of_a_path_leads_out() {
    let rooms = Rooms::new();
    rooms.put("o/canary", "CANARY");
    rooms.put("r/f", "F");
    rooms.link("w/out", "../o");
    rooms.link("w/ro", "../r");
    rooms.link("w/canary", "../o/canary");
    let before = (picture(&rooms.at("o")), picture(&rooms.at("r")));
    for path in [
        "../o/canary",
        "out/canary",
        "canary",
        "./x/../../o/canary",
        "ro/../../o/canary",
    ] {
        for tool in ["read_file", "read_media_file", "get_file_info"] {
            let text = rooms.text(tool, json!({"path": path}));
            assert!(text.starts_with("error: "), "{tool} {path}: {text}");
        }
    }
    for path in [
        "../o/x",
        "out/x",
        "out/canary",
        "canary",
        "ro/f",
        "ro/x",
        "../r/f",
    ] {
        for (tool, arguments) in [
            ("write_file", json!({"path": path, "content": "x"})),
            (
                "edit_file",
                json!({"path": path, "edits": [{"oldText": "F", "newText": "x"}]}),
            ),
            ("create_directory", json!({"path": path})),
            (
                "copy_file",
                json!({"source_path": "../r/f", "destination_path": path, "overwrite": true}),
            ),
            ("move_file", json!({"source": path, "destination": "here"})),
            ("delete_file", json!({"path": path})),
        ] {
            let text = rooms.text(tool, arguments);
            assert!(text.starts_with("error: "), "{tool} {path}: {text}");
        }
    }
    assert_eq!((picture(&rooms.at("o")), picture(&rooms.at("r"))), before);
}

#[test]
fn writing_to_a_hard_link_leaves_the_other_name_alone() {
    let rooms = Rooms::new();
    rooms.put("r/f", "theirs");
    fs::hard_link(rooms.at("r/f"), rooms.at("w/f")).expect("a second name");
    assert!(
        !rooms
            .call("write_file", json!({"path": "f", "content": "mine"}))
            .is_error
    );
    assert_eq!(
        (rooms.content("w/f"), rooms.content("r/f")),
        ("mine".into(), "theirs".into())
    );
}

#[test]
fn a_pipe_is_not_waited_for() {
    let rooms = Rooms::new();
    let path = rooms.at("w/pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo").success());
    assert_eq!(
        rooms.text("read_file", json!({"path": "pipe"})),
        "error: BASE/w/pipe is a device, pipe or socket, not a file"
    );
}

/// Both names change places in one step.
fn exchange(a: &Path, b: &Path) -> bool {
    let flags = rustix::fs::RenameFlags::EXCHANGE;
    rustix::fs::renameat_with(rustix::fs::CWD, a, rustix::fs::CWD, b, flags).is_ok()
}

/// Swaps `w/d` between a folder and a link to the outside, as fast as it can; says how often.
fn swap(rooms: &Rooms, stop: &AtomicBool) -> usize {
    let (d, link) = (rooms.at("w/d"), rooms.at("w/link"));
    symlink(rooms.at("o"), &link).expect("a link");
    let mut swapped = 0;
    while !stop.load(Ordering::Relaxed) {
        swapped += usize::from(exchange(&d, &link) && exchange(&d, &link));
        std::thread::yield_now();
    }
    swapped
}

/// Swaps the file `w/d/f` between a file and a link to the outside; says how often.
fn swap_file(rooms: &Rooms, stop: &AtomicBool) -> usize {
    let (f, link) = (rooms.at("w/d/f"), rooms.at("w/d/g"));
    let mut swapped = 0;
    while !stop.load(Ordering::Relaxed) {
        if f.is_symlink() || !f.exists() {
            let _ = fs::remove_file(&f);
            fs::write(&f, "inside").expect("a file");
        }
        let _ = fs::remove_file(&link);
        symlink(rooms.at("o/f"), &link).expect("a link");
        swapped += usize::from(exchange(&f, &link) && exchange(&f, &link));
    }
    swapped
}

fn attempts() -> Vec<(&'static str, Value)> {
    vec![
        ("read_file", json!({"path": "d/f"})),
        ("read_multiple_files", json!({"paths": ["d/f", "d/canary"]})),
        ("write_file", json!({"path": "d/f", "content": "inside"})),
        ("write_file", json!({"path": "d/new", "content": "inside"})),
        (
            "edit_file",
            json!({"path": "d/f", "edits": [{"oldText": "in", "newText": "in"}]}),
        ),
        ("create_directory", json!({"path": "d/sub/deep"})),
        ("list_directory_with_sizes", json!({"path": "d"})),
        ("directory_tree", json!({"path": "."})),
        ("search_files", json!({"path": ".", "pattern": "**/canary"})),
        (
            "copy_file",
            json!({"source_path": "d", "destination_path": "copy", "overwrite": true}),
        ),
        (
            "copy_file",
            json!({"source_path": "d/f", "destination_path": "d/h", "overwrite": true}),
        ),
        (
            "copy_files_batch",
            json!({"source_base_path": "d", "destination_base_path": "batch", "overwrite": true}),
        ),
        (
            "move_file",
            json!({"source": "d/new", "destination": "d/newer"}),
        ),
        (
            "delete_files_batch",
            json!({"base_path": "d", "exclude_patterns": ["f"]}),
        ),
        ("delete_file", json!({"path": "d/newer"})),
        (
            "compare_files",
            json!({"file1": "d/f", "file2": "d/canary"}),
        ),
    ]
}

#[test]
fn swapping_links_while_tools_run_shows_and_changes_nothing_outside() {
    for trick in [swap, swap_file] {
        let rooms = Rooms::new();
        for (path, content) in [
            ("o/canary", "CANARY"),
            ("o/f", "CANARY"),
            ("w/d/f", "inside"),
        ] {
            rooms.put(path, content);
        }
        let before = picture(&rooms.at("o"));
        let stop = AtomicBool::new(false);
        let (mut went_through, mut shown) = (0, Vec::new());
        let swapped = std::thread::scope(|threads| {
            let swaps = threads.spawn(|| trick(&rooms, &stop));
            let end = Instant::now() + Duration::from_millis(1000);
            while Instant::now() < end {
                for (tool, arguments) in attempts() {
                    let output = rooms.call(tool, arguments);
                    went_through += usize::from(!output.is_error);
                    if format!("{output:?}").contains("CANARY") {
                        shown.push(tool);
                    }
                }
            }
            stop.store(true, Ordering::Relaxed);
            swaps.join().expect("no panic")
        });
        assert!(shown.is_empty(), "shown by {shown:?}");
        assert!(
            swapped > 20 && went_through > 20,
            "{swapped} swaps and {went_through} calls show nothing"
        );
        assert_eq!(picture(&rooms.at("o")), before);
        let copied = format!("{:?}", picture(&rooms.at("w")));
        assert!(!copied.contains("CANARY"), "copied in: {copied}");
    }
}

#[test]
fn no_file_is_made_under_a_name_that_lists_and_snapshots_leave_out() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    rooms.put("w/d/b", "B");
    let before = picture(&rooms.at("w"));
    let hidden = ".massgen-1-0123456789abcdef.tmp";
    for path in [
        hidden.to_owned(),
        format!("d/{hidden}"),
        format!("{hidden}/x"),
    ] {
        for (tool, arguments) in [
            ("write_file", json!({"path": path, "content": "x"})),
            ("create_directory", json!({"path": path})),
            ("move_file", json!({"source": "a", "destination": path})),
            (
                "copy_file",
                json!({"source_path": "a", "destination_path": path}),
            ),
            (
                "copy_file",
                json!({"source_path": "d", "destination_path": path}),
            ),
            (
                "copy_files_batch",
                json!({"source_base_path": "d", "destination_base_path": path}),
            ),
        ] {
            let text = rooms.text(tool, arguments);
            assert!(
                text.contains("kept for files in the making"),
                "{tool} {path}: {text}"
            );
        }
        rooms.files.write(&path, b"x", &rooms).expect_err("hidden");
    }
    assert_eq!(picture(&rooms.at("w")), before);
    // One that was left behind can be taken away.
    rooms.put(&format!("w/{hidden}"), "left");
    assert!(!rooms.call("delete_file", json!({"path": hidden})).is_error);
    assert_eq!(picture(&rooms.at("w")), before);
}
