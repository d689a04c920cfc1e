//! Checks 1 to 9 in order, on one file, without loading it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use massgen_plugin::metadata::{AbiWords, BackendType, META_SYMBOL, Metadata};
use semver::Version;

use crate::compatibility;
use crate::elf::{Elf, Flaw, Statics};
use crate::file;
use crate::hash::Hash;
use crate::native;
use crate::policy::Policy;
use crate::refusal::{Code, Refusal};
use crate::search::Found;
use crate::source::{Source, Trust};

/// A file that passed checks 1 to 9. Nothing of it has run.
#[derive(Debug)]
pub struct Inspection {
    /// The file, absolute.
    pub path: PathBuf,
    /// Where it was found.
    pub source: Source,
    /// Who vouches for it.
    pub trust: Trust,
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// Its versions of the contract.
    pub words: AbiWords,
    /// What it says of itself.
    pub metadata: Metadata,
    /// The metadata's text, which the running library must repeat.
    pub(crate) text: String,
    /// The bytes that were hashed, until they are loaded.
    bytes: Mutex<Option<Vec<u8>>>,
}

impl Inspection {
    /// The backend type of this name, when the plugin serves it.
    pub fn backend_type(&self, name: &str) -> Option<&BackendType> {
        self.metadata.backend_type(name)
    }

    /// Its ABI version, for example `1.1`.
    pub fn abi(&self) -> String {
        format!("{}.{}", self.words.major, self.words.minor)
    }

    /// The bytes that were hashed. When they were taken before, they are read again and must be
    /// the same.
    pub(crate) fn take_bytes(&self) -> Result<Vec<u8>, Refusal> {
        if let Some(bytes) = self.slot().take() {
            return Ok(bytes);
        }
        let opened = file::open(&self.path)?;
        file::check_owner(&self.path, &opened)?;
        if Hash::of(&opened.bytes) != self.hash {
            let hint = "wait until it is written, then run again";
            return Err(Refusal::new(
                Code::Tampered,
                &self.path,
                "changed meanwhile",
                hint,
            ));
        }
        Ok(opened.bytes)
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Vec<u8>>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs checks 1 to 9 on a file, in order, without loading it. The file is read once.
///
/// # Errors
///
/// The refusal of the first check that fails. Never panics, whatever the file holds.
pub fn inspect(found: &Found, policy: &Policy) -> Result<Inspection, Refusal> {
    let path = &found.path;
    let opened = file::open(path)?;
    file::check_owner(path, &opened)?;
    let hash = Hash::of(&opened.bytes);
    let trust = policy.admit(found, hash)?;
    let statics = read_object(&opened.bytes)
        .map_err(|flaw| Refusal::new(Code::Inspect, path, flaw.to_string(), flaw.hint()))?;
    let metadata = read_metadata(path, &statics.text)?;
    if let Some(package) = &found.package {
        package.check(path, hash, &statics.words, &metadata)?;
        compatibility::check_host(path, &package.host)?;
    }
    compatibility::check(path, &statics.words)?;
    Ok(Inspection {
        path: path.clone(),
        source: found.source,
        trust,
        hash,
        words: statics.words,
        metadata,
        text: statics.text,
        bytes: Mutex::new(Some(opened.bytes)),
    })
}

fn read_object(bytes: &[u8]) -> Result<Statics, Flaw> {
    let elf = Elf::parse(bytes)?;
    elf.check_linkage(native::glibc_version())?;
    elf.statics()
}

fn read_metadata(path: &Path, text: &str) -> Result<Metadata, Refusal> {
    let refuse = |what: String| {
        let what = format!("its `{META_SYMBOL}` cannot be used: {what}");
        let hint = "its author must correct `plugin.json` and build it again";
        Refusal::new(Code::Inspect, path, what, hint)
    };
    let metadata: Metadata =
        serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    match flaw(&metadata) {
        Some(what) => Err(refuse(what)),
        None => Ok(metadata),
    }
}

/// What is wrong with metadata that has the right form.
fn flaw(metadata: &Metadata) -> Option<String> {
    let manifest = &metadata.manifest;
    if Version::parse(&metadata.version).is_err() {
        return Some(format!("`{}` is no version", metadata.version));
    }
    if !is_name(&manifest.name, "-") {
        return Some(format!("`{}` is no plugin name", manifest.name));
    }
    let types = &manifest.types;
    if types.is_empty() {
        return Some("it serves no backend type".into());
    }
    types.iter().enumerate().find_map(|(at, it)| {
        let is_double = types[..at].iter().any(|other| other.name == it.name);
        match it.name.as_str() {
            name if !is_name(name, "-_.") => Some(format!("`{name}` is no backend type")),
            name if is_double => Some(format!("it names the type `{name}` twice")),
            name if !it.config.is_object() => Some(format!("`{name}` has no schema of its keys")),
            _ => None,
        }
    })
}

/// `[a-z0-9][a-z0-9-]{0,38}`, or with `inner` for the dash.
fn is_name(name: &str, inner: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=39).contains(&name.len())
        && name.starts_with(is_plain)
        && name.chars().all(|c| is_plain(c) || inner.contains(c))
}
