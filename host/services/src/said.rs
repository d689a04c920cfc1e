//! What a server says about its tools, before a model reads it: bounded, and without secrets.

use massgen_plugin::chat::Tool;
use serde_json::json;

use crate::arguments;
use crate::briefing::capped;
use crate::mask::Mask;

/// Most bytes of a tool's schema as JSON.
const SCHEMA: usize = 16 << 10;

/// Makes a tool fit to be shown. Gives what the user should know about it.
///
/// # Errors
///
/// Why the tool cannot be shown at all.
pub(crate) fn fit(tool: &mut Tool, server: &str, mask: &Mask) -> Result<Option<String>, String> {
    if mask.text(&tool.name) != tool.name {
        return Err(format!(
            "a tool of server `{server}` is left out: its name holds a secret"
        ));
    }
    // Masked before it is cut, so that no half of a secret stays.
    tool.description = capped(&mask.text(&tool.description));
    let size = arguments::size(&tool.parameters);
    if size <= SCHEMA {
        tool.parameters = mask.value(&tool.parameters);
        return Ok(None);
    }
    tool.parameters = json!({"type": "object"});
    let name = &tool.name;
    Ok(Some(format!(
        "the schema of the tool `{name}` of server `{server}` has {size} bytes, more than {SCHEMA}; \
         the tool is shown without it"
    )))
}
