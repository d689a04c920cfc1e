//! Names of tools as a provider admits them.
//!
//! A name that the provider would refuse becomes one that it admits: what it may not hold is
//! replaced, and a number made from the whole name keeps it apart from others. The same name
//! gives the same one always, whatever else is on offer, so a conversation keeps its bytes.

/// Which names of tools a provider admits. The default is `[A-Za-z0-9_-]`, 64 characters at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRule {
    most: usize,
    first: Set,
    rest: Set,
}

/// Characters of ASCII, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Set(u128);

/// Characters of the number at the end of a changed name.
const DIGITS: usize = 8;

impl Default for NameRule {
    fn default() -> Self {
        Self::new(64, "[A-Za-z0-9_-]+")
    }
}

impl NameRule {
    /// The rule of a backend type's metadata: a greatest length, and a pattern of one or two
    /// character classes, of which the first is for the first character: `[A-Za-z_][\w.-]*`. A
    /// pattern of another form counts as `[A-Za-z0-9_-]+`, which no provider refuses but for the
    /// first character.
    pub fn new(most: u32, pattern: &str) -> Self {
        let usual = Set::of("A-Za-z0-9_-");
        let mut classes = classes(pattern).map(Set::of).filter(|set| set.0 != 0);
        let first = classes.next().unwrap_or(usual);
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX).max(DIGITS + 2),
            first,
            rest: classes.last().unwrap_or(first),
        }
    }

    /// Whether the provider admits this name as it is.
    pub(crate) fn admits(&self, name: &str) -> bool {
        let mut chars = name.chars();
        let first = chars.next().is_some_and(|first| self.first.has(first));
        first && name.len() <= self.most && chars.all(|it| self.rest.has(it))
    }

    /// The name itself, or one in its place that the provider admits.
    pub(crate) fn admitted(&self, name: &str) -> String {
        if self.admits(name) {
            return name.to_owned();
        }
        let mut fit = String::new();
        if !name.starts_with(|it| self.first.has(it)) {
            fit.push('t');
        }
        let stand_in = self.rest.has('_').then_some('_');
        fit.extend(name.chars().filter_map(|it| {
            let known = self.rest.has(it).then_some(it);
            known.or(stand_in)
        }));
        fit.truncate(self.most - DIGITS - 1);
        fit.extend(stand_in);
        format!("{fit}{:08x}", number(name))
    }
}

/// The insides of the brackets of a pattern, in order.
fn classes(pattern: &str) -> impl Iterator<Item = &str> {
    let pieces = pattern.split('[').skip(1);
    pieces.filter_map(|piece| piece.split_once(']').map(|(class, _)| class))
}

impl Set {
    /// The characters of a class: single ones, ranges, `\w`, and others behind a backslash.
    fn of(class: &str) -> Self {
        let mut set = Self(0);
        let mut chars = class.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\\' => match chars.next() {
                    Some('w') => set.0 |= Self::of("A-Za-z0-9_").0,
                    Some('d') => set.0 |= Self::of("0-9").0,
                    other => set.add(other, other),
                },
                from if chars.peek() == Some(&'-') => {
                    chars.next();
                    match chars.next() {
                        Some(to) => set.add(Some(from), Some(to)),
                        None => {
                            set.add(Some(from), Some(from));
                            set.add(Some('-'), Some('-'));
                        }
                    }
                }
                single => set.add(Some(single), Some(single)),
            }
        }
        set
    }

    fn add(&mut self, from: Option<char>, to: Option<char>) {
        let (Some(from), Some(to)) = (from, to) else {
            return;
        };
        for char in (from..=to).filter(char::is_ascii) {
            self.0 |= 1 << u32::from(char);
        }
    }

    fn has(self, char: char) -> bool {
        char.is_ascii() && self.0 & (1 << u32::from(char)) != 0
    }
}

/// A number from all of a text, the same in every run and build (FNV-1a, 32 bit).
fn number(text: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    text.bytes().fold(0x811c_9dc5, mix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_fits_stays_and_another_is_changed_alike_each_time() {
        let usual = NameRule::default();
        assert_eq!(usual.admitted("mcp__fs__read_file"), "mcp__fs__read_file");
        assert_eq!(usual.admitted("a.b"), "a_b_108bf50c");
        assert_eq!(usual.admitted("a:b"), usual.admitted("a:b"));
        assert_ne!(usual.admitted("a.b"), usual.admitted("a:b"));
        let long = "x".repeat(65);
        assert_eq!(usual.admitted(&long).len(), 64);
        assert_ne!(usual.admitted(&long), usual.admitted(&format!("{long}y")));
    }

    #[test]
    fn patterns_of_providers_are_understood() {
        let table = [
            ("[A-Za-z_][A-Za-z0-9_.:-]*", "a.b:c-1", "1a"),
            ("^[a-zA-Z0-9_-]{1,128}$", "1-a", "a.b"),
            (r"[\w-]+", "_a-1", "a b"),
            (r"[a-z\d]+", "a1", "a_b"),
            ("whatever", "a-1", "a.b"),
        ];
        for (pattern, fits, changed) in table {
            let rule = NameRule::new(128, pattern);
            assert_eq!(rule.admitted(fits), fits, "{pattern}");
            let other = rule.admitted(changed);
            assert!(rule.admits(&other) && other != changed, "{pattern} {other}");
        }
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_that_is_admitted(name in ".{0,90}", most in 1u32..70) {
            for pattern in ["[A-Za-z0-9_-]+", "[A-Za-z_][A-Za-z0-9_.-]*", "[a-z0-9]+"] {
                let rule = NameRule::new(most, pattern);
                let fit = rule.admitted(&name);
                prop_assert!(rule.admits(&fit), "{pattern} {fit}");
                prop_assert_eq!(rule.admitted(&fit), fit);
            }
        }
    }
}
