//! Why an exchange failed, and what the user can do about it.
//!
//! Every variant names the thing at fault. No variant holds a secret, an address with its query,
//! or a type of the HTTP client.

use std::convert::Infallible;
use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use framing::FrameError;
use massgen_plugin::{Fault, FaultCode};

use crate::Clock;
use crate::causes::{BoxError, story};

/// Why the transport could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The file of extra root certificates is missing or is not PEM.
    #[error("cannot read certificates from `{path}`")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: BoxError,
    },
    /// The file of extra root certificates holds none.
    #[error("`{path}` holds no certificate")]
    CaFileEmpty {
        /// The file.
        path: PathBuf,
    },
    /// TLS could not be set up.
    #[error("cannot set up TLS")]
    Tls {
        /// What the TLS library said.
        source: BoxError,
    },
    /// The HTTP client could not be set up, for example because of a malformed user agent.
    #[error("cannot set up the HTTP client")]
    Client {
        /// What the client said.
        source: BoxError,
    },
}

impl SetupError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::CaFile { .. } | Self::CaFileEmpty { .. } => {
                "`--ca-file` names a PEM file with one or more `BEGIN CERTIFICATE` blocks"
            }
            Self::Tls { .. } | Self::Client { .. } => "this is a bug in massgen; please report it",
        }
    }
}

/// Why an exchange failed. After it the exchange is over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The address does not parse.
    #[error("`{url}` is not an absolute address")]
    Address {
        /// The text, without what may be secret.
        url: String,
        /// What the parser said.
        source: url::ParseError,
    },
    /// The address is neither `http:` nor `https:`.
    #[error("addresses of scheme `{scheme}` cannot be reached")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// The address holds user info, which would end up in logs.
    #[error("the address of host `{host}` holds a user name or password")]
    UserInfo {
        /// The host.
        host: String,
    },
    /// The method is malformed or not for callers.
    #[error("method `{method}` cannot be sent")]
    Method {
        /// The method.
        method: String,
    },
    /// A header is malformed, or belongs to the connection.
    #[error("header `{name}` cannot be sent")]
    Header {
        /// Its name.
        name: String,
    },
    /// The host is not in the grant; nothing was sent.
    #[error("host `{host}` is not granted")]
    HostNotGranted {
        /// `host` or `host:port`.
        host: String,
    },
    /// The secret may not go to the host; nothing was sent.
    #[error("secret `{secret}` is not approved for host `{host}`")]
    SecretNotForHost {
        /// Name of the secret.
        secret: String,
        /// `host` or `host:port`.
        host: String,
    },
    /// The secret's value holds a line break or another control character.
    #[error("secret `{secret}` holds characters that no header may carry")]
    SecretUnfit {
        /// Name of the secret.
        secret: String,
    },
    /// Nothing listens at an address of this machine.
    #[error("no server is running at `{host}`")]
    NotRunning {
        /// `host:port`.
        host: String,
        /// What the client said.
        source: BoxError,
    },
    /// No connection came about.
    #[error("cannot connect to `{host}`")]
    Connect {
        /// `host` or `host:port`.
        host: String,
        /// What the client said.
        source: BoxError,
    },
    /// The server's certificate is not trusted.
    #[error("the certificate of `{host}` is not trusted")]
    Certificate {
        /// `host` or `host:port`.
        host: String,
        /// What the TLS library said.
        source: BoxError,
    },
    /// The connection ended before the response did.
    #[error("the connection to `{host}` broke")]
    Broken {
        /// `host` or `host:port`.
        host: String,
        /// What the client said.
        source: BoxError,
    },
    /// A clock ran out.
    #[error("{clock} `{host}` within {} s", limit.as_secs_f64())]
    Expired {
        /// Which one.
        clock: Clock,
        /// How long it ran.
        limit: Duration,
        /// `host` or `host:port`.
        host: String,
    },
    /// The server answered with a redirect; none is followed.
    #[error("`{host}` redirects to `{location}`")]
    Redirected {
        /// `host` or `host:port`.
        host: String,
        /// The `location` header, without secrets.
        location: String,
    },
    /// The content coding of the body is broken.
    #[error("the body from `{host}` cannot be decompressed")]
    Undecodable {
        /// `host` or `host:port`.
        host: String,
        /// What the decoder said.
        source: BoxError,
    },
    /// The body cannot be cut into events or lines.
    #[error("{0}")]
    Framing(FrameError<Infallible>),
    /// The body of an answer does not end.
    #[error("the body from `{host}` is longer than {limit} bytes")]
    BodyTooLong {
        /// `host` or `host:port`.
        host: String,
        /// The limit in bytes, after decompression.
        limit: usize,
    },
    /// Replay: no recording is left for this agent.
    #[error("no recording `{path}`")]
    CassetteMissing {
        /// The file that should be there.
        path: PathBuf,
    },
    /// Replay: a recording cannot be read.
    #[error("cannot read recording `{path}`")]
    CassetteUnreadable {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: BoxError,
    },
    /// Replay: the recording is of another request.
    #[error(
        "recording `{path}` is of `{expected}`, the request is `{found}`; {}",
        body_difference(*body_differs_at)
    )]
    CassetteMismatch {
        /// The file.
        path: PathBuf,
        /// Method and path in the recording.
        expected: String,
        /// Method and path of the request.
        found: String,
        /// First byte at which the bodies differ.
        body_differs_at: Option<usize>,
    },
    /// Replay: the recorded exchange was dropped by its caller at this place.
    #[error("recording `{path}` was dropped by its caller here")]
    CassetteDropped {
        /// The file.
        path: PathBuf,
    },
    /// Replay: the recorded exchange went on after what was recorded.
    #[error("recording `{path}` ends here: an answer is recorded up to {limit} bytes")]
    CassetteTooLong {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// Replay: the recorded exchange failed at this place, with this fault.
    #[error("{}", .0.message)]
    Recorded(Fault),
}

