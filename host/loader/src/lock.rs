//! `plugins.lock.json` of the installed store: which libraries the user agreed to.
//!
//! Reading only; writing comes with `massgen plugin install` and `trust`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use semver::Version;
use serde::Deserialize;

use crate::hash::Hash;
use crate::platform::{self, TARGET};

const FORMAT: u32 = 1;

/// The agreed libraries.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Lock {
    format: u32,
    plugins: Vec<Locked>,
}

/// One agreed plugin.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Locked {
    /// `owner/name`, or the plain name of a pinned file.
    pub(crate) name: String,
    pub(crate) version: Version,
    /// Hash of the library, by target triple.
    hashes: BTreeMap<String, Hash>,
    /// Id of the publisher's key that signed it.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// Why its index withdrew it.
    #[serde(default)]
    pub(crate) withdrawn: Option<String>,
}

impl Locked {
    /// The hash for this machine.
    pub(crate) fn hash(&self) -> Option<Hash> {
        self.hashes.get(TARGET).copied()
    }
}

impl Lock {
    /// Name of the file.
    pub(crate) const FILE: &str = "plugins.lock.json";

    /// Reads the lock file; an absent one agrees to nothing. The error says in one line why it
    /// cannot be believed.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(format!("it cannot be read: {error}")),
        };
        let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
        if let Some(what) = platform::foreign_writer(&metadata) {
            return Err(format!("it {what}"));
        }
        let lock: Self = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if lock.format != FORMAT {
            return Err(format!("it has format {}, not {FORMAT}", lock.format));
        }
        Ok(lock)
    }

    /// The entry of an installed package.
    pub(crate) fn of_package(&self, name: &str, version: &Version) -> Option<&Locked> {
        self.plugins
            .iter()
            .find(|it| it.name == name && it.version == *version)
    }

    /// The entry of a library, wherever it lies.
    pub(crate) fn of_hash(&self, hash: Hash) -> Option<&Locked> {
        self.plugins.iter().find(|it| it.hash() == Some(hash))
    }
}
