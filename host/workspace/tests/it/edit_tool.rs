//! `edit_file`.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::rooms::Rooms;

fn check(rooms: &Rooms, tool: &str, arguments: Value, expect: Expect) {
    expect.assert_eq(&rooms.text(tool, arguments));
}

#[test]
fn an_edit_shows_its_difference_and_finds_lines_with_other_white_space() {
    let rooms = Rooms::new();
    rooms.put(
        "w/a.rs",
        "fn main() {\n    if x {\n        go();\n    }\n}\n",
    );
    let arguments = json!({
        "path": "a.rs",
        "edits": [
            {"oldText": "if x {\n  go();\n}", "newText": "if y {\n  stop();\n}"},
            {"oldText": "main", "newText": "start"},
        ],
        "dryRun": true,
    });
    let wanted = expect![[r"
        ```diff
        --- a.rs
        +++ a.rs
        @@ -1,5 +1,5 @@
        -fn main() {
        -    if x {
        -        go();
        +fn start() {
        +    if y {
        +      stop();
             }
         }
        ```
    "]];
    wanted.assert_eq(&rooms.text("edit_file", arguments.clone()));
    assert!(
        rooms.content("w/a.rs").contains("main"),
        "a dry run writes nothing"
    );
    let mut arguments = arguments;
    arguments["dryRun"] = false.into();
    wanted.assert_eq(&rooms.text("edit_file", arguments));
    assert_eq!(
        rooms.content("w/a.rs"),
        "fn start() {\n    if y {\n      stop();\n    }\n}\n"
    );
}

#[test]
fn an_edit_that_does_not_fit_changes_nothing() {
    let rooms = Rooms::new();
    rooms.put("w/a", "one\n");
    for (edits, expect) in [
        (
            json!([{"oldText": "one", "newText": "1"}, {"oldText": "two", "newText": "2"}]),
            expect![
                "error: invalid arguments for edit_file: `edits[1].oldText` does not occur in the file, also when white space around lines is ignored:\ntwo"
            ],
        ),
        (
            json!([{"oldText": "", "newText": "1"}]),
            expect![
                "error: invalid arguments for edit_file: `edits[0].oldText` is empty; quote the text to be replaced, or use write_file:\n"
            ],
        ),
        (
            json!([{"old": "one"}]),
            expect![
                "error: invalid arguments for edit_file: unknown field `old`, expected `oldText` or `newText`"
            ],
        ),
    ] {
        check(
            &rooms,
            "edit_file",
            json!({"path": "a", "edits": edits}),
            expect,
        );
    }
    assert_eq!(rooms.content("w/a"), "one\n");
}

#[test]
fn an_edit_keeps_carriage_returns_and_dollar_signs() {
    let rooms = Rooms::new();
    rooms.put("w/a", "one\r\ntwo\r\n");
    rooms.put("w/mixed", "one\r\ntwo\n");
    let edit = |path: &str| {
        rooms.call(
            "edit_file",
            json!({"path": path, "edits": [{"oldText": "two\n", "newText": "$& three\n"}]}),
        )
    };
    assert!(!edit("a").is_error && !edit("mixed").is_error);
    assert_eq!(rooms.content("w/a"), "one\r\n$& three\r\n");
    assert_eq!(rooms.content("w/mixed"), "one\r\n$& three\n");
}
