//! Headers that are sent to an HTTP server (services §2.2).

use super::{Wrong, check_length};

/// Whether this is a header, its value as the file writes it.
pub(crate) fn check_header(name: &str, value: &str) -> Result<(), Wrong> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(Wrong::new("is not the name of a header"));
    }
    check_length(name, 100)?;
    if value.contains(|c: char| c.is_control() && c != '\t') {
        return Err(Wrong::new("must be one line"));
    }
    check_length(value, 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_line_under_a_plain_name() {
        for (name, value) in [
            ("Authorization", "Bearer ${TOKEN}"),
            ("x_1", ""),
            (&"n".repeat(100), &"é".repeat(1000)),
        ] {
            assert_eq!(check_header(name, value), Ok(()), "{name}");
        }
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("é", "x"),
            ("a\r\n", "x"),
            ("a", "x\r\ny: z"),
            ("a", "x\0"),
            (&"n".repeat(101), "x"),
            ("a", &"x".repeat(1001)),
        ] {
            assert!(check_header(name, value).is_err(), "{name:?}: {value:?}");
        }
    }
}
