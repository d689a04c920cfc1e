//! Names of tools and arguments as the words they are made of.

/// `mcp__fs__moveFile2` → `move`, `file`. Lower case, without digits.
pub(crate) fn of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut chars = bare(name).chars().peekable();
    while let Some(c) = chars.next() {
        // `DELETEFile`: the last capital of a row begins the next word.
        let ends_row = before.is_uppercase() && chars.peek().is_some_and(|it| it.is_lowercase());
        let starts = c.is_uppercase() && (before.is_lowercase() || ends_row);
        if starts || !c.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The tool's own name: without `mcp__server__`.
pub(crate) fn bare(name: &str) -> &str {
    match name.strip_prefix("mcp__") {
        Some(rest) => rest.split_once("__").map_or(rest, |(_, tool)| tool),
        None => name,
    }
}

/// Whether one of the words is in the list.
pub(crate) fn any(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}
