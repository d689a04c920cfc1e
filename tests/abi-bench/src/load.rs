//! Finding, loading and weighing libraries.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use anyhow::{Context, Result};
use loader::{Environment, Found, Inspection, Loaded, Loader, Policy, Prober, inspect};
use massgen_plugin::abi::host::Root;

use crate::rows::Row;
use crate::stopwatch::{ROUNDS, median};

/// Backend libraries of a folder, by name.
pub(crate) fn libraries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("`{}`", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
    paths.retain(|it| {
        it.extension()
            .is_some_and(|end| end == std::env::consts::DLL_EXTENSION)
    });
    paths.sort();
    anyhow::ensure!(!paths.is_empty(), "no plugin in `{}`", folder.display());
    Ok(paths)
}

/// The library of this name in a folder.
pub(crate) fn library(folder: &Path, name: &str) -> PathBuf {
    let (start, end) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    folder.join(format!("{start}massgen_backend_{name}{end}"))
}

/// Loads a library without the first probe, as every load but a file's very first one is.
pub(crate) fn load(path: &Path) -> Result<Root> {
    probe(path)?;
    Ok(open(&look(path)?)?.root)
}

/// The same in a child.
pub(crate) fn isolate(path: &Path) -> Result<isolation::Plugin> {
    Ok(LOADER.isolate(&look(path)?)?)
}

fn look(path: &Path) -> Result<Inspection> {
    Ok(inspect(&Found::named(path), &Policy::default())?)
}

/// Loads what was inspected. The probe runs before, outside of any timing.
fn open(inspection: &Inspection) -> Result<Arc<Loaded>> {
    Ok(LOADER.load(inspection)?)
}

/// One loader for the whole run, with a folder of its own for its notes.
static LOADER: LazyLock<Loader> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("massgen-abi-bench-{}", std::process::id()));
    let environment = Environment {
        state_home: Some(folder),
        ..Environment::default()
    };
    Loader::new(
        &environment,
        Prober::new(std::env::current_exe().unwrap_or_default()),
    )
});

/// Takes the notes away again.
pub(crate) fn clean_up() {
    let folder = std::env::temp_dir().join(format!("massgen-abi-bench-{}", std::process::id()));
    drop(std::fs::remove_dir_all(folder));
}

/// Has the file probed, as the first run with it does.
fn probe(path: &Path) -> Result<()> {
    Ok(LOADER.probe(&look(path)?)?)
}

/// Sizes of the libraries as they are shipped.
pub(crate) fn sizes(translators: &[PathBuf]) -> Result<Vec<Row>> {
    let row = |path: &PathBuf| {
        let bytes = std::fs::metadata(path)?.len() as f64;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Row::new(format!("size of {name}"), bytes / 1e6, "MB").limit(1.0))
    };
    translators.iter().map(row).collect()
}

/// Cold: a library this process has never seen, all checks but the probe. Warm: seen before.
pub(crate) fn rows(translators: &[PathBuf]) -> Result<Vec<Row>> {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let fresh = unlike_any_other(&translators[0], round)?;
        probe(fresh.path())?;
        cold.push(timed(fresh.path())?);
        warm.push(timed(fresh.path())?);
    }
    let (cold, warm) = (median(cold), median(warm));
    Ok(vec![
        Row::new("load, cold, without the first probe", cold, "ms").limit(5.0),
        Row::new("load, warm", warm, "ms").against("cold load", cold),
    ])
}

fn timed(path: &Path) -> Result<f64> {
    let began = Instant::now();
    open(&look(path)?)?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// A copy with another hash: bytes after the end of an object file mean nothing.
fn unlike_any_other(library: &Path, round: usize) -> Result<tempfile::NamedTempFile> {
    let mut bytes = std::fs::read(library)?;
    bytes.extend_from_slice(format!("round {round}").as_bytes());
    let mut file = tempfile::NamedTempFile::new()?;
    std::io::Write::write_all(&mut file, &bytes)?;
    Ok(file)
}
