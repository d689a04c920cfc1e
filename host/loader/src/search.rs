//! The search path: which files claim to be plugins, in the order in which they count.
//!
//! Listing touches names only; nothing is opened here but the `plugin.toml` of installed packages.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::file;
use crate::package::Package;
use crate::platform;
use crate::refusal::Refusal;
use crate::source::Source;

/// A file that claims to be a plugin.
#[derive(Debug, Clone)]
pub struct Found {
    /// Absolute, its folder resolved.
    pub path: PathBuf,
    /// Where it was found.
    pub source: Source,
    pub(crate) package: Option<Package>,
}

impl Found {
    /// A file that the user named. A relative path counts from the current folder.
    pub fn named(path: &Path) -> Self {
        Self {
            path: file::resolve(path).unwrap_or_else(|_| path.to_owned()),
            source: Source::PluginDir,
            package: None,
        }
    }
}

/// Folders to look for plugins in, in order; the first that serves a backend type wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPath {
    folders: Vec<(Source, PathBuf)>,
}

/// What a search saw.
pub(crate) struct Seen {
    /// In search order; an unreadable package stands as its refusal.
    pub(crate) found: Vec<Result<Found, Refusal>>,
    /// Folders that the user named and that cannot be read.
    pub(crate) warnings: Vec<String>,
}

impl SearchPath {
    /// Each folder of `plugin_dirs`, those of `MASSGEN_PLUGIN_DIR`, the installed store, and the
    /// folder `plugins` beside the program.
    pub fn new(plugin_dirs: &[PathBuf], environment: &Environment) -> Self {
        let named = plugin_dirs.iter().cloned();
        let variable = environment
            .plugin_dir
            .iter()
            .flat_map(std::env::split_paths);
        let folders = named
            .map(|it| (Source::PluginDir, it))
            .chain(variable.map(|it| (Source::Environment, it)))
            .chain(environment.store().map(|it| (Source::Store, it)))
            .chain(environment.beside().map(|it| (Source::Beside, it)))
            .filter(|(_, folder)| !folder.as_os_str().is_empty())
            .collect();
        Self { folders }
    }

    /// The folders, in search order.
    pub fn folders(&self) -> impl Iterator<Item = (Source, &Path)> {
        self.folders
            .iter()
            .map(|(source, path)| (*source, path.as_path()))
    }

    /// All files that claim to be plugins. A file that two folders lead to counts once.
    pub(crate) fn look(&self) -> Seen {
        let mut seen = Seen {
            found: Vec::new(),
            warnings: Vec::new(),
        };
        for (source, folder) in self.folders() {
            let found = match source {
                Source::Store => Ok(packages(folder)),
                _ => libraries(folder, source),
            };
            match found {
                Ok(found) => seen.found.extend(found),
                Err(error) => seen.warnings.extend(complaint(source, folder, &error)),
            }
        }
        let mut known = HashSet::new();
        seen.found.retain(|it| known.insert(path_of(it).to_owned()));
        seen
    }
}

fn path_of(found: &Result<Found, Refusal>) -> &Path {
    match found {
        Ok(found) => &found.path,
        Err(refusal) => &refusal.path,
    }
}

/// Only a folder that somebody named has to be there.
fn complaint(source: Source, folder: &Path, error: &io::Error) -> Option<String> {
    let is_named = matches!(source, Source::PluginDir | Source::Environment);
    is_named.then(|| format!("{source}: cannot read `{}`: {error}", folder.display()))
}

/// Bare libraries of one folder, by name.
fn libraries(folder: &Path, source: Source) -> io::Result<Vec<Result<Found, Refusal>>> {
    let folder = folder.canonicalize()?;
    let is_plugin = |path: &PathBuf| {
        let name = path.file_name().and_then(|it| it.to_str());
        name.is_some_and(platform::is_plugin_name)
    };
    let paths = entries(&folder)?.into_iter().filter(is_plugin);
    let found = |path| {
        Ok(Found {
            path,
            source,
            package: None,
        })
    };
    Ok(paths.map(found).collect())
}

/// Installed packages: `<owner>/<name>/<version>/plugin.toml`, the newest version first.
fn packages(store: &Path) -> Vec<Result<Found, Refusal>> {
    let mut names = vec![store.canonicalize().unwrap_or_else(|_| store.to_owned())];
    for _ in ["owner", "name"] {
        names = names
            .iter()
            .flat_map(|it| entries(it).unwrap_or_default())
            .collect();
    }
    names.iter().flat_map(|name| versions(name)).collect()
}

fn versions(name: &Path) -> Vec<Result<Found, Refusal>> {
    let mut folders = entries(name).unwrap_or_default();
    folders.retain(|it| it.join(Package::FILE).is_file());
    folders.sort_by_cached_key(|it| std::cmp::Reverse(version_of(it)));
    folders.iter().map(|it| package(it)).collect()
}

/// Folders that are no version come last.
fn version_of(folder: &Path) -> Option<semver::Version> {
    semver::Version::parse(folder.file_name()?.to_str()?).ok()
}

fn package(folder: &Path) -> Result<Found, Refusal> {
    let package = Package::read(folder)?;
    let path = folder.join(&package.library);
    Ok(Found {
        path: file::resolve(&path).unwrap_or(path),
        source: Source::Store,
        package: Some(package),
    })
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|it| it.path())
        .collect();
    paths.sort();
    Ok(paths)
}
