//! Many agents at once.

use it::{Massgen, Team, agent_id};
use support::Fake;

use crate::scripts::{FINAL, QUESTION, assert_told_well, consensus};

#[test]
fn twenty_agents_end_well() {
    let names: Vec<String> = (1..=20).map(|n| format!("model-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fake = Fake::start(consensus(&names));
    let team = Team::on(&fake, &names);
    let arguments = ["--output", "json", QUESTION];
    let finished = Massgen::new()
        .run(&team)
        .args(&arguments)
        .finish()
        .expect(0);
    assert_told_well(&fake);
    let document = finished.document();
    assert_eq!(
        (&document["status"], &document["answer"]),
        (&"ok".into(), &FINAL.into())
    );
    assert_eq!(document["winner"], agent_id("model-1"));
    assert_eq!(document["answers"].as_array().unwrap().len(), 20);
    assert_eq!(document["votes"].as_array().unwrap().len(), 20);
}
