//! The one way a value gets into a prompt.
//!
//! **Invariant:** values are never looked at again: braces in a task or in an answer stay as they
//! are, so no text of a user or a model can pull other text into a prompt.

/// The template with each `{name}` replaced by its value. Other braces stay.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(brace) = rest.find('{') {
        let (before, at_brace) = rest.split_at(brace);
        filled.push_str(before);
        let (piece, used) = piece(at_brace, values);
        filled.push_str(piece);
        rest = &at_brace[used..];
    }
    filled + rest
}

/// What stands for the brace at the start of the text, and how much of the text it stands for.
fn piece<'a>(text: &'a str, values: &[(&str, &'a str)]) -> (&'a str, usize) {
    let named = values.iter().find(|(name, _)| {
        text[1..]
            .strip_prefix(name)
            .is_some_and(|after| after.starts_with('}'))
    });
    named.map_or((&text[..1], 1), |(name, value)| (value, name.len() + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_places_are_filled_and_values_are_never_looked_at_again() {
        let values = [("a", "{b}"), ("b", "ü")];
        assert_eq!(
            fill("{\"x\": {a}} {b} {c} {", &values),
            "{\"x\": {b}} ü {c} {"
        );
    }
}
