//! What the provider says of its searches and of the pages it read, beside the parts.

use dialect::server_tool::tell;
use dialect::{Citations, Json};
use massgen_plugin::Chunks;

/// What was said so far; each thing is told once, however often it comes.
#[derive(Debug, Default)]
pub(super) struct Grounding {
    queries: Vec<String>,
    pages: Vec<String>,
    citations: Citations,
}

impl Grounding {
    /// Takes what stands beside the content of a candidate.
    pub(super) fn read(&mut self, candidate: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let grounding = candidate.get("groundingMetadata");
        for query in grounding.get("webSearchQueries").items() {
            note(&mut self.queries, query.text());
        }
        for source in grounding.get("groundingChunks").items() {
            let source = source.get("web").or(source.get("retrievedContext"));
            if let Some(url) = source.get("uri").text() {
                let title = source.get("title").text().unwrap_or("");
                self.citations.tell(title, url, out);
            }
        }
        for page in candidate
            .get("urlContextMetadata")
            .get("urlMetadata")
            .items()
        {
            let url = page.get("retrievedUrl").text();
            if note(&mut self.pages, url) {
                let status = page.get("urlRetrievalStatus").text().unwrap_or("");
                let is_ok = status.ends_with("SUCCESS");
                let status = if is_ok { "completed" } else { "failed" };
                tell(out, "url_context", status, url.unwrap_or(""), None);
            }
        }
    }

    /// How many searches there were, when there were any.
    pub(super) fn searches(&self) -> Option<u64> {
        u64::try_from(self.queries.len())
            .ok()
            .filter(|count| *count > 0)
    }

    /// Tells the searches, which the provider names piece by piece.
    pub(super) fn end(&self, out: &mut Chunks<'_, '_>) {
        if !self.queries.is_empty() {
            tell(
                out,
                "google_search",
                "completed",
                self.queries.join("\n"),
                None,
            );
        }
    }
}

/// Keeps a text that is new; whether it was.
fn note(known: &mut Vec<String>, text: Option<&str>) -> bool {
    let fresh = text.filter(|text| known.iter().all(|it| it != text));
    known.extend(fresh.map(ToOwned::to_owned));
    fresh.is_some()
}
