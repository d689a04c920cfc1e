//! What is kept between runs: probe results, crash markers, layout reports.

use std::fs;

use expect_test::expect;
use loader::{Code, Loader, Prober};

use crate::fixtures::folder;
use crate::scratch::{Scratch, library, two_lines};

#[test]
fn a_library_is_probed_once_per_hash() {
    let scratch = Scratch::new();
    let inspection = scratch
        .inspect(&folder().join("good").join(library("rude")))
        .expect("fit");
    let no_child = Loader::new(&scratch.environment, Prober::new("/nowhere"));
    let refusal = no_child.load(&inspection).expect_err("no child can start");
    assert_eq!(refusal.code(), Code::Probe);
    scratch.loader().probe(&inspection).expect("probed");
    no_child.load(&inspection).expect("needs no child any more");
}

#[test]
fn a_crash_leaves_a_marker_that_quarantines_the_file() {
    let scratch = Scratch::new();
    let path = folder().join("good").join(library("minimal"));
    let inspection = scratch.inspect(&path).expect("fit");
    let marker = format!("state/massgen/markers/{}.1.0", inspection.hash);
    let marker = scratch.write(&marker, "what a crashed process left");
    let refusal = scratch.inspect(&path).expect_err("quarantined");
    let text = two_lines(&refusal).replace(&inspection.hash.to_string(), "HASH");
    let text = text.replace(&path.display().to_string(), "FILE");
    expect![[r#"
        E-PLUG-QUARANTINE: FILE: a massgen ended while it was loading this plugin or running its first step
        hint: if you still want it, delete `~/state/massgen/markers/HASH.1.0`"#]].assert_eq(&scratch.shown(&text));
    fs::remove_file(marker).expect("removed, as the hint says");
    scratch.inspect(&path).expect("fit again");
}

#[test]
fn the_first_step_is_marked_once_and_only_while_it_runs() {
    let scratch = Scratch::new();
    // Bytes behind the end of a library change its hash and nothing else.
    let mut bytes = fs::read(folder().join("good").join(library("minimal"))).expect("bytes");
    bytes.extend(b"another hash");
    let path = scratch.write(&library("minimal"), bytes);
    let loaded = scratch
        .loader()
        .load(&scratch.inspect(&path).expect("fit"))
        .expect("loaded");
    let markers = || {
        let folder = scratch.path("state/massgen/markers");
        fs::read_dir(folder).expect("markers").count()
    };
    assert_eq!(markers(), 0, "the load is over");
    let guard = loaded.first_step_guard();
    assert_eq!((guard.is_some(), markers()), (true, 1));
    assert!(
        loaded.first_step_guard().is_none(),
        "only the first step is marked"
    );
    drop(guard);
    assert_eq!(markers(), 0);
}

#[test]
fn the_whole_difference_of_a_layout_is_kept_for_reading() {
    let scratch = Scratch::new();
    let path = folder().join("bad").join(library("liar"));
    let inspection = scratch.inspect(&path).expect("it lies well");
    let refusal = scratch.loader().load(&inspection).expect_err("refused");
    assert_eq!(refusal.code(), Code::Layout);
    let report = scratch
        .path("state/massgen/reports")
        .join(format!("{}.txt", library("liar")));
    assert!(
        refusal.hint().contains(&report.display().to_string()),
        "{}",
        refusal.hint()
    );
    assert!(
        fs::read_to_string(report)
            .expect("a report")
            .contains("extra")
    );
}
