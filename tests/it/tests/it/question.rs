//! Where the question comes from.

use it::{Massgen, Team};
use support::Fake;

use crate::scripts::{FINAL, QUESTION, consensus};

#[test]
fn a_piped_question_is_read_from_stdin() {
    let fake = Fake::start(consensus(&["ann"]));
    let massgen = Massgen::new().run(&Team::on(&fake, &["ann"]));
    let finished = massgen
        .piping(&format!("{QUESTION}\nIn one word.\n"))
        .finish()
        .expect(0);
    assert_eq!(finished.stdout, format!("{FINAL}\n"));
    assert!(
        fake.requests("ann")[0]
            .words()
            .contains(&format!("{QUESTION}\nIn one word."))
    );
}

#[test]
fn an_argument_wins_over_stdin() {
    let fake = Fake::start(consensus(&["ann"]));
    let massgen = Massgen::new().run(&Team::on(&fake, &["ann"])).arg(QUESTION);
    massgen.piping("Something else?").finish().expect(0);
    assert!(!fake.requests("ann")[0].words().contains("Something else?"));
}

#[test]
fn no_question_is_a_mistake() {
    for piped in ["", " \n\n"] {
        let fake = Fake::start(consensus(&["ann"]));
        let massgen = Massgen::new().run(&Team::on(&fake, &["ann"]));
        let finished = massgen.piping(piped).finish().expect(1);
        assert!(finished.stderr.contains("question"), "{finished}");
        assert_eq!(fake.all_requests().len(), 0);
    }
}

#[test]
fn on_a_terminal_the_interactive_mode_is_announced() {
    let fake = Fake::start(consensus(&["ann"]));
    let massgen = Massgen::new().run(&Team::on(&fake, &["ann"]));
    let finished = massgen.at_terminal().finish().expect(1);
    assert!(finished.stderr.contains("interactive"), "{finished}");
}

#[test]
fn one_agent_needs_no_file() {
    let fake = Fake::start(consensus(&["ann"]));
    let url = fake.base_url();
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
    let finished = Massgen::new().args(&arguments).finish().expect(0);
    assert_eq!(finished.stdout, format!("{FINAL}\n"));
}

#[test]
fn a_vllm_server_names_its_model_itself() {
    let fake = Fake::start(consensus(&["ann"]).listing(&["ann", "zoe"]));
    let arguments = [
        "run",
        "--backend",
        "vllm",
        "--base-url",
        &fake.base_url(),
        QUESTION,
    ];
    let finished = Massgen::new().args(&arguments).finish().expect(0);
    assert_eq!(finished.stdout, format!("{FINAL}\n"));
}
