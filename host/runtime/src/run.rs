//! The loop: wait for one thing, ask the rules, carry out what they say.

use std::collections::HashMap;
use std::time::Duration;

use agent::{Setup, Turn};
use backends::Backend;
use events::{AgentId, Paths, Reply, RunEvent, RunReport, SCHEMA, UsageReport};
use orchestrator::{Command, Coordination, Input, Millis, Outcome};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::calls::{CallTask, Replied};
use crate::order::Order;
use crate::{Outlet, Team};

/// How long cancelled calls may take to say what they cost.
const GRACE: Duration = Duration::from_secs(1);

/// Everything that can wake a run. A new source is a new variant, never a second loop.
enum Wake {
    Replied(Box<Replied>),
    Deadline,
    Interrupted,
}

/// Runs a team to its end. Cancelling `interrupt` ends the run early, with the best answer so far.
pub async fn run(team: Team, outlet: Outlet, interrupt: CancellationToken) -> RunReport {
    let limits = team.limits.clone();
    let rules = Coordination::new(team.members.iter().map(|it| it.id.clone()), limits);
    outlet.emit(
        None,
        RunEvent::RunStarted {
            question: team.question.clone(),
            agents: team.infos(),
            massgen: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: team.started_at.clone(),
            plan: team.plan.clone(),
        },
    );
    let mut run = Run::new(&team, outlet, interrupt);
    let (outcome, usage) = run.until_settled(rules).await;
    run.report(outcome, usage, team.paths)
}

struct Run {
    seats: HashMap<AgentId, Seat>,
    outlet: Outlet,
    interrupt: CancellationToken,
    interrupted: bool,
    done: mpsc::UnboundedSender<Replied>,
    replies: mpsc::UnboundedReceiver<Replied>,
    order: Order<Replied>,
    under_way: usize,
    usage: UsageReport,
}

/// One agent at the table.
struct Seat {
    backend: Backend,
    setup: Setup,
    active: Option<Active>,
}

/// An agent's conversation. `turn` is away while its model speaks.
struct Active {
    activation: u32,
    turn: Option<Turn>,
    presents: bool,
    cancel: CancellationToken,
}

impl Run {
    fn new(team: &Team, outlet: Outlet, interrupt: CancellationToken) -> Self {
        let seat = |member: &crate::Member| Seat {
            backend: member.backend.clone(),
            setup: team.setup(member),
            active: None,
        };
        let (done, replies) = mpsc::unbounded_channel();
        Self {
            seats: team
                .members
                .iter()
                .map(|it| (it.id.clone(), seat(it)))
                .collect(),
            outlet,
            interrupt,
            interrupted: false,
            done,
            replies,
            order: Order::new(team.order.clone()),
            under_way: 0,
            usage: UsageReport::default(),
        }
    }

    async fn until_settled(&mut self, mut rules: Coordination) -> (Outcome, UsageReport) {
        let mut commands = rules.start(self.now());
        let outcome = loop {
            if let Some(outcome) = self.obey(commands) {
                break outcome;
            }
            commands = match self.next_wake(rules.next_deadline()).await {
                Wake::Replied(replied) => self.take(*replied, &mut rules),
                Wake::Deadline => rules.on_deadline(self.now()),
                Wake::Interrupted => rules.on(self.now(), Input::Interrupted),
            };
        };
        self.drain().await;
        (outcome, std::mem::take(&mut self.usage))
    }

    fn now(&self) -> Millis {
        Millis(self.outlet.now())
    }

    async fn next_wake(&mut self, deadline: Option<Millis>) -> Wake {
        let interrupt = self.interrupt.clone();
        let left = deadline.map(|at| Duration::from_millis(at.0.saturating_sub(self.outlet.now())));
        tokio::select! {
            biased;
            () = interrupt.cancelled(), if !self.interrupted => {
                self.interrupted = true;
                Wake::Interrupted
            }
            () = tokio::time::sleep(left.unwrap_or_default()), if left.is_some() => Wake::Deadline,
            Some(replied) = self.next_reply() => Wake::Replied(Box::new(replied)),
        }
    }

    /// The next ended call, in the recorded order if there is one. Loses nothing when dropped.
    async fn next_reply(&mut self) -> Option<Replied> {
        loop {
            if let Some(replied) = self.order.pop() {
                return Some(replied);
            }
            let replied = self.replies.recv().await?;
            if let Some(replied) = self.order.push(replied.call.clone(), replied) {
                return Some(replied);
            }
        }
    }

