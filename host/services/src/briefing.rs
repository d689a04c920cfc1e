//! What an agent is told about its folders and servers. Stable: it begins every prompt.

use std::fmt::Write as _;
use std::path::Path;

use config::ServicesPlan;

/// Most bytes of one server's own instructions.
const INSTRUCTIONS: usize = 4096;

/// What it is made of.
pub(crate) struct Briefing<'a> {
    pub(crate) plan: &'a ServicesPlan,
    /// Where the agent may read the others' work.
    pub(crate) references: Option<&'a Path>,
    /// Servers and their instructions, in configured order.
    pub(crate) servers: Vec<(&'a str, String)>,
}

impl Briefing<'_> {
    /// The text; `None` when there is nothing to say.
    pub(crate) fn text(&self) -> Option<String> {
        let mut text = self.folders();
        for (server, instructions) in &self.servers {
            let instructions = capped(instructions.trim());
            if !instructions.is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(text, "\n## Tools of `{server}`\n\n{instructions}\n");
            }
        }
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn folders(&self) -> String {
        let Some(workspace) = &self.plan.workspace else {
            return String::new();
        };
        let mut text = format!(
            "## Folders\n\n- `{}` is your workspace: only you work there, and relative paths start there.\n",
            workspace.display()
        );
        if let Some(references) = self.references {
            let _ = writeln!(
                text,
                "- `{}` holds the other agents' workspaces as they were at their last answer, one folder for each \
                 label. You may read them, and copy from them into your workspace.",
                references.display()
            );
        }
        for context in &self.plan.context_paths {
            let right = match (context.write, self.plan.context_write_always) {
                (false, _) => "you may read it.",
                (true, true) => "you may read and change it.",
                (true, false) => {
                    "you may read it; only who presents the final answer may change it, and only then."
                }
            };
            let _ = writeln!(text, "- `{}`: {right}", context.path.display());
        }
        text
    }
}

/// The beginning of a long text, cut between characters.
pub(crate) fn capped(text: &str) -> String {
    if text.len() <= INSTRUCTIONS {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(INSTRUCTIONS);
    format!("{}\n[cut after {end} bytes]", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::{ContextPath, Place};

    #[test]
    fn folders_come_first_and_a_servers_words_are_capped() {
        let context = |path: &str, write| ContextPath {
            path: path.into(),
            write,
            place: Place::default(),
        };
        let plan = ServicesPlan {
            workspace: Some("/w".into()),
            context_paths: vec![context("/r", false), context("/c", true)],
            ..ServicesPlan::default()
        };
        let briefing = Briefing {
            plan: &plan,
            references: Some(Path::new("/refs")),
            servers: vec![("talks", "x".repeat(5000)), ("silent", " ".into())],
        };
        let text = briefing.text().unwrap();
        assert!(text.starts_with("## Folders"), "{text}");
        for part in [
            "`/w`",
            "`/refs`",
            "`/r`: you may read it.",
            "`/c`: you may read it; only",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            text.ends_with("[cut after 4096 bytes]") && !text.contains("silent"),
            "{text}"
        );
    }

    #[test]
    fn without_folders_and_words_there_is_nothing_to_say() {
        let briefing = Briefing {
            plan: &ServicesPlan::default(),
            references: None,
            servers: Vec::new(),
        };
        assert_eq!(briefing.text(), None);
    }
}
