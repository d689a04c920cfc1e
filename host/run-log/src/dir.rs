//! The directory of one run: its making, its places and how it is found again.

use std::path::{Component, Path, PathBuf};

use events::Paths;

use crate::{LogError, private};

const EVENTS: &str = "events.jsonl";

/// A run's own directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
    /// Folders above it that were made for it, the deepest first.
    made: Vec<PathBuf>,
}

impl RunDir {
    /// Name of the folder of recorded model calls.
    pub const CASSETTES: &'static str = "cassettes";

    /// Makes a new directory in `base` (by default `./massgen_logs`), which is made if missing.
    ///
    /// Its name is `log_` with local date, time and microseconds, and four random characters. It
    /// is made in one step, so two runs never share one; on Unix only its owner may enter it.
    ///
    /// # Errors
    /// [`LogError::Create`].
    pub fn create(base: &Path) -> Result<Self, LogError> {
        let failed = |source| LogError::Create {
            base: base.to_owned(),
            source,
        };
        let base = std::path::absolute(base).map_err(failed)?;
        let made = missing(&base);
        std::fs::create_dir_all(&base).map_err(failed)?;
        let now = jiff::Zoned::now()
            .strftime("log_%Y%m%d_%H%M%S_%6f_")
            .to_string();
        let mut name = tempfile::Builder::new();
        name.prefix(&now).rand_bytes(4);
        private::for_owner_only(&mut name);
        let path = name.tempdir_in(base).map_err(failed)?.keep();
        Ok(Self { path, made })
    }

    /// Takes away the directory of a run that never began, and the folders that
    /// [`create`](Self::create) made above it. What has something in it stays.
    pub fn discard(self) {
        let folders = std::iter::once(self.path).chain(self.made);
        // Whatever cannot be removed is in use.
        folders.for_each(|it| drop(std::fs::remove_dir(it)));
    }

    /// The directory, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The event log.
    pub fn events(&self) -> PathBuf {
        self.path.join(EVENTS)
    }

    /// The host's own log (tracing).
    pub fn tracing(&self) -> PathBuf {
        self.path.join("massgen.log")
    }

    /// The folder of recorded model calls.
    pub fn cassettes(&self) -> PathBuf {
        self.path.join(Self::CASSETTES)
    }

    /// The same for reports and events.
    pub fn paths(&self) -> Paths {
        Paths {
            log_dir: self.path.display().to_string(),
            events: self.events().display().to_string(),
        }
    }
}

/// This folder and those above it that are not there, the deepest first.
fn missing(folder: &Path) -> Vec<PathBuf> {
    let missing = folder.ancestors().take_while(|it| !it.exists());
    missing.map(Path::to_owned).collect()
}

/// The directory of a run that a user names: a directory, or its name in `base`.
///
/// # Errors
/// [`LogError::NoRun`] if neither holds an event log.
pub fn find_run(base: &Path, name_or_dir: &str) -> Result<PathBuf, LogError> {
    let given = PathBuf::from(name_or_dir);
    let mut parts = given.components();
    let is_name = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    let named = is_name.then(|| base.join(&given));
    let candidates = [Some(given), named];
    let mut candidates = candidates.into_iter().flatten();
    candidates
        .find(|dir| dir.join(EVENTS).is_file())
        .ok_or_else(|| LogError::NoRun {
            run: name_or_dir.to_owned(),
            base: base.to_owned(),
        })
}

/// The event log in a run's directory.
pub(crate) fn events_in(dir: &Path) -> PathBuf {
    dir.join(EVENTS)
}