    /// Carries out commands; says when the run is over.
    fn obey(&mut self, commands: Vec<Command>) -> Option<Outcome> {
        let mut outcome = None;
        for command in commands {
            match command {
                Command::StartTurn {
                    agent,
                    activation,
                    visible,
                    may_answer,
                    ..
                } => {
                    let begin = |setup: &Setup| Turn::coordinate(setup, &visible, may_answer);
                    self.activate(&agent, activation, false, begin);
                }
                Command::Present {
                    agent,
                    activation,
                    answers,
                    votes,
                    ..
                } => {
                    let begin = |setup: &Setup| Turn::present(setup, &answers, &votes);
                    self.activate(&agent, activation, true, begin);
                }
                Command::ContinueTurn {
                    agent,
                    activation,
                    attempt,
                    replies,
                } => {
                    self.go_on(&agent, activation, attempt, replies);
                }
                Command::CancelTurn { agent, activation } => self.cancel(&agent, activation),
                Command::Emit { agent, event } => self.outlet.emit(agent.as_ref(), event),
                Command::Finish(end) => outcome = Some(end),
            }
        }
        outcome
    }

    fn activate(
        &mut self,
        agent: &AgentId,
        activation: u32,
        presents: bool,
        begin: impl FnOnce(&Setup) -> Turn,
    ) {
        let Some(seat) = self.seats.get_mut(agent) else {
            return;
        };
        let turn = Some(begin(&seat.setup));
        seat.active = Some(Active {
            activation,
            turn,
            presents,
            cancel: CancellationToken::new(),
        });
        self.speak(agent, 1);
    }

    fn go_on(&mut self, agent: &AgentId, activation: u32, attempt: u32, replies: Vec<Reply>) {
        let Some(active) = self.active(agent, activation) else {
            return;
        };
        if let Some(turn) = active.turn.as_mut() {
            turn.reply(&replies);
        }
        self.speak(agent, attempt);
    }

    /// Lets the agent's model speak.
    fn speak(&mut self, agent: &AgentId, attempt: u32) {
        let Some(seat) = self.seats.get_mut(agent) else {
            return;
        };
        let Some(active) = seat.active.as_mut() else {
            return;
        };
        let Some(turn) = active.turn.take() else {
            return;
        };
        let task = CallTask {
            agent: agent.clone(),
            activation: active.activation,
            attempt,
            presents: active.presents,
            backend: seat.backend.clone(),
            turn,
            outlet: self.outlet.clone(),
            done: self.done.clone(),
            cancel: active.cancel.clone(),
        };
        self.under_way += 1;
        tokio::spawn(task.run());
    }

    fn cancel(&mut self, agent: &AgentId, activation: u32) {
        if let Some(active) = self.active(agent, activation) {
            active.cancel.cancel();
        }
    }

    fn active(&mut self, agent: &AgentId, activation: u32) -> Option<&mut Active> {
        let active = self.seats.get_mut(agent)?.active.as_mut()?;
        (active.activation == activation).then_some(active)
    }

    /// Takes a turn back and tells the rules what its model said.
    fn take(&mut self, replied: Replied, rules: &mut Coordination) -> Vec<Command> {
        self.settle(&replied);
        let Replied {
            agent,
            activation,
            turn,
            outcome,
            ..
        } = replied;
        let Some(active) = self.active(&agent, activation) else {
            return Vec::new();
        };
        let (presents, cancelled) = (active.presents, active.cancel.is_cancelled());
        active.turn = Some(turn);
        if cancelled {
            return Vec::new();
        }
        let input = match outcome {
            Ok(response) if presents => Input::Presented {
                text: response.text,
            },
            Err(failure) if presents => Input::PresentationFailed { failure },
            Ok(response) => Input::Responded {
                agent,
                activation,
                response,
            },
            Err(failure) => Input::Failed {
                agent,
                activation,
                failure,
            },
        };
        rules.on(self.now(), input)
    }

    /// A call has ended: says so and counts what it cost.
    fn settle(&mut self, replied: &Replied) {
        self.under_way -= 1;
        self.usage.add(&replied.agent, replied.usage);
        let event = RunEvent::CallEnded {
            call: replied.call.clone(),
            usage: replied.usage,
            finish: replied.finish,
            duration_ms: replied.duration_ms,
        };
        self.outlet.emit(Some(&replied.agent), event);
    }

    /// Ends what is still under way, and waits a moment for what it cost.
    async fn drain(&mut self) {
        for active in self.seats.values().filter_map(|seat| seat.active.as_ref()) {
            active.cancel.cancel();
        }
        for replied in self.order.drain() {
            self.settle(&replied);
        }
        let all = async {
            while self.under_way > 0 {
                let Some(replied) = self.replies.recv().await else {
                    break;
                };
                self.settle(&replied);
            }
        };
        // A call that does not end in time is lost with its process.
        drop(tokio::time::timeout(GRACE, all).await);
    }

    fn report(&self, outcome: Outcome, usage: UsageReport, paths: Paths) -> RunReport {
        let status = outcome.status;
        let event = RunEvent::RunFinished {
            status,
            exit_code: status.exit_code(),
            paths: paths.clone(),
        };
        self.outlet.emit(None, event);
        RunReport {
            schema: SCHEMA,
            status,
            answer: outcome.answer,
            winner: outcome.winner,
            answers: outcome.answers,
            votes: outcome.votes,
            usage,
            timings: outcome.timings,
            paths,
        }
    }
}
