//! Checks 3 to 5: whether a file may run at all, whoever wrote it.
//!
//! A folder named by `--plugin-dir` is the user's word. Every other library must be known by its
//! hash: compiled into this program, or in the user's lock file.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::hash::Hash;
use crate::lock::{Lock, Locked};
use crate::markers::Markers;
use crate::notes::Notes;
use crate::refusal::{Code, Refusal};
use crate::search::Found;
use crate::source::{Source, Trust};

/// Hashes of the shipped plugins, separated by commas or spaces, when the build gave them.
const SHIPPED: Option<&str> = option_env!("MASSGEN_SHIPPED_HASHES");

/// What decides whether a library may run. The default one knows no library and no crash.
#[derive(Debug)]
pub struct Policy {
    lock: Result<Lock, String>,
    lock_path: PathBuf,
    shipped: Vec<Hash>,
    markers: Option<Markers>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            lock: Ok(Lock::default()),
            lock_path: PathBuf::new(),
            shipped: Vec::new(),
            markers: None,
        }
    }
}

impl Policy {
    /// The policy of this user: lock file and crash markers are read from these surroundings.
    pub fn new(environment: &Environment) -> Self {
        let lock_path = environment.store().unwrap_or_default().join(Lock::FILE);
        Self {
            lock: Lock::read(&lock_path),
            lock_path,
            shipped: hashes(SHIPPED.unwrap_or_default()),
            markers: Notes::new(environment).map(|it| it.markers()),
        }
    }

    /// Whether this file may run, and who vouches for it.
    pub(crate) fn admit(&self, found: &Found, hash: Hash) -> Result<Trust, Refusal> {
        let locked = self.locked(found, hash);
        self.check_quarantine(&found.path, hash)?;
        check_withdrawn(&found.path, locked)?;
        let trust = self.vouch(found, hash, locked)?;
        if found.source != Source::PluginDir {
            check_signature(&found.path, locked)?;
        }
        Ok(trust)
    }

    fn locked(&self, found: &Found, hash: Hash) -> Option<&Locked> {
        let lock = self.lock.as_ref().ok()?;
        match &found.package {
            Some(package) => lock.of_package(&package.name, &package.version),
            None => lock.of_hash(hash),
        }
    }

    fn check_quarantine(&self, path: &Path, hash: Hash) -> Result<(), Refusal> {
        let Some(marker) = self.markers.as_ref().and_then(|it| it.stale(hash)) else {
            return Ok(());
        };
        let what = "a massgen ended while it was loading this plugin or running its first step";
        let hint = format!("if you still want it, delete `{}`", marker.display());
        Err(Refusal::new(Code::Quarantine, path, what, hint))
    }

    /// Check 4.
    fn vouch(&self, found: &Found, hash: Hash, locked: Option<&Locked>) -> Result<Trust, Refusal> {
        match (found.source, locked) {
            (Source::PluginDir, _) => Ok(Trust::Unmanaged),
            (Source::Store, Some(entry)) if entry.hash() != Some(hash) => {
                Err(tampered(&found.path, entry, hash))
            }
            (_, Some(_)) => Ok(Trust::Pinned),
            (Source::Environment | Source::Beside, None) if self.shipped.contains(&hash) => {
                Ok(Trust::Shipped)
            }
            (_, None) => Err(self.unknown(found)),
        }
    }

    fn unknown(&self, found: &Found) -> Refusal {
        let (what, hint) = match &self.lock {
            Err(why) => (
                format!(
                    "nobody can vouch for it: {}: {why}",
                    self.lock_path.display()
                ),
                "repair or remove the lock file".into(),
            ),
            Ok(_) => (
                "nobody vouches for it: its hash is neither shipped nor in the lock file".into(),
                trust_hint(found),
            ),
        };
        Refusal::new(Code::Unmanaged, &found.path, what, hint)
    }
}

fn trust_hint(found: &Found) -> String {
    if found.source == Source::Store {
        return "`massgen plugin install` puts it into the lock file".into();
    }
    let folder = found.path.parent().unwrap_or(&found.path);
    format!(
        "if you trust its folder, name it: `--plugin-dir {}`",
        folder.display()
    )
}

fn tampered(path: &Path, entry: &Locked, hash: Hash) -> Refusal {
    let expected = entry
        .hash()
        .map_or_else(|| "no hash for this machine".into(), |it| it.short());
    let what = format!(
        "differs from the lock: expected {expected}, found {}",
        hash.short()
    );
    let hint = format!(
        "`massgen plugin install {}@{}` restores it",
        entry.name, entry.version
    );
    Refusal::new(Code::Tampered, path, what, hint)
}

fn check_withdrawn(path: &Path, locked: Option<&Locked>) -> Result<(), Refusal> {
    match locked.and_then(|it| Some((it, it.withdrawn.as_ref()?))) {
        Some((entry, reason)) => {
            let what = format!("{} {} was withdrawn: {reason}", entry.name, entry.version);
            Err(Refusal::new(
                Code::Withdrawn,
                path,
                what,
                "update or remove the plugin",
            ))
        }
        None => Ok(()),
    }
}

/// Check 5. A claimed signature that nobody checks would be worth less than none.
fn check_signature(path: &Path, locked: Option<&Locked>) -> Result<(), Refusal> {
    match locked.and_then(|it| it.key.as_ref()) {
        Some(key) => {
            let what = format!("is signed by key {key}, and this massgen checks no signatures yet");
            Err(Refusal::new(Code::Signature, path, what, "update massgen"))
        }
        None => Ok(()),
    }
}

/// The hashes in a text; other words in it are skipped.
fn hashes(text: &str) -> Vec<Hash> {
    let words = text.split([',', ' ', '\n']);
    words.filter_map(|it| it.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shipped_hash_vouches_beside_the_program_and_in_the_variables_folder() {
        let hash = Hash::of(b"shipped");
        let shipped = hashes(&format!("{hash}, sha256:{} no-hash", Hash::of(b"other")));
        assert_eq!(shipped.len(), 2);
        let policy = Policy {
            shipped,
            ..Policy::default()
        };
        let admit = |source, hash| {
            let found = Found {
                path: "/p/x.so".into(),
                source,
                package: None,
            };
            policy.admit(&found, hash).map_err(|refusal| refusal.code)
        };
        assert_eq!(admit(Source::Beside, hash), Ok(Trust::Shipped));
        assert_eq!(admit(Source::Environment, hash), Ok(Trust::Shipped));
        assert_eq!(admit(Source::Store, hash), Err(Code::Unmanaged));
        let unknown = Hash::of(b"unknown");
        assert_eq!(admit(Source::Beside, unknown), Err(Code::Unmanaged));
        assert_eq!(admit(Source::PluginDir, unknown), Ok(Trust::Unmanaged));
    }
}