impl From<FrameError<Self>> for TransportError {
    fn from(error: FrameError<Self>) -> Self {
        match error.split() {
            Ok(ours) => ours,
            Err(framing) => Self::Framing(framing),
        }
    }
}

fn body_difference(at: Option<usize>) -> String {
    match at {
        Some(at) => format!("their bodies differ from byte {at}"),
        None => "their bodies are equal".to_owned(),
    }
}

impl TransportError {
    /// The kind, for the caller's decision.
    pub fn code(&self) -> FaultCode {
        match self {
            Self::Address { .. }
            | Self::Scheme { .. }
            | Self::UserInfo { .. }
            | Self::Redirected { .. }
            | Self::CassetteMissing { .. }
            | Self::CassetteUnreadable { .. }
            | Self::CassetteMismatch { .. }
            | Self::CassetteDropped { .. }
            | Self::CassetteTooLong { .. } => FaultCode::CONFIG,
            Self::HostNotGranted { .. } | Self::SecretNotForHost { .. } => FaultCode::DENIED,
            Self::SecretUnfit { .. } => FaultCode::AUTH,
            Self::NotRunning { .. } | Self::Connect { .. } | Self::Broken { .. } => {
                FaultCode::NETWORK
            }
            // Waiting does not make a certificate trusted, so this is no network fault.
            Self::Certificate { .. } => FaultCode::CONFIG,
            Self::Expired { .. } => FaultCode::TIMEOUT,
            Self::Method { .. }
            | Self::Header { .. }
            | Self::Undecodable { .. }
            | Self::Framing(_)
            | Self::BodyTooLong { .. } => FaultCode::PROTOCOL,
            Self::Recorded(fault) => fault.code,
        }
    }

    /// The same as data: message as it stands, causes and [`hint`](Self::hint) in `detail`.
    pub fn fault(&self) -> Fault {
        if let Self::Recorded(fault) = self {
            return fault.clone();
        }
        let causes = self.source().map(story);
        let hint = self.hint().map(|hint| format!("hint: {hint}"));
        let detail: Vec<String> = causes.into_iter().chain(hint).collect();
        Fault::new(self.code(), self.to_string()).with_detail(detail.join("\n"))
    }

    /// What the user can do about it; `None` where nothing but trying again helps.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Address { .. } | Self::Scheme { .. } => {
                "a `base_url` looks like `https://api.example.com/v1`"
            }
            Self::UserInfo { .. } => "remove it from `base_url`; a key goes into `api_key`",
            Self::HostNotGranted { .. } => {
                "only the host of the backend's `base_url` and hosts \
                that its plugin declares can be reached"
            }
            Self::SecretNotForHost { .. } => {
                "a key from the environment goes only to its own \
                provider; write `api_key` beside `base_url` to send one elsewhere"
            }
            Self::SecretUnfit { .. } => "check the key for line breaks and blanks at its ends",
            Self::NotRunning { .. } => "start the server there, or set `base_url` to where it runs",
            Self::Connect { .. } => {
                "check the host name, the network, and the proxy variables of the environment"
            }
            Self::Certificate { .. } => {
                "a company or private certificate authority is given with `--ca-file`"
            }
            Self::Expired { clock, .. } => expired_hint(*clock),
            Self::Redirected { .. } => "set `base_url` to the address it redirects to",
            Self::CassetteMissing { .. } | Self::CassetteMismatch { .. } => {
                "the run makes other requests than the recorded one; record again"
            }
            _ => return None,
        })
    }
}

fn expired_hint(clock: Clock) -> &'static str {
    match clock {
        Clock::Connect => "check host, port and network, and whether the server is up",
        Clock::First => "the server may still load its model or have a queue; try again later",
        Clock::Idle => {
            "a model that thinks silently needs longer: raise \
            `timeout_settings.idle_timeout_seconds`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn hints_name_settings_that_users_have() {
        let clocks = [Clock::Connect, Clock::First, Clock::Idle].map(expired_hint);
        let certificate = TransportError::Certificate {
            host: "h.com".into(),
            source: "unknown issuer".into(),
        };
        let file = SetupError::CaFileEmpty { path: "a".into() };
        let hints = [certificate.hint().unwrap_or_default(), file.hint()];
        expect![[r#"
            check host, port and network, and whether the server is up
            the server may still load its model or have a queue; try again later
            a model that thinks silently needs longer: raise `timeout_settings.idle_timeout_seconds`
            a company or private certificate authority is given with `--ca-file`
            `--ca-file` names a PEM file with one or more `BEGIN CERTIFICATE` blocks"#]]
        .assert_eq(&[&clocks[..], &hints[..]].concat().join("\n"));
    }
}
