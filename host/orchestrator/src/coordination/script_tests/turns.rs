//! Answers, votes, restarts and failures before the end.

use expect_test::expect;

use super::{check, check_with};
use crate::Limits;

#[test]
fn an_answer_restarts_everybody_and_votes_end_the_run() {
    check(
        "ann bob",
        "
        ann answers Paris
        bob votes ann
        bob votes ann
        ann votes ann
        ann presents It is Paris.
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob votes ann -> start bob #2 [agent1.1]
            bob votes ann -> bob voted agent1.1
            ann votes ann -> ann voted agent1.1, consensus, ann wins, present ann [agent1.1!] with 2 votes
            ann presents It is Paris. -> finish Ok: It is Paris. of ann, 1 answers, votes [ann for ann, bob for ann]
        "#]],
    );
}

#[test]
fn a_new_answer_voids_every_vote() {
    check(
        "ann bob cid",
        "
        ann answers Paris
        bob answers Rome
        ann votes bob
        ann votes bob
        cid votes ann
        cid answers Oslo
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer, start cid #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
            ann votes bob -> start ann #3 [agent1.1! agent2.1]
            ann votes bob -> ann voted agent2.1
            cid votes ann -> start cid #2 [agent1.1 agent2.1]
            cid answers Oslo -> cid answered agent3.1, ann loses its vote (NewAnswer), start ann #4 [agent1.1! agent2.1 agent3.1], start cid #3 [agent1.1 agent2.1 agent3.1!]
        "#]],
    );
}

#[test]
fn a_vote_on_answers_out_of_date_does_not_count() {
    check(
        "ann bob",
        "ann answers Paris \n bob says hm \n ann answers Oslo \n bob votes ann",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob says hm -> start bob #2 [agent1.1]
            ann answers Oslo -> ann answered agent1.2, start ann #3 [agent1.2!]
            bob votes ann -> bob loses its vote (RestartPending), start bob #3 [agent1.2]
        "#]],
    );
}

#[test]
fn what_comes_late_from_an_earlier_activation_is_ignored() {
    check(
        "ann bob",
        "
        ann answers Paris
        ann late answers Rome
        ann late breaks
        ann late dies
        ann answers Oslo
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            ann late answers Rome -> 
            ann late breaks -> 
            ann late dies -> 
            ann answers Oslo -> ann answered agent1.2, start ann #3 [agent1.2!]
        "#]],
    );
}

#[test]
fn an_answer_is_accepted_although_a_newer_one_was_not_seen() {
    check(
        "ann bob",
        "
        ann answers Paris
        bob answers Rome
        bob answers Paris
        ann answers Oslo
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
            bob answers Paris -> ask bob #2 again (2)
            ann answers Oslo -> ann answered agent1.2, start ann #3 [agent1.2! agent2.1]
        "#]],
    );
}

#[test]
fn a_rule_broken_under_a_pending_restart_restarts_at_once() {
    check(
        "ann bob",
        "bob says hm \n ann answers Paris \n bob says hm",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob says hm -> ask bob #1 again (2)
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob says hm -> start bob #2 [agent1.1]
        "#]],
    );
}

#[test]
fn plain_text_at_the_last_attempt_answers_and_then_abstains() {
    check(
        "ann bob",
        "
        ann says Paris
        ann says Paris
        ann says It is Paris.
        bob says Rome
        bob says Rome
        bob says Rome
        bob says Rome
        ann says Paris
        ann says Paris
        ann says Paris
        ann presents Done.
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann says Paris -> ask ann #1 again (2)
            ann says Paris -> ask ann #1 again (3)
            ann says It is Paris. -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob says Rome -> start bob #2 [agent1.1]
            bob says Rome -> ask bob #2 again (2)
            bob says Rome -> ask bob #2 again (3)
            bob says Rome -> bob abstained
            ann says Paris -> ask ann #2 again (2)
            ann says Paris -> ask ann #2 again (3)
            ann says Paris -> ann abstained, consensus, ann wins, present ann [agent1.1!] with 0 votes
            ann presents Done. -> finish Ok: Done. of ann, 1 answers, votes []
        "#]],
    );
}

#[test]
fn an_abstention_is_void_after_a_new_answer() {
    check(
        "ann bob",
        "
        ann answers Paris
        bob answers Rome
        ann answers Paris
        ann says fine
        ann says fine
        ann says fine
        bob answers Oslo
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
            ann answers Paris -> start ann #3 [agent1.1! agent2.1]
            ann says fine -> ask ann #3 again (2)
            ann says fine -> ask ann #3 again (3)
            ann says fine -> ann abstained
            bob answers Oslo -> bob answered agent2.2, start ann #4 [agent1.1! agent2.2], start bob #3 [agent1.1 agent2.2!]
        "#]],
    );
}

#[test]
fn failed_activations_rest_longer_and_longer_and_then_end_the_agent() {
    check(
        "ann bob",
        "
        ann breaks
        tick
        +1 tick
        ann breaks
        +2 tick
        ann breaks
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann breaks -> ann rests 1000 ms
            tick -> 
            +1 tick -> start ann #2 [] to answer
            ann breaks -> ann rests 2000 ms
            +2 tick -> start ann #3 [] to answer
            ann breaks -> ann is out
        "#]],
    );
}

#[test]
fn a_decision_between_failures_makes_them_not_consecutive() {
    check(
        "ann bob",
        "
        ann breaks
        +1 tick
        ann breaks
        +2 tick
        ann answers Paris
        ann breaks
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann breaks -> ann rests 1000 ms
            +1 tick -> start ann #2 [] to answer
            ann breaks -> ann rests 2000 ms
            +2 tick -> start ann #3 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #4 [agent1.1!]
            ann breaks -> ann rests 1000 ms
        "#]],
    );
}

#[test]
fn a_turn_that_takes_too_long_fails() {
    check(
        "ann bob",
        "bob answers Rome \n +600 tick \n ann answers Paris \n +1 tick",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            +600 tick -> cancel ann #1, ann Turn timeout, ann rests 1000 ms, cancel bob #2, bob Turn timeout, bob rests 1000 ms
            ann answers Paris -> 
            +1 tick -> start ann #2 [agent2.1], start bob #3 [agent2.1!]
        "#]],
    );
}

#[test]
fn after_its_last_allowed_answer_an_agent_can_only_vote() {
    let limits = Limits {
        new_answers: std::num::NonZeroU32::new(1),
        ..Limits::default()
    };
    check_with(
        limits,
        "ann bob",
        "ann answers Paris \n ann answers Rome",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!] to vote
            ann answers Rome -> ask ann #2 again (2)
        "#]],
    );
}

#[test]
fn with_wait_for_peers_a_lonely_answer_is_not_judged() {
    let limits = Limits {
        wait_for_peers: true,
        ..Limits::default()
    };
    check_with(
        limits.clone(),
        "ann bob",
        "ann answers Paris \n bob votes ann \n bob votes ann \n ann votes ann",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1
            bob votes ann -> start ann #2 [agent1.1!], start bob #2 [agent1.1]
            bob votes ann -> bob voted agent1.1
            ann votes ann -> ann voted agent1.1, consensus, ann wins, present ann [agent1.1!] with 2 votes
        "#]],
    );
    check_with(
        limits,
        "ann bob",
        "ann answers Paris \n bob breaks \n +1 tick",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1
            bob breaks -> bob rests 1000 ms, start ann #2 [agent1.1!]
            +1 tick -> start bob #2 [agent1.1]
        "#]],
    );
}
