//! Tools that run at the provider, told in words and kept to be replayed.

use dialect::history::opaque;
use dialect::server_tool::tell;
use massgen_plugin::Chunks;
use serde_json::Value;

use crate::wire::PROVIDER;

/// Members of an input that say what is done, the first that is there.
const INPUT: &[&str] = &["query", "code", "command", "url", "path"];
/// Members of a result's content that say what came of it.
const OUTPUT: &[&str] = &["error_code", "stdout", "stderr", "url", "content"];

/// The call of one is complete.
pub(super) fn running(block: Value, out: &mut Chunks<'_, '_>) {
    let said = INPUT.iter().find_map(|name| block["input"][*name].as_str());
    let detail = said.unwrap_or("").to_owned();
    let name = block["name"].as_str().unwrap_or("").to_owned();
    tell(out, &name, "running", detail, Some(opaque(PROVIDER, block)));
}

/// Its result came, whole; all that matters stands in `content`, by kind.
pub(super) fn done(block: Value, out: &mut Chunks<'_, '_>) {
    let content = &block["content"];
    let exit = content["return_code"].as_i64().filter(|code| *code != 0);
    let is_error = content["error_code"].is_string() || block["is_error"] == true;
    let status = match is_error || exit.is_some() {
        true => "failed",
        false => "completed",
    };
    let items = content.as_array().into_iter().flatten().filter_map(line);
    let said = OUTPUT.iter().filter_map(|name| content[*name].as_str());
    let said = said.map(|it| it.trim_end().to_owned()).chain(items);
    let mut lines: Vec<_> = said.filter(|line| !line.is_empty()).collect();
    lines.extend(exit.map(|code| format!("exit code {code}")));
    let kind = block["type"].as_str().unwrap_or("");
    let name = kind.trim_end_matches("_tool_result").to_owned();
    let kept = opaque(PROVIDER, block);
    tell(out, &name, status, lines.join("\n"), Some(kept));
}

/// One search result, or one text.
fn line(item: &Value) -> Option<String> {
    let text = |name: &str| item[name].as_str().filter(|it| !it.is_empty());
    Some(match (text("title"), text("url")) {
        (Some(title), Some(url)) => format!("{title} ({url})"),
        (None, Some(url)) => url.to_owned(),
        (_, None) => text("text")?.to_owned(),
    })
}
