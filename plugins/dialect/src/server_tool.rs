//! Tools that run at a provider, told as they go on.

use massgen_plugin::Chunks;
use massgen_plugin::chat::{Chunk, Opaque, ServerToolStatus};

/// Says what became of a tool: its name, `started`, `running`, `completed` or `failed`, and in
/// words what it was asked or what it gave; with what has to come back in the next call.
pub fn tell(
    out: &mut Chunks<'_, '_>,
    name: &str,
    status: &str,
    detail: impl Into<String>,
    opaque: Option<Opaque>,
) {
    out.push(Chunk::ServerTool(ServerToolStatus {
        name: name.to_owned(),
        status: status.to_owned(),
        detail: detail.into(),
        opaque,
    }));
}
