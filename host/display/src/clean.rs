//! Text of strangers made safe for a terminal. Pure.

use anstream::adapter::strip_str;

/// Without escape sequences, control characters and characters that reorder the text around them.
/// Line ends stay (`\r\n` and a lone `\r` become `\n`), and so do tabs.
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = strip_str(&text).to_string();
    text.chars().filter(|c| !is_harmful(*c)).collect()
}

/// The same in one line of at most `max` characters; what is cut is shown as `…`.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let text = clean(text);
    let mut words = text.split_whitespace();
    let mut line = words.next().unwrap_or_default().to_owned();
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
    match line.char_indices().nth(max) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn is_harmful(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    (c.is_control() && c != '\n' && c != '\t') || reorders || breaks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_moves_the_cursor_or_talks_to_the_terminal_is_gone() {
        for (text, safe) in [
            ("plain é 漢字 🎯\tx\n", "plain é 漢字 🎯\tx\n"),
            ("a\u{1b}[31mred\u{1b}[0m b", "ared b"),
            ("\u{1b}]0;title\u{7}x", "x"),
            (
                "\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\",
                "link",
            ),
            ("\u{1b}]52;c;aGk=\u{7}x", "x"),
            ("a\u{8}\u{7f}\0b", "ab"),
            ("a\u{9b}2Jb", "a2Jb"),
            ("done\rerror\r\n", "done\nerror\n"),
            ("\u{202e}txt.exe", "txt.exe"),
        ] {
            assert_eq!(clean(text), safe, "{text:?}");
        }
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(one_line(" a\n\n b\tc ", 10), "a b c");
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("äbcdefg", 6), "äbcdef…");
        assert_eq!(one_line("\u{1b}[2J", 6), "");
    }

    proptest! {
        #[test]
        fn no_text_keeps_a_control_character(text in any::<String>()) {
            let kept = clean(&text);
            prop_assert!(!kept.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
            prop_assert_eq!(clean(&kept), kept);
        }
    }
}
