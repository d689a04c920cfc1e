//! The real Claude Code command line behind the whole of massgen, its provider on loopback: what it
//! may do, what it is lent, where it goes on, how it ends badly.

use std::env;
use std::os::unix::fs::PermissionsExt as _;
use std::{fs, path::PathBuf};

use it::{Faulty, Finished, Massgen, Team};
use serde_json::{Value, json};
use support::{Fake, Reply, Request, Script, call, on, text};

use crate::scripts::{FINAL, QUESTION};

const MODEL: &str = "claude-fake";

/// The program; `None` when the environment does not say where it is.
pub(crate) fn program() -> Option<PathBuf> {
    env::var_os("MASSGEN_TEST_CLAUDE_CODE").map(PathBuf::from)
}

/// A tool of the host, as the program names it.
fn lent(tool: &str, arguments: Value) -> Reply {
    call(&format!("mcp__massgen__{tool}"), arguments)
}

fn use_write(path: &str) -> Reply {
    call("Write", json!({"file_path": path, "content": "hello\n"}))
}

fn answering(content: impl Into<Value>) -> Reply {
    lent("new_answer", json!({ "content": content.into() }))
}

/// These replies, one after another, whatever is asked.
pub(crate) fn in_turn(replies: Vec<Reply>) -> Script {
    let numbered = replies.into_iter().zip(1..);
    numbered.fold(Script::new(), |script, (reply, number)| {
        script.rule(on(MODEL).call(number), reply)
    })
}

pub(crate) fn backend(program: &str, fake: &Fake) -> Value {
    json!({
        "type": "claude_code", "model": MODEL, "cwd": "ws", "cli_path": program,
        "base_url": fake.origin(), "api_key": "sk-planted-0123456789",
    })
}

fn run(massgen: Massgen, backend: Value) -> Finished {
    asked(massgen, backend, QUESTION)
}

pub(crate) fn asked(massgen: Massgen, backend: Value, question: &str) -> Finished {
    let team = Team::empty().agent("ann", backend).impatient(40);
    let massgen = massgen.run(&team).args(&["--output", "json", question]);
    massgen.finish().alone()
}

/// The result of the last use of a tool in a request.
fn last_result(request: &Request) -> String {
    request.tool_results().pop().expect("a result").1
}

#[test]
fn the_real_program_asks_is_denied_is_lent_tools_and_goes_on_in_its_session() {
    let Some(program) = program() else {
        println!("skipped: no real Claude Code (run `cargo xtask test`)");
        return;
    };
    let massgen = Massgen::new().env("PATH", &env::var("PATH").unwrap());
    let work = massgen.sandbox().work();
    let (inside, outside) = (work.join("ws/own.txt"), work.join("outside.txt"));
    let path = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let replies = vec![
        use_write(&path(&inside)).thinking("I look first."),
        use_write(&path(&outside)),
        call(
            "Bash",
            json!({"command": "cat own.txt", "description": "Shows it"}),
        ),
        lent("mcp__f__echo", json!({"text": "from the server"})),
        answering(7),
        answering("It is Paris"),
        text(FINAL).in_pieces(7),
    ];
    let fake = Fake::start(in_turn(replies));
    let faulty = Faulty::new(massgen.sandbox(), "f");
    let mut backend = backend(program.to_str().unwrap(), &fake);
    backend["mcp_servers"] = json!([faulty.config("f", &[])]);
    let finished = run(massgen, backend).expect(0);

    assert_eq!(finished.document()["answer"], FINAL, "{finished}");
    assert_eq!(finished.document()["answers"][0]["text"], "It is Paris");
    assert_eq!(fs::read_to_string(&inside).unwrap(), "hello\n");
    assert!(!outside.exists(), "{finished}");
    assert_eq!(faulty.executions("echo"), 1);
    let requests = fake.requests(MODEL);
    let denied = last_result(&requests[2]);
    assert!(denied.contains("outside.txt"), "{denied}");
    assert_eq!(last_result(&requests[3]).trim_end(), "hello");
    assert!(last_result(&requests[4]).contains("from the server"));
    // The session that goes on has the refused answer and all that came before it.
    assert_eq!(requests[5].tool_results().len(), 5, "{:#?}", requests[5]);
    assert!(requests[5].turns().len() > requests[4].turns().len());
    assert_eq!(
        requests[6].tool_results(),
        [],
        "the presentation begins anew"
    );
    for request in &requests {
        assert_eq!(request.header("x-api-key"), Some("sk-planted-0123456789"));
    }
    let judged = finished.audit();
    let native = judged.iter().filter(|it| it["server"] == "native");
    let verdicts = native.map(|it| (it["tool"].clone(), it["verdict"].clone()));
    let expected = [("Write", "allow"), ("Write", "deny"), ("Bash", "allow")];
    let expected = expected.map(|(tool, verdict)| (json!(tool), json!(verdict)));
    assert_eq!(verdicts.collect::<Vec<_>>(), expected);
    for (file, content) in finished.sandbox.files() {
        let is_told = |content: &[u8]| String::from_utf8_lossy(content).contains("sk-planted");
        let is_config = file.ends_with("team.yaml");
        assert!(
            is_config || !is_told(&content),
            "a key in {}",
            file.display()
        );
    }
}

