//! The tools, as offered to a model, and which code answers which name.

mod batch;
mod compare;
mod copy;
mod delete;
mod edit;
mod list;
mod media;
mod pattern;
mod place;
mod read;
mod schema;
mod search;

use std::sync::LazyLock;

use massgen_plugin::chat::Part;
use serde_json::Value;

use crate::call::Call;
use crate::{FileError, ToolOutput};

pub(crate) use list::entries;
pub(crate) use read::read_all;

/// Server name of the usual file tools.
pub const FILESYSTEM: &str = "filesystem";
/// Server name of the workspace-copy tools.
pub const WORKSPACE_COPY: &str = "workspace_copy";

/// One tool on offer.
#[derive(Debug, Clone, PartialEq)]
pub struct FileTool {
    /// [`FILESYSTEM`] or [`WORKSPACE_COPY`].
    pub server: &'static str,
    /// Bare name; unique over both servers.
    pub name: &'static str,
    /// For the model; the same bytes in every run.
    pub description: &'static str,
    /// JSON Schema of the arguments.
    pub schema: Value,
    /// It changes nothing.
    pub read_only: bool,
    /// It may take something away.
    pub destructive: bool,
    /// Calling it twice is as good as calling it once.
    pub idempotent: bool,
}

/// All tools, in a fixed order.
pub fn tools() -> &'static [FileTool] {
    static TOOLS: LazyLock<Vec<FileTool>> = LazyLock::new(schema::all);
    &TOOLS
}

/// What a tool gives when it succeeds.
pub(crate) type Answer = Result<ToolOutput, FileError>;

/// Carries out the call by the tool's name.
pub(crate) fn run(call: &Call<'_>, given: &Value) -> Answer {
    match call.tool {
        "read_text_file" | "read_file" => read::read_text_file(call, given),
        "read_media_file" => media::read_media_file(call, given),
        "read_multiple_files" => read::read_multiple_files(call, given),
        "write_file" => place::write_file(call, given),
        "edit_file" => edit::edit_file(call, given),
        "create_directory" => place::create_directory(call, given),
        "list_directory" => list::list_directory(call, given),
        "list_directory_with_sizes" => list::list_directory_with_sizes(call, given),
        "directory_tree" => search::directory_tree(call, given),
        "move_file" => place::move_file(call, given),
        "search_files" => search::search_files(call, given),
        "get_file_info" => list::get_file_info(call, given),
        "list_allowed_directories" => list::list_allowed_directories(call, given),
        "copy_file" => copy::copy_file(call, given),
        "copy_files_batch" => batch::copy_files_batch(call, given),
        "delete_file" => delete::delete_file(call, given),
        "delete_files_batch" => delete::delete_files_batch(call, given),
        "compare_directories" => compare::compare_directories(call, given),
        "compare_files" => compare::compare_files(call, given),
        _ => Err(FileError::NoTool(call.tool.into())),
    }
}

impl ToolOutput {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            is_error: false,
            parts: vec![Part::text(text)],
        }
    }

    /// Data, as JSON text.
    pub(crate) fn data(data: &Value) -> Self {
        Self::text(data.to_string())
    }

    /// A failure, in words for a model.
    pub(crate) fn failure(error: &FileError) -> Self {
        let text = match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        };
        Self {
            is_error: true,
            ..Self::text(text)
        }
    }
}
