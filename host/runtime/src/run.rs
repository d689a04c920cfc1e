//! The loop: wait for one thing, ask the rules, carry out what they say.

use std::collections::HashMap;
use std::time::Duration;

use agent::{Setup, Turn};
use backends::Backend;
use events::{
    AgentId, AgentInfo, FailureCause, Paths, RejectKind, Reply, RunEvent, RunReport, SCHEMA,
    UsageReport,
};
use orchestrator::{Command, Coordination, Input, Millis, Outcome};
use services::Lent;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::attempt::{Attempt, Over, Report};
use crate::doing::Doing;
use crate::lending::{self, Opening, Scene, Talk};
use crate::model_call::CallEnd;
use crate::order::Order;
use crate::outcomes::Outcomes;
use crate::{Outlet, Team};

/// How long cancelled attempts may take to say what they cost.
const GRACE: Duration = Duration::from_secs(1);

/// Everything that can wake a run. A new source is a new variant, never a second loop.
enum Wake {
    Reported(Report),
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
    for member in &team.members {
        lending::start(&member.lent, &member.id, &outlet);
    }
    let mut run = Run::new(&team, outlet, interrupt);
    let (outcome, usage) = run.until_settled(rules).await;
    lending::close(team.members.iter().map(|it| it.lent.clone())).await;
    run.report(outcome, &team.infos(), usage, team.paths)
}

struct Run {
    seats: HashMap<AgentId, Seat>,
    outlet: Outlet,
    interrupt: CancellationToken,
    interrupted: bool,
    told: mpsc::UnboundedSender<Report>,
    reports: mpsc::UnboundedReceiver<Report>,
    order: Order<Report>,
    tasks: JoinSet<()>,
    under_way: usize,
    usage: UsageReport,
    outcomes: Outcomes,
}

/// One agent at the table.
struct Seat {
    backend: Backend,
    lent: Lent,
    setup: Setup,
    active: Option<Active>,
}

/// An agent's conversation. `turn` is away while an attempt is under way.
struct Active {
    activation: u32,
    turn: Option<Turn>,
    presents: bool,
    cancel: CancellationToken,
    doing: Doing,
}

impl Run {
    fn new(team: &Team, outlet: Outlet, interrupt: CancellationToken) -> Self {
        let seat = |member: &crate::Member| Seat {
            backend: member.backend.clone(),
            lent: member.lent.clone(),
            setup: team.setup(member),
            active: None,
        };
        let (told, reports) = mpsc::unbounded_channel();
        Self {
            seats: team
                .members
                .iter()
                .map(|it| (it.id.clone(), seat(it)))
                .collect(),
            outlet,
            interrupt,
            interrupted: false,
            told,
            reports,
            order: Order::new(team.order.clone()),
            tasks: JoinSet::new(),
            under_way: 0,
            usage: UsageReport::default(),
            outcomes: Outcomes::default(),
        }
    }

