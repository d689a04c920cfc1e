//! `plugin.toml` of an installed package, and whether its library is the one it describes.
//!
//! Its form is that of the marketplace specification, 13.2; unknown keys are ignored.

use std::fs;
use std::path::{Component, Path, PathBuf};

use massgen_plugin::metadata::{AbiWords, Metadata};
use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::hash::Hash;
use crate::platform::TARGET;
use crate::refusal::{Code, Refusal};

const FORMAT: u32 = 1;
const REINSTALL: &str = "`massgen plugin install` the plugin again";

/// What an installed package says of its library.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    format: u32,
    /// `owner/name`.
    pub(crate) name: String,
    pub(crate) version: Version,
    target: String,
    /// Path of the library inside the package's folder.
    pub(crate) library: PathBuf,
    sha256: Hash,
    /// Versions of massgen that it works with.
    #[serde(default)]
    pub(crate) host: VersionReq,
    abi: Abi,
    provides: Provides,
}

#[derive(Debug, Clone, Deserialize)]
struct Abi {
    family: String,
    major: u32,
    minor: u32,
}

#[derive(Debug, Clone, Deserialize)]
struct Provides {
    backends: Vec<String>,
}

impl Package {
    /// Name of the file in a package's folder.
    pub(crate) const FILE: &str = "plugin.toml";

    /// Reads the file of the package in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, Refusal> {
        let path = folder.join(Self::FILE);
        let refuse = |what: &str| Refusal::new(Code::Inspect, &path, what, REINSTALL);
        let text = fs::read_to_string(&path)
            .map_err(|error| refuse(&format!("cannot be read: {error}")))?;
        let package: Self = toml::from_str(&text).map_err(|error| refuse(error.message()))?;
        if package.format != FORMAT {
            return Err(refuse(&format!(
                "has format {}, not {FORMAT}",
                package.format
            )));
        }
        let is_inside = |part| matches!(part, Component::Normal(_));
        if !package.library.components().all(is_inside) {
            return Err(refuse("its `library` leads out of the package"));
        }
        Ok(package)
    }

    /// Compares the package with what its library says.
    pub(crate) fn check(
        &self,
        path: &Path,
        hash: Hash,
        words: &AbiWords,
        metadata: &Metadata,
    ) -> Result<(), Refusal> {
        let name = self.name.rsplit('/').next().unwrap_or_default();
        let types = metadata.manifest.types.iter().map(|it| it.name.as_str());
        let agreed = [
            ("name", name == metadata.manifest.name),
            ("version", self.version.to_string() == metadata.version),
            ("target", self.target == TARGET),
            ("sha256", self.sha256 == hash),
            ("abi.family", self.abi.family == words.family_name()),
            ("abi.major", self.abi.major == words.major),
            ("abi.minor", self.abi.minor == words.minor),
            (
                "provides.backends",
                types.eq(self.provides.backends.iter().map(String::as_str)),
            ),
        ];
        match agreed.iter().find(|(_, is_equal)| !is_equal) {
            Some((key, _)) => {
                let what = format!("differs from its {} in `{key}`", Self::FILE);
                Err(Refusal::new(Code::Inspect, path, what, REINSTALL))
            }
            None => Ok(()),
        }
    }
}
