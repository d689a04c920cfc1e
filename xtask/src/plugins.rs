//! `cargo xtask plugins`: builds every backend plugin and lays the libraries in one folder.
//!
//! Cargo does not rebuild a shared library for the test or the host that loads it, so everything
//! that loads plugins comes through here first.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{place, platform, shell};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build with optimisation, into `dist/plugins`
    #[arg(long)]
    release: bool,
    /// Folder to lay the libraries in [default: `target/plugins`, with --release `dist/plugins`]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let profile = if args.release {
        Profile::Release
    } else {
        Profile::Dev
    };
    build(&workspace, profile, "plugins")?;
    let folder = args
        .dir
        .clone()
        .unwrap_or_else(|| profile.plugin_folder(&workspace));
    let laid = lay(&workspace, profile, &folder)?;
    println!("{} plugins in {}", laid.len(), folder.display());
    Ok(())
}

/// The profile in which plugins are shipped: smaller than the host's, see `Cargo.toml`.
const RELEASE_PROFILE: &str = "plugin";

/// Folder of transcripts, in a plugin's crate and beside the libraries.
const TRANSCRIPTS: &str = "transcripts";

/// Which of cargo's profiles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// Cargo's folder for it, under the target folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => RELEASE_PROFILE,
        }
    }

    fn plugin_folder(self, workspace: &Workspace) -> PathBuf {
        match self {
            Self::Dev => workspace.target().join("plugins"),
            Self::Release => workspace.dist().join("plugins"),
        }
    }
}

fn build(workspace: &Workspace, profile: Profile, shelf: &str) -> Result<()> {
    let mut cargo = shell::cargo();
    cargo.arg("build").current_dir(workspace.root());
    if profile == Profile::Release {
        cargo.args(["--profile", RELEASE_PROFILE]);
    }
    for (package, _) in workspace.libraries(shelf) {
        cargo.args(["--package", package.name.as_str()]);
    }
    shell::run(&mut cargo)
}

/// Release build of the plugins that only tests and benches use; returns their folder.
pub(crate) fn test_release(workspace: &Workspace) -> Result<PathBuf> {
    build(workspace, Profile::Release, "tests/plugins")?;
    Ok(workspace.target().join(RELEASE_PROFILE))
}

/// Release build into `dist/plugins`; returns the files.
pub(crate) fn release(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    release_into(workspace, &Profile::Release.plugin_folder(workspace))
}

/// Release build into any folder; returns the files.
pub(crate) fn release_into(workspace: &Workspace, folder: &Path) -> Result<Vec<PathBuf>> {
    build(workspace, Profile::Release, "plugins")?;
    lay(workspace, Profile::Release, folder)
}

/// Lays what a dev build of the workspace has built into `target/plugins`.
pub(crate) fn lay_dev(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    lay(
        workspace,
        Profile::Dev,
        &Profile::Dev.plugin_folder(workspace),
    )
}

fn lay(workspace: &Workspace, profile: Profile, folder: &Path) -> Result<Vec<PathBuf>> {
    let built = workspace.target().join(profile.folder());
    let mut laid = Vec::new();
    let transcripts = folder.join(TRANSCRIPTS);
    if transcripts.exists() {
        fs::remove_dir_all(&transcripts).context("cannot replace the transcripts")?;
    }
    for (package, library) in workspace.libraries("plugins") {
        let file = platform::library_file(&library.name);
        place::copy(&built.join(&file), &folder.join(&file))?;
        laid.push(folder.join(file));
        let cases = workspace.root().join(workspace.folder_of(package));
        lay_transcripts(
            &cases.join(TRANSCRIPTS),
            &transcripts.join(package.name.as_str()),
        )?;
    }
    remove_others(folder, &laid)?;
    Ok(laid)
}

/// Copies the cases of one plugin, for `massgen plugin test`.
fn lay_transcripts(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    for case in fs::read_dir(from)?
        .flatten()
        .filter(|it| it.path().is_dir())
    {
        for file in fs::read_dir(case.path())?.flatten() {
            place::copy(
                &file.path(),
                &to.join(case.file_name()).join(file.file_name()),
            )?;
        }
    }
    Ok(())
}

/// A plugin that left the workspace must not go on being loaded.
fn remove_others(folder: &Path, keep: &[PathBuf]) -> Result<()> {
    let said = || format!("cannot tidy `{}`", folder.display());
    for entry in fs::read_dir(folder).with_context(said)? {
        let entry = entry.with_context(said)?;
        let is_backend = platform::is_backend_file(&entry.file_name().to_string_lossy());
        if is_backend && !keep.contains(&entry.path()) {
            fs::remove_file(entry.path()).with_context(said)?;
        }
    }
    Ok(())
}
