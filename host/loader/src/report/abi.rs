//! `massgen plugin abi`.

use std::fmt;

use massgen_plugin::abi::{METER_EXTENSION, layout_fingerprint};
use massgen_plugin::metadata::{ABI_MAJOR, ABI_MINOR, FAMILY};
use serde::Serialize;

use crate::hash::Hash;
use crate::platform::TARGET;

/// What this host speaks.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct AbiReport {
    /// Version of this form: 1.
    pub schema: u32,
    /// Version of the host.
    pub massgen: &'static str,
    /// Family of plugins.
    pub family: &'static str,
    /// Supported majors, each with its lowest and highest minor.
    pub supported: Vec<Range>,
    /// SHA-256 of the layout of the newest major, as in `plugin-api/abi.lock`.
    pub layout: Hash,
    /// Target triple; a plugin must be built for the same.
    pub target: &'static str,
    /// Extensions that this host asks plugins for.
    pub extensions: Vec<&'static str>,
}

/// One major version and its minors.
#[derive(Debug, Serialize)]
pub struct Range {
    /// The major version.
    pub major: u32,
    /// Lowest minor of a plugin.
    pub from_minor: u32,
    /// Highest minor that a plugin may need.
    pub to_minor: u32,
}

impl AbiReport {
    /// What this host speaks.
    pub fn of_this_host() -> Self {
        Self {
            schema: super::SCHEMA,
            massgen: env!("CARGO_PKG_VERSION"),
            family: FAMILY,
            supported: vec![Range {
                major: ABI_MAJOR,
                from_minor: 0,
                to_minor: ABI_MINOR,
            }],
            layout: Hash::of(layout_fingerprint().as_bytes()),
            target: TARGET,
            extensions: vec![METER_EXTENSION],
        }
    }
}

impl fmt::Display for AbiReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "massgen      {}", self.massgen)?;
        writeln!(f, "family       {}", self.family)?;
        for it in &self.supported {
            let Range {
                major,
                from_minor,
                to_minor,
            } = it;
            writeln!(f, "abi          {major}.{from_minor} to {major}.{to_minor}")?;
        }
        writeln!(f, "layout       sha256:{}", self.layout)?;
        writeln!(f, "target       {}", self.target)?;
        writeln!(f, "extensions   {}", self.extensions.join(", "))
    }
}
