//! What a file says about files, tools and servers: one text in, one listing out.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod folders;
mod secrets;
mod servers;
mod tools;

use std::fmt::Write as _;

use config::{ConfigErrors, RunPlan, ServicesPlan, load};
use expect_test::Expect;

fn env(name: &str) -> Option<String> {
    let value = match name {
        "HOME" => "/home/ann",
        "TOKEN" => "tok-secret-1",
        "HOST" => "127.1",
        "PUBLIC" => "mcp.example.org",
        "BLANK" => " ",
        _ => return None,
    };
    Some(value.to_owned())
}

fn load_text(yaml: &str) -> Result<RunPlan, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, yaml).unwrap();
    load(&path, &env)
}

/// Without folders that differ from machine to machine.
fn shortened(text: &str) -> String {
    let here = std::env::current_dir().unwrap();
    let text = text.replace(here.to_str().unwrap(), "<here>");
    let lines = text.lines().map(|line| {
        let file = |rest: &str| rest.find("/a.yaml:").map(|at| rest[at + 1..].to_owned());
        match line
            .find("a.yaml:")
            .map(|at| line[..at].rfind(' ').map_or(0, |it| it + 1))
        {
            Some(start) => format!("{}{}", &line[..start], file(&line[start..]).unwrap()),
            None => line.to_owned(),
        }
    });
    lines.map(|line| line + "\n").collect()
}

fn listing(plan: &RunPlan) -> String {
    let mut out = String::new();
    for warning in &plan.warnings {
        writeln!(out, "{warning}").unwrap();
    }
    for agent in &plan.agents {
        list_services(&agent.services, &mut out);
    }
    out
}

fn list_services(plan: &ServicesPlan, out: &mut String) {
    if let Some(workspace) = &plan.workspace {
        writeln!(out, "workspace {}", workspace.display()).unwrap();
    }
    for it in &plan.context_paths {
        let access = if it.write { "write" } else { "read" };
        writeln!(out, "{access} {}", it.path.display()).unwrap();
    }
    for it in &plan.protected_paths {
        writeln!(out, "protected {}", it.display()).unwrap();
    }
    for it in &plan.mcp_servers {
        let place = (it.place.line, it.place.column);
        writeln!(out, "server {} at {place:?}: {:?}", it.name, it.transport).unwrap();
    }
}

fn check(yaml: &str, expected: Expect) {
    expected.assert_eq(&shortened(&match load_text(yaml) {
        Ok(plan) => listing(&plan),
        Err(errors) => errors.to_string(),
    }));
}

/// One agent whose `mcp_servers:` is this text.
fn check_servers(servers: &str, expected: Expect) {
    let servers = servers.replace('\n', "\n      ");
    check(
        &format!("agent:\n  backend:\n    type: vllm\n    mcp_servers:{servers}\n"),
        expected,
    );
}
