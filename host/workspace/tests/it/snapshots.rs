//! Snapshots, and the folders that may be emptied for them.

use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;
use workspace::snapshot::{show, take};
use workspace::{FolderError, KeepOff, OwnedFolder, SnapshotCaps, prepare};

use crate::rooms::{Rooms, picture};

fn store(rooms: &Rooms, name: &str) -> OwnedFolder {
    OwnedFolder::claim(&rooms.at(name), &KeepOff::default()).expect("a folder")
}

#[test]
fn a_snapshot_is_the_workspace_with_links_that_stay_inside() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    rooms.put("w/.git/config", "hidden too");
    rooms.put("o/canary", "CANARY");
    rooms.link("w/in", ".git/config");
    rooms.link("w/.git/up", "../a");
    rooms.link("w/out", "../o/canary");
    rooms.link("w/cycle", "cycle");
    let mode = std::fs::Permissions::from_mode(0o751);
    std::fs::set_permissions(rooms.at("w/a"), mode).expect("a mode");
    let store = store(&rooms, "s");
    let report = take(&rooms.at("w"), &store, "agent1", &SnapshotCaps::default()).expect("taken");
    assert_eq!((report.files, report.bytes), (2, 11));
    expect![[r#"
        [
            "left out cycle: it is a link to cycle, outside or missing",
            "left out out: it is a link to ../o/canary, outside or missing",
        ]
    "#]]
    .assert_debug_eq(&report.warnings);
    expect![[r#"
        [
            ".git/",
            ".git/config 644 \"hidden too\"",
            ".git/up -> ../a",
            "a 751 \"A\"",
            "in -> .git/config",
        ]
    "#]]
    .assert_debug_eq(&picture(&rooms.at("s/agent1")));
}

#[test]
fn an_empty_or_missing_workspace_empties_the_snapshot_before_it() {
    let rooms = Rooms::new();
    let store = store(&rooms, "s");
    let caps = SnapshotCaps::default();
    for (workspace, files) in [("w", 1), ("none", 0), ("w", 1), ("empty", 0)] {
        rooms.put("w/a", "A");
        std::fs::create_dir_all(rooms.at("empty")).expect("a folder");
        let report = take(&rooms.at(workspace), &store, "agent1", &caps).expect("taken");
        assert_eq!(report.files, files, "{workspace}");
        assert_eq!(picture(&rooms.at("s/agent1")).len(), files, "{workspace}");
    }
    let names = std::fs::read_dir(rooms.at("s")).expect("a folder").count();
    assert_eq!(names, 2, "the marker and the snapshot, no leftovers");
}

/// What stands in the snapshot before may have been put there by anybody.
#[test]
fn a_snapshot_with_links_is_replaced_and_nothing_they_lead_to_is_touched() {
    let rooms = Rooms::new();
    rooms.put("o/deep/canary", "CANARY");
    rooms.put("w/a", "A");
    rooms.link("w/in", "a");
    let store = store(&rooms, "s");
    let new_one = || {
        take(&rooms.at("w"), &store, "agent1", &SnapshotCaps::default()).expect("taken");
        picture(&rooms.at("s/agent1"))
    };
    let expected = ["a 644 \"A\"", "in -> a"];
    assert_eq!(new_one(), expected);
    rooms.put("s/agent1/sub/old", "old");
    rooms.link("s/agent1/folder", rooms.at("o"));
    rooms.link("s/agent1/sub/file", rooms.at("o/deep/canary"));
    rooms.link("s/agent1/sub/up", "../../../o/deep");
    rooms.link("s/agent1/nowhere", "gone");
    rooms.link("s/agent1/itself", "itself");
    assert_eq!(new_one(), expected, "over links inside");
    std::fs::remove_dir_all(rooms.at("s/agent1")).expect("gone");
    rooms.link("s/agent1", rooms.at("o"));
    assert_eq!(new_one(), expected, "over a link in its own place");
    let place = rooms.at("s/agent1").symlink_metadata().expect("something");
    assert!(place.is_dir(), "a folder and no link");
    assert_eq!(
        picture(&rooms.at("o")),
        ["deep/", "deep/canary 644 \"CANARY\""]
    );
    let names = std::fs::read_dir(rooms.at("s")).expect("a folder").count();
    assert_eq!(names, 2, "the marker and the snapshot, no leftovers");
}

#[test]
fn caps_leave_out_the_rest_and_a_failure_keeps_what_was_there() {
    let rooms = Rooms::new();
    let store = store(&rooms, "s");
    for name in 0..30 {
        rooms.put(&format!("w/{name:02}"), "0123456789");
    }
    let caps = SnapshotCaps {
        files: 2,
        bytes: 1000,
    };
    let report = take(&rooms.at("w"), &store, "a", &caps).expect("taken");
    assert_eq!(report.files, 2);
    assert_eq!(report.warnings.len(), 21);
    assert_eq!(
        report.warnings[0],
        "left out 02: there are more than 2 files"
    );
    assert_eq!(report.warnings[20], "left out 8 more");
    let before = picture(&rooms.at("s/a"));
    rooms.put("file", "no workspace");
    take(&rooms.at("file"), &store, "a", &caps).expect_err("not a folder");
    for name in ["", "..", "a/b", ".massgen-folder"] {
        take(&rooms.at("w"), &store, name, &caps).expect_err("no name");
    }
    assert_eq!(picture(&rooms.at("s/a")), before);
}

#[test]
fn readers_see_exactly_the_snapshots_they_are_shown() {
    let rooms = Rooms::new();
    let caps = SnapshotCaps::default();
    let references = store(&rooms, "t");
    rooms.put("s/x/f", "X");
    rooms.put("s/y/f", "Y");
    let shown = |labels: &[(&str, &str)]| {
        let list: Vec<_> = labels
            .iter()
            .map(|(label, path)| ((*label).into(), rooms.at(path)))
            .collect();
        show(&list, &references, &caps).expect("shown");
        let mut lines = picture(&rooms.at("t"));
        lines.retain(|line| !line.starts_with(".massgen-folder"));
        lines
    };
    assert_eq!(
        shown(&[("agent1", "s/x"), ("agent2", "s/y"), ("agent3", "s/none")]),
        [
            "agent1/",
            "agent1/f 644 \"X\"",
            "agent2/",
            "agent2/f 644 \"Y\"",
        ]
    );
    assert_eq!(
        shown(&[("agent2", "s/x")]),
        ["agent2/", "agent2/f 644 \"X\""]
    );
}

#[test]
fn only_a_folder_of_our_own_may_be_emptied() {
    let rooms = Rooms::new();
    rooms.put("mine/notes", "of a person");
    rooms.put("home/user/x", "");
    let keep_off = KeepOff {
        home: Some(rooms.at("home/user")),
        process_dir: Some(rooms.at("project/sub")),
        users: vec![rooms.at("w")],
    };
    rooms.link("alias", "w");
    let refuse = |path: &std::path::Path| {
        let error = OwnedFolder::claim(path, &keep_off).expect_err("unsafe");
        error
            .to_string()
            .replace(rooms.base.to_str().expect("text"), "BASE")
    };
    for (path, expect) in [
        (
            "mine",
            expect![
                "BASE/mine cannot be used for temporary copies: it holds files that massgen did not put there"
            ],
        ),
        (
            "home/user",
            expect![
                "BASE/home/user cannot be used for temporary copies: it is or holds your home folder"
            ],
        ),
        (
            "home",
            expect![
                "BASE/home cannot be used for temporary copies: it is or holds your home folder"
            ],
        ),
        (
            "project",
            expect![
                "BASE/project cannot be used for temporary copies: it is or holds your current folder"
            ],
        ),
        (
            "w/tmp",
            expect!["BASE/w/tmp cannot be used for temporary copies: it overlaps with BASE/w"],
        ),
        (
            "alias/tmp",
            expect!["BASE/w/tmp cannot be used for temporary copies: it overlaps with BASE/w"],
        ),
        (
            "a/../b",
            expect![
                "BASE/a/../b cannot be used for temporary copies: it is not a clean absolute path"
            ],
        ),
    ] {
        expect.assert_eq(&refuse(&rooms.at(path)));
    }
    for path in ["/", "/nothing", "relative"] {
        refuse(path.as_ref());
    }
    assert!(rooms.exists("mine/notes"));
    let marked = rooms.at("home/user/.cache/massgen");
    OwnedFolder::claim(&marked, &keep_off).expect("below home is fine");
    rooms.put("home/user/.cache/massgen/agent1/f", "ours");
    OwnedFolder::claim(&marked, &keep_off).expect("marked before");
}

#[test]
fn a_folder_is_claimed_by_one_run_at_a_time() {
    let rooms = Rooms::new();
    let claim = || OwnedFolder::claim(&rooms.at("s"), &KeepOff::default());
    let first = claim().expect("free");
    let clone = first.clone();
    let error = claim().expect_err("taken");
    assert!(matches!(error, FolderError::InUse(_)), "{error}");
    assert_eq!(
        error.to_string(),
        format!(
            "{} cannot be used for temporary copies: another run is using it",
            rooms.at("s").display()
        )
    );
    drop(first);
    claim().expect_err("still held by the clone");
    drop(clone);
    claim().expect("free again");
}

#[test]
fn preparing_a_workspace_keeps_what_is_in_it() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    let found = prepare(&rooms.at("w")).expect("prepared");
    assert_eq!((found.created, found.found), (false, 1));
    let made = prepare(&rooms.at("new/deep")).expect("prepared");
    assert_eq!(
        (made.created, made.found, made.path),
        (true, 0, rooms.at("new/deep"))
    );
    assert!(prepare("relative".as_ref()).is_err());
    assert!(prepare(&rooms.at("w/a")).is_err());
    assert_eq!(rooms.content("w/a"), "A");
}

#[test]
fn what_a_killed_run_left_in_the_making_goes_away_and_nothing_else_does() {
    let rooms = Rooms::new();
    let draft = |pid: u32| format!(".massgen-{pid}-0123456789abcdef.tmp");
    let (gone, alive) = (draft(i32::MAX.unsigned_abs()), draft(std::process::id()));
    rooms.put("o/canary", "CANARY");
    for folder in ["w", "w/sub/deep", "s"] {
        rooms.put(&format!("{folder}/{gone}/half/f"), "left");
        rooms.put(&format!("{folder}/{alive}"), "in the making");
        rooms.put(&format!("{folder}/.massgen-notes.tmp"), "of a person");
    }
    rooms.put("s/.massgen-folder", "");
    rooms.link(&format!("w/sub/{gone}"), "../../o");
    rooms.link("w/out", "../o");
    rooms.put(&format!("o/{gone}"), "not ours to sweep");
    let found = prepare(&rooms.at("w")).expect("prepared").found;
    assert_eq!(found, 3, "a note, a link and a folder");
    store(&rooms, "s");
    for folder in ["w", "w/sub/deep", "s"] {
        assert!(!rooms.exists(&format!("{folder}/{gone}")), "{folder}");
        assert!(rooms.exists(&format!("{folder}/{alive}")), "{folder}");
        assert!(
            rooms.exists(&format!("{folder}/.massgen-notes.tmp")),
            "{folder}"
        );
    }
    assert!(!rooms.exists(&format!("w/sub/{gone}")));
    assert!(rooms.exists("o/canary") && rooms.exists(&format!("o/{gone}")));
}
