//! `massgen plugin inspect FILE`.

use std::fmt;
use std::path::Path;

use massgen_plugin::metadata::Metadata;
use serde::Serialize;

use super::row::{Row, Status};
use crate::inspection::inspect;
use crate::load::Loader;
use crate::policy::Policy;
use crate::search::Found;
use crate::source::Source;

/// One file, as closely as it can be looked at without loading it here.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct InspectReport {
    /// Version of this form: 1.
    pub schema: u32,
    /// The file.
    #[serde(flatten)]
    pub row: Row,
    /// All it says of itself, when it passed checks 1 to 9.
    pub metadata: Option<Metadata>,
}

impl InspectReport {
    /// Runs checks 1 to 9 on the file, then 10 to 14 in a child process.
    pub fn new(file: &Path, policy: &Policy, loader: &Loader) -> Self {
        let schema = super::SCHEMA;
        match inspect(&Found::named(file), policy) {
            Err(refusal) => Self {
                schema,
                row: Row::refused(Source::PluginDir, &refusal),
                metadata: None,
            },
            Ok(inspection) => Self {
                schema,
                row: Row::inspected(&inspection).probed(loader.probe(&inspection)),
                metadata: Some(inspection.metadata),
            },
        }
    }

    /// Whether the file can be used; `massgen plugin inspect` exits with 1 when not.
    pub fn is_ok(&self) -> bool {
        self.row.status == Status::Ok
    }
}

impl fmt::Display for InspectReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(metadata) = &self.metadata {
            facts(f, &self.row, metadata)?;
        }
        match self.is_ok() {
            true => writeln!(f, "status       ok"),
            false => write!(f, "{}", self.row.trouble()),
        }
    }
}

fn facts(f: &mut fmt::Formatter<'_>, row: &Row, metadata: &Metadata) -> fmt::Result {
    let manifest = &metadata.manifest;
    let needs = row.needs_minor.unwrap_or_default();
    writeln!(f, "plugin       {} {}", manifest.name, metadata.version)?;
    writeln!(
        f,
        "             {}",
        crate::refusal::one_line(&manifest.description)
    )?;
    writeln!(
        f,
        "licence      {}",
        crate::refusal::one_line(&manifest.license)
    )?;
    for kind in &manifest.types {
        let title = crate::refusal::one_line(&kind.title);
        writeln!(f, "backend      {}  {title}", kind.name)?;
    }
    let capabilities = &manifest.capabilities;
    list(f, "reaches", &capabilities.net)?;
    list(f, "starts", &capabilities.programs)?;
    list(f, "home", &capabilities.home)?;
    let abi = row.abi.as_deref().unwrap_or_default();
    writeln!(
        f,
        "abi          {abi}, needs a host of minor {needs} or newer"
    )?;
    writeln!(f, "file         {}", row.file.display())?;
    if let (Some(hash), Some(trust)) = (row.hash, row.trust) {
        writeln!(f, "sha256       {hash}")?;
        writeln!(f, "trust        {trust}")?;
    }
    Ok(())
}

/// A line for what a plugin asks of the host, when it asks for any.
fn list(f: &mut fmt::Formatter<'_>, name: &str, items: &[String]) -> fmt::Result {
    let items: Vec<_> = items
        .iter()
        .map(|it| crate::refusal::one_line(it))
        .collect();
    match items.as_slice() {
        [] => Ok(()),
        items => writeln!(f, "{name:<12} {}", items.join(", ")),
    }
}
