//! Questions without a call: what the gate would say.

use permissions_of::{denied, explained};
use serde_json::json;
use services::{Lent, Phase};

use crate::scene::Scene;

mod permissions_of {
    use config::RunPlan;
    use serde_json::Value;
    use services::{Explanation, Phase, Verdict, explain};

    pub(super) fn explained(plan: &RunPlan, tool: &str, args: &Value, phase: Phase) -> Explanation {
        explain(&plan.agents[0].services, None, tool, args, phase)
    }

    pub(super) fn denied(explained: &Explanation) -> bool {
        matches!(explained.decision.verdict, Verdict::Deny { .. })
    }
}

#[test]
fn an_explanation_names_the_rule_and_starts_nothing() {
    let scene = Scene::new();
    let server = scene.server("s", "");
    let plan = scene.plan(&format!("      mcp_servers:\n{server}"));
    let arguments = json!({"path": scene.path("C/x"), "content": ""});
    let judged = |phase| explained(&plan, "mcp__filesystem__write_file", &arguments, phase);
    let before = judged(Phase::Coordination);
    assert!(
        denied(&before) && before.decision.rule == "read-only",
        "{before:?}"
    );
    let json = serde_json::to_value(&before).unwrap();
    assert_eq!(json["verdict"], "deny");
    assert_eq!(json["reason"].as_str(), before.decision.denied());
    let after = judged(Phase::Presentation);
    let json = serde_json::to_value(&after).unwrap();
    assert!(!denied(&after) && json["verdict"] == "allow" && json.get("reason").is_none());
    let theirs = explained(
        &plan,
        "mcp__s__write_report",
        &arguments,
        Phase::Coordination,
    );
    assert_eq!((&*theirs.server, &*theirs.tool), ("s", "write_report"));
    assert!(denied(&theirs) && theirs.remarks.len() == 1);
    assert!(scene.journal("s.log").is_empty() && !scene.path("run/audit.jsonl").exists());
}

#[test]
fn the_longer_of_two_server_names_is_meant_and_a_replaced_server_is_the_users() {
    let scene = Scene::new();
    let servers = ["a", "a__b", "filesystem"]
        .map(|it| scene.server(it, ""))
        .concat();
    let plan = scene.plan(&format!("      mcp_servers:\n{servers}"));
    let whose = |tool| {
        let it = explained(&plan, tool, &json!({}), Phase::Coordination);
        (it.server, it.tool)
    };
    let pair = |server: &str, tool: &str| (server.to_owned(), tool.to_owned());
    assert_eq!(whose("mcp__a__b__c"), pair("a__b", "c"));
    assert_eq!(whose("mcp__a__c"), pair("a", "c"));
    assert_eq!(whose("mcp__filesystem__x"), pair("filesystem", "x"));
    assert_eq!(whose("write_file"), pair("native", "write_file"));
    assert_eq!(whose("copy_file"), pair("workspace_copy", "copy_file"));
}

#[test]
fn native_tools_are_asked_for_and_the_answer_is_on_record() {
    let scene = Scene::new();
    let lent = scene.lent("");
    let bash = |command: &str| lent.check("Bash", &json!({"command": command}));
    assert!(bash("ls -la").is_ok());
    assert!(bash("sudo ls").is_err());
    let servers: Vec<_> = scene
        .audit()
        .iter()
        .map(|it| it["server"].clone())
        .collect();
    assert_eq!(servers, ["native", "native"]);
}

#[test]
fn who_is_lent_nothing_may_touch_no_file() {
    let nothing = Lent::default();
    assert!(
        nothing
            .check("Write", &json!({"file_path": "/etc/x"}))
            .is_err()
    );
    assert!(nothing.check("think", &json!({"thought": "well"})).is_ok());
    assert!(!nothing.has("mcp__filesystem__write_file"));
}

#[tokio::test]
async fn an_agent_that_is_lent_nothing_is_on_record_too() {
    let scene = Scene::new();
    let plan = scene.load("agents:\n  - id: ann\n    backend: {type: native}\n");
    let tape = services::ToolTape::Record(scene.path("tapes"));
    let lender = services::Lender::open(&plan, scene.places(tape)).unwrap();
    let lent = lender.lend(&plan.agents[0]).unwrap().0;
    assert!(
        lent.check("Bash", &serde_json::json!({"command": "sudo x"}))
            .is_err()
    );
    assert!(lent.tools().is_empty() && lent.briefing().is_none());
    let rules: Vec<_> = scene.audit().iter().map(|it| it["tool"].clone()).collect();
    assert_eq!(rules, ["Bash"]);
    assert!(!scene.path("tapes").exists());
}
