//! `${VAR}` in what a server is started with (services §2.4). Pure.

use transport::Secret;

use crate::Environment;

/// A variable that is not set or blank.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{variable}` for {wanted_by} is not set or blank")]
pub struct Missing {
    /// Its name.
    pub variable: String,
    /// What names it, for instance ``env `API_KEY` ``.
    pub wanted_by: String,
}

impl Missing {
    /// What a user can do about it.
    pub fn hint(&self) -> String {
        format!("set `{}` in the environment or in `.env`", self.variable)
    }
}

/// A text with its variables put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substituted {
    /// The whole text; a secret as soon as anything was put in.
    pub text: String,
    /// What was put in, to be masked wherever it would be shown.
    pub secrets: Vec<Secret>,
}

/// Replaces each `${NAME}` (`[A-Z_][A-Z0-9_]*`); everything else stays as it is. `wanted_by` names
/// the text in errors.
///
/// # Errors
///
/// The first variable that is not set or blank.
pub fn substitute(
    text: &str,
    wanted_by: &str,
    environment: &Environment,
) -> Result<Substituted, Missing> {
    let mut done = Substituted {
        text: String::with_capacity(text.len()),
        secrets: Vec::new(),
    };
    let mut rest = text;
    while let Some((before, name, after)) = next_variable(rest) {
        let value = environment
            .lookup(name)
            .filter(|value| !value.trim().is_empty())
            .ok_or_else(|| Missing {
                variable: name.to_owned(),
                wanted_by: wanted_by.to_owned(),
            })?;
        done.text.push_str(before);
        done.text.push_str(&value);
        done.secrets.push(Secret::new(value));
        rest = after;
    }
    done.text.push_str(rest);
    Ok(done)
}

/// The text before the first variable, its name, and the text after it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| at + from) {
        let inner = &text[start + 2..];
        let end = inner.find(|c: char| !matches!(c, 'A'..='Z' | '_' | '0'..='9'));
        if let Some(end) = end
            && inner[end..].starts_with('}')
            && inner.starts_with(|c: char| !c.is_ascii_digit() && c != '}')
        {
            return Some((&text[..start], &inner[..end], &inner[end + 1..]));
        }
        from = start + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<String, String> {
        let environment = Environment::new(|name| match name {
            "K" => Some("v".into()),
            "_A1" => Some("${K}".into()),
            "BLANK" => Some(" ".into()),
            _ => None,
        });
        substitute(text, "env `X`", &environment)
            .map(|done| done.text)
            .map_err(|missing| missing.variable)
    }

    #[test]
    fn only_whole_upper_case_references_are_variables() {
        for (text, expected) in [
            ("p-${K}-s", "p-v-s"),
            ("${K}${K}", "vv"),
            ("${_A1}", "${K}"),
            ("${k} $K ${1A} ${} ${K", "${k} $K ${1A} ${} ${K"),
            ("${${K}}", "${v}"),
            ("ü${K}ü", "üvü"),
        ] {
            assert_eq!(check(text), Ok(expected.into()), "{text}");
        }
    }

    #[test]
    fn an_unset_or_blank_variable_is_named() {
        assert_eq!(check("p-${NO}-s"), Err("NO".into()));
        assert_eq!(check("${K} ${BLANK}"), Err("BLANK".into()));
    }

    #[test]
    fn what_was_put_in_is_secret() {
        let environment = Environment::new(|_| Some("hunter2hunter2".into()));
        let done = substitute("a ${K}", "x", &environment).unwrap();
        assert_eq!(transport::redact(&done.text, &done.secrets), "a ***");
    }
}
