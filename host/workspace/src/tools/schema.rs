//! What models are told about the tools. The bytes are part of every prompt: they do not depend
//! on anything.

use serde_json::{Value, json};

use super::{FILESYSTEM, FileTool, WORKSPACE_COPY};

/// Reads only.
const READS: (bool, bool, bool) = (true, false, true);
/// Adds, takes nothing away, and may be repeated.
const ADDS: (bool, bool, bool) = (false, false, true);
/// Replaces, and may be repeated.
const REPLACES: (bool, bool, bool) = (false, true, true);
/// Changes anew each time.
const CHANGES: (bool, bool, bool) = (false, true, false);

/// Every tool, in the order in which it is offered.
pub(super) fn all() -> Vec<FileTool> {
    [
        reading_files(),
        looking_around(),
        writing(),
        copying(),
        deleting(),
        comparing(),
    ]
    .concat()
}

fn tool(
    (server, name): (&'static str, &'static str),
    (read_only, destructive, idempotent): (bool, bool, bool),
    description: &'static str,
    schema: Value,
) -> FileTool {
    FileTool {
        server,
        name,
        description,
        schema,
        read_only,
        destructive,
        idempotent,
    }
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn string(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn strings(description: &str) -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": description})
}

fn flag(description: &str) -> Value {
    json!({"type": "boolean", "default": false, "description": description})
}

fn count(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

const PATH: &str = "Absolute, or relative to your workspace";
const EXCLUDE: &str = "Glob patterns of paths to leave out";
const INCLUDE_FILES: &str =
    "Glob patterns of files to take, on the path below the base; * matches / as well. Default: all";
const EXCLUDE_FILES: &str = "Glob patterns of files to leave out; they win";

fn read_text() -> Value {
    object(
        json!({
            "path": string(PATH),
            "head": count("Only the first so many lines"),
            "tail": count("Only the last so many lines; not together with head"),
        }),
        &["path"],
    )
}

fn one_path() -> Value {
    object(json!({"path": string(PATH)}), &["path"])
}

fn reading_files() -> Vec<FileTool> {
    let fs = |name| (FILESYSTEM, name);
    vec![
        tool(
            fs("read_text_file"),
            READS,
            "Read a text file. Use head or tail for a part of a large one.",
            read_text(),
        ),
        tool(
            fs("read_file"),
            READS,
            "The same as read_text_file, under its old name.",
            read_text(),
        ),
        tool(
            fs("read_media_file"),
            READS,
            "Look at a PNG, JPEG, GIF or WebP image.",
            one_path(),
        ),
        tool(
            fs("read_multiple_files"),
            READS,
            "Read several text files at once. A file that cannot be read does not stop the others.",
            object(
                json!({"paths": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                    "description": "Paths, absolute or relative to your workspace",
                }}),
                &["paths"],
            ),
        ),
    ]
}

fn looking_around() -> Vec<FileTool> {
    let fs = |name| (FILESYSTEM, name);
    vec![
        tool(
            fs("list_directory"),
            READS,
            "List a directory: [DIR], [FILE] or [LINK], and the name.",
            one_path(),
        ),
        tool(
            fs("list_directory_with_sizes"),
            READS,
            "List a directory with the sizes of its files and their sum.",
            object(
                json!({
                    "path": string(PATH),
                    "sortBy": {
                        "type": "string",
                        "enum": ["name", "size"],
                        "default": "name",
                        "description": "Order: by name, or largest first",
                    },
                }),
                &["path"],
            ),
        ),
        tool(
            fs("directory_tree"),
            READS,
            "Show a directory and everything below as JSON: name, type, and children of directories.",
            object(
                json!({"path": string(PATH), "excludePatterns": strings(EXCLUDE)}),
                &["path"],
            ),
        ),
        tool(
            fs("search_files"),
            READS,
            "Find files and directories by a glob pattern on the path below the given one: *.md \
             matches directly in it, **/*.md at any depth.",
            object(
                json!({
                    "path": string(PATH),
                    "pattern": string("Glob pattern"),
                    "excludePatterns": strings(EXCLUDE),
                }),
                &["path", "pattern"],
            ),
        ),
        tool(
            fs("get_file_info"),
            READS,
            "Show size, times, type and permissions of a file or directory.",
            one_path(),
        ),
        tool(
            fs("list_allowed_directories"),
            READS,
            "List the directories in which you may work.",
            object(json!({}), &[]),
        ),
    ]
}

fn writing() -> Vec<FileTool> {
    let fs = |name| (FILESYSTEM, name);
    vec![
        tool(
            fs("write_file"),
            REPLACES,
            "Write a text file, new or in place of the one that is there. Its directory must exist.",
            object(
                json!({"path": string(PATH), "content": string("The whole new text")}),
                &["path", "content"],
            ),
        ),
        tool(
            fs("edit_file"),
            CHANGES,
            "Replace pieces of a text file, one after the other, and show the difference. The first \
             place where oldText stands is changed; white space around lines may differ.",
            object(
                json!({
                    "path": string(PATH),
                    "edits": {
                        "type": "array",
                        "description": "What to replace, in order",
                        "items": object(
                            json!({
                                "oldText": string("Text that is there"),
                                "newText": string("Text to put in its place"),
                            }),
                            &["oldText", "newText"],
                        ),
                    },
                    "dryRun": flag("Only show the difference"),
                }),
                &["path", "edits"],
            ),
        ),
        tool(
            fs("create_directory"),
            ADDS,
            "Make a directory, and those above it that are missing. One that exists is fine.",
            one_path(),
        ),
        tool(
            fs("move_file"),
            CHANGES,
            "Move or rename a file or directory. Fails if the destination exists.",
            object(
                json!({"source": string(PATH), "destination": string(PATH)}),
                &["source", "destination"],
            ),
        ),
    ]
}

fn copying() -> Vec<FileTool> {
    let ws = |name| (WORKSPACE_COPY, name);
    vec![
        tool(
            ws("copy_file"),
            REPLACES,
            "Copy a file or directory, for example another agent's work, to your workspace.",
            object(
                json!({
                    "source_path": string(PATH),
                    "destination_path": string(PATH),
                    "overwrite": flag("Replace what is at the destination"),
                }),
                &["source_path", "destination_path"],
            ),
        ),
        tool(
            ws("copy_files_batch"),
            REPLACES,
            "Copy all files below a directory whose paths match.",
            object(
                json!({
                    "source_base_path": string(PATH),
                    "destination_base_path": {
                        "type": "string",
                        "default": "",
                        "description": "Absolute, or relative to your workspace; empty: the workspace",
                    },
                    "include_patterns": strings(INCLUDE_FILES),
                    "exclude_patterns": strings(EXCLUDE_FILES),
                    "overwrite": flag("Replace files at the destination"),
                }),
                &["source_base_path"],
            ),
        ),
    ]
}

fn deleting() -> Vec<FileTool> {
    let ws = |name| (WORKSPACE_COPY, name);
    vec![
        tool(
            ws("delete_file"),
            CHANGES,
            "Delete a file or directory.",
            object(
                json!({
                    "path": string(PATH),
                    "recursive": flag("Delete a directory with everything in it"),
                }),
                &["path"],
            ),
        ),
        tool(
            ws("delete_files_batch"),
            CHANGES,
            "Delete all files below a directory whose paths match. Directories stay.",
            object(
                json!({
                    "base_path": string(PATH),
                    "include_patterns": strings(INCLUDE_FILES),
                    "exclude_patterns": strings(EXCLUDE_FILES),
                }),
                &["base_path"],
            ),
        ),
    ]
}

fn comparing() -> Vec<FileTool> {
    let ws = |name| (WORKSPACE_COPY, name);
    vec![
        tool(
            ws("compare_directories"),
            READS,
            "Compare two directories: which files are only in one, differ, or are identical.",
            object(
                json!({
                    "dir1": string(PATH),
                    "dir2": string(PATH),
                    "show_content_diff": flag("Show the differences as well"),
                }),
                &["dir1", "dir2"],
            ),
        ),
        tool(
            ws("compare_files"),
            READS,
            "Compare two files and show the difference.",
            object(
                json!({
                    "file1": string(PATH),
                    "file2": string(PATH),
                    "context_lines": count("Lines shown around a difference; 3"),
                }),
                &["file1", "file2"],
            ),
        ),
    ]
}
