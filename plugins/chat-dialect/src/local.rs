//! Faults of servers that people run themselves, said so that they can do something about them.

use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use massgen_plugin::{Fault, FaultCode};

/// A kind of server that people run themselves.
#[derive(Debug, Clone, Copy)]
pub struct LocalServer {
    /// Its name for people.
    pub title: &'static str,
    /// How it is started, as it goes on after `hint: `.
    pub start: &'static str,
    /// An address it may have.
    pub address: &'static str,
}

impl LocalServer {
    /// What a response that is not 2xx means.
    pub fn answered(&self, url: &str, response: Response<'_>) -> Fault {
        let mut fault = http_fault(response);
        let body = String::from_utf8_lossy(response.body);
        if response.status == 404 && !body.contains("model") {
            let (title, address) = (self.title, self.address);
            fault.message = format!("no {title} interface at `{url}`: {}", fault.message);
            fault.detail = format!("hint: a `base_url` looks like `{address}`\n{body}");
        }
        fault
    }

    /// What it means when a request failed; only without any answer is there something to say.
    pub fn unanswered(&self, url: &str, fault: Fault, answered: bool) -> Fault {
        if answered || fault.code != FaultCode::NETWORK {
            return fault;
        }
        let title = self.title;
        Fault {
            message: format!("no {title} server answers at `{url}`: {}", fault.message),
            detail: format!(
                "hint: {}, or set `base_url` to where it runs\n{}",
                self.start, fault.detail
            ),
            ..fault
        }
    }
}
