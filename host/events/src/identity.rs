//! Who an event is about: the user's name for an agent, and the anonymous label models see.
//!
//! Neither type knows the team; whether an id or a label exists is the orchestrator's business.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The user's name for an agent, as written in the configuration. Never shown to a model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AgentId(String);

impl AgentId {
    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for AgentId {
    fn from(id: T) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An anonymous name: `agent1` for an agent, `agent1.2` for its second answer.
///
/// The first number is the agent's position in registration order, from 1, and never changes
/// (orchestration §1.6); the second counts that agent's accepted answers, from 1 (§5.5). In JSON
/// it is the string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label {
    agent: u32,
    answer: Option<u32>,
}

impl Label {
    /// The label of the agent at this position, from 1.
    pub fn agent(position: u32) -> Self {
        Self {
            agent: position,
            answer: None,
        }
    }

    /// The label of this agent's answer with this number, from 1.
    #[must_use]
    pub fn answer(self, number: u32) -> Self {
        Self {
            agent: self.agent,
            answer: Some(number),
        }
    }

    /// The agent part alone.
    #[must_use]
    pub fn owner(self) -> Self {
        Self::agent(self.agent)
    }

    /// The agent's position in registration order, from 1.
    pub fn position(self) -> u32 {
        self.agent
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "agent{}", self.agent)?;
        self.answer.map_or(Ok(()), |number| write!(f, ".{number}"))
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.to_string()
    }
}

impl TryFrom<String> for Label {
    type Error = BadLabel;

    fn try_from(text: String) -> Result<Self, BadLabel> {
        text.parse()
    }
}

impl FromStr for Label {
    type Err = BadLabel;

    fn from_str(text: &str) -> Result<Self, BadLabel> {
        parse(text).ok_or_else(|| BadLabel(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Label> {
    let numbers = text.strip_prefix("agent")?;
    match numbers.split_once('.') {
        None => Some(Label::agent(number(numbers)?)),
        Some((agent, answer)) => Some(Label::agent(number(agent)?).answer(number(answer)?)),
    }
}

/// Digits without sign or leading zero, so that each label has one spelling.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

/// The text is no label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLabel(pub String);

impl fmt::Display for BadLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no label like agent1 or agent1.2", self.0)
    }
}

impl std::error::Error for BadLabel {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_spelling() {
        for good in ["agent1", "agent12", "agent1.2", "agent10.30"] {
            assert_eq!(good.parse::<Label>().unwrap().to_string(), good);
        }
        for bad in [
            "", "agent", "agent0", "agent01", "agent+1", "Agent1", "agent1.", "agent1.x",
        ] {
            assert_eq!(bad.parse::<Label>(), Err(BadLabel(bad.to_owned())));
        }
    }
}
