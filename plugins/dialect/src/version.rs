//! Which generation of a family a model belongs to, read from its name: providers change the
//! members they take from generation to generation, and name the generation nowhere else.

/// A generation, for example `(2, 5)`; compared in order.
pub type Version = (u32, u32);

/// Of a name without numbers, for example `gemini-flash-latest`: such names mean the newest.
pub const NEWEST: Version = (u32::MAX, 0);

/// The first number after the family's name, and the one directly behind it; dates are no
/// versions. `None` when the name is not of this family.
pub fn of(model: &str, family: &str) -> Option<Version> {
    let model = model.to_ascii_lowercase();
    let (_, rest) = model.split_once(family)?;
    let words: Vec<_> = rest.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let number = |word: &&str| word.parse::<u32>().ok().filter(|it| *it < 1000);
    let Some(at) = words.iter().position(|word| number(word).is_some()) else {
        return Some(NEWEST);
    };
    let minor = words.get(at + 1).and_then(number).unwrap_or(0);
    Some((words.get(at).and_then(number).unwrap_or(0), minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_wherever_providers_put_them() {
        let claude = |model| of(model, "claude");
        assert_eq!(claude("claude-3-5-haiku-20241022"), Some((3, 5)));
        assert_eq!(claude("claude-opus-4-20250514"), Some((4, 0)));
        assert_eq!(claude("us.anthropic.claude-opus-4-7-v1:0"), Some((4, 7)));
        assert_eq!(claude("claude-sonnet-5"), Some((5, 0)));
        assert_eq!(claude("claude-mythos-preview"), Some(NEWEST));
        assert_eq!(claude("qwen2.5-7b"), None);
        let gemini = |model| of(model, "gemini");
        assert_eq!(gemini("gemini-2.5-flash-preview-09-2025"), Some((2, 5)));
        assert_eq!(gemini("models/gemini-3-pro-preview"), Some((3, 0)));
        assert_eq!(gemini("gemini-flash-latest"), Some(NEWEST));
        assert_eq!(gemini("gemma-3-27b-it"), None);
    }
}
