//! What steps did, for whoever carries it out.

use massgen_plugin::Fault;
use massgen_plugin::chat::Chunk;

/// What one or more steps did.
#[derive(Debug)]
pub struct Effects<Op> {
    /// Chunks in order.
    pub chunks: Vec<Chunk>,
    /// Operations to begin, by ticket.
    pub begun: Vec<(u64, Op)>,
    /// Operations to give up.
    pub abandoned: Vec<u64>,
    /// Remarks about the plugin, for the log.
    pub warnings: Vec<String>,
    /// The session is over.
    pub end: Option<Result<(), Fault>>,
}

impl<Op> Effects<Op> {
    /// Nothing but the end.
    pub fn end(end: Result<(), Fault>) -> Self {
        Self {
            end: Some(end),
            ..Self::default()
        }
    }
}

impl<Op> Default for Effects<Op> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            begun: Vec::new(),
            abandoned: Vec::new(),
            warnings: Vec::new(),
            end: None,
        }
    }
}
