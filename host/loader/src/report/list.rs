//! `massgen plugin list [--probe]`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::row::{Row, Status};
use crate::catalog::Catalog;
use crate::load::Loader;
use crate::source::Source;

/// Every file of the search path.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ListReport {
    /// Version of this form: 1.
    pub schema: u32,
    /// The files, in search order.
    pub plugins: Vec<Row>,
    /// Shadowed backend types, and folders that were named and cannot be read.
    pub warnings: Vec<String>,
    /// The folders that were looked in, in order.
    pub looked_in: Vec<(Source, PathBuf)>,
}

impl ListReport {
    /// Checks 1 to 9 of every file, without loading; with `probe`, checks 10 to 14 as well, each
    /// in a child process.
    pub fn new(catalog: &Catalog, probe: Option<&Loader>) -> Self {
        let row = |(entry, verdict): (&crate::Entry, Result<&_, &_>)| match (verdict, probe) {
            (Err(refusal), _) => Row::refused(entry.source(), refusal),
            (Ok(inspection), None) => Row::inspected(inspection),
            (Ok(inspection), Some(loader)) => {
                Row::inspected(inspection).probed(loader.probe(inspection))
            }
        };
        Self {
            schema: super::SCHEMA,
            plugins: catalog.entries().map(row).collect(),
            warnings: [catalog.warnings(), &catalog.shadow_warnings()].concat(),
            looked_in: catalog.folders().to_vec(),
        }
    }

    fn with(&self, status: Status) -> impl Iterator<Item = &Row> {
        self.plugins.iter().filter(move |it| it.status == status)
    }
}

impl fmt::Display for ListReport {
    /// An aligned table of the good files, then the refused ones, then warnings. Plain text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.plugins.is_empty() {
            writeln!(f, "no plugins in")?;
            for (source, folder) in &self.looked_in {
                writeln!(f, "  {}  ({source})", folder.display())?;
            }
        }
        table(f, self.with(Status::Ok).map(cells).collect())?;
        for row in self.with(Status::Refused) {
            write!(f, "\n{}", row.trouble())?;
        }
        for warning in &self.warnings {
            writeln!(f, "\nwarning: {warning}")?;
        }
        Ok(())
    }
}

const HEAD: [&str; 6] = ["TYPE", "PLUGIN", "VERSION", "ABI", "TRUST", "FILE"];

fn cells(row: &Row) -> [String; 6] {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    [
        row.types.join(","),
        text(&row.name),
        text(&row.version),
        text(&row.abi),
        row.trust.map(|it| it.to_string()).unwrap_or_default(),
        row.file.display().to_string(),
    ]
}

fn table(f: &mut fmt::Formatter<'_>, rows: Vec<[String; 6]>) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    let head = HEAD.map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    for row in &rows {
        for (column, cell) in row[..5].iter().enumerate() {
            write!(f, "{cell:width$}  ", width = width(column).unwrap_or(0))?;
        }
        writeln!(f, "{}", row[5])?;
    }
    Ok(())
}
