//! Sources of a reply, each told once.
//!
//! Servers name them in events, once more in the finished item, and some in a list of addresses.

use std::collections::HashSet;

use massgen_plugin::Chunks;
use massgen_plugin::chat::Chunk;

use crate::Json;

/// The sources of one reply that were told so far.
#[derive(Debug, Default)]
pub struct Citations(HashSet<String>);

impl Citations {
    /// Tells the sources in a list: addresses, or annotations of the form `{"type":
    /// "url_citation", "url", "title"}`, whose members may also stand one level deeper.
    pub fn read(&mut self, sources: &[Json<'_>], out: &mut Chunks<'_, '_>) {
        for source in sources {
            let of = source.get("url_citation").or(source);
            if let Some(url) = of.get("url").or(source).text() {
                self.tell(of.get("title").text().unwrap_or(""), url, out);
            }
        }
    }

    /// Tells one source.
    pub fn tell(&mut self, title: &str, url: &str, out: &mut Chunks<'_, '_>) {
        if self.0.insert(url.to_owned()) {
            out.push(Chunk::Citation {
                title: title.to_owned(),
                url: url.to_owned(),
            });
        }
    }
}
