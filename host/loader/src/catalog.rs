//! Which plugins there are, and which one serves a backend type.
//!
//! Files are inspected when somebody first asks about them; nothing is loaded. A fit file's bytes
//! stay in memory until it is loaded, so that it is read and hashed once; drop the catalog when
//! all that is needed is loaded.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::inspection::{Inspection, inspect};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::search::{Found, SearchPath};
use crate::source::Source;

/// All files of a search path that claim to be plugins.
#[derive(Debug)]
pub struct Catalog {
    folders: Vec<(Source, PathBuf)>,
    entries: Vec<Entry>,
    warnings: Vec<String>,
    policy: Policy,
}

/// One file.
#[derive(Debug)]
pub struct Entry {
    found: Result<Found, Refusal>,
    verdict: OnceLock<Result<Inspection, Refusal>>,
}

impl Entry {
    /// The file.
    pub fn path(&self) -> &Path {
        match &self.found {
            Ok(found) => &found.path,
            Err(refusal) => &refusal.path,
        }
    }

    /// Where it was found.
    pub fn source(&self) -> Source {
        // Only packages of the store can be refused before they are found.
        self.found.as_ref().map_or(Source::Store, |it| it.source)
    }

    fn verdict(&self, policy: &Policy) -> Result<&Inspection, &Refusal> {
        let verdict = self.verdict.get_or_init(|| {
            let found = self.found.as_ref().map_err(Clone::clone)?;
            inspect(found, policy)
        });
        verdict.as_ref()
    }
}

impl Catalog {
    /// Lists the files of a search path. Opens none of them.
    pub fn scan(path: &SearchPath, policy: Policy) -> Self {
        let seen = path.look();
        let entry = |found| Entry {
            found,
            verdict: OnceLock::new(),
        };
        Self {
            folders: path
                .folders()
                .map(|(source, it)| (source, it.to_owned()))
                .collect(),
            entries: seen.found.into_iter().map(entry).collect(),
            warnings: seen.warnings,
            policy,
        }
    }

    /// Every file with the verdict of checks 1 to 9, in search order.
    pub fn entries(&self) -> impl Iterator<Item = (&Entry, Result<&Inspection, &Refusal>)> {
        self.entries.iter().map(|it| (it, it.verdict(&self.policy)))
    }

    /// Folders that were named and cannot be read, one line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The folders that were looked in, in order.
    pub fn folders(&self) -> &[(Source, PathBuf)] {
        &self.folders
    }

    /// The first fit plugin that serves this backend type.
    ///
    /// # Errors
    ///
    /// [`NotFound`], which lists what is there and why each does not fit.
    pub fn find(&self, backend_type: &str) -> Result<&Inspection, NotFound> {
        let found = self.serving(backend_type).next();
        found.ok_or_else(|| self.not_found(backend_type))
    }

    /// Fit plugins that serve this backend type too, and are not used because another comes first.
    pub fn shadowed(&self, backend_type: &str) -> Vec<&Inspection> {
        self.serving(backend_type).skip(1).collect()
    }

    /// One line for each plugin of which a backend type is shadowed, over all types.
    pub fn shadow_warnings(&self) -> Vec<String> {
        let good = || self.entries().filter_map(|(_, verdict)| verdict.ok());
        let line = |loser: &Inspection, name: &str| {
            let winner = self
                .serving(name)
                .next()
                .filter(|it| it.path != loser.path)?;
            Some(shadow_warning(name, winner, loser))
        };
        let types = |it: &Inspection| it.metadata.manifest.types.clone();
        good()
            .flat_map(|it| {
                types(it)
                    .into_iter()
                    .filter_map(move |kind| line(it, &kind.name))
            })
            .collect()
    }

    fn serving<'a, 'b>(
        &'a self,
        backend_type: &'b str,
    ) -> impl Iterator<Item = &'a Inspection> + use<'a, 'b> {
        self.entries()
            .filter_map(|(_, verdict)| verdict.ok())
            .filter(move |it| it.backend_type(backend_type).is_some())
    }

    fn not_found(&self, backend_type: &str) -> NotFound {
        let candidate = |(entry, verdict): (&Entry, Result<&Inspection, &Refusal>)| Candidate {
            path: entry.path().to_owned(),
            why: match verdict {
                Ok(it) => format!("serves {}", types_of(it)),
                Err(refusal) => format!("{}: {}", refusal.code, refusal.what),
            },
        };
        NotFound {
            backend_type: backend_type.to_owned(),
            looked_in: self.folders.iter().map(|(_, path)| path.clone()).collect(),
            candidates: self.entries().map(candidate).collect(),
        }
    }
}

/// The line that names a shadowed plugin.
pub(crate) fn shadow_warning(name: &str, winner: &Inspection, loser: &Inspection) -> String {
    format!(
        "backend type `{name}` of `{}` is not used: `{}` comes first",
        loser.path.display(),
        winner.path.display()
    )
}

/// The backend types of a plugin, for a line of text.
pub(crate) fn types_of(inspection: &Inspection) -> String {
    let types = inspection.metadata.manifest.types.iter();
    types
        .map(|it| it.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A file that was found and does not serve the wanted type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// Why it does not fit: one line.
    pub why: String,
}

/// No fit plugin serves a backend type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// The wanted type.
    pub backend_type: String,
    /// Folders that were looked in, in order.
    pub looked_in: Vec<PathBuf>,
    /// What was found there.
    pub candidates: Vec<Candidate>,
}

impl NotFound {
    /// What the user can do.
    pub fn hint(&self) -> String {
        match self.candidates.is_empty() {
            true => "name the folder that holds the plugin: `--plugin-dir DIR`".into(),
            false => "`massgen plugin list` shows every plugin and what is wrong with it".into(),
        }
    }
}

impl std::error::Error for NotFound {}

impl fmt::Display for NotFound {
    /// One line, then one for each candidate; without candidates, one for each folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no plugin serves backend type `{}`", self.backend_type)?;
        for it in &self.candidates {
            write!(f, "\n  {}: {}", it.path.display(), it.why)?;
        }
        if self.candidates.is_empty() {
            for folder in &self.looked_in {
                write!(f, "\n  nothing in {}", folder.display())?;
            }
        }
        Ok(())
    }
}
