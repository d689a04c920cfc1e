//! Checks 10 to 14: from an inspected file to a running library, once per process and hash.
//!
//! **Invariant:** in the host's own process nothing is loaded whose hash has not passed the probe
//! of this version of the host, and around every load stands a crash marker.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use massgen_plugin::abi::host::{Mismatch, Root};
use massgen_plugin::metadata::{ABI_MINOR, AbiWords, BackendType, Metadata};

use crate::environment::Environment;
use crate::hash::Hash;
use crate::inspection::Inspection;
use crate::markers::{Marker, Markers};
use crate::notes::Notes;
use crate::probe::Prober;
use crate::refusal::{Code, Refusal};
use crate::sealed;
use crate::source::{Source, Trust};

/// Libraries of this process. They are never closed, so they are never forgotten.
static LOADED: Mutex<BTreeMap<Hash, Arc<Loaded>>> = Mutex::new(BTreeMap::new());

/// A library that runs in this process.
pub struct Loaded {
    /// Its root module.
    pub root: Root,
    /// What it says of itself.
    pub metadata: Metadata,
    /// Its versions of the contract.
    pub words: AbiWords,
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// The file it was loaded from.
    pub path: PathBuf,
    /// Where that was found.
    pub source: Source,
    /// Who vouches for it.
    pub trust: Trust,
    /// How many libraries of this plugin's name this process has loaded, this one included.
    pub generation: usize,
    markers: Option<Markers>,
    has_stepped: AtomicBool,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("path", &self.path)
            .field("hash", &self.hash)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl Loaded {
    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.metadata.manifest.name
    }

    /// The backend type of this name, when the plugin serves it.
    pub fn backend_type(&self, name: &str) -> Option<&BackendType> {
        self.metadata.backend_type(name)
    }

    /// The crash marker for the library's first `step` in this process; `None` for every later
    /// one. Drop it when the step has returned, or when the host has given it up: only a process
    /// that ends in between leaves a crash behind.
    pub fn first_step_guard(&self) -> Option<Marker> {
        if self.has_stepped.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.markers.as_ref()?.set(self.hash, &self.path)
    }
}

/// Loads inspected files.
#[derive(Debug, Clone)]
pub struct Loader {
    notes: Option<Notes>,
    prober: Prober,
}

impl Loader {
    /// A loader that keeps its notes in this user's state folder.
    pub fn new(environment: &Environment, prober: Prober) -> Self {
        Self {
            notes: Notes::new(environment),
            prober,
        }
    }

    /// Runs checks 10 to 14. A library that this process has loaded already is given out again.
    ///
    /// # Errors
    ///
    /// The refusal of the first check that fails. After one of checks 12 to 14 the library stays
    /// in memory, unused: closing it is not possible.
    pub fn load(&self, inspection: &Inspection) -> Result<Arc<Loaded>, Refusal> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(&inspection.hash) {
            return Ok(Arc::clone(known));
        }
        if !self.is_probed(inspection.hash) {
            self.probe(inspection)?;
        }
        let markers = self.notes.as_ref().map(Notes::markers);
        let marker = markers
            .as_ref()
            .and_then(|it| it.set(inspection.hash, &inspection.path));
        let root = open(inspection, self.notes.as_ref()).map_err(|it| self.keep_report(it))?;
        drop(marker);
        let name = &inspection.metadata.manifest.name;
        let before = loaded.values().filter(|it| it.name() == name).count();
        let new = Arc::new(Loaded {
            root,
            metadata: inspection.metadata.clone(),
            words: inspection.words,
            hash: inspection.hash,
            path: inspection.path.clone(),
            source: inspection.source,
            trust: inspection.trust,
            generation: before + 1,
            markers,
            has_stepped: AtomicBool::new(false),
        });
        loaded.insert(inspection.hash, Arc::clone(&new));
        Ok(new)
    }

    /// Runs checks 10 to 14 in a child process, whether or not it was done before. Nothing of the
    /// library runs in this one.
    ///
    /// # Errors
    ///
    /// The child's refusal; [`Code::Probe`] when the child crashed, hung or spoke nonsense.
    pub fn probe(&self, inspection: &Inspection) -> Result<(), Refusal> {
        self.prober
            .probe(inspection)
            .map_err(|refusal| self.keep_report(refusal))?;
        if let Some(notes) = &self.notes {
            notes.note_probed(inspection.hash, &inspection.path);
        }
        Ok(())
    }

    /// Runs checks 10 to 14 in a child process, which then serves the library. Nothing of it runs
    /// in this one.
    ///
    /// # Errors
    ///
    /// As [`probe`](Self::probe).
    pub fn isolate(&self, inspection: &Inspection) -> Result<isolation::Plugin, Refusal> {
        let isolated = self.prober.isolate(inspection);
        isolated.map_err(|refusal| self.keep_report(refusal))
    }

    fn is_probed(&self, hash: Hash) -> bool {
        self.notes.as_ref().is_some_and(|it| it.is_probed(hash))
    }

    /// Files a refusal's long text and says where it is.
    fn keep_report(&self, mut refusal: Refusal) -> Refusal {
        let file = refusal
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let name = format!("{file}.txt");
        let notes = self.notes.as_ref();
        let kept = refusal
            .report
            .as_ref()
            .and_then(|text| notes?.keep_report(&name, text));
        if let Some(path) = kept {
            refusal.hint = format!("{}; all differences: {}", refusal.hint, path.display());
        }
        refusal
    }
}

/// Checks 11 to 14, in this process.
pub(crate) fn open(inspection: &Inspection, notes: Option<&Notes>) -> Result<Root, Refusal> {
    let refuse = |what: String| {
        let hint = "rebuild the plugin, or remove it from the plugin folder";
        Refusal::new(Code::Load, &inspection.path, what, hint)
    };
    let bytes = inspection.take_bytes()?;
    let name = &inspection.metadata.manifest.name;
    let copies = notes.map(Notes::copies);
    let library = sealed::load(name, inspection.hash, &bytes, copies.as_deref())
        .map_err(|error| refuse(format!("the system cannot load it: {error}")))?;
    let header = library
        .header()
        .map_err(|error| refuse(format!("it has no root module: {}", sealed::reason(&error))))?;
    let is_older = inspection.words.minor < ABI_MINOR;
    let root = Root::check(header, is_older).map_err(|it| mismatch(inspection, it))?;
    if root.describe() != inspection.text {
        return Err(refuse(
            "it describes itself differently than its file does".into(),
        ));
    }
    Ok(root)
}

fn mismatch(inspection: &Inspection, mismatch: Mismatch) -> Refusal {
    let rebuild = "its author must rebuild it with an unchanged massgen-plugin";
    let refuse = |code, what: String| Refusal::new(code, &inspection.path, what, rebuild);
    match mismatch {
        Mismatch::Header(_) => {
            let what =
                "its header is not the one of this ABI: it was built with another abi_stable";
            refuse(Code::Abi, what.into())
        }
        Mismatch::NoLayout => refuse(Code::Layout, "it carries no layout to check".into()),
        Mismatch::Init(what) => refuse(Code::Load, format!("its root module failed: {what}")),
        Mismatch::Layout { line, report } => {
            let what = format!(
                "claims ABI {} with another layout: {line}",
                inspection.abi()
            );
            Refusal {
                report: Some(report),
                ..refuse(Code::Layout, what)
            }
        }
    }
}

#[cfg(test)]
mod tests;
