//! What holds however answers, votes, failures and deadlines fall.

use std::collections::{BTreeMap, BTreeSet};

use events::{AgentId, Call, FaultCode, FinishReason, Label, Response, RunEvent};
use proptest::prelude::*;
use serde_json::json;

use crate::{Command, Coordination, Failure, Input, Limits, Millis, Outcome};

/// Something that happens; agents are named by their place in the team, modulo its size.
#[derive(Debug, Clone)]
enum Happening {
    Answer { agent: usize, text: u8 },
    Vote { agent: usize, target: u32 },
    Text { agent: usize, text: &'static str },
    Failure { agent: usize, retryable: bool },
    Stale { agent: usize },
    Presented { text: &'static str },
    PresentationFailed,
    Interrupted,
    Time { ms: u64 },
}

fn happening() -> impl Strategy<Value = Happening> {
    let text = prop_oneof![Just(""), Just("some text")];
    prop_oneof![
        4 => (0..4_usize, 0..6_u8).prop_map(|(agent, text)| Happening::Answer { agent, text }),
        8 => (0..4_usize, 0..6_u32).prop_map(|(agent, target)| Happening::Vote { agent, target }),
        4 => (0..4_usize, text.clone()).prop_map(|(agent, text)| Happening::Text { agent, text }),
        2 => (0..4_usize, any::<bool>())
            .prop_map(|(agent, retryable)| Happening::Failure { agent, retryable }),
        2 => (0..4_usize).prop_map(|agent| Happening::Stale { agent }),
        2 => text.prop_map(|text| Happening::Presented { text }),
        1 => Just(Happening::PresentationFailed),
        1 => prop::bool::weighted(0.1).prop_map(|stop| {
            if stop { Happening::Interrupted } else { Happening::Time { ms: 0 } }
        }),
        4 => (0..700_000_u64).prop_map(|ms| Happening::Time { ms }),
    ]
}

/// Follows the commands and checks each against what came before.
#[derive(Default)]
struct Witness {
    out: BTreeSet<AgentId>,
    visible: BTreeMap<AgentId, Vec<Label>>,
    current: BTreeMap<u32, Label>,
    votes: BTreeMap<AgentId, Label>,
    presentations: u32,
    outcome: Option<Outcome>,
}

impl Witness {
    fn see(&mut self, command: Command) {
        assert!(self.outcome.is_none(), "{command:?} after the outcome");
        match command {
            Command::StartTurn {
                agent,
                visible,
                may_vote,
                ..
            } => {
                self.is_live(&agent);
                let labels: Vec<Label> = visible.iter().map(|answer| answer.label).collect();
                assert!(
                    labels.iter().eq(self.current.values()),
                    "not all answers are shown"
                );
                assert_eq!(may_vote, !labels.is_empty());
                assert!(
                    !self.votes.contains_key(&agent),
                    "{agent} was asked after it had voted"
                );
                self.visible.insert(agent, labels);
            }
            Command::ContinueTurn { agent, .. } | Command::CancelTurn { agent, .. } => {
                self.is_live(&agent);
            }
            Command::Present { agent, votes, .. } => {
                self.is_live(&agent);
                assert_eq!(votes.len(), self.votes.len());
                self.presentations += 1;
            }
            Command::Emit {
                agent: Some(agent),
                event,
            } => self.hear(agent, event),
            Command::Emit { .. } => {}
            Command::Finish(outcome) => self.outcome = Some(outcome),
        }
    }

    fn hear(&mut self, agent: AgentId, event: RunEvent) {
        match event {
            RunEvent::AnswerRecorded { label, .. } => {
                self.current.insert(label.position(), label);
                self.votes.clear();
            }
            RunEvent::VoteRecorded { target_label, .. } => {
                assert!(
                    self.visible[&agent].contains(&target_label),
                    "vote for an unseen answer"
                );
                assert_eq!(self.current[&target_label.position()], target_label);
                self.votes.insert(agent, target_label);
            }
            RunEvent::AgentFailed { r#final: true, .. } => {
                self.out.insert(agent);
            }
            _ => {}
        }
    }

    fn is_live(&self, agent: &AgentId) {
        assert!(
            !self.out.contains(agent),
            "a command for {agent}, who is out"
        );
    }

    fn check_end(&self) {
        let outcome = self.outcome.as_ref().expect("the run has no outcome");
        assert!(self.presentations <= 1);
        assert_eq!(outcome.votes.len(), self.votes.len());
        assert_eq!(outcome.answer.is_none(), self.current.is_empty());
        assert_eq!(outcome.winner.is_none(), self.current.is_empty());
        let labels = outcome.answers.iter().map(|answer| &answer.label);
        assert!(labels.eq(self.current.values()));
    }
}

fn input(rules: &Coordination, happening: &Happening) -> Option<Input> {
    let place = |agent: usize| {
        let seat = &rules.seats[agent % rules.seats.len()];
        (seat.id.clone(), seat.activation)
    };
    let failure = |retryable| Failure {
        retryable,
        code: FaultCode::UPSTREAM,
        message: String::new(),
        retry_after: Millis::default(),
    };
    let responded = |(agent, activation), text: &str, made: Option<(&str, serde_json::Value)>| {
        let call = |(name, arguments): (&str, _)| Call {
            id: "c".to_owned(),
            name: name.to_owned(),
            arguments,
        };
        let response = Response {
            text: text.to_owned(),
            calls: made.map(call).into_iter().collect(),
            finish: FinishReason::Stop,
        };
        Input::Responded {
            agent,
            activation,
            response,
        }
    };
    Some(match *happening {
        Happening::Answer { agent, text } => {
            let arguments = json!({"content": format!("text {text}")});
            responded(place(agent), "", Some(("new_answer", arguments)))
        }
        Happening::Vote { agent, target } => {
            let arguments = json!({"agent_id": Label::agent(target).to_string()});
            responded(place(agent), "", Some(("vote", arguments)))
        }
        Happening::Text { agent, text } => responded(place(agent), text, None),
        Happening::Failure { agent, retryable } => {
            let (agent, activation) = place(agent);
            Input::Failed {
                agent,
                activation,
                failure: failure(retryable),
            }
        }
        Happening::Stale { agent } => {
            let (agent, activation) = place(agent);
            responded((agent, activation.wrapping_sub(1)), "late", None)
        }
        Happening::Presented { text } => Input::Presented {
            text: text.to_owned(),
            finish: FinishReason::Stop,
        },
        Happening::PresentationFailed => Input::PresentationFailed {
            failure: failure(true),
        },
        Happening::Interrupted => Input::Interrupted,
        Happening::Time { .. } => return None,
    })
}

fn play(team: usize, limits: Limits, happenings: &[Happening]) -> Witness {
    let ids = (0..team).map(|n| AgentId::from(format!("agent{n}")));
    let mut rules = Coordination::new(ids, limits);
    let mut witness = Witness::default();
    let mut now = Millis::default();
    rules
        .start(now)
        .into_iter()
        .for_each(|command| witness.see(command));
    for happening in happenings {
        if let Happening::Time { ms } = happening {
            now = now + Millis(*ms);
        }
        let commands = match input(&rules, happening) {
            Some(input) => rules.on(now, input),
            None => rules.on_deadline(now),
        };
        commands
            .into_iter()
            .for_each(|command| witness.see(command));
    }
    while let Some(deadline) = rules.next_deadline() {
        now = now.max(deadline);
        let commands = rules.on_deadline(now);
        assert!(!commands.is_empty(), "nothing was due at {deadline:?}");
        commands
            .into_iter()
            .for_each(|command| witness.see(command));
    }
    witness
}

proptest! {
    #[test]
    fn every_run_keeps_the_rules_and_ends(
        team in 1..5_usize,
        wait_for_peers in any::<bool>(),
        happenings in prop::collection::vec(happening(), 0..80),
    ) {
        let limits = Limits { wait_for_peers, ..Limits::default() };
        play(team, limits, &happenings).check_end();
    }
}
