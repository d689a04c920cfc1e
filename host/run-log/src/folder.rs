//! An agent's id as the name of a folder. Pure.

use events::{AgentId, Label};

const MAX: usize = 60;

/// Names in a run's directory that belong to the run.
const TAKEN: [&str; 2] = ["final", "cassettes"];

/// The id with everything but letters, digits, `-`, `_` and inner dots replaced by `_`.
///
/// When that changes the id, or the id is taken or long, the agent's label is added. Two ids may
/// still share a folder on some systems; what is in it carries the label, so nothing is lost.
pub(crate) fn folder(id: &AgentId, label: Label) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let id = id.as_str();
    let mut name: String = id.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    while name.len() > MAX {
        name.pop();
    }
    let name = name.trim_matches('.');
    let taken = TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(name));
    if name == id && !taken && !name.is_empty() {
        name.to_owned()
    } else {
        format!("{name}-{}", label.owner())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(id: &str, name: &str) {
        assert_eq!(folder(&id.into(), Label::agent(2).answer(1)), name);
    }

    #[test]
    fn an_id_that_is_no_folder_name_becomes_one() {
        check("ann", "ann");
        check("gpt-4.1_b", "gpt-4.1_b");
        check("zoë", "zoë");
        check("final", "final-agent2");
        check("Final", "Final-agent2");
        check("..", "-agent2");
        check("../../etc", "_.._etc-agent2");
        check("a/b", "a_b-agent2");
        check("a\0\n\u{1b}[1m", "a____1m-agent2");
        check(&"é".repeat(40), &format!("{}-agent2", "é".repeat(30)));
    }

    proptest! {
        #[test]
        fn no_id_leaves_the_run_directory(id in "\\PC{0,300}") {
            let name = folder(&id.into(), Label::agent(1));
            prop_assert!(!name.is_empty() && name.len() < 100);
            prop_assert!(!name.contains(['/', '\\', ':']) && !name.starts_with('.'));
        }
    }
}
