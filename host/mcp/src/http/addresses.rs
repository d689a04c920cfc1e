//! The rules of the configuration, asked by the transport.

use std::net::IpAddr;

use config::AddressRules;
use transport::pinned::Addresses;
use url::Url;

/// The rules of one server. They also hold for the servers that it names, for logins.
#[derive(Debug, Clone)]
pub(crate) struct Rules(pub(crate) AddressRules);

impl Addresses for Rules {
    fn refusal(&self, url: &Url) -> Option<String> {
        self.0.refusal(url.as_str())
    }

    fn permits(&self, host: &str, address: IpAddr) -> bool {
        self.0.trusts(host) || self.0.permits(address)
    }
}
