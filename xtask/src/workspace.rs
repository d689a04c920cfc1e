//! The workspace as cargo sees it: packages, root, target folder. Read once per command.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package, Target, TargetKind};

/// What `cargo metadata --no-deps` says.
pub(crate) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// Asks cargo, from this crate's own folder: the command may be started anywhere below.
    pub(crate) fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut command = MetadataCommand::new();
        let metadata = command.manifest_path(manifest).no_deps().exec();
        Ok(Self {
            metadata: metadata.context("cannot read the workspace")?,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Where cargo builds to; `CARGO_TARGET_DIR` and cargo's configuration are honoured.
    pub(crate) fn target(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    pub(crate) fn dist(&self) -> PathBuf {
        self.root().join("dist")
    }

    pub(crate) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.metadata.packages.iter()
    }

    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages().find(|it| it.name.as_str() == name)
    }

    /// Packages of one folder of the root that build a shared library, with that target.
    pub(crate) fn libraries(&self, folder: &str) -> Vec<(&Package, &Target)> {
        let inside = move |it: &&Package| self.folder_of(it).starts_with(folder);
        let with_library = |it| Some((it, shared_library(it)?));
        self.packages()
            .filter(inside)
            .filter_map(with_library)
            .collect()
    }

    /// Folder of a package, relative to the root.
    pub(crate) fn folder_of<'a>(&'a self, package: &'a Package) -> &'a Path {
        let manifest = package.manifest_path.as_std_path();
        let folder = manifest.parent().unwrap_or(manifest);
        folder.strip_prefix(self.root()).unwrap_or(folder)
    }
}

fn shared_library(package: &Package) -> Option<&Target> {
    package
        .targets
        .iter()
        .find(|it| it.kind.contains(&TargetKind::CDyLib))
}
