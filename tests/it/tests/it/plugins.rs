//! `massgen plugin`: a folder with everything in it, and one file at a time.

use std::fs;
use std::path::PathBuf;

use it::{Finished, Massgen, Team, fixture_folder, plugin_folder};
use serde_json::Value;
use support::{Fake, Script, When, text};

use crate::scripts::{FINAL, QUESTION, consensus};

/// The bad files by name, with the code of the check that refuses them.
const BAD: [(&str, &str); 10] = [
    ("text", "E-PLUG-INSPECT"),
    ("empty", "E-PLUG-INSPECT"),
    ("zlib", "E-PLUG-INSPECT"),
    ("half", "E-PLUG-INSPECT"),
    ("constructor", "E-PLUG-INSPECT"),
    ("constructor_probe", "E-PLUG-PROBE"),
    ("needs_newer", "E-PLUG-ABI"),
    ("other_major", "E-PLUG-ABI"),
    ("abort_build", "E-PLUG-ABI"),
    ("liar", "E-PLUG-LAYOUT"),
];

fn file(name: &str) -> String {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    format!("{prefix}massgen_backend_{name}{suffix}")
}

fn bad(name: &str) -> PathBuf {
    fixture_folder("bad").join(file(name))
}

/// Everything of [`BAD`]; `zlib` only where the system has it.
fn bad_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let there = |(name, _): &(&str, &str)| *name != "zlib" || bad(name).exists();
    BAD.into_iter().filter(there)
}

/// One folder with all plugins, good and bad.
fn messy() -> Massgen {
    let massgen = Massgen::bare();
    let folder = massgen.sandbox().work().join("messy");
    fs::create_dir(&folder).unwrap();
    for from in [
        plugin_folder(),
        fixture_folder("good"),
        fixture_folder("bad"),
    ] {
        let entries = fs::read_dir(from).unwrap().flatten();
        for entry in entries.filter(|it| it.path().is_file()) {
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    massgen.plugin_dir(&folder)
}

#[track_caller]
fn line<'a>(finished: &'a Finished, name: &str) -> &'a str {
    let name = file(name);
    let lines = finished.stdout.lines().chain(finished.stderr.lines());
    let mut found = lines.filter(|it| it.contains(&name) && !it.trim_start().starts_with("hint:"));
    let line = found
        .next()
        .unwrap_or_else(|| panic!("`{name}` is not listed\n{finished}"));
    assert_eq!(found.next(), None, "`{name}` is listed twice\n{finished}");
    line
}

#[test]
fn a_messy_folder_is_listed_with_one_line_for_each_file() {
    let finished = messy()
        .args(&["plugin", "list", "--probe"])
        .finish()
        .expect(0);
    for (name, code) in bad_files() {
        assert!(
            line(&finished, name).contains(code),
            "{name} is no {code}\n{finished}"
        );
    }
    for (name, kind) in [
        ("vllm", "vllm"),
        ("chat_completions", "chatcompletion"),
        ("minimal", "minimal"),
        ("older_minor", "older_minor"),
        ("newer_minor", "newer_minor"),
        ("rude", "rude"),
    ] {
        let line = line(&finished, name);
        assert!(
            line.contains(kind) && !line.contains("E-PLUG"),
            "{line}\n{finished}"
        );
        assert!(line.contains("unmanaged"), "the trust is not named: {line}");
    }
}

#[test]
fn the_list_is_there_for_programs_too() {
    let finished = messy()
        .args(&["plugin", "list", "--json"])
        .finish()
        .expect(0);
    let list: Value = serde_json::from_str(&finished.stdout).unwrap();
    let text = list.to_string();
    for name in [
        "vllm",
        "chatcompletion",
        "minimal",
        "E-PLUG-INSPECT",
        "E-PLUG-ABI",
    ] {
        assert!(text.contains(name), "`{name}` is not in {text}");
    }
}

#[test]
fn an_empty_folder_is_no_accident() {
    let massgen = Massgen::bare();
    let folder = massgen.sandbox().work().join("empty");
    fs::create_dir(&folder).unwrap();
    massgen
        .plugin_dir(&folder)
        .args(&["plugin", "list"])
        .finish()
        .expect(0);
}

#[test]
fn a_good_file_is_inspected() {
    let library = plugin_folder().join(file("vllm"));
    let massgen = Massgen::bare().args(&["plugin", "inspect"]).arg(library);
    let finished = massgen.finish().expect(0);
    for words in ["vllm", "1.3", "unmanaged", "sha256"] {
        assert!(
            finished.stdout.contains(words),
            "`{words}` is not said\n{finished}"
        );
    }
}

#[test]
fn a_bad_file_is_inspected_and_refused() {
    for (name, code) in bad_files() {
        let massgen = Massgen::bare().args(&["plugin", "inspect"]).arg(bad(name));
        let finished = massgen.finish().expect(1);
        let said = format!("{}{}", finished.stdout, finished.stderr);
        assert!(
            said.contains(code) && said.contains("hint"),
            "{name} is no {code}\n{finished}"
        );
    }
}

#[test]
fn the_abi_is_printed() {
    let finished = Massgen::bare().args(&["plugin", "abi"]).finish().expect(0);
    assert!(finished.stdout.contains("massgen-backend"), "{finished}");
}

/// A broken neighbour takes nothing down.
#[test]
fn a_run_from_a_messy_folder_works() {
    let fake = Fake::start(consensus(&["ann"]));
    let finished = messy()
        .run(&Team::on(&fake, &["ann"]))
        .arg(QUESTION)
        .finish()
        .expect(0);
    assert_eq!(finished.stdout, format!("{FINAL}\n"));
}

/// The fixtures know no tools: what they say counts as text.
#[test]
fn plugins_of_another_minor_work_in_a_run() {
    for kind in ["minimal", "older_minor", "newer_minor"] {
        let fake = Fake::start(Script::new().rule(When::always(), text(FINAL)));
        let url = fake.base_url();
        let arguments = ["run", "--backend", kind, "--base-url", &url, QUESTION];
        let finished = Massgen::with_fixtures().args(&arguments).finish().expect(0);
        assert_eq!(finished.stdout, format!("{FINAL}\n"), "{kind}\n{finished}");
    }
}
