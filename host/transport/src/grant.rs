//! Which hosts a request may reach, and which secret may go to which of them.
//!
//! Pure rules over a parsed address; nothing here sends.

use massgen_plugin::metadata::host_matches;
use massgen_plugin::wire::Auth;
use url::{Host, Url};

use crate::{Secret, TransportError};

/// What the user allowed one caller.
#[derive(Debug, Clone, Default)]
pub struct Grant {
    /// Hosts it may reach. An entry is a host name, which covers its subdomains by whole labels
    /// and any port (`openai.com` covers `api.openai.com`), an IP address, or either with a port
    /// (`localhost:8000`, `[::1]:8000`), which then covers that host and port alone.
    pub hosts: Vec<String>,
    /// The secrets it may name in [`Auth::secret`], and those that are only
    /// [removed](SecretGrant::redact_only) from what is written down.
    pub secrets: Vec<SecretGrant>,
}

/// A secret together with the hosts that may receive it.
#[derive(Debug, Clone)]
pub struct SecretGrant {
    /// Name by which a request asks for it; a secret with an empty one cannot be asked for.
    pub name: String,
    /// The value.
    pub value: Secret,
    /// Hosts that may receive it, written as in [`Grant::hosts`].
    pub hosts: Vec<String>,
}

impl SecretGrant {
    /// A value that the caller holds already and sends by itself, as in a header of its own. The
    /// host never puts it into a request, and removes it from logs and cassettes.
    pub fn redact_only(value: Secret) -> Self {
        Self {
            name: String::new(),
            value,
            hosts: Vec::new(),
        }
    }
}

impl Grant {
    /// Whether the address may be reached at all.
    pub(crate) fn allow(&self, url: &Url) -> Result<(), TransportError> {
        if self.hosts.iter().any(|entry| covers(entry, url)) {
            Ok(())
        } else {
            Err(TransportError::HostNotGranted { host: place(url) })
        }
    }

    /// The value for a header; `None` when there is none by that name.
    pub(crate) fn secret_for(
        &self,
        auth: &Auth,
        url: &Url,
    ) -> Result<Option<&Secret>, TransportError> {
        let Some(secret) = self
            .secrets
            .iter()
            .find(|secret| !secret.name.is_empty() && secret.name == auth.secret)
        else {
            return Ok(None);
        };
        if secret.hosts.iter().any(|entry| covers(entry, url)) {
            Ok(Some(&secret.value))
        } else {
            Err(TransportError::SecretNotForHost {
                secret: secret.name.clone(),
                host: place(url),
            })
        }
    }

    /// All values, for redaction.
    pub(crate) fn values(&self) -> Vec<Secret> {
        self.secrets
            .iter()
            .map(|secret| secret.value.clone())
            .collect()
    }
}

/// `host` or `host:port` of an address, for messages.
pub(crate) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Whether the address is of this machine itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => host_matches(name.trim_end_matches('.'), "localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

fn covers(entry: &str, url: &Url) -> bool {
    match split_port(entry) {
        Some((host, port)) => url.port_or_known_default() == Some(port) && is_host(host, url),
        None => is_host(entry, url) || is_subdomain(entry, url),
    }
}

/// Splits `host:port`; a bare IPv6 address has colons and no port.
fn split_port(entry: &str) -> Option<(&str, u16)> {
    let (host, port) = entry.rsplit_once(':')?;
    let bare_v6 = host.contains(':') && !host.ends_with(']');
    if bare_v6 {
        None
    } else {
        Some((host, port.parse().ok()?))
    }
}

fn is_host(entry: &str, url: &Url) -> bool {
    let same = |host: &str| host.trim_end_matches('.').eq_ignore_ascii_case(entry);
    match url.host() {
        Some(Host::Domain(name)) => same(name),
        Some(Host::Ipv4(address)) => same(&address.to_string()),
        Some(Host::Ipv6(address)) => {
            let bare = entry.trim_start_matches('[').trim_end_matches(']');
            bare.parse() == Ok(address)
        }
        None => false,
    }
}

/// Only names have subdomains: `0.0.1` must not cover `127.0.0.1`.
fn is_subdomain(entry: &str, url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => host_matches(name.trim_end_matches('.'), entry),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_covers_whole_labels_and_exact_ports() {
        let table = [
            ("openai.com", "https://api.openai.com/v1", true),
            ("openai.com", "https://OPENAI.com./v1", true),
            ("z.ai", "https://fooz.ai/", false),
            ("z.ai", "https://example.com/z.ai", false),
            ("api.z.ai", "https://z.ai/", false),
            ("localhost", "http://localhost:8000/v1", true),
            ("localhost:8000", "http://localhost:8000/v1", true),
            ("localhost:8000", "http://localhost:8001/v1", false),
            ("localhost:8000", "http://sub.localhost:8000/v1", false),
            ("example.com:443", "https://example.com/", true),
            ("127.0.0.1", "http://127.0.0.1:9/", true),
            ("0.0.1", "http://127.0.0.1:9/", false),
            ("[::1]:8000", "http://[::1]:8000/", true),
            ("::1", "http://[::1]:8000/", true),
            ("", "http://example.com/", false),
        ];
        for (entry, url, expected) in table {
            assert_eq!(
                covers(entry, &Url::parse(url).unwrap()),
                expected,
                "{entry} {url}"
            );
        }
    }

    #[test]
    fn a_value_to_be_redacted_only_is_known_and_never_sent() {
        let grant = Grant {
            hosts: vec!["h.com".into()],
            secrets: vec![SecretGrant::redact_only(Secret::new("sk-planted"))],
        };
        let url = Url::parse("https://h.com/").unwrap();
        assert_eq!(grant.secret_for(&Auth::bearer(""), &url).unwrap(), None);
        assert_eq!(grant.values(), [Secret::new("sk-planted")]);
    }

    #[test]
    fn loopback_is_this_machine_only() {
        let table = [
            ("http://localhost:1/", true),
            ("http://model.localhost/", true),
            ("http://127.8.8.8/", true),
            ("http://[::1]/", true),
            ("http://[::ffff:127.0.0.1]/", true),
            ("http://10.0.0.1/", false),
            ("http://localhost.example.com/", false),
        ];
        for (url, expected) in table {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
