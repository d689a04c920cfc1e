//! `MASSGEN_BASE_URL_<TYPE>`: beats the file, loses to the command line, path included.

use it::{Massgen, Team};
use support::{ClosedPort, Fake};

use crate::scripts::{QUESTION, consensus};

const VARIABLE: &str = "MASSGEN_BASE_URL_VLLM";

#[test]
fn the_variable_beats_the_file() {
    let fake = Fake::start(consensus(&["ann"]));
    let closed = ClosedPort::take();
    let team = Team::empty().vllm("ann", &closed.base_url());
    let gateway = format!("{}/gateway/v7", fake.origin());
    let massgen = Massgen::new().run(&team).env(VARIABLE, &gateway);
    massgen.arg(QUESTION).finish().expect(0);
    assert_eq!(fake.requests("ann")[0].path, "/gateway/v7/chat/completions");
}

#[test]
fn the_command_line_beats_the_variable() {
    let fake = Fake::start(consensus(&["ann"]));
    let closed = ClosedPort::take();
    let url = format!("{}/here/v1/", fake.origin());
    let arguments = [
        "run",
        "--backend",
        "vllm",
        "--model",
        "ann",
        "--base-url",
        &url,
        QUESTION,
    ];
    Massgen::new()
        .args(&arguments)
        .env(VARIABLE, &closed.base_url())
        .finish()
        .expect(0);
    assert_eq!(fake.requests("ann")[0].path, "/here/v1/chat/completions");
}

#[test]
fn the_variable_of_another_type_counts_for_nothing() {
    let fake = Fake::start(consensus(&["ann"]));
    let closed = ClosedPort::take();
    let massgen = Massgen::new().run(&Team::on(&fake, &["ann"]));
    let massgen = massgen.env("MASSGEN_BASE_URL_CHATCOMPLETION", &closed.base_url());
    massgen.arg(QUESTION).finish().expect(0);
}

#[test]
fn a_variable_that_is_no_address_is_a_mistake() {
    let fake = Fake::start(consensus(&["ann"]));
    let massgen = Massgen::new()
        .run(&Team::on(&fake, &["ann"]))
        .env(VARIABLE, "not a url");
    let finished = massgen.arg(QUESTION).finish().expect(1);
    assert!(finished.stderr.contains(VARIABLE), "{finished}");
}
