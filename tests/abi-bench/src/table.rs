//! The table for people, and the same as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::rows::Row;

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
pub(crate) fn print(rows: &[Row]) {
    let wide = rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or_default();
    for row in rows {
        let limit = row
            .limit
            .map(|it| format!("limit {it} {}", mark(row.value <= it)));
        let ratio = row
            .ratio
            .map(|(what, ratio)| format!("{ratio:.1} x {what}"));
        let (ratio, limit) = (ratio.unwrap_or_default(), limit.unwrap_or_default());
        println!(
            "{:wide$}  {:>10.2} {:4}  {ratio:28}  {limit}",
            row.name, row.value, row.unit
        );
    }
}

fn mark(kept: bool) -> &'static str {
    if kept { "kept" } else { "EXCEEDED" }
}

pub(crate) fn write(rows: &[Row], out: &Path) -> Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let ratio = row
                .ratio
                .map(|(what, ratio)| json!({ "to": what, "ratio": ratio }));
            json!({
                "name": row.name, "value": row.value, "unit": row.unit,
                "ratio": ratio, "limit": row.limit,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&json!({ "schema": 1, "rows": rows }))?;
    std::fs::write(out, text).with_context(|| format!("cannot write `{}`", out.display()))
}
