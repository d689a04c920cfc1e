//! `${NAME}` in a text. Pure; which texts it applies to is decided by who reads them.

/// Replaces each `${NAME}`; `$${` stands for a literal `${`, and any other `$` for itself.
///
/// A name has letters, digits and `_` and does not begin with a digit.
///
/// # Errors
/// The name of the first variable that is not set.
pub(crate) fn substitute(text: &str, env: &crate::Env<'_>) -> Result<String, String> {
    replace(text, OPTIONS, env)
}

/// The same for texts of a server (services §2.4): a name is in capitals, a blank value counts as
/// unset, and there is no other way to write `${`. So `${x}` in a piece of code stays as it is.
///
/// # Errors
/// The name of the first variable that is not set or blank.
pub(crate) fn substitute_variables(text: &str, env: &crate::Env<'_>) -> Result<String, String> {
    let filled = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    replace(text, SERVERS, &filled)
}

/// The names that a text of a server refers to, in their order.
pub(crate) fn references(text: &str) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    let noting = |name: &str| {
        found.borrow_mut().push(name.to_owned());
        Some(String::new())
    };
    let replaced = replace(text, SERVERS, &noting);
    debug_assert!(replaced.is_ok(), "every name has a value");
    found.into_inner()
}

/// What counts as a reference.
#[derive(Clone, Copy)]
struct Syntax {
    named: fn(&str) -> bool,
    /// Whether `$${` stands for `${`.
    escapes: bool,
}

const OPTIONS: Syntax = Syntax {
    named: is_name,
    escapes: true,
};

const SERVERS: Syntax = Syntax {
    named: is_variable,
    escapes: false,
};

fn is_variable(name: &str) -> bool {
    is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase())
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn replace(text: &str, syntax: Syntax, env: &crate::Env<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$${").filter(|_| syntax.escapes) {
            out.push_str("${");
            rest = after;
        } else if let Some((name, after)) = reference(rest).filter(|(name, _)| (syntax.named)(name))
        {
            out.push_str(&env(name).ok_or_else(|| name.to_owned())?);
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The name in a text that begins with `${NAME}`, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, result: Result<&str, &str>) {
        let env = |name: &str| (name == "A_1").then(|| "x${A_1}".to_owned());
        let result = result.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(substitute(text, &env), result, "{text}");
    }

    #[test]
    fn a_value_is_put_in_once_and_never_looked_at_again() {
        check("", Ok(""));
        check("a ${A_1} b", Ok("a x${A_1} b"));
        check("${A_1}${A_1}", Ok("x${A_1}x${A_1}"));
        check("é${A_1}é", Ok("éx${A_1}é"));
        check("${B}", Err("B"));
        check("$${A_1} $${B}", Ok("${A_1} ${B}"));
        check("$$${A_1}", Ok("$${A_1}"));
        check(
            "costs $5, ${, ${}, ${1A}, ${a.b} $",
            Ok("costs $5, ${, ${}, ${1A}, ${a.b} $"),
        );
    }

    #[test]
    fn variables_of_a_server_are_in_capitals_and_not_blank() {
        let env = |name: &str| match name {
            "A_1" => Some("x".to_owned()),
            "BLANK" => Some("  ".to_owned()),
            _ => None,
        };
        let filled = |text| substitute_variables(text, &env);
        assert_eq!(filled("p-${A_1}-s").unwrap(), "p-x-s");
        assert_eq!(filled("`${a}${A_1}`").unwrap(), "`${a}x`");
        assert_eq!(filled("$${A_1}${${A_1}}").unwrap(), "$x${x}");
        assert_eq!(filled("p-${K}-s").unwrap_err(), "K");
        assert_eq!(filled("${BLANK}").unwrap_err(), "BLANK");
        assert_eq!(references("${A}${b} ${C} $${D}"), ["A", "C", "D"]);
    }
}
