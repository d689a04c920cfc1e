//! Tools that run at the provider, told in words and kept to be replayed.

use dialect::server_tool::tell;
use massgen_plugin::Chunks;
use serde_json::Value;

use super::opaque;

/// Members of an input that say what is done, the first that is there.
const INPUT: &[&str] = &["query", "code", "command", "url", "path"];

/// The call of one is complete.
pub(super) fn running(block: Value, out: &mut Chunks<'_, '_>) {
    let input = &block["input"];
    let said = INPUT.iter().find_map(|name| input[*name].as_str());
    let detail = said.unwrap_or("").to_owned();
    let name = block["name"].as_str().unwrap_or("").to_owned();
    tell(out, &name, "running", detail, Some(opaque(block)));
}

/// Its result came, whole.
pub(super) fn done(block: Value, out: &mut Chunks<'_, '_>) {
    let kind = block["type"].as_str().unwrap_or("");
    let name = kind.trim_end_matches("_tool_result").to_owned();
    let (failed, detail) = outcome(&block);
    let status = if failed { "failed" } else { "completed" };
    tell(out, &name, status, detail, Some(opaque(block)));
}

/// Whether it failed, and what it gave. All that matters stands in `content`, by kind.
fn outcome(block: &Value) -> (bool, String) {
    let content = &block["content"];
    if let Some(error) = content["error_code"].as_str() {
        return (true, error.to_owned());
    }
    if let Some(items) = content.as_array() {
        let lines: Vec<_> = items.iter().filter_map(line).collect();
        return (block["is_error"] == true, lines.join("\n"));
    }
    if let Some(code) = content["return_code"].as_i64() {
        let streams = ["stdout", "stderr"].map(|name| content[name].as_str().unwrap_or(""));
        let mut lines: Vec<_> = streams.iter().map(|it| it.trim_end().to_owned()).collect();
        if code != 0 {
            lines.push(format!("exit code {code}"));
        }
        lines.retain(|line| !line.is_empty());
        return (code != 0, lines.join("\n"));
    }
    let said = ["url", "content"]
        .iter()
        .find_map(|name| content[*name].as_str());
    (false, said.unwrap_or("").to_owned())
}

/// One search result, or one text.
fn line(item: &Value) -> Option<String> {
    let (title, url) = (item["title"].as_str(), item["url"].as_str());
    match (title.filter(|it| !it.is_empty()), url) {
        (Some(title), Some(url)) => Some(format!("{title} ({url})")),
        (_, Some(url)) => Some(url.to_owned()),
        _ => item["text"].as_str().map(ToOwned::to_owned),
    }
}