    async fn until_settled(&mut self, mut rules: Coordination) -> (Outcome, UsageReport) {
        let mut commands = rules.start(self.now());
        let outcome = loop {
            if let Some(outcome) = self.obey(commands) {
                break outcome;
            }
            commands = match self.next_wake(rules.next_deadline()).await {
                Wake::Reported(report) => self.take(report, &mut rules),
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
            Some(report) = self.next_report() => Wake::Reported(report),
        }
    }

    /// The next report; ends of model calls in the recorded order if there is one. Loses nothing
    /// when dropped.
    async fn next_report(&mut self) -> Option<Report> {
        loop {
            if let Some(report) = self.order.pop() {
                return Some(report);
            }
            let report = self.reports.recv().await?;
            let Some(call) = report.call().map(str::to_owned) else {
                return Some(report);
            };
            if let Some(report) = self.order.push(call, report) {
                return Some(report);
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
                    let scene = Scene::Coordination {
                        visible,
                        may_answer,
                    };
                    self.activate(&agent, activation, scene);
                }
                Command::Present {
                    agent,
                    activation,
                    answers,
                    votes,
                    ..
                } => {
                    let scene = Scene::Presentation { answers, votes };
                    self.activate(&agent, activation, scene);
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
                Command::Emit { agent, event } => self.tell(agent.as_ref(), event),
                Command::Finish(end) => outcome = Some(end),
            }
        }
        outcome
    }

    /// Tells observers what the rules say, and keeps it for the report.
    fn tell(&mut self, agent: Option<&AgentId>, mut event: RunEvent) {
        if let Some(agent) = agent {
            self.add_wait(agent, &mut event);
            self.outcomes.note(agent, &event);
        }
        self.outlet.emit(agent, event);
    }

    /// The rules know that an agent was too late; what it waited for is known here.
    fn add_wait(&self, agent: &AgentId, event: &mut RunEvent) {
        let message = match event {
            RunEvent::AgentFailed {
                cause: FailureCause::RunDeadline | FailureCause::TurnDeadline,
                message,
                ..
            }
            | RunEvent::FinalRejected {
                kind: RejectKind::Deadline,
                message,
                ..
            } => message,
            _ => return,
        };
        let Some(seat) = self.seats.get(agent) else {
            return;
        };
        let wait = seat.active.as_ref().and_then(|it| it.doing.words());
        let why = wait.or_else(|| self.outcomes.reason(agent).map(str::to_owned));
        if let Some(why) = why {
            *message = seat.lent.mask(&late(message, &why));
        }
    }

    fn activate(&mut self, agent: &AgentId, activation: u32, scene: Scene) {
        let Some(seat) = self.seats.get_mut(agent) else {
            return;
        };
        seat.active = Some(Active {
            activation,
            turn: None,
            presents: matches!(scene, Scene::Presentation { .. }),
            cancel: CancellationToken::new(),
            doing: Doing::default(),
        });
        let setup = seat.setup.clone();
        let opening = Opening { setup, scene };
        self.attempt(agent, 1, Talk::New(Box::new(opening)));
    }

    fn go_on(&mut self, agent: &AgentId, activation: u32, attempt: u32, replies: Vec<Reply>) {
        let active = self.active(agent, activation);
        if let Some(mut turn) = active.and_then(|active| active.turn.take()) {
            turn.reply(&replies);
            self.attempt(agent, attempt, Talk::Going(Box::new(turn)));
        }
    }

    /// Lets the agent's model speak, until it has said something for the rules.
    fn attempt(&mut self, agent: &AgentId, attempt: u32, talk: Talk) {
        let Some(seat) = self.seats.get(agent) else {
            return;
        };
        let Some(active) = seat.active.as_ref() else {
            return;
        };
        let task = Attempt {
            agent: agent.clone(),
            activation: active.activation,
            attempt,
            presents: active.presents,
            backend: seat.backend.clone(),
            lent: seat.lent.clone(),
            outlet: self.outlet.clone(),
            reports: self.told.clone(),
            cancel: active.cancel.clone(),
            doing: active.doing.clone(),
        };
        while self.tasks.try_join_next().is_some() {}
        self.under_way += 1;
        self.tasks.spawn(task.run(talk));
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

    /// Takes in a report, and tells the rules of an attempt that is over.
    fn take(&mut self, report: Report, rules: &mut Coordination) -> Vec<Command> {
        let Some(over) = self.settle(report) else {
            return Vec::new();
        };
        let Over {
            agent,
            activation,
            turn,
            outcome,
            ..
        } = over;
        let Some(active) = self.active(&agent, activation) else {
            return Vec::new();
        };
        let (presents, cancelled) = (active.presents, active.cancel.is_cancelled());
        active.turn = turn;
        if cancelled {
            return Vec::new();
        }
        active.doing.end();
        let input = match outcome {
            Ok(response) if presents => Input::Presented {
                text: response.text,
                finish: response.finish,
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

    /// Counts what a report tells. Returns an attempt that is over; one that is not goes on.
    fn settle(&mut self, report: Report) -> Option<Over> {
        match report {
            Report::Round { agent, end, go_on } => {
                self.end_call(&agent, &end);
                // An attempt that was cancelled meanwhile does not wait for it.
                let _ = go_on.send(());
                None
            }
            Report::Over(over) => {
                self.under_way -= 1;
                if let Some(end) = &over.end {
                    self.end_call(&over.agent, end);
                }
                Some(*over)
            }
        }
    }

    /// A model call has ended: says so and counts what it cost.
    fn end_call(&mut self, agent: &AgentId, end: &CallEnd) {
        self.usage.add(agent, end.usage, end.is_unpriced);
        self.outlet.emit(Some(agent), end.event());
    }

    /// Ends what is still under way, and waits a moment for what it cost.
    async fn drain(&mut self) {
        for active in self.seats.values().filter_map(|seat| seat.active.as_ref()) {
            active.cancel.cancel();
        }
        for report in self.order.drain() {
            self.settle(report);
        }
        let all = async {
            while self.under_way > 0 {
                let Some(report) = self.reports.recv().await else {
                    break;
                };
                self.settle(report);
            }
        };
        // An attempt that does not end in time is lost; what it was lent is taken from it.
        drop(tokio::time::timeout(GRACE, all).await);
        drop(tokio::time::timeout(GRACE, self.tasks.shutdown()).await);
    }

    fn report(
        &self,
        outcome: Outcome,
        team: &[AgentInfo],
        usage: UsageReport,
        paths: Paths,
    ) -> RunReport {
        let status = outcome.status;
        let event = RunEvent::RunFinished {
            status,
            exit_code: status.exit_code(),
            usage: usage.total,
            paths: paths.clone(),
        };
        self.outlet.emit(None, event);
        RunReport {
            schema: SCHEMA,
            status,
            answer: outcome.answer,
            winner: outcome.winner,
            agents: self.outcomes.reports(team, &outcome.standings),
            answers: outcome.answers,
            votes: outcome.votes,
            usage,
            timings: outcome.timings,
            paths,
        }
    }
}

/// Both reasons; advice stays last, where displays look for it.
fn late(message: &str, why: &str) -> String {
    match why.split_once(" (hint: ") {
        Some((why, hint)) => format!("{why}; {message} (hint: {hint}"),
        None => format!("{why}; {message}"),
    }
}
