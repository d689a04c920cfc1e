//! Which backend type a model name stands for, when none is given (backends §2.1).
//!
//! The reference has lists of names; these prefixes cover all of them and what came later.

const PREFIXES: [(&str, &str); 5] = [
    ("gpt-", "openai"),
    ("claude-", "claude"),
    ("gemini-", "gemini"),
    ("grok-", "grok"),
    ("glm-", "zai"),
];

/// The backend type of this model; `None` when its name says nothing.
pub fn infer_type(model: &str) -> Option<&'static str> {
    let model = model.to_ascii_lowercase();
    let known = PREFIXES
        .iter()
        .find(|(prefix, _)| model.starts_with(prefix));
    match known {
        Some((_, type_name)) => Some(type_name),
        None if is_o_series(&model) => Some("openai"),
        None => None,
    }
}

/// `o3`, `o4-mini` and the like: an o and a digit.
fn is_o_series(model: &str) -> bool {
    let digit = model.strip_prefix('o').and_then(|rest| rest.bytes().next());
    digit.is_some_and(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of backends §2.1, then names that only the prefixes know.
    const NAMES: &str = "
openai gpt-5 gpt-5-mini gpt-5-nano gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-mini
openai o3 o3-low o3-medium o3-high o3-mini o3-mini-low o3-mini-medium o3-mini-high
openai o4-mini o4-mini-low o4-mini-medium o4-mini-high
claude claude-opus-4-1-20250805 claude-opus-4-20250514 claude-sonnet-4-20250514
claude claude-3-5-sonnet-latest claude-3-5-haiku-latest claude-3-5-sonnet-20250114
claude claude-3-5-haiku-20241022 claude-3-opus-20240229
gemini gemini-2.5-flash gemini-2.5-pro
grok grok-3-mini grok-3 grok-4
zai glm-4.5 glm-4.5-air
openai GPT-5 gpt-6 o1 o9-pro
claude claude-haiku-9
";

    #[test]
    fn the_names_of_the_reference_and_their_families_are_known() {
        for line in NAMES.trim().lines() {
            let (type_name, models) = line.split_once(' ').unwrap();
            for model in models.split(' ') {
                assert_eq!(infer_type(model), Some(type_name), "{model}");
            }
        }
        for unknown in ["", "o", "olmo-2", "qwen3", "gpt", "my-gpt-5"] {
            assert_eq!(infer_type(unknown), None, "{unknown}");
        }
    }
}
