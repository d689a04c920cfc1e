//! Where plugins are looked for, and which one wins.

use std::fs;

use expect_test::expect;
use loader::{Catalog, ListReport, NotFound, Source};

use crate::scratch::{Scratch, library, posing};

fn put(scratch: &Scratch, folder: &str, name: &str) {
    let path = format!("{folder}/{}", library(name));
    scratch.compile(&path, &posing(name, ""), &[]);
}

fn shown(scratch: &Scratch, catalog: &Catalog) -> String {
    scratch.shown(&ListReport::new(catalog, None).to_string())
}

#[test]
fn the_first_folder_wins_and_the_shadowed_plugin_is_named() {
    let scratch = Scratch::new();
    put(&scratch, "one", "echo");
    put(&scratch, "two", "echo");
    put(&scratch, "two", "other");
    let catalog = scratch.catalog(&[scratch.path("one"), scratch.path("two")]);
    let winner = catalog.find("echo").expect("found");
    assert_eq!(winner.path, scratch.path("one").join(library("echo")));
    let shadowed: Vec<_> = catalog
        .shadowed("echo")
        .iter()
        .map(|it| it.path.clone())
        .collect();
    assert_eq!(shadowed, [scratch.path("two").join(library("echo"))]);
    expect![[r#"
        TYPE   PLUGIN  VERSION  ABI  TRUST      FILE
        echo   echo    1.2.3    1.3  unmanaged  ~/one/libmassgen_backend_echo.so
        echo   echo    1.2.3    1.3  unmanaged  ~/two/libmassgen_backend_echo.so
        other  other   1.2.3    1.3  unmanaged  ~/two/libmassgen_backend_other.so

        warning: backend type `echo` of `~/two/libmassgen_backend_echo.so` is not used: `~/one/libmassgen_backend_echo.so` comes first
    "#]].assert_eq(&shown(&scratch, &catalog));
}

#[test]
fn other_files_are_ignored_and_a_file_counts_once() {
    let scratch = Scratch::new();
    put(&scratch, "one", "echo");
    scratch.write("one/libz.so", "x");
    scratch.write("one/README", "x");
    let folder = scratch.path("one");
    let catalog = scratch.catalog(&[folder.clone(), folder.join("../one")]);
    assert_eq!(catalog.entries().count(), 1);
}

#[test]
fn a_folder_that_is_named_and_missing_is_a_warning_and_nothing_is_found() {
    let scratch = Scratch::new();
    let catalog = scratch.catalog(&[scratch.path("nowhere")]);
    expect![[r#"
        no plugins in
          ~/nowhere  (--plugin-dir)
          ~/data/massgen/plugins  (the installed store)
          ~/bin/plugins  (beside the program)

        warning: --plugin-dir: cannot read `~/nowhere`: No such file or directory (os error 2)
    "#]]
    .assert_eq(&shown(&scratch, &catalog));
    let not_found = catalog.find("echo").expect_err("nothing");
    expect![[r#"
        no plugin serves backend type `echo`
          nothing in ~/nowhere
          nothing in ~/data/massgen/plugins
          nothing in ~/bin/plugins
        hint: name the folder that holds the plugin: `--plugin-dir DIR`"#]]
    .assert_eq(&scratch.shown(&told(&not_found)));
}

#[test]
fn what_does_not_serve_a_type_says_why() {
    let scratch = Scratch::new();
    put(&scratch, "one", "other");
    scratch.write(&format!("one/{}", library("text")), "text");
    let catalog = scratch.catalog(&[scratch.path("one")]);
    let not_found = catalog.find("echo").expect_err("nothing");
    expect![[r#"
        no plugin serves backend type `echo`
          ~/one/libmassgen_backend_other.so: serves other
          ~/one/libmassgen_backend_text.so: E-PLUG-INSPECT: is not a shared library
        hint: `massgen plugin list` shows every plugin and what is wrong with it"#]]
    .assert_eq(&scratch.shown(&told(&not_found)));
}

fn told(not_found: &NotFound) -> String {
    format!("{not_found}\nhint: {}", not_found.hint())
}

#[test]
fn the_order_is_command_line_variable_store_beside() {
    let mut scratch = Scratch::new();
    let variable = std::env::join_paths([scratch.path("a"), scratch.path("b")]);
    scratch.environment.plugin_dir = Some(variable.expect("a list"));
    let path = loader::SearchPath::new(&[scratch.path("named")], &scratch.environment);
    let folders: String = path
        .folders()
        .map(|(it, path)| format!("{it}: {}\n", path.display()))
        .collect();
    expect![[r#"
        --plugin-dir: ~/named
        MASSGEN_PLUGIN_DIR: ~/a
        MASSGEN_PLUGIN_DIR: ~/b
        the installed store: ~/data/massgen/plugins
        beside the program: ~/bin/plugins
    "#]]
    .assert_eq(&scratch.shown(&folders));
}

#[test]
fn only_a_folder_of_the_command_line_is_the_users_word() {
    let mut scratch = Scratch::new();
    put(&scratch, "variable", "echo");
    put(&scratch, "bin/plugins", "other");
    scratch.environment.plugin_dir = Some(scratch.path("variable").into());
    let catalog = scratch.catalog(&[]);
    let sources: Vec<_> = catalog.entries().map(|(it, _)| it.source()).collect();
    assert_eq!(sources, [Source::Environment, Source::Beside]);
    expect![[r#"

        E-PLUG-UNMANAGED  ~/variable/libmassgen_backend_echo.so: nobody vouches for it: its hash is neither shipped nor in the lock file
            hint: if you trust its folder, name it: `--plugin-dir ~/variable`

        E-PLUG-UNMANAGED  ~/bin/plugins/libmassgen_backend_other.so: nobody vouches for it: its hash is neither shipped nor in the lock file
            hint: if you trust its folder, name it: `--plugin-dir ~/bin/plugins`
    "#]].assert_eq(&shown(&scratch, &catalog));
    let named = scratch.catalog(&[scratch.path("variable"), scratch.path("bin/plugins")]);
    assert!(named.find("echo").is_ok() && named.find("other").is_ok());
}

#[test]
fn listing_opens_nothing() {
    let scratch = Scratch::new();
    put(&scratch, "one", "echo");
    let catalog = scratch.catalog(&[scratch.path("one")]);
    fs::remove_file(scratch.path("one").join(library("echo"))).expect("removed");
    let verdicts: Vec<_> = catalog
        .entries()
        .map(|(_, verdict)| verdict.is_ok())
        .collect();
    assert_eq!(verdicts, [false], "the file was looked at only now");
}
