//! The environment of a child process: a safe subset of ours and what the configuration adds
//! (services §2.4). Keys of model providers are in neither. Pure.

use config::ApiKey;
use transport::Secret;

use crate::{Environment, Missing, substitute};

/// What a child starts with, and what of it must not be shown.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) secrets: Vec<Secret>,
}

/// Puts variables into arguments and environment. Configured values are secrets as a whole; they
/// come last and win.
pub(crate) fn prepare(
    argv: &[String],
    env: &[(String, ApiKey)],
    environment: &Environment,
) -> Result<Prepared, Missing> {
    let mut prepared = Prepared {
        env: programs::inherited(programs::BASIC, |name| environment.lookup(name)),
        ..Prepared::default()
    };
    for argument in argv {
        let done = substitute(argument, "an argument of its command", environment)?;
        prepared.argv.push(done.text);
        prepared.secrets.extend(done.secrets);
    }
    for (name, value) in env {
        let done = substitute(value.expose(), &format!("env `{name}`"), environment)?;
        prepared.secrets.push(Secret::new(done.text.clone()));
        prepared.secrets.extend(done.secrets);
        prepared.env.push((name.clone(), done.text));
    }
    Ok(prepared)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn ours() -> Environment {
        Environment::new(|name| match name {
            "PATH" => Some("/bin".into()),
            "SHELL" => Some("() { :; }".into()),
            "OPENAI_API_KEY" => Some("sk-planted-key".into()),
            "TOKEN" => Some("tok-planted".into()),
            _ => None,
        })
    }

    #[test]
    fn only_the_safe_subset_and_what_is_configured_is_inherited() {
        let env = [("A".to_owned(), ApiKey::from("p-${TOKEN}-s"))];
        let prepared = prepare(&["x".into(), "--key=${TOKEN}".into()], &env, &ours()).unwrap();
        assert_eq!(prepared.argv, ["x", "--key=tok-planted"]);
        let expected = [("PATH", "/bin"), ("A", "p-tok-planted-s")];
        assert_eq!(
            prepared.env,
            expected.map(|(name, value)| (name.into(), value.into()))
        );
        let shown = transport::redact("p-tok-planted-s tok-planted", &prepared.secrets);
        assert_eq!(shown, "*** ***");
    }

    #[test]
    fn an_unset_variable_is_named_with_what_wants_it() {
        let env = [("A".to_owned(), ApiKey::from("p-${K}-s"))];
        let missing = prepare(&["x".into()], &env, &ours()).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "the environment variable `K` for env `A` is not set or blank"
        );
    }
}
