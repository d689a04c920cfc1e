//! Addresses of HTTP servers (services §2.4): parsed as a browser would, so that every spelling
//! of an address is the same address.

use url::{Host, Url};

use super::{Wrong, check_length};
use crate::AddressRules;

const MAX_URL: usize = 2048;

/// Ports of services that speak no HTTP and could be made to obey one.
const PORTS: [u16; 13] = [
    22, 23, 25, 53, 135, 139, 445, 1433, 1521, 3306, 3389, 5432, 6379,
];

impl AddressRules {
    /// Why a server may not have this address, as far as it can be known without asking the name
    /// service: after its name, `MUST`. For addresses that are known only at connect time, with
    /// variables put in or named by a server.
    pub fn refusal(&self, url: &str) -> Option<String> {
        check_url(url, self).err().map(|wrong| wrong.must)
    }
}

/// Whether a server may have this address, as far as it can be known without asking the name
/// service. The addresses behind a name are checked when it is connected.
pub(crate) fn check_url(text: &str, rules: &AddressRules) -> Result<(), Wrong> {
    check_length(text, MAX_URL)?;
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(Wrong::new("must be a URL without spaces and backslashes"));
    }
    let url = Url::parse(text).ok();
    let web = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = web else {
        let must = "must be a URL that begins with http:// or https:// and names a host";
        return Err(Wrong::new(must));
    };
    if !url.username().is_empty() || url.password().is_some() {
        let wrong = Wrong::new("must not name a user");
        return Err(wrong.hint("credentials belong into `headers:`, with a variable: ${NAME}"));
    }
    check_port(&url)?;
    check_host(&url, rules)
}

fn check_port(url: &Url) -> Result<(), Wrong> {
    match url.port_or_known_default() {
        Some(port) if port == 0 || PORTS.contains(&port) => {
            Err(Wrong::new(format!("must not use the port {port}")))
        }
        _ => Ok(()),
    }
}

fn check_host(url: &Url, rules: &AddressRules) -> Result<(), Wrong> {
    let address = match url.host() {
        Some(Host::Domain(name)) if rules.trusts(name) => return Ok(()),
        Some(Host::Domain(name)) if AddressRules::is_this_machine(name) && !rules.localhost => {
            return Err(this_machine());
        }
        Some(Host::Domain(_)) => return Ok(()),
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        None => return Err(Wrong::new("must name a host")),
    };
    if rules.trusts(url.host_str().unwrap_or_default()) || rules.permits(address) {
        return Ok(());
    }
    if AddressRules::is_loopback(address) {
        return Err(this_machine());
    }
    let wrong = Wrong::new("must not be an address of a private or reserved network");
    Err(wrong.hint("allow it with `security: {allow_private_ips: true}`"))
}

fn this_machine() -> Wrong {
    let wrong = Wrong::new("must not be an address of this machine");
    wrong.hint("allow it with `security: {allow_localhost: true}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: fn() -> AddressRules = AddressRules::default;

    fn localhost() -> AddressRules {
        AddressRules {
            localhost: true,
            ..NONE()
        }
    }

    fn private() -> AddressRules {
        AddressRules {
            private: true,
            ..NONE()
        }
    }

    fn trusting(name: &str) -> AddressRules {
        AddressRules {
            hostnames: vec![name.to_owned()],
            ..NONE()
        }
    }

    /// By which of: no relaxation, `allow_localhost`, `allow_private_ips`.
    fn accepted(url: &str) -> [bool; 3] {
        [NONE(), localhost(), private()].map(|rules| check_url(url, &rules).is_ok())
    }

    #[test]
    fn every_spelling_of_this_machine_is_this_machine() {
        for url in [
            "http://127.0.0.1:8000/mcp",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://127.9.9.9/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[::127.0.0.1]/",
            "http://127.0.0.1./",
            "http://%31%32%37.0.0.1/",
            "http://１２７.0.0.1/",
        ] {
            assert_eq!(accepted(url), [false, true, true], "{url}");
        }
        for url in [
            "http://localhost:8000/mcp",
            "http://localhost./",
            "http://LOCALHOST/",
            "http://ip6-localhost/",
            "http://a.localhost/",
            "http://localhost.localdomain/",
        ] {
            assert_eq!(accepted(url), [false, true, false], "{url}");
        }
    }

    #[test]
    fn private_and_reserved_addresses_need_a_word() {
        for url in [
            "http://10.0.0.1/",
            "http://192.168.1.1/",
            "http://172.16.0.1/",
            "http://169.254.169.254/latest",
            "http://0.0.0.0/",
            "http://100.64.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[ff02::1]/",
            "http://[::]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://[2002:a00:1::]/",
            "http://3232235777/",
        ] {
            assert_eq!(accepted(url), [false, false, true], "{url}");
        }
        for url in [
            "https://mcp.example.org/mcp",
            "HTTPS://Example.org",
            "http://1.1.1.1:8080/",
            "http://[2606:4700::1111]/",
            "http://notlocalhost/",
            "http://localhost.example.org/",
        ] {
            assert_eq!(accepted(url), [true, true, true], "{url}");
        }
    }

    #[test]
    fn a_trusted_host_may_be_anywhere_but_not_on_any_port() {
        for (name, url) in [
            ("localhost", "http://LocalHost.:8000/"),
            ("10.0.0.1", "http://10.0.0.1/"),
            ("127.0.0.1", "http://127.1/"),
        ] {
            assert_eq!(check_url(url, &trusting(name)), Ok(()), "{url}");
            assert!(check_url(url, &trusting("other")).is_err(), "{url}");
        }
        assert!(check_url("http://h:6379/", &trusting("h")).is_err());
    }

    #[test]
    fn what_is_no_address_of_a_web_server_is_refused_whatever_is_allowed() {
        let all = AddressRules {
            hostnames: vec!["h".to_owned()],
            localhost: true,
            private: true,
        };
        let ports = PORTS.map(|port| format!("http://h:{port}/"));
        let long = format!("http://h/{}", "x".repeat(2040));
        let others = [
            "",
            "h:8000/mcp",
            "/mcp",
            "ftp://h/",
            "file:///etc/passwd",
            "ws://h/",
            "http://",
            "http://h:0/",
            "http://h:65536/",
            "http://user@h/",
            "http://user:pw@h/",
            "http://:pw@h/",
            "http://h\\@other/",
            "http://h /",
            " http://h/",
            "http://h/\n",
            "http://1.2.3.4.5/",
            "http://256.1.1.1/",
            "http://[::1/",
            &long,
        ];
        let ports = ports.iter().map(String::as_str);
        for url in ports.chain(others) {
            assert!(check_url(url, &all).is_err(), "{url}");
        }
        assert_eq!(check_url("http://h:65535/", &all), Ok(()));
        assert_eq!(check_url(&long[..2048], &all), Ok(()));
    }
}
