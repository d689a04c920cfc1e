//! `massgen plugin test`: whoever keeps the rules passes, and each rule that is broken is named.

use std::path::Path;

use it::{Massgen, fixture_folder, plugin_folder};
use serde_json::{Value, json};

/// Each misbehaviour of the rude plugin, and the rules that it breaks.
const RUDE: [(&str, &[&str]); 36] = [
    ("decent", &[]),
    ("panic_in_create", &["create"]),
    ("panic_in_open", &["open"]),
    ("panic_in_step", &["no-panic"]),
    ("panic_in_drop", &["drop"]),
    ("garbage_kinds", &["form"]),
    ("repeat_ticket", &["tickets"]),
    ("zero_ticket", &["tickets"]),
    ("never_ends", &["ends"]),
    ("endless_loop", &["returns"]),
    ("flood", &["limits"]),
    ("too_many_ops", &["limits"]),
    ("huge_payload", &["limits"]),
    ("after_done", &["one-end"]),
    ("two_dones", &["one-end"]),
    ("no_done", &["one-end"]),
    ("slow_step", &["step-time"]),
    ("print", &["silent"]),
    ("open_file", &["no-io"]),
    ("open_socket", &["no-io"]),
    ("start_thread", &["no-io"]),
    ("start_program", &["no-io"]),
    ("abort", &["no-panic"]),
    ("exit", &["no-panic"]),
    ("overflow", &["no-panic"]),
    ("panic_on_unknown", &["unknown-events"]),
    ("panic_when_refused", &["refusals"]),
    ("accept_anything", &["requires"]),
    ("mix", &["interleaved"]),
    ("leak", &["cancel", "abandoned", "steady"]),
    ("slow_drop", &["drop"]),
    ("usage_twice", &["usage"]),
    ("same_ids", &["tool-ids"]),
    ("list_arguments", &["arguments"]),
    ("tell_key", &["secrets"]),
    (
        "deaf",
        &[
            "fault-401",
            "fault-403",
            "fault-429",
            "fault-429-after",
            "fault-500",
            "fault-529",
            "fault-json",
            "fault-empty",
            "fault-cut",
        ],
    ),
];

fn library(folder: &Path, name: &str) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let file = folder.join(format!("{DLL_PREFIX}massgen_backend_{name}{DLL_SUFFIX}"));
    file.to_string_lossy().into_owned()
}

/// The broken rules of a report.
fn broken(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let lines = report["lines"].as_array().unwrap();
    let failed = lines.iter().filter(|it| it["verdict"] == "failed");
    failed
        .map(|it| it["rule"].as_str().unwrap().to_owned())
        .collect()
}

fn rude(misbehave: &str, code: i32) -> Vec<String> {
    let file = library(&fixture_folder("good"), "rude");
    let options = json!({ "misbehave": misbehave });
    let config = json!({ "backend_type": "rude", "model": "rude-1", "options": options });
    let massgen = Massgen::bare().file("rude.json", &config.to_string());
    let arguments = ["plugin", "test", &file, "--config", "rude.json", "--json"];
    broken(&massgen.args(&arguments).finish().expect(code).stdout)
}

#[test]
fn each_misbehaviour_breaks_its_rules_and_no_other() {
    for (misbehave, rules) in RUDE {
        let code = if rules.is_empty() { 0 } else { 6 };
        assert_eq!(rude(misbehave, code), rules, "{misbehave}");
    }
}

/// Whether the meter or the clock speaks first is the machine's mood.
#[test]
fn a_plugin_that_allocates_without_end_is_stopped() {
    let rules = rude("allocate", 6);
    assert!(
        rules == ["memory"] || rules == ["returns"],
        "it breaks {rules:?}"
    );
}

#[test]
fn the_least_plugin_passes() {
    let file = library(&fixture_folder("good"), "minimal");
    let finished = Massgen::bare().args(&["plugin", "test", &file]).finish();
    let finished = finished.expect(0);
    assert!(
        finished.stdout.contains("ok       no-io"),
        "the filter was not tried\n{finished}"
    );
}

/// Every library that `cargo xtask plugins` laid down, with the transcripts beside it.
#[test]
fn every_shipped_plugin_passes() {
    let mut tested = 0;
    for entry in std::fs::read_dir(plugin_folder()).unwrap().flatten() {
        if !entry.file_type().unwrap().is_file() {
            continue;
        }
        let file = entry.path().to_string_lossy().into_owned();
        let finished = Massgen::bare()
            .args(&["plugin", "test", &file, "--json"])
            .finish();
        let finished = finished.expect(0);
        let report: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert!(
            report["transcripts"].as_u64().unwrap() > 0,
            "`{file}` has no transcripts"
        );
        tested += 1;
    }
    assert!(tested > 1, "no plugins were built");
}
