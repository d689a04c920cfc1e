//! The two tools by which an agent takes part in coordination.

use events::{Label, NEW_ANSWER, VOTE};
use massgen_plugin::chat::Tool;
use serde_json::{Value, json};

use crate::prompt;

/// The tools on offer, always in this order: `new_answer(content)` if the agent may answer, and
/// `vote(agent_id, reason)` if there are targets. Targets are given as agent labels; the schema
/// admits exactly these (orchestration §1.6).
pub fn tools(may_answer: bool, targets: &[Label]) -> Vec<Tool> {
    let answer = may_answer.then(new_answer);
    let vote = (!targets.is_empty()).then(|| vote(targets));
    answer.into_iter().chain(vote).collect()
}

fn new_answer() -> Tool {
    let content =
        json!({"type": "string", "description": prompt::TOOL_NEW_ANSWER_CONTENT.trim_end()});
    Tool {
        name: NEW_ANSWER.to_owned(),
        description: prompt::TOOL_NEW_ANSWER.trim_end().to_owned(),
        parameters: object(json!({"content": content}), json!(["content"])),
    }
}

fn vote(targets: &[Label]) -> Tool {
    let agent_id = json!({
        "type": "string",
        "enum": targets,
        "description": prompt::TOOL_VOTE_AGENT_ID.trim_end(),
    });
    let reason = json!({"type": "string", "description": prompt::TOOL_VOTE_REASON.trim_end()});
    Tool {
        name: VOTE.to_owned(),
        description: prompt::TOOL_VOTE.trim_end().to_owned(),
        parameters: object(
            json!({"agent_id": agent_id, "reason": reason}),
            json!(["agent_id", "reason"]),
        ),
    }
}

fn object(properties: Value, required: Value) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vote_tool_admits_exactly_the_targets_and_is_absent_without() {
        let names = |tools: &[Tool]| tools.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&tools(true, &[])), ["new_answer"]);
        let both = tools(true, &[Label::agent(1), Label::agent(3)]);
        assert_eq!(names(&both), ["new_answer", "vote"]);
        let admitted = &both[1].parameters["properties"]["agent_id"]["enum"];
        assert_eq!(*admitted, json!(["agent1", "agent3"]));
        assert_eq!(names(&tools(false, &[Label::agent(1)])), ["vote"]);
    }
}
