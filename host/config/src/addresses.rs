//! Which addresses a server may have (services §2.4): asked for a URL here, and for every address
//! behind a name when it is connected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::AddressRules;

impl AddressRules {
    /// Whether this host is acceptable whatever it resolves to. Case and a trailing dot do not
    /// matter.
    pub fn trusts(&self, host: &str) -> bool {
        let host = plain(host);
        self.hostnames.contains(&host)
    }

    /// Whether this address may be connected.
    pub fn permits(&self, address: IpAddr) -> bool {
        self.private || is_public(address) || (self.localhost && Self::is_loopback(address))
    }

    /// Whether a server at this address is surely another machine, so that its files are not ours.
    /// A private address may be our own, and so may whatever the relaxations let in. `url` as
    /// configured: a host with variables in it is not known.
    pub fn surely_elsewhere(&self, url: &str) -> bool {
        let url = url::Url::parse(url).ok();
        let host = url.as_ref().and_then(url::Url::host);
        let far = match host {
            Some(url::Host::Domain(name)) => {
                !name.contains(['$', '{'])
                    && !Self::is_this_machine(name)
                    && system_name() != Some(plain(name))
            }
            Some(url::Host::Ipv4(address)) => is_public(address.into()),
            Some(url::Host::Ipv6(address)) => is_public(address.into()),
            None => false,
        };
        far && !self.localhost && !self.private
    }

    /// Whether a name stands for this machine whatever the name service says.
    pub(crate) fn is_this_machine(host: &str) -> bool {
        let host = plain(host);
        let names = [
            "localhost",
            "ip6-localhost",
            "ip6-loopback",
            "localhost.localdomain",
        ];
        names.contains(&&*host) || host.ends_with(".localhost")
    }

    pub(crate) fn is_loopback(address: IpAddr) -> bool {
        match within(address) {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => address.is_loopback(),
        }
    }
}

/// What the system calls itself, where it says so in a file.
fn system_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(plain(name.trim())).filter(|name| !name.is_empty() && name != "(none)")
}

/// Lower case, without a trailing dot and the brackets of an IPv6 address.
pub(crate) fn plain(host: &str) -> String {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.trim_matches(['[', ']']).to_lowercase()
}

fn is_public(address: IpAddr) -> bool {
    match within(address) {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The IPv4 address that an IPv6 address carries: mapped, compatible, translated (NAT64) and 6to4.
fn within(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    let four = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => address,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            four(high, low)
        }
        [0x2002, high, low, ..] => four(high, low),
        _ => address,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = match a {
        0 | 240..=255 => true,
        100 => (64..128).contains(&b),
        192 => b == 0 && c == 0,
        198 => matches!(b, 18 | 19),
        _ => false,
    };
    !(reserved
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

/// Global unicast, without blocks for documentation, tunnels and special uses.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_permitted_without_a_word() {
        let rules = AddressRules::default();
        let permitted = |text: &str| rules.permits(text.parse().unwrap());
        for public in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(permitted(public), "{public}");
        }
        for other in [
            "0.1.2.3",
            "10.1.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.0.1",
            "172.31.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(!permitted(other), "{other}");
        }
    }

    #[test]
    fn a_server_is_elsewhere_only_when_it_can_be_nowhere_here() {
        let strict = |names: &[&str]| AddressRules {
            hostnames: names.iter().map(|&name| name.to_owned()).collect(),
            ..AddressRules::default()
        };
        for url in [
            "https://mcp.example.org/mcp",
            "https://example.org/${PATH}",
            "http://1.1.1.1/",
            "http://[2606:4700::1111]/",
            "http://build.example.org:8000/",
        ] {
            assert!(
                strict(&["build.example.org"]).surely_elsewhere(url),
                "{url}"
            );
            for (localhost, private) in [(true, false), (false, true)] {
                let relaxed = AddressRules {
                    localhost,
                    private,
                    ..AddressRules::default()
                };
                assert!(!relaxed.surely_elsewhere(url), "{url}");
            }
        }
        let own = system_name().unwrap_or_else(|| "localhost".to_owned());
        let own = format!("http://{own}:8000/");
        for url in [
            "http://localhost:8000/mcp",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://ip6-localhost/",
            "http://ip6-loopback/",
            "http://localhost.localdomain/",
            "http://127.1/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://[::1]/",
            "http://[::127.0.0.1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://10.0.0.1/",
            "http://192.168.1.5/",
            "http://[fe80::1]/",
            "https://${HOST}/",
            "${URL}",
            &own,
        ] {
            assert!(
                !strict(&["localhost", "10.0.0.1"]).surely_elsewhere(url),
                "{url}"
            );
        }
    }

    #[test]
    fn a_refusal_names_the_rule_and_not_the_url() {
        let why = |url| AddressRules::default().refusal(url);
        assert_eq!(why("https://example.org/?key=abc"), None);
        let says = "must not name a user";
        assert_eq!(why("https://me:abc@example.org/").as_deref(), Some(says));
        let says = "must not be an address of this machine";
        assert_eq!(why("http://127.1/").as_deref(), Some(says));
    }

    #[test]
    fn this_machine_is_permitted_by_either_word() {
        let localhost = AddressRules {
            localhost: true,
            ..AddressRules::default()
        };
        let private = AddressRules {
            private: true,
            ..AddressRules::default()
        };
        for here in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(localhost.permits(here.parse().unwrap()), "{here}");
            assert!(private.permits(here.parse().unwrap()), "{here}");
        }
        assert!(!localhost.permits("10.0.0.1".parse().unwrap()));
        assert!(private.permits("10.0.0.1".parse().unwrap()));
    }
}
