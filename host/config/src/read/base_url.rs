//! Base URLs: what they may look like, and the variable that redirects a backend type.

use url::Url;

use crate::{BackendPlan, Diagnostic, Env, Place};

/// Whether requests can be sent there; otherwise what the value must be.
pub(crate) fn checked_url(url: &str) -> Result<(), &'static str> {
    const MUST: &str = "must be a URL that begins with http:// or https:// and names a host";
    let url = Url::parse(url.trim()).map_err(|_| MUST)?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if web { Ok(()) } else { Err(MUST) }
}

/// Takes `MASSGEN_BASE_URL_<TYPE>` into the plan: same form as the type's `base_url`, path
/// included. `<TYPE>` is the type in capitals, with `_` for everything but letters and digits.
/// An empty value counts as unset.
pub(crate) fn redirect(plan: &mut BackendPlan, env: &Env<'_>) -> Result<(), Diagnostic> {
    let name = variable(&plan.type_name);
    let Some(url) = env(&name).filter(|url| !url.trim().is_empty()) else {
        return Ok(());
    };
    let message = |must| format!("`{name}` {must}");
    checked_url(&url).map_err(|must| {
        let place = Place::whole("environment");
        Diagnostic::error(place, "", message(must))
    })?;
    plan.base_url_override = Some(url.trim().to_owned());
    Ok(())
}

fn variable(type_name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let suffix: String = type_name.chars().map(plain).collect();
    format!("MASSGEN_BASE_URL_{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_one_variable() {
        assert_eq!(variable("vllm"), "MASSGEN_BASE_URL_VLLM");
        assert_eq!(variable("azure_openai"), "MASSGEN_BASE_URL_AZURE_OPENAI");
        assert_eq!(variable("my-type"), "MASSGEN_BASE_URL_MY_TYPE");
    }

    #[test]
    fn only_web_addresses_are_base_urls() {
        for good in [
            "http://localhost:8000/v1",
            "https://a.b/c",
            " http://[::1]:1 ",
        ] {
            assert_eq!(checked_url(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "localhost:8000/v1",
            "/v1",
            "ftp://a",
            "http://",
            "file:///x",
        ] {
            assert!(checked_url(bad).is_err(), "{bad}");
        }
    }
}
