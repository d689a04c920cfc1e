//! When coordination ends, who wins, and what is delivered.

use expect_test::expect;

use super::{check, check_with};
use crate::{Limits, Millis};

#[test]
fn a_lone_agent_presents_its_answer_without_a_vote() {
    check(
        "ann",
        "ann answers Paris \n ann presents It is Paris.",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            ann presents It is Paris. -> finish Ok: It is Paris. of ann, 1 answers, votes []
        "#]],
    );
}

#[test]
fn the_last_live_agent_with_the_only_answer_stops_judging_itself() {
    check(
        "ann bob",
        "ann answers Paris \n bob dies \n ann presents Paris!",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob dies -> bob is out, consensus, cancel ann #2, ann wins, present ann [agent1.1!] with 0 votes
            ann presents Paris! -> finish Partial: Paris! of ann, 1 answers, votes []
        "#]],
    );
}

#[test]
fn the_last_live_agent_still_judges_the_answers_of_the_failed() {
    check(
        "ann bob",
        "ann answers Paris \n ann dies \n bob votes ann \n bob votes ann",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            ann dies -> ann is out
            bob votes ann -> start bob #2 [agent1.1]
            bob votes ann -> bob voted agent1.1, consensus, ann wins, finish Partial: Paris of ann, 1 answers, votes [bob for ann]
        "#]],
    );
}

