//! The tools of the usual filesystem server, one table each.

use crate::rooms::Rooms;
use expect_test::{Expect, expect};
use massgen_plugin::chat::Part;
use serde_json::{Value, json};
use workspace::{Limits, tools};

fn check(rooms: &Rooms, tool: &str, arguments: Value, expect: Expect) {
    expect.assert_eq(&rooms.text(tool, arguments));
}

#[test]
fn a_text_is_read_whole_or_from_either_end() {
    let rooms = Rooms::new();
    rooms.put("w/a.txt", "one\ntwo\nthree\n");
    rooms.put("w/empty", "");
    rooms.put("w/binary", b"\0\x01");
    rooms.put("w/latin", b"na\xefve");
    for (arguments, expect) in [
        (json!({"path": "a.txt"}), expect!["one\ntwo\nthree\n"]),
        (json!({"path": "a.txt", "head": 2}), expect!["one\ntwo"]),
        (json!({"path": "a.txt", "tail": 2}), expect!["two\nthree"]),
        (
            json!({"path": "a.txt", "tail": 9}),
            expect!["one\ntwo\nthree"],
        ),
        (
            json!({"path": "a.txt", "head": 9}),
            expect!["one\ntwo\nthree\n"],
        ),
        (
            json!({"path": "a.txt", "head": null}),
            expect!["one\ntwo\nthree\n"],
        ),
        (json!({"path": "a.txt", "head": 0}), expect![""]),
        (json!({"path": "a.txt", "tail": 0}), expect![""]),
        (json!({"path": "empty", "tail": 3}), expect![""]),
        (json!({"path": "latin"}), expect!["na\u{fffd}ve"]),
        (
            json!({"path": "binary"}),
            expect!["error: BASE/w/binary is not text; use read_media_file for images and audio"],
        ),
        (
            json!({"path": "a.txt", "head": 1, "tail": 1}),
            expect!["error: invalid arguments for read_file: `head` and `tail` exclude each other"],
        ),
        (
            json!({"path": "no"}),
            expect!["error: BASE/w/no does not exist; list the directory to see what is there"],
        ),
        (
            json!({"path": "."}),
            expect!["error: BASE/w is a directory, not a file"],
        ),
        (
            json!({}),
            expect!["error: invalid arguments for read_file: missing field `path`"],
        ),
        (
            json!({"path": 3}),
            expect![
                "error: invalid arguments for read_file: invalid type: integer `3`, expected a string"
            ],
        ),
        (
            json!({"path": "a", "lines": 1}),
            expect![
                "error: invalid arguments for read_file: unknown field `lines`, expected one of `path`, `head`, `tail`"
            ],
        ),
        (
            json!("a.txt"),
            expect!["error: invalid arguments for read_file: they are no JSON object"],
        ),
    ] {
        check(&rooms, "read_file", arguments, expect);
    }
}

#[test]
fn a_file_larger_than_the_limit_is_read_in_part() {
    let rooms = Rooms::with(Limits {
        read_bytes: 200_000,
        ..Limits::default()
    });
    let text: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
    rooms.put("w/big", &text);
    check(
        &rooms,
        "read_text_file",
        json!({"path": "big"}),
        expect![
            "error: BASE/w/big has 1088890 bytes, more than the 200000 that one read may give; read a part of it with head or tail"
        ],
    );
    let tail = rooms.text("read_text_file", json!({"path": "big", "tail": 10_000}));
    assert_eq!(tail.lines().count(), 10_000);
    assert!(tail.starts_with("line 90000\n") && tail.ends_with("line 99999"));
    let head = rooms.text("read_text_file", json!({"path": "big", "head": 10_000}));
    assert!(head.starts_with("line 0\n") && head.ends_with("line 9999"));
}

