//! `massgen plugin test`: whoever keeps the rules passes, and each rule that is broken is named.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

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

/// Longest time for all rules of one library, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

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
    let massgen = Massgen::bare()
        .file("rude.json", &config.to_string())
        .within(PATIENCE);
    let arguments = ["plugin", "test", &file, "--config", "rude.json", "--json"];
    broken(&massgen.args(&arguments).finish().expect(code).stdout)
}

/// How many libraries are tested at the same time.
const AT_ONCE: usize = 4;

/// Checks all, some at the same time, and fails when one of them does.
fn check_all<T: Sync>(all: &[T], check: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let worker = || {
        while let Some(it) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            check(it);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(worker);
        }
    });
}

#[test]
fn each_misbehaviour_breaks_its_rules_and_no_other() {
    check_all(&RUDE, |(misbehave, rules)| {
        let code = if rules.is_empty() { 0 } else { 6 };
        assert_eq!(rude(misbehave, code), *rules, "{misbehave}");
    });
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

/// The plugins that documentation shows, with nothing but the question that the kit makes up.
#[test]
fn the_least_plugins_pass() {
    check_all(&["minimal", "echo"], |name| {
        let file = library(&fixture_folder("good"), name);
        let massgen = Massgen::bare().args(&["plugin", "test", &file]);
        let finished = massgen.within(PATIENCE).finish().expect(0);
        let is_locked = finished.stdout.contains("ok       no-io");
        assert!(is_locked, "the filter was not tried\n{finished}");
    });
}

/// Every library that `cargo xtask plugins` laid down, with the transcripts that lie beside it.
#[test]
fn every_shipped_plugin_passes() {
    let entries = std::fs::read_dir(plugin_folder()).unwrap();
    let is_file = |it: &std::fs::DirEntry| it.file_type().unwrap().is_file();
    let all: Vec<_> = entries.flatten().filter(is_file).collect();
    assert_eq!(all.len(), 6, "the shipped plugins are {all:?}");
    check_all(&all, |entry| {
        let file = entry.path().to_string_lossy().into_owned();
        let massgen = Massgen::bare().args(&["plugin", "test", &file, "--json"]);
        let finished = massgen.within(PATIENCE).finish().expect(0);
        let report: Value = serde_json::from_str(&finished.stdout).unwrap();
        let transcripts = report["transcripts"].as_u64().unwrap();
        assert!(transcripts > 0, "`{file}` has no transcripts");
    });
}

/// What lies beside the libraries for `plugin test` is nothing to load.
#[test]
fn transcripts_beside_the_libraries_are_no_plugins() {
    assert!(plugin_folder().join("transcripts").is_dir());
    let finished = Massgen::new().args(&["plugin", "list"]).finish().expect(0);
    assert!(!finished.stdout.contains("transcripts"), "{finished}");
    assert!(!finished.stderr.contains("transcripts"), "{finished}");
}
