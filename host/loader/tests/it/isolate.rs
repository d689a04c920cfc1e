//! Real libraries in a locked child: they work there, and what ends one is told.

use isolation::Plugin;
use massgen_plugin::Fault;
use massgen_plugin::abi::host::{Context, Emitted, Event};
use massgen_plugin::abi::{OpKind, Progress, Verdict};

use crate::fixtures::folder;
use crate::scratch::{Scratch, library};

/// Accepts everything.
struct Host;

impl Context for Host {
    fn emit(&mut self, _: Emitted<'_>) {}

    fn begin(&mut self, _: OpKind, _: u64, _: &[u8]) -> Verdict {
        Verdict::ACCEPTED
    }

    fn abandon(&mut self, _: u64) {}

    fn ask(&mut self, _: &str) -> String {
        String::new()
    }
}

const CALL: &str = r#"{"id":"1","turns":[]}"#;

/// A plugin of the test fixtures, locked.
fn isolated(name: &str) -> Plugin {
    let scratch = Scratch::new();
    let inspection = scratch
        .inspect(&folder().join("good").join(library(name)))
        .expect("fit");
    let plugin = scratch.loader().isolate(&inspection).expect("loaded");
    assert_eq!(plugin.unfiltered(), None);
    plugin.lock().expect("a filter");
    plugin
}

fn first_step(plugin: &Plugin, config: &str) -> Result<Progress, Fault> {
    let backend = plugin.create(config)?;
    backend.open(CALL)?.step(Event::START, &mut Host)
}

#[test]
fn good_libraries_work_in_a_locked_child() {
    for (name, kind) in [("echo", "echo"), ("minimal", "minimal"), ("rude", "rude")] {
        let plugin = isolated(name);
        let config = format!(r#"{{"backend_type":"{kind}","base_url":"http://localhost"}}"#);
        assert!(first_step(&plugin, &config).is_ok(), "{name}");
        let described = plugin.describe().expect("metadata");
        assert!(described.contains(kind), "{described}");
        plugin.finish().expect("a good end");
    }
}

#[test]
fn the_meter_of_a_child_returns_to_where_it_was() {
    let plugin = isolated("echo");
    let config = r#"{"backend_type":"echo","base_url":"http://localhost"}"#;
    let backend = plugin.create(config).expect("a backend");
    let live = || plugin.meter().expect("a child").expect("a meter").live;
    drop(backend.open(CALL).expect("a session"));
    let before = live();
    let sessions: Vec<_> = (0..100).map(|_| backend.open(CALL)).collect();
    assert!(live() > before);
    drop(sessions);
    assert_eq!(live(), before);
}

#[test]
fn a_rude_library_ends_its_child_and_the_reason_is_told() {
    let ends = [
        ("allocate", "wanted more memory than its limit of 64 MiB"),
        ("open_file", "made the system call `openat`"),
        ("exit", "exited with 3"),
        ("endless_loop", "did not answer within 2 s"),
    ];
    for (way, reason) in ends {
        let config = format!(r#"{{"backend_type":"rude","options":{{"misbehave":"{way}"}}}}"#);
        let fault = first_step(&isolated("rude"), &config).expect_err("a fault");
        assert!(fault.message.contains(reason), "{way}: {fault}");
    }
}
