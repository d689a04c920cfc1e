//! Mistakes of the user: exit 1, nothing on stdout, the place and the way out on stderr.

use std::fs;
use std::os::unix::ffi::OsStringExt as _;

use it::{Massgen, plugin_folder};

use crate::scripts::QUESTION;

/// Each line of `expected` must be on stderr.
#[track_caller]
fn check(yaml: &str, expected: &[&str]) {
    let massgen = Massgen::with_fixtures().file("team.yaml", yaml);
    let finished = massgen
        .args(&["run", "--config", "team.yaml", QUESTION])
        .finish()
        .expect(1);
    assert_eq!(finished.stdout, "");
    for words in expected {
        assert!(
            finished.stderr.contains(words),
            "`{words}` is not said\n{finished}"
        );
    }
}

#[test]
fn a_file_that_is_no_yaml() {
    check("agents:\n  - id: ann\n   backend: {\n", &["team.yaml:"]);
}

#[test]
fn a_file_without_agents() {
    check("ui:\n  display_type: simple\n", &["team.yaml", "agents"]);
}

#[test]
fn two_agents_of_one_name() {
    let agent = "  - id: ann\n    backend: {type: vllm, model: m}\n";
    check(
        &format!("agents:\n{agent}{agent}"),
        &["team.yaml:4:", "ann", "hint:"],
    );
}

/// All of them at once, each at its place: nobody should have to run three times to learn that.
#[test]
fn keys_that_are_missing_are_named_together() {
    let yaml = "agents:
  - id: ann
    backend:
      type: chatcompletion
      model: m
  - id: bob
    backend: {type: openai, model: m}
  - id: cy
    backend: {type: claude, model: m}
";
    check(
        yaml,
        &[
            "team.yaml:4:",
            "OPENAI_API_KEY",
            "team.yaml:7:",
            "agent `bob`",
            "team.yaml:9:",
            "ANTHROPIC_API_KEY",
            "hint:",
        ],
    );
}

/// Unknown keys are passed on or ignored, as users of such files are used to; they are told.
#[track_caller]
fn check_warning(yaml: &str, expected: &[&str]) {
    let massgen = Massgen::with_fixtures().file("team.yaml", yaml);
    let arguments = ["run", "--config", "team.yaml", QUESTION];
    let finished = massgen.args(&arguments).finish().expect(0);
    for words in expected {
        assert!(
            finished.stderr.contains(words),
            "`{words}` is not said\n{finished}"
        );
    }
}

#[test]
fn a_misspelt_key_of_the_host_is_shown() {
    let yaml = "agents:\n  - id: ann\n    backend: {type: rude, model: m}\n\
        timeout_settings:\n  orchestrator_timeout_second: 5\n";
    let meant = "did you mean `orchestrator_timeout_seconds`";
    check_warning(yaml, &["team.yaml:5:3: warning", meant]);
}

#[test]
fn a_misspelt_key_of_a_plugin_is_shown() {
    let yaml = "agents:\n  - id: ann\n    backend:\n      type: rude\n      misbehav: decent\n";
    check_warning(
        yaml,
        &["team.yaml:5:7: warning", "did you mean `misbehave`"],
    );
}

#[test]
fn a_value_that_a_plugin_does_not_know() {
    let yaml = "agents:\n  - id: ann\n    backend:\n      type: rude\n      misbehave: nicely\n";
    check(yaml, &["team.yaml:5:7: error", "misbehave", "\"decent\""]);
}

#[test]
fn a_type_that_no_plugin_has() {
    let yaml = "agents:\n  - id: ann\n    backend:\n      type: vlm\n      model: m\n";
    let folder = plugin_folder();
    check(
        yaml,
        &[
            "team.yaml:",
            "`vlm`",
            "vllm",
            "hint:",
            folder.to_str().unwrap(),
        ],
    );
}

#[test]
fn no_such_file() {
    let arguments = ["run", "--config", "nowhere.yaml", QUESTION];
    let finished = Massgen::new().args(&arguments).finish().expect(1);
    assert!(finished.stderr.contains("nowhere.yaml"), "{finished}");
}

#[test]
fn no_plugin_at_all() {
    let arguments = ["run", "--backend", "vllm", "--model", "m", QUESTION];
    let finished = Massgen::bare().args(&arguments).finish().expect(1);
    assert!(
        finished.stderr.contains("vllm") && finished.stderr.contains("hint:"),
        "{finished}"
    );
}

#[test]
fn arguments_that_make_no_sense() {
    for arguments in [
        &["run", "--no-such-option", QUESTION][..],
        &["run", "--output", "xml", QUESTION],
        &["run", "--config", "a.yaml", "--backend", "vllm", QUESTION],
        &["run", QUESTION],
        &["walk"],
    ] {
        let finished = Massgen::new().args(arguments).finish().expect(1);
        assert_eq!(finished.stdout, "", "{arguments:?}");
        assert!(!finished.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_argument_that_is_no_text() {
    let argument = std::ffi::OsString::from_vec(vec![0xff]);
    let finished = Massgen::new().arg("run").arg(argument).finish().expect(1);
    assert_eq!(finished.stdout, "");
}

#[test]
fn only_the_command_plugin_has_its_own_code_for_usage() {
    for (arguments, code) in [
        (&["run", "--nope", "plugin"][..], 1),
        (&["plugin", "--nope"], 2),
    ] {
        let finished = Massgen::new().args(arguments).finish().expect(code);
        assert_eq!(finished.stdout, "", "{arguments:?}");
    }
}

/// What the run made for itself goes, what the user made stays.
#[test]
fn a_mistake_leaves_no_folders_and_takes_none() {
    let yaml = "agents:\n  - id: ann\n    backend: {type: rude, misbehave: panic_in_create}\n";
    for (given, left) in [("mine", true), ("deep/new", false)] {
        let massgen = Massgen::with_fixtures().file("team.yaml", yaml);
        let work = massgen.sandbox().work();
        fs::create_dir(work.join("mine")).unwrap();
        let arguments = ["run", "--config", "team.yaml", "--log-dir", given, QUESTION];
        let finished = massgen.args(&arguments).finish().expect(1);
        assert_eq!(work.join(given).exists(), left, "{finished}");
        assert!(!work.join("deep").exists(), "{finished}");
        assert_eq!(fs::read_dir(work.join("mine")).unwrap().count(), 0);
    }
}

/// A file stands where the folder of logs belongs; this stops root too, unlike a file mode.
#[test]
fn a_place_that_cannot_be_written_to() {
    let arguments = ["run", "--backend", "vllm", "--model", "m", QUESTION];
    let massgen = Massgen::new().file("massgen_logs", "").args(&arguments);
    let finished = massgen.finish().expect(1);
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("massgen_logs"), "{finished}");
}
