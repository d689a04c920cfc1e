//! Streamed text, gathered into lines. Pure.

/// A line without an end is shown in pieces of this many bytes.
const LINE_MAX: usize = 4096;

/// The end of a stream that has no line end yet.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(String);

impl Unfinished {
    /// Adds a piece and takes the lines that are finished now.
    pub(crate) fn add(&mut self, piece: &str) -> Vec<String> {
        self.0.push_str(piece);
        let Some(end) = self.0.rfind('\n') else {
            let full = self.0.len() >= LINE_MAX;
            return if full {
                self.rest().into_iter().collect()
            } else {
                Vec::new()
            };
        };
        let open = self.0.split_off(end + 1);
        let done = std::mem::replace(&mut self.0, open);
        done.lines().map(str::to_owned).collect()
    }

    /// Takes what is left.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.0);
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole() {
        let mut text = Unfinished::default();
        assert_eq!(text.add("a"), [""; 0]);
        assert_eq!(text.add("b\nc\n\nd"), ["ab", "c", ""]);
        assert_eq!(text.add("e\n"), ["de"]);
        assert_eq!(text.rest(), None);
        assert_eq!(text.add("f"), [""; 0]);
        assert_eq!(text.rest().as_deref(), Some("f"));
        assert_eq!(text.add(&"x".repeat(LINE_MAX)).len(), 1);
    }
}
