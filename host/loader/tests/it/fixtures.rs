//! Real plugins of other ages of the contract, and files that are none, in one folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use loader::{Code, InspectReport, ListReport, Status};

use crate::scratch::{Scratch, library};

/// `target/fixtures`, beside the folder that this test was built into.
pub(crate) fn folder() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_plugin-child"));
    let target = program.ancestors().nth(2).expect("a target folder");
    let fixtures = target.join("fixtures");
    let is_there = fixtures.join("good").is_dir() && fixtures.join("bad").is_dir();
    assert!(is_there, "there are no fixtures: run `cargo xtask test`");
    fixtures
}

fn one_folder(scratch: &Scratch) -> PathBuf {
    let messy = scratch.path("messy");
    fs::create_dir(&messy).expect("a folder");
    for kind in ["good", "bad"] {
        for file in fs::read_dir(folder().join(kind))
            .expect("fixtures")
            .flatten()
        {
            fs::copy(file.path(), messy.join(file.file_name())).expect("copied");
        }
    }
    messy
}

/// The check that refuses each file, by the name in its file name.
const REFUSED: [(&str, Code); 10] = [
    ("text", Code::Inspect),
    ("empty", Code::Inspect),
    ("half", Code::Inspect),
    ("zlib", Code::Inspect),
    ("constructor", Code::Inspect),
    ("other_major", Code::Abi),
    ("needs_newer", Code::Abi),
    ("abort_build", Code::Abi),
    ("constructor_probe", Code::Probe),
    ("liar", Code::Layout),
];

#[test]
fn each_bad_file_of_a_folder_gets_the_code_of_its_check_and_the_good_ones_work() {
    let scratch = Scratch::new();
    let catalog = scratch.catalog(&[one_folder(&scratch)]);
    let report = ListReport::new(&catalog, Some(&scratch.loader()));
    for row in &report.plugins {
        let name = row.file.file_name().expect("a name");
        let is_good = folder().join("good").join(name).is_file();
        let expected = REFUSED
            .iter()
            .find(|(it, _)| *library(it) == *name)
            .map(|it| it.1);
        assert_eq!(
            (row.code, row.status == Status::Ok),
            (expected, is_good),
            "{row:?}"
        );
        let trouble = [&row.problem, &row.hint];
        assert!(trouble.iter().all(|it| it.is_some() != is_good), "{row:?}");
    }
    // The system may have no zlib to copy.
    let refused = report
        .plugins
        .iter()
        .filter(|it| it.status == Status::Refused)
        .count();
    assert!(refused >= REFUSED.len() - 1, "{refused}");
    assert_eq!(report.warnings, [""; 0]);
}

#[test]
fn inspecting_a_file_tells_good_from_bad() {
    let scratch = Scratch::new();
    let inspect = |kind: &str, name: &str| {
        let file = folder().join(kind).join(library(name));
        InspectReport::new(&file, &scratch.policy(), &scratch.loader()).is_ok()
    };
    for name in ["minimal", "older_minor", "newer_minor", "rude"] {
        assert!(inspect("good", name), "{name}");
    }
    for name in [
        "liar",
        "constructor",
        "constructor_probe",
        "abort_build",
        "half",
    ] {
        assert!(!inspect("bad", name), "{name}");
    }
}

#[test]
fn the_good_ones_load_run_and_are_loaded_once() {
    let scratch = Scratch::new();
    let loader = scratch.loader();
    for name in ["minimal", "older_minor", "newer_minor"] {
        let inspection = scratch
            .inspect(&folder().join("good").join(library(name)))
            .expect("fit");
        let loaded = loader.load(&inspection).expect("loaded");
        let again = loader.load(&inspection).expect("loaded");
        assert!(std::sync::Arc::ptr_eq(&loaded, &again), "{name}");
        let kind = loaded.metadata.manifest.types[0].name.clone();
        assert!(loaded.backend_type(&kind).is_some());
        let config = format!(r#"{{"backend_type":"{kind}","base_url":"http://localhost"}}"#);
        let backend = loaded.root.create(&config).expect("a backend");
        backend.open(r#"{"id":"1","turns":[]}"#).expect("a session");
        assert!(loaded.root.meter().is_some(), "{name}");
    }
}

#[test]
fn replacing_or_cutting_the_installed_file_does_not_touch_what_is_loaded() {
    let scratch = Scratch::new();
    let bytes = fs::read(folder().join("good").join(library("echo"))).expect("bytes");
    let path = scratch.write(&library("echo"), &bytes);
    let inspection = scratch.inspect(&path).expect("fit");
    let loaded = scratch.loader().load(&inspection).expect("loaded");
    let before = loaded.root.describe();
    fs::write(&path, b"").expect("cut");
    assert_eq!(loaded.root.describe(), before);
    fs::write(&path, vec![0; bytes.len()]).expect("overwritten");
    assert_eq!(loaded.root.describe(), before);
}
