//! What may be started, and the reasons a plugin hears when it may not.

use massgen_plugin::abi::Verdict;
use massgen_plugin::serde_json::{self, Value, json};

use super::*;

fn leave(capabilities: &Value) -> Leave {
    let capabilities = serde_json::from_value(capabilities.clone()).unwrap();
    let backend_type = json!({
        "name": "cli",
        "title": "CLI",
        "config": {},
        "secrets": [{"name": "api_key", "env": ["CLI_API_KEY"], "optional": true}],
    });
    let config = json!({ "backend_type": "cli", "options": { "cli_path": "/opt/cli" } });
    Leave::of(
        &capabilities,
        &serde_json::from_value(backend_type).unwrap(),
        &serde_json::from_value(config).unwrap(),
    )
}

fn may(spawn: &Spawn) -> Result<Spawn, Refusal> {
    let capabilities = json!({ "spawn": true, "programs": ["cli", "/bin/cat", "bin/x"] });
    leave(&capabilities).spawn(&serde_json::to_vec(spawn).unwrap())
}

fn denial(spawn: &Spawn) -> String {
    let (verdict, why) = may(spawn).expect_err("a refusal");
    assert_eq!(verdict, Verdict::DENIED);
    why
}

#[test]
fn a_program_is_one_that_the_metadata_or_the_user_names() {
    for program in ["cli", "/bin/cat", "/opt/cli"] {
        assert_eq!(may(&Spawn::new([program])).unwrap().argv, [program]);
    }
    for program in ["sh", "/opt/cli2", "./cli", "bin/x", "/usr/bin/cli"] {
        let expected = format!(
            "this plugin may not start `{program}`; the programs that it names: `cli`, `/bin/cat`, \
             `bin/x` (hint: `cli_path` in the backend's configuration can name another)"
        );
        assert_eq!(denial(&Spawn::new([program])), expected);
    }
    let nothing: [&str; 0] = [];
    assert_eq!(
        denial(&Spawn::new(nothing)),
        "there is no program in `argv`"
    );
    assert_eq!(denial(&Spawn::new([""])), "there is no program in `argv`");
}

#[test]
fn without_the_capability_nothing_may_be_started() {
    let payload = serde_json::to_vec(&Spawn::new(["cli"])).unwrap();
    for capabilities in [json!({}), json!({ "spawn": false, "programs": ["cli"] })] {
        let (verdict, why) = leave(&capabilities).spawn(&payload).unwrap_err();
        assert_eq!(verdict, Verdict::DENIED);
        assert!(why.contains("`capabilities.spawn`"), "{why}");
    }
    let user = serde_json::to_vec(&Spawn::new(["/opt/cli"])).unwrap();
    assert!(leave(&json!({ "spawn": true })).spawn(&user).is_ok());
    let (_, why) = leave(&json!({ "spawn": true }))
        .spawn(&payload)
        .unwrap_err();
    assert!(why.contains("the programs that it names: none"), "{why}");
    assert!(Leave::default().spawn(&payload).is_err());
}

#[test]
fn variables_that_may_hold_secrets_are_not_inherited() {
    let inherit = |name: &str| Spawn {
        inherit: vec![name.to_owned()],
        ..Spawn::new(["cli"])
    };
    for name in [
        "OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_BEARER_TOKEN_BEDROCK",
        "npm_token",
        "PGPASSWORD_PASSWORD",
    ] {
        assert!(
            denial(&inherit(name)).contains("may hold a secret"),
            "{name}"
        );
    }
    for name in [
        "AWS_REGION",
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
        "CLAUDE_CONFIG_DIR",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "KEYBOARD",
    ] {
        assert!(may(&inherit(name)).is_ok(), "{name}");
    }
    assert_eq!(denial(&inherit("A=B")), "`A=B` cannot be a variable's name");
}

#[test]
fn secrets_are_those_that_the_metadata_declares() {
    let secret = |name: &str| Spawn {
        secrets: vec![massgen_plugin::wire::SecretVariable {
            variable: "CLI_KEY".into(),
            secret: name.into(),
        }],
        ..Spawn::new(["cli"])
    };
    assert!(may(&secret("api_key")).is_ok());
    assert_eq!(
        denial(&secret("other_key")),
        "the plugin declares no secret `other_key`"
    );
}

#[test]
fn limits_are_kept_and_unreadable_payloads_refused() {
    let spawn = may(&Spawn {
        max_line: u64::MAX,
        ..Spawn::new(["cli"])
    });
    let spawn = spawn.unwrap();
    assert_eq!(spawn.max_line, 16 << 20);
    let sse = Spawn {
        framing: Framing::Sse,
        ..Spawn::new(["cli"])
    };
    assert!(denial(&sse).contains("`ndjson` or `raw`"));
    assert!(denial(&Spawn::new(["cli", "a\0b"])).contains("zero byte"));
    let capabilities = json!({ "spawn": true });
    let (_, why) = leave(&capabilities).spawn(b"{").unwrap_err();
    assert!(why.starts_with("the payload cannot be read"), "{why}");
    assert_eq!(
        stdin(b"{\"process\":3,\"close\":true}\na\nb"),
        Ok((
            Stdin {
                process: 3,
                close: true
            },
            b"a\nb".to_vec()
        ))
    );
    assert!(stdin(b"x").is_err());
}
