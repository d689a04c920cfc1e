//! One plugin file as a row.

use std::path::PathBuf;

use serde::Serialize;

use crate::hash::Hash;
use crate::inspection::Inspection;
use crate::refusal::{Code, Refusal};
use crate::source::{Source, Trust};

/// Whether a file can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It passed all checks that were run.
    Ok,
    /// It is not loaded.
    Refused,
}

/// One file. What a refused file says of itself is absent unless it passed checks 1 to 9.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The plugin's name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Version of the contract it was built with, for example `1.1`.
    pub abi: Option<String>,
    /// Lowest minor that a host must have.
    pub needs_minor: Option<u32>,
    /// Backend types it serves.
    pub types: Vec<String>,
    /// The file.
    pub file: PathBuf,
    /// Where it was found.
    pub source: Source,
    /// Who vouches for it.
    pub trust: Option<Trust>,
    /// SHA-256 of the file.
    pub hash: Option<Hash>,
    /// Whether it can be used.
    pub status: Status,
    /// Whether it was loaded in a child process (checks 10 to 14).
    pub probed: bool,
    /// The code of the check that refused.
    pub code: Option<Code>,
    /// What is wrong: one line.
    pub problem: Option<String>,
    /// What to do about it: one line.
    pub hint: Option<String>,
}

impl Row {
    pub(super) fn refused(source: Source, refusal: &Refusal) -> Self {
        Self {
            name: None,
            version: None,
            abi: None,
            needs_minor: None,
            types: Vec::new(),
            file: refusal.path.clone(),
            source,
            trust: None,
            hash: None,
            status: Status::Refused,
            probed: false,
            code: Some(refusal.code),
            problem: Some(refusal.what.clone()),
            hint: Some(refusal.hint.clone()),
        }
    }

    pub(super) fn inspected(inspection: &Inspection) -> Self {
        let manifest = &inspection.metadata.manifest;
        Self {
            name: Some(manifest.name.clone()),
            version: Some(inspection.metadata.version.clone()),
            abi: Some(inspection.abi()),
            needs_minor: Some(inspection.words.needs_minor),
            types: manifest.types.iter().map(|it| it.name.clone()).collect(),
            file: inspection.path.clone(),
            source: inspection.source,
            trust: Some(inspection.trust),
            hash: Some(inspection.hash),
            status: Status::Ok,
            probed: false,
            code: None,
            problem: None,
            hint: None,
        }
    }

    /// The same file after it was probed.
    pub(super) fn probed(self, outcome: Result<(), Refusal>) -> Self {
        let row = Self {
            probed: true,
            ..self
        };
        match outcome {
            Ok(()) => row,
            Err(refusal) => Self {
                status: Status::Refused,
                code: Some(refusal.code),
                problem: Some(refusal.what),
                hint: Some(refusal.hint),
                ..row
            },
        }
    }

    /// What is wrong and what to do, as two lines.
    pub(super) fn trouble(&self) -> String {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        let code = self.code.map(Code::as_str).unwrap_or_default();
        format!(
            "{code}  {}: {}\n    hint: {}\n",
            self.file.display(),
            text(&self.problem),
            text(&self.hint)
        )
    }
}
