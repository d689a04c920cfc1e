//! What an agent is told about tools that the host runs.

use events::Label;
use massgen_plugin::chat::Tool;

use super::{REMINDER, fill, next};

/// Names of tools in a message, at most.
const MOST_NAMES: usize = 10;

/// A tool's result as a piece of a user message, for calls that stood in text.
pub(crate) fn result(name: &str, text: &str, is_error: bool) -> String {
    let template = if is_error {
        include_str!("result_error.md")
    } else {
        include_str!("result.md")
    };
    trimmed(template, &[("name", name), ("text", text)])
}

/// The result of a call whose arguments are no JSON object.
pub(crate) fn bad_json(problem: &str, cut_off: bool) -> String {
    let template = if cut_off {
        include_str!("bad_json_cut_off.md")
    } else {
        include_str!("bad_json.md")
    };
    trimmed(template, &[("problem", problem)])
}

/// The result of a call of a tool that is not on offer, with some that are: first those of which
/// the model may have written the end alone.
pub(crate) fn no_such_tool(name: &str, offered: &[Tool]) -> String {
    let (likely, others): (Vec<&Tool>, Vec<&Tool>) = offered
        .iter()
        .partition(|tool| !name.is_empty() && tool.name.ends_with(name));
    let names = likely.iter().chain(&others).map(|tool| tool.name.as_str());
    let names: Vec<&str> = names.take(MOST_NAMES).collect();
    let values = [("name", name), ("tools", &*names.join(", "))];
    trimmed(include_str!("no_such_tool.md"), &values)
}

/// The message after the last round with tools. `targets` and `may_answer` are empty and false in
/// the presentation.
pub(crate) fn rounds_over(count: u32, may_answer: bool, targets: &[Label]) -> String {
    let next = if may_answer || !targets.is_empty() {
        next(may_answer, targets)
    } else {
        REMINDER.to_owned()
    };
    let values = [("count", &*count.to_string()), ("next", next.trim_end())];
    trimmed(include_str!("rounds_over.md"), &values)
}

/// All tools on offer, for a model that cannot be offered any.
pub(crate) fn in_words(tools: &[Tool]) -> String {
    let tool = |tool: &Tool| {
        let values = [
            ("name", &*tool.name),
            ("description", tool.description.trim()),
            ("schema", &tool.parameters.to_string()),
        ];
        trimmed(include_str!("tool_in_words.md"), &values)
    };
    let tools: Vec<String> = tools.iter().map(tool).collect();
    let values = [("tools", &*tools.join("\n\n"))];
    trimmed(include_str!("tools_in_words.md"), &values)
}

fn trimmed(template: &str, values: &[(&str, &str)]) -> String {
    fill(template, values).trim_end().to_owned()
}
