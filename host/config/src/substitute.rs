//! `${NAME}` in a text. Pure; which texts it applies to is decided by who reads them.

/// Replaces each `${NAME}`; `$${` stands for a literal `${`, and any other `$` for itself.
///
/// A name has letters, digits and `_` and does not begin with a digit.
///
/// # Errors
/// The name of the first variable that is not set.
pub(crate) fn substitute(text: &str, env: &crate::Env<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$${") {
            out.push_str("${");
            rest = after;
        } else if let Some((name, after)) = reference(rest) {
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
    let (name, after) = text.strip_prefix("${")?.split_once('}')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let named = name.bytes().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit());
    (named && !name.is_empty()).then_some((name, after))
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
}
