//! The small store that outlives a run: one file for each plugin.
//!
//! **Invariant.** The file is replaced in one step, under a lock that other processes respect; a
//! reader sees the old or the new entries. Only its owner can open it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Most bytes of one plugin's keys and values.
const SIZE: usize = 1 << 20;
/// Most bytes of a key.
const KEY: usize = 256;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The new entry does not fit.
    #[error("the plugin's store is full: it holds {} KiB", SIZE >> 10)]
    Full,
    /// What is there was not written by us.
    #[error("the plugin's store `{}` cannot be understood; move the file away", .0.display())]
    Damaged(PathBuf),
    /// The file cannot be read or written.
    #[error("the plugin's store `{}`: {source}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The store of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Store {
    file: PathBuf,
}

/// Keys, and values as base64.
type Entries = BTreeMap<String, String>;

impl Store {
    /// The store of this plugin below `folder`. Names of plugins are safe as names of files.
    pub(crate) fn of(folder: &Path, plugin: &str) -> Self {
        Self {
            file: folder.join(format!("{plugin}.json")),
        }
    }

    /// Whether something can be a key, and why not.
    pub(crate) fn check_key(key: &str) -> Result<(), String> {
        match key.len() {
            1..=KEY => Ok(()),
            length => Err(format!("a key has 1 to {KEY} bytes, not {length}")),
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let entries = self.read()?;
        let value = entries.get(key);
        let decode = |text| BASE64_STANDARD.decode(text).map_err(|_| self.damaged());
        value.map(decode).transpose()
    }

    /// Sets a value, or takes it away.
    pub(crate) fn put(&self, key: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        let _lock = self.lock().map_err(|error| self.broken(error))?;
        let mut entries = self.read()?;
        match value {
            Some(value) => entries.insert(key.to_owned(), BASE64_STANDARD.encode(value)),
            None => entries.remove(key),
        };
        if value.is_some() && size(&entries) > SIZE {
            return Err(StoreError::Full);
        }
        self.replace(&entries).map_err(|error| self.broken(error))
    }

    fn read(&self) -> Result<Entries, StoreError> {
        let mut text = Vec::new();
        match File::open(&self.file).and_then(|mut file| file.read_to_end(&mut text)) {
            Ok(_) => serde_json::from_slice(&text).map_err(|_| self.damaged()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Entries::new()),
            Err(error) => Err(self.broken(error)),
        }
    }

    /// Held until it is dropped. A file of its own, since the store's is replaced.
    fn lock(&self) -> io::Result<File> {
        if let Some(folder) = self.file.parent() {
            make_private(folder)?;
        }
        let lock = private().open(self.file.with_extension("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn replace(&self, entries: &Entries) -> io::Result<()> {
        let fresh = self.file.with_extension("new");
        let mut file = private().truncate(true).open(&fresh)?;
        file.write_all(&serde_json::to_vec(entries)?)?;
        file.sync_all()?;
        std::fs::rename(fresh, &self.file)
    }

    fn damaged(&self) -> StoreError {
        StoreError::Damaged(self.file.clone())
    }

    fn broken(&self, source: io::Error) -> StoreError {
        let file = self.file.clone();
        StoreError::File { file, source }
    }
}

/// Bytes of all keys and values; a value's as base64 says them, at most two too many.
fn size(entries: &Entries) -> usize {
    let bytes = |(key, value): (&String, &String)| key.len() + value.len() / 4 * 3;
    entries.iter().map(bytes).sum()
}

/// Opens for writing, makes what is missing, for the owner alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(&folder.path().join("plugins"), "echo");
        (folder, store)
    }

    #[test]
    fn what_was_put_is_there_for_the_next_run() {
        let (folder, store) = store();
        assert_eq!(store.get("k").unwrap(), None);
        store.put("k", Some(b"\0\xff\n")).unwrap();
        store.put("other", Some(b"")).unwrap();
        let again = Store::of(&folder.path().join("plugins"), "echo");
        assert_eq!(again.get("k").unwrap(), Some(b"\0\xff\n".to_vec()));
        assert_eq!(again.get("other").unwrap(), Some(Vec::new()));
        again.put("k", None).unwrap();
        assert_eq!(store.get("k").unwrap(), None);
        let other = Store::of(&folder.path().join("plugins"), "minimal");
        assert_eq!(other.get("other").unwrap(), None);
    }

    #[test]
    fn a_full_store_keeps_what_it_has_and_can_be_emptied() {
        let (_folder, store) = store();
        store.put("half", Some(&vec![1; SIZE / 2])).unwrap();
        let refused = store.put("more", Some(&vec![1; SIZE / 2]));
        assert!(matches!(refused, Err(StoreError::Full)));
        assert_eq!(store.get("more").unwrap(), None);
        assert_eq!(store.get("half").unwrap().unwrap().len(), SIZE / 2);
        store.put("half", None).unwrap();
        store.put("more", Some(&vec![1; SIZE / 2])).unwrap();
    }

    #[test]
    fn what_we_did_not_write_is_left_alone() {
        let (_folder, store) = store();
        store.put("k", Some(b"v")).unwrap();
        std::fs::write(&store.file, "{ not ours").unwrap();
        assert!(matches!(store.get("k"), Err(StoreError::Damaged(_))));
        let refused = store.put("k", Some(b"w"));
        assert!(matches!(refused, Err(StoreError::Damaged(_))));
        assert_eq!(std::fs::read_to_string(&store.file).unwrap(), "{ not ours");
    }

    #[test]
    fn puts_at_the_same_time_lose_nothing() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            for at in 0..8 {
                let store = &store;
                scope.spawn(move || store.put(&at.to_string(), Some(b"v")).unwrap());
            }
        });
        let kept = (0..8).filter(|at| store.get(&at.to_string()).unwrap().is_some());
        assert_eq!(kept.count(), 8);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_open_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, store) = store();
        store.put("k", Some(b"v")).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&store.file), 0o600);
        assert_eq!(mode(store.file.parent().unwrap()), 0o700);
    }
}
