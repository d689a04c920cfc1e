//! What the provider says of its searches and of the pages it read, beside the parts.

use std::collections::HashSet;

use dialect::server_tool::tell;
use dialect::{Citations, Json};
use massgen_plugin::Chunks;

/// What was said so far; each thing is told once, however often it comes.
#[derive(Debug, Default)]
pub(super) struct Grounding {
    /// In the order in which they came.
    queries: Vec<String>,
    pages: HashSet<String>,
    citations: Citations,
}

impl Grounding {
    /// Takes what stands beside the content of a candidate.
    pub(super) fn read(&mut self, candidate: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let grounding = candidate.get("groundingMetadata");
        let queries = grounding.get("webSearchQueries").items().iter();
        for query in queries.filter_map(Json::text) {
            if self.queries.iter().all(|it| it != query) {
                self.queries.push(query.to_owned());
            }
        }
        for source in grounding.get("groundingChunks").items() {
            let title = source.get("web").get("title").text().unwrap_or("");
            if let Some(url) = source.get("web").get("uri").text() {
                self.citations.tell(title, url, out);
            }
        }
        let pages = candidate.get("urlContextMetadata").get("urlMetadata");
        for page in pages.items() {
            let status = page.get("urlRetrievalStatus").text().unwrap_or("");
            let is_ok = status.ends_with("SUCCESS");
            let status = if is_ok { "completed" } else { "failed" };
            let url = page.get("retrievedUrl").text();
            if let Some(url) = url.filter(|it| self.pages.insert((*it).to_owned())) {
                tell(out, "url_context", status, url, None);
            }
        }
    }

    /// Tells the searches, which the provider names piece by piece; how many there were, when
    /// there were any.
    pub(super) fn end(&self, out: &mut Chunks<'_, '_>) -> Option<u64> {
        let count = u64::try_from(self.queries.len()).ok();
        let count = count.filter(|count| *count > 0)?;
        let queries = self.queries.join("\n");
        tell(out, "google_search", "completed", queries, None);
        Some(count)
    }
}
