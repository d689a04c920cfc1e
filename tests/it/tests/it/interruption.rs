//! Ctrl-C and a sudden end: what was reached by then is not lost.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use it::{Massgen, Running, Team, agent_id};
use rustix::fs::OFlags;
use serde_json::Value;
use support::{Fake, Fault, Script, answer, on};

use crate::scripts::QUESTION;

/// Ann has answered, and then nothing moves any more.
fn stuck(arguments: &[&str]) -> (Running, Fake) {
    let script = Script::new()
        .rule(on("ann").call(1), answer("Paris"))
        .rule(on("ann"), Fault::Stall)
        .rule(on("bob"), Fault::Stall);
    let fake = Fake::start(script);
    let team = Team::on(&fake, &["ann", "bob"]);
    let running = Massgen::new()
        .run(&team)
        .args(arguments)
        .arg(QUESTION)
        .start();
    fake.wait_for("ann", 2);
    fake.wait_for("bob", 1);
    (running, fake)
}

#[test]
fn ctrl_c_keeps_what_there_is() {
    let (running, _fake) = stuck(&["--output", "json"]);
    running.interrupt();
    let finished = running.finish().expect(4);
    let document = finished.document();
    assert_eq!(document["status"], "interrupted");
    assert_eq!(document["answers"][0]["text"], "Paris");
    assert_eq!(document["answers"][0]["agent"], agent_id("ann"));
    let last = finished.events().pop().unwrap();
    assert_eq!(
        (&last["event"], &last["exit_code"]),
        (&"run_finished".into(), &4.into())
    );
}

#[test]
fn ctrl_c_before_any_answer() {
    let fake = Fake::start(Script::new().rule(on("ann"), Fault::Stall));
    let team = Team::on(&fake, &["ann"]);
    let running = Massgen::new()
        .run(&team)
        .args(&["--output", "json", QUESTION])
        .start();
    fake.wait_for("ann", 1);
    running.interrupt();
    let finished = running.finish().expect(4);
    assert_eq!(finished.document()["answer"], Value::Null);
    assert_eq!(finished.document()["status"], "interrupted");
}

/// The program waits for its certificates, which it reads when it opens the backends.
#[test]
fn ctrl_c_before_the_run_begins() {
    let fake = Fake::start(Script::new().rule(on("ann"), Fault::Stall));
    let massgen = Massgen::new().run(&Team::on(&fake, &["ann"]));
    let pipe = massgen.sandbox().pipe("ca.pem");
    let arguments = ["--output", "json", "--ca-file", "ca.pem", QUESTION];
    let running = massgen.args(&arguments).start();
    let mut certificates = once_read(&pipe);
    running.interrupt();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    certificates.write_all(made.cert.pem().as_bytes()).unwrap();
    drop(certificates);
    let finished = running.finish().expect(4);
    assert_eq!(finished.document()["status"], "interrupted", "{finished}");
}

/// A pipe's writing side, once somebody reads; without waiting for ever for that.
fn once_read(pipe: &Path) -> File {
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
    let mut options = File::options();
    options.write(true).custom_flags(nonblocking);
    let mut tries = (0..1000).map(|_| {
        thread::sleep(Duration::from_millis(10));
        options.open(pipe)
    });
    tries.find_map(Result::ok).expect("a reader")
}

#[test]
fn ctrl_c_in_the_presentation_leaves_the_stored_answer() {
    let script = Script::new().rule(on("ann").presenting(), Fault::Stall);
    let fake = Fake::start(script.rule(on("ann"), answer("Paris")));
    let team = Team::on(&fake, &["ann"]);
    let running = Massgen::new()
        .run(&team)
        .args(&["--output", "json", QUESTION])
        .start();
    fake.wait_for("ann", 2);
    running.interrupt();
    let finished = running.finish().expect(4);
    assert_eq!(finished.document()["answer"], "Paris", "{finished}");
}

#[test]
fn after_a_sudden_end_every_line_of_the_log_is_whole() {
    let (running, _fake) = stuck(&[]);
    running.kill();
    let finished = running.finish();
    assert_eq!(finished.status.code(), None, "{finished}");
    let events = finished.events();
    assert_eq!(events[0]["event"], "run_started");
    let answers = finished.events_named("answer_recorded", Some(&agent_id("ann")));
    assert_eq!(answers.len(), 1, "{events:#?}");
}