#[test]
fn without_any_live_agent_answers_are_still_delivered() {
    check(
        "ann bob",
        "ann answers Paris \n bob dies \n ann dies",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob dies -> bob is out, consensus, cancel ann #2, ann wins, present ann [agent1.1!] with 0 votes
            ann dies -> 
        "#]],
    );
    check(
        "ann bob",
        "bob answers Rome \n bob dies \n ann dies",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            bob dies -> bob is out
            ann dies -> ann is out, bob wins, finish Partial: Rome of bob, 1 answers, votes []
        "#]],
    );
    check(
        "ann bob",
        "bob dies \n ann dies",
        expect![[r#"
        start -> start ann #1 [] to answer, start bob #1 [] to answer
        bob dies -> bob is out
        ann dies -> ann is out, finish Failed: nothing of nobody, 0 answers, votes []
    "#]],
    );
}

#[test]
fn the_deadline_of_coordination_ends_it_with_what_there_is() {
    let script = "
        ann answers Paris
        bob answers Rome
        ann votes bob
        ann votes bob
        +1800 bob votes ann
        +599 bob presents Rome!
    ";
    let limits = Limits {
        turn: Millis::seconds(9999),
        ..Limits::default()
    };
    check_with(
        limits.clone(),
        "ann bob",
        script,
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
            ann votes bob -> start ann #3 [agent1.1! agent2.1]
            ann votes bob -> ann voted agent2.1
            +1800 bob votes ann -> Coordination timeout, cancel bob #2, bob is cut off, bob wins, present bob [agent1.1 agent2.1!] with 1 votes
            +599 bob presents Rome! -> finish Partial: Rome! of bob, 2 answers, votes [ann for bob]
        "#]],
    );
    check_with(
        limits,
        "ann bob",
        "+1800 tick",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            +1800 tick -> Coordination timeout, cancel ann #1, ann is out, cancel bob #1, bob is out, finish Deadline: nothing of nobody, 0 answers, votes []
        "#]],
    );
}

#[test]
fn a_presentation_that_cannot_be_used_gives_way_to_the_stored_answer() {
    check(
        "ann",
        "ann answers Paris \n ann presents",
        expect![[r#"
        start -> start ann #1 [] to answer
        ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
        ann presents -> ann rejected (Empty), finish Partial: Paris of ann, 1 answers, votes []
    "#]],
    );
    check(
        "ann",
        "ann answers Paris \n ann stumbles",
        expect![[r#"
        start -> start ann #1 [] to answer
        ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
        ann stumbles -> ann rejected (Failed), finish Partial: Paris of ann, 1 answers, votes []
    "#]],
    );
    check(
        "ann",
        "ann answers Paris \n +600 ann presents Paris! \n tick",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            +600 ann presents Paris! -> cancel ann #2, Presentation timeout, ann rejected (Deadline), finish Partial: Paris of ann, 1 answers, votes []
            tick -> 
        "#]],
    );
}

#[test]
fn a_refusal_or_a_cut_off_text_never_looks_like_an_answer() {
    check(
        "ann",
        "ann answers Paris \n ann declines I cannot help",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            ann declines I cannot help -> ann rejected (Failed), finish Partial: Paris of ann, 1 answers, votes []
        "#]],
    );
    check(
        "ann",
        "ann answers Paris \n ann overflows The capital of",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            ann overflows The capital of -> ann rejected (Failed), finish Partial: Paris of ann, 1 answers, votes []
        "#]],
    );
    check(
        "ann bob",
        "ann declines I cannot help \n bob overflows half \n bob overflows half \n bob overflows half",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann declines I cannot help -> ann is out
            bob overflows half -> ask bob #1 again (2)
            bob overflows half -> ask bob #1 again (3)
            bob overflows half -> bob rests 1000 ms
        "#]],
    );
}

#[test]
fn an_interrupted_run_gives_its_best_answer() {
    check(
        "ann bob",
        "interrupt",
        expect![[r#"
        start -> start ann #1 [] to answer, start bob #1 [] to answer
        interrupt -> cancel ann #1, cancel bob #1, finish Interrupted: nothing of nobody, 0 answers, votes []
    "#]],
    );
    check(
        "ann bob",
        "bob answers Rome \n interrupt \n interrupt",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            interrupt -> cancel ann #1, cancel bob #2, bob wins, finish Interrupted: Rome of bob, 1 answers, votes []
            interrupt -> 
        "#]],
    );
    check(
        "ann",
        "ann answers Paris \n interrupt \n ann presents Paris!",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            interrupt -> cancel ann #2, ann rejected (Interrupted), finish Interrupted: Paris of ann, 1 answers, votes []
            ann presents Paris! -> 
        "#]],
    );
}

#[test]
fn registration_order_decides_a_tie_and_a_run_without_votes() {
    check(
        "ann bob cid",
        "
        cid answers Oslo
        bob answers Rome
        cid votes bob
        cid votes bob
        bob votes cid
        ann votes cid
        ann says Paris
        ann says Paris
        ann says Paris
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer, start cid #1 [] to answer
            cid answers Oslo -> cid answered agent3.1, start cid #2 [agent3.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1! agent3.1]
            cid votes bob -> start cid #3 [agent2.1 agent3.1!]
            cid votes bob -> cid voted agent2.1
            bob votes cid -> bob voted agent3.1
            ann votes cid -> start ann #2 [agent2.1 agent3.1]
            ann says Paris -> ask ann #2 again (2)
            ann says Paris -> ask ann #2 again (3)
            ann says Paris -> ann abstained, consensus, bob wins a tie, present bob [agent2.1! agent3.1] with 2 votes
        "#]],
    );
    check(
        "ann bob cid",
        "bob answers Rome \n cid answers Oslo \n +1800 tick",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer, start cid #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            cid answers Oslo -> cid answered agent3.1, start cid #2 [agent2.1 agent3.1!]
            +1800 tick -> Coordination timeout, cancel ann #1, ann is out, cancel bob #2, bob is cut off, cancel cid #2, cid is cut off, bob wins a tie, present bob [agent2.1! agent3.1] with 0 votes
        "#]],
    );
}

#[test]
fn a_team_of_nobody_fails_at_once() {
    check(
        "",
        "tick",
        expect![[r#"
        start -> finish Failed: nothing of nobody, 0 answers, votes []
        tick -> 
    "#]],
    );
}
