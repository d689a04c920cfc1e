//! Checks 1, 2, 6, 7, 8 and 9 on files made for them. Nothing here is loaded.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use expect_test::{Expect, expect};

use crate::scratch::{Scratch, library, posing, posing_with, two_lines};

fn check(scratch: &Scratch, path: &Path, expected: Expect) {
    let text = match scratch.inspect(path) {
        Ok(inspection) => format!(
            "fit: {} {}",
            inspection.metadata.manifest.name, inspection.trust
        ),
        Err(refusal) => two_lines(&refusal),
    };
    expected.assert_eq(&scratch.shown(&text));
}

fn check_library(source: &str, arguments: &[&str], expected: Expect) {
    let scratch = Scratch::new();
    let path = scratch.compile(&library("made"), source, arguments);
    check(&scratch, &path, expected);
}

fn check_metadata(json: &str, expected: Expect) {
    check_library(&posing_with(json, ""), &[], expected);
}

#[test]
fn a_file_with_metadata_and_nothing_bad_fits() {
    check_library(&posing("made", ""), &[], expect!["fit: made unmanaged"]);
}

#[test]
fn what_is_no_regular_file() {
    let scratch = Scratch::new();
    check(
        &scratch,
        &scratch.path("missing"),
        expect![[r#"
        E-PLUG-INSPECT: ~/missing: cannot be opened: No such file or directory (os error 2)
        hint: name the library's own file; `massgen plugin list` shows what is found where"#]],
    );
    fs::create_dir(scratch.path("folder")).expect("a folder");
    check(
        &scratch,
        &scratch.path("folder"),
        expect![[r#"
        E-PLUG-INSPECT: ~/folder: is not a regular file
        hint: name the library's own file; `massgen plugin list` shows what is found where"#]],
    );
    let file = scratch.write("file", "x");
    symlink(file, scratch.path("link")).expect("a link");
    check(
        &scratch,
        &scratch.path("link"),
        expect![[r#"
        E-PLUG-INSPECT: ~/link: is a symbolic link
        hint: name the library's own file; `massgen plugin list` shows what is found where"#]],
    );
    check(
        &scratch,
        Path::new("/dev/null"),
        expect![[r#"
        E-PLUG-INSPECT: /dev/null: is not a regular file
        hint: name the library's own file; `massgen plugin list` shows what is found where"#]],
    );
}

#[test]
fn a_pipe_does_not_block() {
    let scratch = Scratch::new();
    let pipe = scratch.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    check(
        &scratch,
        &pipe,
        expect![[r#"
        E-PLUG-INSPECT: ~/pipe: is not a regular file
        hint: name the library's own file; `massgen plugin list` shows what is found where"#]],
    );
}

#[test]
fn what_others_can_write() {
    let scratch = Scratch::new();
    let file = scratch.write("folder/file", "x");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
    };
    mode(&file, 0o666);
    check(
        &scratch,
        &file,
        expect![[r#"
        E-PLUG-PERM: ~/folder/file: is writable by others (mode 666)
        hint: only you or root may be able to change a plugin: `chmod go-w ~/folder/file`, or `chown` it"#]],
    );
    mode(&file, 0o755);
    mode(&scratch.path("folder"), 0o777);
    check(
        &scratch,
        &file,
        expect![[r#"
        E-PLUG-PERM: ~/folder: is writable by others (mode 777)
        hint: only you or root may be able to change a plugin: `chmod go-w ~/folder`, or `chown` it"#]],
    );
    mode(&scratch.path("folder"), 0o1777);
    check(
        &scratch,
        &file,
        expect![[r#"
        E-PLUG-INSPECT: ~/folder/file: is not a shared library
        hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
}

#[test]
fn what_is_no_library() {
    let scratch = Scratch::new();
    let check = |bytes: &[u8], expected| {
        let file = scratch.write("file", bytes);
        check(&scratch, &file, expected);
    };
    check(
        b"",
        expect![[r#"
        E-PLUG-INSPECT: ~/file: is empty
        hint: copy or build the file again"#]],
    );
    check(
        b"I am text\n",
        expect![[r#"
        E-PLUG-INSPECT: ~/file: is not a shared library
        hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
    check(
        b"\x7fELF",
        expect![[r#"
        E-PLUG-INSPECT: ~/file: is cut short: it needs 64 bytes and has 4
        hint: copy or build the file again"#]],
    );
    check(
        b"\x7fELF\x01\x01",
        expect![[r#"
        E-PLUG-INSPECT: ~/file: is for another machine (another word size or byte order)
        hint: get the build for this machine"#]],
    );
    check(
        b"\x7fELF\x02\x01\x01",
        expect![[r#"
        E-PLUG-INSPECT: ~/file: is cut short: it needs 64 bytes and has 7
        hint: copy or build the file again"#]],
    );
}

#[test]
fn a_library_cut_at_any_place() {
    let scratch = Scratch::new();
    let whole = scratch.compile(&library("made"), &posing("made", ""), &[]);
    let bytes = fs::read(whole).expect("bytes");
    for end in (1..bytes.len()).step_by(97) {
        let cut = scratch.write("cut", &bytes[..end]);
        let refusal = scratch.inspect(&cut).expect_err("cut");
        assert_eq!(refusal.code(), loader::Code::Inspect, "cut at {end}");
    }
    check(
        &scratch,
        &scratch.write("cut", &bytes[..bytes.len() / 2]),
        expect![[r#"
            E-PLUG-INSPECT: ~/cut: is cut short: it needs 15048 bytes and has 7524
            hint: copy or build the file again"#]],
    );
}

#[test]
fn another_machine_and_another_kind() {
    let scratch = Scratch::new();
    let whole = scratch.compile(&library("made"), &posing("made", ""), &[]);
    let mut bytes = fs::read(whole).expect("bytes");
    let (kind, machine) = (bytes[16], bytes[18]);
    bytes[18] = 0x28;
    check(
        &scratch,
        &scratch.write("arm", &bytes),
        expect![[r#"
        E-PLUG-INSPECT: ~/arm: is for another machine (machine number 40)
        hint: get the build for this machine"#]],
    );
    (bytes[18], bytes[16]) = (machine, 2);
    check(
        &scratch,
        &scratch.write("program", &bytes),
        expect![[r#"
            E-PLUG-INSPECT: ~/program: is not a shared library: it is another kind of object file
            hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
    bytes[16] = kind;
    check(
        &scratch,
        &scratch.write("same", &bytes),
        expect!["fit: made unmanaged"],
    );
}

#[test]
fn what_it_would_drag_in_or_allow() {
    let source = posing("made", "");
    let needs = ["-Wl,--no-as-needed", "-l:libz.so.1"];
    check_library(
        &source,
        &needs,
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: needs the library `libz.so.1`
        hint: a plugin does no I/O and needs only the C library: link the rest statically"#]],
    );
    check_library(
        &source,
        &["-Wl,-rpath,/tmp,--enable-new-dtags"],
        expect![[r#"
            E-PLUG-INSPECT: ~/libmassgen_backend_made.so: has a search path of its own (RUNPATH)
            hint: build it with plain `cargo build` and no extra linker arguments"#]],
    );
    check_library(
        &source,
        &["-Wl,-rpath,/tmp,--disable-new-dtags"],
        expect![[r#"
            E-PLUG-INSPECT: ~/libmassgen_backend_made.so: has a search path of its own (RPATH)
            hint: build it with plain `cargo build` and no extra linker arguments"#]],
    );
    check_library(
        &source,
        &["-Wl,-z,execstack"],
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: wants an executable stack
        hint: build it with plain `cargo build` and no extra linker arguments"#]],
    );
    check_library(&source, &["-Wl,-z,origin"], expect!["fit: made unmanaged"]);
}

#[test]
fn a_constructor_of_a_library_that_is_no_plugin_does_not_run() {
    let source = "#include <stdlib.h>\n\
        __attribute__((constructor)) static void leave(void) { abort(); }\n";
    check_library(
        source,
        &[],
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: is not a massgen plugin: it exports no `MASSGEN_PLUGIN_ABI`
        hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
}

#[test]
fn metadata_that_cannot_be_used() {
    let with = |version: &str, name: &str, types: &str| {
        format!(
            r#"{{"version":"{version}","sdk":"1.0.0","manifest":{{"name":"{name}","description":"","license":"","types":[{types}]}}}}"#
        )
    };
    let good = r#"{"name":"a","title":"A","config":{}}"#;
    check_metadata(
        "{",
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: its `MASSGEN_PLUGIN_META` cannot be used: EOF while parsing an object at line 1 column 1
        hint: its author must correct `plugin.json` and build it again"#]],
    );
    check_metadata(
        "{}",
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: its `MASSGEN_PLUGIN_META` cannot be used: missing field `version` at line 1 column 2
        hint: its author must correct `plugin.json` and build it again"#]],
    );
    check_metadata(
        &with("v1", "a", good),
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: its `MASSGEN_PLUGIN_META` cannot be used: `v1` is no version
        hint: its author must correct `plugin.json` and build it again"#]],
    );
    check_metadata(
        &with("1.0.0", "../a", good),
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: its `MASSGEN_PLUGIN_META` cannot be used: `../a` is no plugin name
        hint: its author must correct `plugin.json` and build it again"#]],
    );
    check_metadata(
        &with("1.0.0", "a", ""),
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: its `MASSGEN_PLUGIN_META` cannot be used: it serves no backend type
        hint: its author must correct `plugin.json` and build it again"#]],
    );
    check_metadata(
        &with("1.0.0", "a", &format!("{good},{good}")),
        expect![[r#"
            E-PLUG-INSPECT: ~/libmassgen_backend_made.so: its `MASSGEN_PLUGIN_META` cannot be used: it names the type `a` twice
            hint: its author must correct `plugin.json` and build it again"#]],
    );
    let no_schema = r#"{"name":"a","title":"A","config":7}"#;
    check_metadata(
        &with("1.0.0", "a", no_schema),
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: its `MASSGEN_PLUGIN_META` cannot be used: `a` has no schema of its keys
        hint: its author must correct `plugin.json` and build it again"#]],
    );
}

#[test]
fn statics_that_are_no_metadata() {
    let no_magic = posing("made", "").replace("MGPLUGIN", "MGPLUGIM");
    check_library(
        &no_magic,
        &[],
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: exports a `MASSGEN_PLUGIN_ABI` that cannot be read
        hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
    let short =
        "const char MASSGEN_PLUGIN_ABI[8] = \"MGPLUGIN\"; const char MASSGEN_PLUGIN_META[1];";
    check_library(
        short,
        &[],
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: exports a `MASSGEN_PLUGIN_ABI` that cannot be read
        hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
    let unset = "char MASSGEN_PLUGIN_ABI[48]; const char MASSGEN_PLUGIN_META[2] = \"{}\";";
    check_library(
        unset,
        &[],
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: exports a `MASSGEN_PLUGIN_ABI` that cannot be read
        hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
    let needed = "extern char MASSGEN_PLUGIN_ABI[48]; char *f(void) { return MASSGEN_PLUGIN_ABI; }";
    check_library(
        needed,
        &[],
        expect![[r#"
        E-PLUG-INSPECT: ~/libmassgen_backend_made.so: is not a massgen plugin: it exports no `MASSGEN_PLUGIN_ABI`
        hint: remove it from the plugin folder, or build it with `massgen_plugin::export!`"#]],
    );
}
