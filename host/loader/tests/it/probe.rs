//! The probe: what ends or blocks its process does so in a child.

use std::path::Path;
use std::time::Duration;

use expect_test::{Expect, expect};
use loader::{InspectReport, Loader};

use crate::scratch::{Scratch, library, posing, prober, two_lines};

/// Loads a C library that poses as a plugin, and says what came of it.
fn check(rest: &str, expected: Expect) {
    check_within(Duration::from_secs(10), rest, expected);
}

fn check_within(limit: Duration, rest: &str, expected: Expect) {
    let scratch = Scratch::new();
    let path = scratch.compile(&library("posing"), &posing("posing", rest), &[]);
    let inspection = scratch.inspect(&path).expect("it passes checks 1 to 9");
    let prober = prober().with_limit(limit);
    let loader = Loader::new(&scratch.environment, prober);
    let refusal = loader.load(&inspection).expect_err("refused");
    expected.assert_eq(&scratch.shown(&two_lines(&refusal)));
}

fn constructor(body: &str) -> String {
    format!("__attribute__((constructor)) static void begin(void) {{ {body} }}")
}

#[test]
fn a_constructor_that_aborts() {
    check(
        &constructor("abort();"),
        expect![[r#"
            E-PLUG-PROBE: ~/libmassgen_backend_posing.so: loading it in a child process: the child was ended by signal 6 (abort)
            hint: the file ends or blocks the process that loads it: remove it"#]],
    );
}

#[test]
fn a_constructor_that_leaves() {
    let body = r#"fprintf(stderr, "good\x1b[31mbye\n"); _exit(0);"#;
    check(
        &constructor(body),
        expect![[r#"
            E-PLUG-PROBE: ~/libmassgen_backend_posing.so: loading it in a child process: the child exited with 0, saying: good [31mbye
            hint: the file ends or blocks the process that loads it: remove it"#]],
    );
}

#[test]
fn a_constructor_that_blocks() {
    check_within(
        Duration::from_secs(1),
        &constructor("for (;;) pause();"),
        expect![[r#"
            E-PLUG-PROBE: ~/libmassgen_backend_posing.so: loading it in a child process: the child did not answer within 1 s
            hint: the file ends or blocks the process that loads it: remove it"#]],
    );
}

#[test]
fn a_constructor_that_leaves_somebody_behind() {
    let body = "if (!fork()) for (;;) pause(); _exit(3);";
    check(
        &constructor(body),
        expect![[r#"
            E-PLUG-PROBE: ~/libmassgen_backend_posing.so: loading it in a child process: the child exited with 3
            hint: the file ends or blocks the process that loads it: remove it"#]],
    );
}

#[test]
fn a_constructor_that_takes_all_memory() {
    let body = "for (;;) if (!malloc(1 << 28)) abort();";
    check(
        &constructor(body),
        expect![[r#"
            E-PLUG-PROBE: ~/libmassgen_backend_posing.so: loading it in a child process: the child was ended by signal 6 (abort)
            hint: the file ends or blocks the process that loads it: remove it"#]],
    );
}

#[test]
fn a_library_that_prints_does_not_spoil_the_answer() {
    let body = r#"printf("{\"status\":\"ok\"}\n"); fflush(stdout);"#;
    check(
        &constructor(body),
        expect![[r#"
            E-PLUG-LOAD: ~/libmassgen_backend_posing.so: it has no root module: /proc/self/fd/5: undefined symbol: _1as_0lib_1header_0root_bmodule_bloader
            hint: rebuild the plugin, or remove it from the plugin folder"#]],
    );
}

#[test]
fn a_library_whose_symbols_are_missing() {
    let rest = "void nowhere(void); void call(void) { nowhere(); }";
    check(
        rest,
        expect![[r#"
            E-PLUG-LOAD: ~/libmassgen_backend_posing.so: the system cannot load it: undefined symbol: nowhere
            hint: rebuild the plugin, or remove it from the plugin folder"#]],
    );
}

#[test]
fn a_library_whose_header_is_none() {
    let rest = "const char _1as_0lib_1header_0root_bmodule_bloader[512] = \"no header\";";
    check(
        rest,
        expect![[r#"
            E-PLUG-ABI: ~/libmassgen_backend_posing.so: its header is not the one of this ABI: it was built with another abi_stable
            hint: its author must rebuild it with an unchanged massgen-plugin"#]],
    );
}

#[test]
fn a_child_starts_with_nothing() {
    let body = r#"
        extern char **environ; char folder[4096]; int more = dup(2);
        fprintf(stderr, "%s, descriptor %d, %s", environ && *environ ? *environ : "no variable",
            more, getcwd(folder, sizeof folder) ? "a folder" : "no folder");
        _exit(7);"#;
    check(
        &constructor(body),
        expect![[r#"
            E-PLUG-PROBE: ~/libmassgen_backend_posing.so: loading it in a child process: the child exited with 7, saying: no variable, descriptor 6, a folder
            hint: the file ends or blocks the process that loads it: remove it"#]],
    );
}

#[test]
fn a_program_that_cannot_probe_is_named() {
    let scratch = Scratch::new();
    let path = scratch.compile(&library("posing"), &posing("posing", ""), &[]);
    for (program, says) in [
        ("/nowhere", "did not start: `/nowhere`"),
        ("/bin/true", "exited with 0"),
    ] {
        let loader = Loader::new(&scratch.environment, loader::Prober::new(program));
        let report = InspectReport::new(Path::new(&path), &scratch.policy(), &loader);
        assert!(!report.is_ok());
        let problem = report.row.problem.expect("a problem");
        assert!(problem.contains(says), "{problem}");
    }
}