/// `@path` in a message would make the program read the file without asking anybody.
#[test]
fn a_file_that_is_only_mentioned_is_not_read() {
    let Some(program) = program() else {
        println!("skipped: no real Claude Code (run `cargo xtask test`)");
        return;
    };
    let massgen = Massgen::new().env("PATH", &env::var("PATH").unwrap());
    let outside = massgen.sandbox().work().join("diary.txt");
    fs::write(&outside, "words that nobody gave away").unwrap();
    let fake = Fake::start(in_turn(vec![answering("Seen"), text(FINAL)]));
    let question = format!("Look at @{} and at @\"{0}\", please.", outside.display());
    asked(
        massgen,
        backend(program.to_str().unwrap(), &fake),
        &question,
    )
    .expect(0);
    let sent: String = fake
        .all_requests()
        .iter()
        .map(|request| request.body.to_string())
        .collect();
    assert!(sent.contains("diary.txt"), "{sent}");
    assert!(!sent.contains("words that nobody"), "{sent}");
}

/// What the program said is played again; neither it nor its provider takes part.
#[test]
fn a_recorded_run_of_the_real_program_plays_again() {
    let Some(program) = program() else {
        println!("skipped: no real Claude Code (run `cargo xtask test`)");
        return;
    };
    let massgen = Massgen::new().env("PATH", &env::var("PATH").unwrap());
    let own = massgen.sandbox().work().join("ws/own.txt");
    let replies = vec![
        use_write(own.to_str().unwrap()).thinking("I look first."),
        answering(7),
        answering("It is Paris"),
        text(FINAL).in_pieces(7),
    ];
    let fake = Fake::start(in_turn(replies));
    let backend = backend(program.to_str().unwrap(), &fake);
    let first = run(massgen, backend).expect(0);
    let asked = fake.all_requests().len();
    let (answer, name) = (first.document()["answer"].clone(), first.run_dir());
    let name = name.file_name().unwrap().to_str().unwrap().to_owned();
    let again = Massgen::again_in(first.sandbox).args(&["run", "--config", "team.yaml"]);
    let again = again.args(&["--output", "json", "--replay", &name, QUESTION]);
    let again = again.finish().expect(0);
    assert_eq!(again.document()["answer"], answer, "{again}");
    assert_eq!(answer, FINAL);
    assert_eq!(fake.all_requests().len(), asked, "{again}");
}

#[test]
fn a_program_that_dies_is_a_failure_with_its_last_words() {
    let massgen = Massgen::new();
    let program = massgen.sandbox().root().join("claude");
    fs::write(
        &program,
        "#!/bin/sh\necho 'illegal instruction' >&2\nexit 132\n",
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let fake = Fake::start(Script::new());
    let finished = run(massgen, backend(program.to_str().unwrap(), &fake));
    assert_ne!(finished.status.code(), Some(0));
    let said = format!("{}{}", finished.stdout, finished.stderr);
    assert!(said.contains("status 132"), "{finished}");
    assert!(said.contains("illegal instruction"), "{finished}");
}

#[test]
fn a_program_that_is_missing_is_named_with_how_to_get_it() {
    let massgen = Massgen::new().env("PATH", "/nowhere");
    let fake = Fake::start(Script::new());
    let mut backend = backend("claude", &fake);
    backend.as_object_mut().unwrap().remove("cli_path");
    let finished = run(massgen, backend);
    assert_ne!(finished.status.code(), Some(0));
    let said = format!("{}{}", finished.stdout, finished.stderr);
    assert!(said.contains("`claude`"), "{finished}");
    assert!(said.contains("npm install"), "{finished}");
}
