//! Models that cannot call tools: calls written as text, and plain text at the last attempt.

use it::{Massgen, Team, agent_id};
use support::{Fake, Script, Shape, Target, answer, on, text, vote};

use crate::scripts::{FINAL, QUESTION, assert_told_well, decent, first_answer};

#[test]
fn calls_written_as_text_count_in_every_shape() {
    let shapes = [
        ("ann", Shape::Bare),
        ("bob", Shape::Fenced),
        ("cy", Shape::Tagged),
    ];
    let script = shapes.iter().fold(Script::new(), |script, (model, shape)| {
        script
            .rule(on(model).presenting(), text(FINAL))
            .rule(
                on(model).offering("vote"),
                vote(Target::FirstOffered).written(*shape),
            )
            .rule(
                on(model),
                answer(&first_answer(model))
                    .written(*shape)
                    .saying("Let me see."),
            )
    });
    let fake = Fake::start(script);
    let team = Team::on(&fake, &shapes.map(|it| it.0));
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
    for (n, (model, _)) in shapes.iter().enumerate() {
        let answer = &document["answers"][n];
        assert_eq!(answer["text"], first_answer(model));
        assert_eq!(answer["source"], "tool");
    }
    assert_eq!(document["votes"].as_array().unwrap().len(), 3);
    assert_eq!(
        finished.events_named("rule_violation", None).len(),
        0,
        "{finished}"
    );
}

#[test]
fn plain_text_at_the_last_attempt_is_the_answer() {
    let script = Script::new()
        .rule(on("ann").presenting(), text(FINAL))
        .rule(on("ann"), text("It is Paris."));
    let fake = Fake::start(script);
    let team = Team::on(&fake, &["ann"]);
    let arguments = ["--output", "json", QUESTION];
    let finished = Massgen::new()
        .run(&team)
        .args(&arguments)
        .finish()
        .expect(0);
    let document = finished.document();
    assert_eq!(document["answer"], FINAL);
    assert_eq!(document["answers"][0]["text"], "It is Paris.");
    assert_eq!(document["answers"][0]["source"], "text");
    assert_eq!(
        finished.events_named("rule_violation", None).len(),
        2,
        "{finished}"
    );
}

#[test]
fn plain_text_beside_answers_of_others_is_an_abstention() {
    let script = Script::new().rule(on("ann").coordinating(), text("I like what I see."));
    let fake = Fake::start(decent(script, "bob"));
    let team = Team::on(&fake, &["bob", "ann"]);
    let arguments = ["--output", "json", QUESTION];
    let finished = Massgen::new()
        .run(&team)
        .args(&arguments)
        .finish()
        .expect(0);
    assert_told_well(&fake);
    let document = finished.document();
    assert_eq!(document["winner"], agent_id("bob"));
    let voters: Vec<_> = document["votes"].as_array().unwrap().iter().collect();
    assert_eq!(voters.len(), 1, "{finished}");
    let abstained = finished.events_named("abstained", Some(&agent_id("ann")));
    assert!(!abstained.is_empty(), "{finished}");
}
