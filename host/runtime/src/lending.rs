//! What an agent is lent, from the side of the run: how a conversation begins with it, and how
//! observers hear of it.

use std::sync::Arc;
use std::time::Duration;

use agent::{Lending, Setup, Turn};
use events::{AgentId, Ballot, Label, McpServerStatus, RunEvent, VisibleAnswer};
use services::{Lent, Notice, ServerState};
use tokio::task::JoinSet;

use crate::Outlet;

/// How long servers may take to end.
const CLOSING: Duration = Duration::from_secs(10);

/// The conversation of an attempt.
pub(crate) enum Talk {
    /// One that is yet to begin.
    New(Box<Opening>),
    /// One that goes on.
    Going(Box<Turn>),
}

/// What a new conversation begins with.
pub(crate) struct Opening {
    /// What its lending says is replaced: servers are known only once they are connected.
    pub(crate) setup: Setup,
    pub(crate) scene: Scene,
}

/// What an agent is shown, and to do what.
pub(crate) enum Scene {
    Coordination {
        visible: Vec<VisibleAnswer>,
        may_answer: bool,
    },
    Presentation {
        answers: Vec<VisibleAnswer>,
        votes: Vec<Ballot>,
    },
}

impl Opening {
    /// The agents whose answers it shows.
    pub(crate) fn labels(&self) -> Vec<Label> {
        let answers = match &self.scene {
            Scene::Coordination { visible, .. } => visible,
            Scene::Presentation { answers, .. } => answers,
        };
        answers.iter().map(|answer| answer.label.owner()).collect()
    }

    /// The conversation, with what is lent now.
    pub(crate) fn turn(mut self, lent: &Lent) -> Turn {
        self.setup.lending = Lending {
            tools: lent.tools(),
            has_workspace: lent.workspace().is_some(),
            briefing: lent.briefing(),
            max_rounds: lent.max_rounds(),
            max_history: lent.max_history(),
        };
        match &self.scene {
            Scene::Coordination {
                visible,
                may_answer,
            } => Turn::coordinate(&self.setup, visible, *may_answer),
            Scene::Presentation { answers, votes } => Turn::present(&self.setup, answers, votes),
        }
    }
}

/// Starts what this agent is lent, in the background; observers hear how it goes.
pub(crate) fn start(lent: &Lent, agent: &AgentId, outlet: &Outlet) {
    let (agent, outlet) = (agent.clone(), outlet.clone());
    lent.start(Arc::new(move |notice| {
        outlet.emit(Some(&agent), event(notice));
    }));
}

/// Ends sessions and processes of all agents, at once and within a bound.
pub(crate) async fn close(all: impl IntoIterator<Item = Lent>) {
    let mut closing: JoinSet<()> = all
        .into_iter()
        .map(|lent| async move { lent.close().await })
        .collect();
    let all = async { while closing.join_next().await.is_some() {} };
    if tokio::time::timeout(CLOSING, all).await.is_err() {
        tracing::warn!("servers did not end in time");
    }
}

fn event(notice: Notice) -> RunEvent {
    match notice {
        Notice::Server {
            name,
            state,
            detail,
        } => RunEvent::McpStatus {
            server: name,
            status: status(state),
            detail,
        },
        Notice::Warning(text) => RunEvent::Warning { text },
    }
}

fn status(state: ServerState) -> McpServerStatus {
    match state {
        ServerState::Connecting => McpServerStatus::Connecting,
        ServerState::Downloading => McpServerStatus::Downloading,
        ServerState::Connected => McpServerStatus::Connected,
        ServerState::Failed => McpServerStatus::Failed,
        ServerState::Blocked => McpServerStatus::Blocked,
    }
}