#[test]
fn several_files_are_read_and_one_that_fails_stops_none() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    rooms.put("r/b", "B");
    rooms.put("o/c", "C");
    let paths = json!({"paths": ["a", "../r/b", "../o/c", "none"]});
    check(
        &rooms,
        "read_multiple_files",
        paths,
        expect![[r"
        a:
        A

        ---
        ../r/b:
        B

        ---
        ../o/c: Error - Read of BASE/o/c denied
        ---
        none: Error - BASE/w/none does not exist"]],
    );
    check(
        &rooms,
        "read_multiple_files",
        json!({"paths": []}),
        expect![
            "error: invalid arguments for read_multiple_files: `paths` is empty; name at least one file"
        ],
    );
}

#[test]
fn a_picture_comes_as_a_picture_and_anything_else_by_its_name() {
    let rooms = Rooms::new();
    rooms.put("w/x.bin", b"\x89PNG\r\n\x1a\n0000");
    rooms.put("w/s.mp3", "noise");
    let output = rooms.call("read_media_file", json!({"path": "x.bin"}));
    let [Part::Image(image)] = &output.parts[..] else {
        panic!("{output:?}");
    };
    assert_eq!(image.mime, "image/png");
    assert_eq!(image.data.as_deref(), Some("iVBORw0KGgowMDAw"));
    check(
        &rooms,
        "read_media_file",
        json!({"path": "s.mp3"}),
        expect!["[s.mp3: audio/mpeg, 5 bytes; only PNG, JPEG, GIF and WebP can be shown]"],
    );
}

#[test]
fn a_write_makes_or_replaces_a_file_and_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let rooms = Rooms::new();
    let mode = |path: &str, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(rooms.at(path), mode).expect("a mode");
    };
    rooms.put("w/tool.sh", "old");
    rooms.put("w/fixed", "old");
    mode("w/tool.sh", 0o750);
    mode("w/fixed", 0o444);
    for (path, expect) in [
        ("new.txt", expect!["Successfully wrote to new.txt"]),
        ("tool.sh", expect!["Successfully wrote to tool.sh"]),
        (
            "fixed",
            expect!["error: BASE/w/fixed is write-protected (mode 444)"],
        ),
        (
            "no/such.txt",
            expect![
                "error: parent directory BASE/w/no does not exist; make it with create_directory first"
            ],
        ),
        (".", expect!["error: BASE/w is a directory, not a file"]),
        ("../r/x", expect!["error: Write of BASE/r/x denied"]),
        ("../o/x", expect!["error: Write of BASE/o/x denied"]),
    ] {
        check(
            &rooms,
            "write_file",
            json!({"path": path, "content": "now"}),
            expect,
        );
    }
    expect![[r#"
        [
            "fixed 444 \"old\"",
            "new.txt 644 \"now\"",
            "tool.sh 750 \"now\"",
        ]
    "#]]
    .assert_debug_eq(&crate::rooms::picture(&rooms.at("w")));
    let large = "x".repeat(50_000);
    assert!(
        !rooms
            .call("write_file", json!({"path": "large", "content": large}))
            .is_error
    );
    assert_eq!(rooms.content("w/large"), large);
}

#[test]
fn folders_are_made_listed_drawn_and_searched() {
    let rooms = Rooms::new();
    check(
        &rooms,
        "create_directory",
        json!({"path": "src/deep"}),
        expect!["Successfully created directory src/deep"],
    );
    check(
        &rooms,
        "create_directory",
        json!({"path": "src/deep"}),
        expect!["Successfully created directory src/deep"],
    );
    check(
        &rooms,
        "create_directory",
        json!({"path": "../r/x"}),
        expect!["error: Write of BASE/r/x denied"],
    );
    rooms.put("w/src/a.rs", "aaaa");
    rooms.put("w/src/deep/b.rs", "b".repeat(2000));
    rooms.put("w/.hidden", "");
    rooms.put("w/secret/key", "never shown");
    rooms.put("w/.massgen-1-0123456789abcdef.tmp", "left behind");
    rooms.link("w/out", "../o");
    for (tool, arguments, expect) in [
        (
            "list_directory",
            json!({"path": "."}),
            expect!["[FILE] .hidden\n[LINK] out\n[DIR] src"],
        ),
        (
            "list_directory",
            json!({"path": "out"}),
            expect!["error: Read of BASE/o denied"],
        ),
        (
            "list_directory_with_sizes",
            json!({"path": "src", "sortBy": "size"}),
            expect![
                "[FILE] a.rs                                  4 B\n[DIR] deep\n\nTotal: 1 files, 1 directories\nCombined size: 4 B"
            ],
        ),
        (
            "list_directory_with_sizes",
            json!({"path": "src/deep"}),
            expect![
                "[FILE] b.rs                              1.95 KB\n\nTotal: 1 files, 0 directories\nCombined size: 1.95 KB"
            ],
        ),
        (
            "search_files",
            json!({"path": ".", "pattern": "*.rs"}),
            expect!["No matches found"],
        ),
        (
            "search_files",
            json!({"path": ".", "pattern": "**/*.rs"}),
            expect!["BASE/w/src/a.rs\nBASE/w/src/deep/b.rs"],
        ),
        (
            "search_files",
            json!({"path": "src", "pattern": "*.rs"}),
            expect!["BASE/w/src/a.rs"],
        ),
        (
            "search_files",
            json!({"path": ".", "pattern": "**", "excludePatterns": ["src"]}),
            expect!["BASE/w/.hidden\nBASE/w/out"],
        ),
        (
            "search_files",
            json!({"path": ".", "pattern": "[" }),
            expect![
                "error: invalid arguments for search_files: bad pattern: error parsing glob '[': unclosed character class; missing ']'"
            ],
        ),
        (
            "directory_tree",
            json!({"path": ".", "excludePatterns": ["deep"]}),
            expect![[r#"
            [
              {
                "name": ".hidden",
                "type": "file"
              },
              {
                "name": "out",
                "type": "link"
              },
              {
                "name": "src",
                "type": "directory",
                "children": [
                  {
                    "name": "a.rs",
                    "type": "file"
                  }
                ]
              }
            ]"#]],
        ),
        (
            "list_allowed_directories",
            json!({}),
            expect!["Allowed directories:\nBASE/w\nBASE/r"],
        ),
    ] {
        check(&rooms, tool, arguments, expect);
    }
    let info = rooms.text("get_file_info", json!({"path": "src/a.rs"}));
    let stable: Vec<_> = info.lines().filter(|line| !line.contains("20")).collect();
    assert_eq!(
        stable,
        [
            "size: 4",
            "isDirectory: false",
            "isFile: true",
            "permissions: 644"
        ]
    );
}

#[test]
fn long_listings_are_cut_and_say_so() {
    let rooms = Rooms::with(Limits {
        entries: 2,
        ..Limits::default()
    });
    for name in ["a", "b", "c"] {
        rooms.put(&format!("w/{name}"), "");
    }
    check(
        &rooms,
        "list_directory",
        json!({"path": "."}),
        expect!["[FILE] a\n[FILE] b\n[1 more entries are not shown]"],
    );
    check(
        &rooms,
        "search_files",
        json!({"path": ".", "pattern": "*"}),
        expect!["BASE/w/a\nBASE/w/b\n[1 more entries are not shown]"],
    );
    assert!(
        rooms
            .text("directory_tree", json!({"path": "."}))
            .contains("the tree is larger than this")
    );
}

#[test]
fn a_move_never_replaces_and_its_source_is_a_write() {
    let rooms = Rooms::new();
    rooms.put("w/a", "A");
    rooms.put("w/b", "B");
    rooms.put("w/d/secret/x", "X");
    rooms.put("r/f", "F");
    for (source, destination, expect) in [
        ("a", "b", expect!["error: BASE/w/b already exists"]),
        ("../r/f", "f", expect!["error: Write of BASE/r/f denied"]),
        ("a", "../r/a", expect!["error: Write of BASE/r/a denied"]),
        (
            "none",
            "c",
            expect!["error: BASE/w/none does not exist; list the directory to see what is there"],
        ),
        ("d", "e", expect!["error: Write of BASE/w/d/secret denied"]),
        (
            ".",
            "../w/x",
            expect![
                "error: BASE/w cannot be used: it is, or holds, one of the allowed directories, which stay where they are"
            ],
        ),
        ("a", "c", expect!["Successfully moved a to c"]),
    ] {
        let arguments = json!({"source": source, "destination": destination});
        check(&rooms, "move_file", arguments, expect);
    }
    assert_eq!(rooms.content("w/c") + &rooms.content("w/b"), "AB");
    assert!(!rooms.exists("w/a"));
}

#[test]
fn every_tool_on_offer_is_answered_and_its_description_never_changes() {
    let rooms = Rooms::new();
    let all = tools();
    let names: Vec<_> = all.iter().map(|tool| (tool.server, tool.name)).collect();
    assert_eq!(names.len(), 20);
    for tool in all {
        let text = rooms.text(tool.name, json!({"nonsense": 1}));
        assert!(
            text.contains("unknown field `nonsense`"),
            "{}: {text}",
            tool.name
        );
        let described = tool.schema["properties"]
            .as_object()
            .expect("an object schema");
        for name in described.keys() {
            let text = rooms.text(tool.name, json!({name: {}}));
            assert!(
                !text.contains("unknown field"),
                "{} describes {name}: {text}",
                tool.name
            );
        }
        assert!(!(tool.read_only && tool.destructive));
    }
    assert_eq!(
        rooms.text("format_disk", json!({})),
        "error: there is no file tool `format_disk`"
    );
}

#[test]
fn direct_access_asks_the_same_guard() {
    let rooms = Rooms::new();
    rooms.put("w/a", "abc");
    rooms.put("o/c", "C");
    let files = &rooms.files;
    assert_eq!(files.read("a", &rooms, 3).expect("content"), b"abc");
    assert!(files.read("a", &rooms, 2).is_err());
    assert!(files.read("../o/c", &rooms, 9).is_err());
    files.write("b", b"new", &rooms).expect("written");
    assert!(files.write("../r/b", b"new", &rooms).is_err());
    let list = files.list(".", &rooms).expect("a list");
    let list: Vec<_> = list
        .iter()
        .map(|e| (e.name.to_str(), e.kind, e.size))
        .collect();
    assert_eq!(list, [(Some("a"), "file", 3), (Some("b"), "file", 3)]);
}

#[test]
fn a_cancelled_call_does_nothing() {
    let rooms = Rooms::new();
    let cancel = tokio_util::sync::CancellationToken::new();
    cancel.cancel();
    let arguments = json!({"path": "a", "content": "x"});
    let output = rooms.files.call("write_file", &arguments, &rooms, &cancel);
    assert!(output.is_error && !rooms.exists("w/a"));
}
