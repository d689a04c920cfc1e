//! What vLLM alone does: its model list, its body, its errors.

use chat_dialect::Chat;
use expect_test::{Expect, expect};
use massgen_plugin::chat::Call;
use massgen_plugin::metadata::Manifest;
use massgen_plugin::sdk::Translating;
use massgen_plugin::wire::Response;
use massgen_plugin::{Config, Fault, FaultCode, Translator};
use serde_json::{Value, json};

use super::Vllm;

fn backend(options: Value) -> Chat<Vllm> {
    let config = json!({
        "backend_type": "vllm",
        "base_url": "http://localhost:8000/v1",
        "options": options,
    });
    let config: Config = serde_json::from_value(config).expect("a configuration");
    Chat::new(config).expect("a backend")
}

fn ok(body: &str) -> Response<'_> {
    Response {
        status: 200,
        body: body.as_bytes(),
    }
}

fn call() -> Call {
    let tool = json!({"name": "vote", "description": "Votes.", "parameters": {"type": "object", "required": ["id"]}});
    serde_json::from_value(json!({"id": "1", "turns": [], "tools": [tool]})).expect("a call")
}

fn body(options: Value) -> String {
    let backend = backend(options);
    backend
        .on_prelude(&mut call(), ok(r#"{"data":[{"id":"smollm2"}]}"#))
        .expect("a model");
    backend
        .render(&call())
        .expect("a request")
        .body
        .expect("a body")
}

fn told(fault: &Fault) -> String {
    format!(
        "{}: {}\n{}\n",
        fault.code.as_str(),
        fault.message,
        fault.detail
    )
}

#[test]
fn the_manifest_says_what_the_host_must_know() {
    let manifest: Manifest =
        serde_json::from_str(include_str!("../plugin.json")).expect("a manifest");
    let vllm = &manifest.types[0];
    assert_eq!(
        (vllm.name.as_str(), vllm.base_url.as_deref()),
        ("vllm", Some("http://localhost:8000/v1"))
    );
    assert_eq!(vllm.model, None, "the server is asked");
    assert!(vllm.secrets[0].optional, "a local server needs no key");
}

#[test]
fn the_first_model_of_the_list_is_asked_for_once_and_used() {
    let backend = backend(json!({}));
    let request = backend.prelude(&call()).expect("a prelude");
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("GET", "http://localhost:8000/v1/models")
    );
    assert!(
        request.auth.is_some(),
        "a server with a key guards its models too"
    );
    let list = r#"{"object":"list","data":[{"id":"base","max_model_len":4096},{"id":"lora","parent":"base"}]}"#;
    backend.on_prelude(&mut call(), ok(list)).expect("a model");
    backend
        .on_prelude(&mut call(), ok(r#"{"data":[{"id":"later"}]}"#))
        .expect("a model");
    assert_eq!(backend.prelude(&call()), None);
    let body = backend
        .render(&call())
        .expect("a request")
        .body
        .expect("a body");
    assert!(body.starts_with(r#"{"model":"base","#), "{body}");
}

#[test]
fn a_configured_model_is_not_asked_for() {
    let config = json!({"backend_type": "vllm", "base_url": "http://h/v1", "model": "m"});
    let config: Config = serde_json::from_value(config).expect("a configuration");
    let backend = Chat::<Vllm>::new(config).expect("a backend");
    assert_eq!(backend.prelude(&call()), None);
}

#[test]
fn a_list_without_models_is_a_fault() {
    for (body, code, said) in [
        (
            r#"{"data":[]}"#,
            FaultCode::CONFIG,
            "the server at `http://localhost:8000/v1` serves no model",
        ),
        (
            "<html>",
            FaultCode::PROTOCOL,
            "`http://localhost:8000/v1/models` gives no list of models",
        ),
    ] {
        let fault = backend(json!({}))
            .on_prelude(&mut call(), ok(body))
            .expect_err("a fault");
        assert_eq!((fault.code, fault.message.as_str()), (code, said));
    }
}

#[test]
fn tools_are_strict_and_extras_stand_at_the_top_level() {
    let options = json!({
        "top_k": 20,
        "chat_template_kwargs": {"enable_thinking": false},
        "structured_outputs": {"regex": "a+"},
        "extra_body": {"min_p": 0.1},
    });
    expect![[r#"{"model":"smollm2","messages":[],"tools":[{"type":"function","function":{"name":"vote","description":"Votes.","parameters":{"required":["id"],"type":"object"},"strict":true}}],"chat_template_kwargs":{"enable_thinking":false},"structured_outputs":{"regex":"a+"},"top_k":20,"min_p":0.1,"stream":true,"stream_options":{"include_usage":true}}"#]].assert_eq(&body(options));
    let loose = body(json!({"strict_tools": false}));
    assert!(!loose.contains("strict"), "{loose}");
}

/// The members that `guided_*` became at a server of this version.
fn guided(version: &str, options: Value) -> (Value, Value) {
    let backend = backend(options);
    let request = backend.prelude(&call()).expect("a question");
    assert_eq!(request.url, "http://localhost:8000/version");
    let answer = json!({ "version": version }).to_string();
    backend
        .on_prelude(&mut call(), ok(&answer))
        .expect("a version");
    let request = backend.prelude(&call()).expect("a question");
    assert_eq!(request.url, "http://localhost:8000/v1/models");
    // A second call that asked at the same time.
    backend
        .on_prelude(&mut call(), ok(&answer))
        .expect("a version");
    backend
        .on_prelude(&mut call(), ok(r#"{"data":[{"id":"m"}]}"#))
        .expect("a model");
    let body = backend.render(&call()).expect("a request").body;
    let body: Value = serde_json::from_str(&body.expect("a body")).expect("an object");
    (
        body["guided_choice"].clone(),
        body["structured_outputs"].clone(),
    )
}

#[test]
fn old_names_of_structured_outputs_follow_the_servers_version() {
    let choice = json!({"guided_choice": ["a", "b"], "guided_decoding_backend": "outlines"});
    let new = (Value::Null, json!({"choice": ["a", "b"]}));
    let old = (json!(["a", "b"]), Value::Null);
    for version in [
        "0.12.0",
        "0.32.0",
        "1.0",
        "0.12.0rc1.dev3+g1",
        "v0.13.1",
        "dev",
    ] {
        assert_eq!(guided(version, choice.clone()), new, "{version}");
    }
    for version in ["0.11.2", "0.9.0.1", "0.6.3.post1"] {
        assert_eq!(guided(version, choice.clone()), old, "{version}");
    }
    let extra = json!({"extra_body": {"guided_choice": ["a", "b"]}});
    assert_eq!(guided("0.20.0", extra), new);
    let both = json!({"guided_choice": ["a"], "structured_outputs": {"regex": "x"}});
    assert_eq!(
        guided("0.20.0", both),
        (Value::Null, json!({"regex": "x"})),
        "the new name wins"
    );
}

#[test]
fn a_server_without_a_version_is_told_from_one_without_an_interface() {
    let backend = backend(json!({"guided_regex": "a+"}));
    let fault = backend.on_error(Response {
        status: 404,
        body: b"Not Found",
    });
    expect![[r#"
        bad_request: the server does not tell its version: no vLLM interface at `http://localhost:8000/v1`: the server answered 404: Not Found
        hint: `guided_regex` means something else to each version; write `structured_outputs` in its place
        hint: a `base_url` looks like `http://localhost:8000/v1`
        Not Found
    "#]].assert_eq(&told(&fault));
}

fn check_error(status: u16, body: &str, expected: &Expect) {
    let body = body.as_bytes();
    expected.assert_eq(&told(
        &backend(json!({})).on_error(Response { status, body }),
    ));
}

#[test]
fn errors_say_what_to_do() {
    let parser = r#"{"error":{"message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}}"#;
    check_error(
        400,
        parser,
        &expect![[r#"
        bad_request: the vLLM server cannot call tools: it runs without `--enable-auto-tool-choice --tool-call-parser PARSER`
        {"error":{"message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}}
    "#]],
    );
    check_error(
        404,
        r#"{"detail":"Not Found"}"#,
        &expect![[r#"
        bad_request: no vLLM interface at `http://localhost:8000/v1`: the server answered 404: Not Found
        hint: a `base_url` looks like `http://localhost:8000/v1`
        {"detail":"Not Found"}
    "#]],
    );
    let model = r#"{"error":{"message":"The model `nope` does not exist. Valid aliases: smollm2.","type":"NotFoundError","param":"model","code":404}}"#;
    check_error(
        404,
        model,
        &expect![[r#"
        bad_request: the server answered 404: The model `nope` does not exist. Valid aliases: smollm2.
        {"error":{"message":"The model `nope` does not exist. Valid aliases: smollm2.","type":"NotFoundError","param":"model","code":404}}
    "#]],
    );
    let length = r#"{"error":{"message":"max_tokens=999999 cannot be greater than max_model_len=4096. Please request fewer output tokens. (parameter=max_tokens, value=999999)","type":"BadRequestError","param":"max_tokens","code":400}}"#;
    check_error(
        400,
        length,
        &expect![[r#"
        bad_request: the server answered 400: max_tokens=999999 cannot be greater than max_model_len=4096. Please request fewer output tokens. (parameter=max_tokens, value=999999)
        {"error":{"message":"max_tokens=999999 cannot be greater than max_model_len=4096. Please request fewer output tokens. (parameter=max_tokens, value=999999)","type":"BadRequestError","param":"max_tokens","code":400}}
    "#]],
    );
    check_error(
        401,
        r#"{"error":"Unauthorized"}"#,
        &expect![[r#"
        auth: the server answered 401: Unauthorized
        {"error":"Unauthorized"}
    "#]],
    );
}

#[test]
fn a_server_that_is_not_up_is_named() {
    let refused = Fault::new(
        FaultCode::NETWORK,
        "no server is running at `localhost:8000`",
    );
    expect![[r#"
        network: no vLLM server answers at `http://localhost:8000/v1`: no server is running at `localhost:8000`
        hint: start it with `vllm serve MODEL`, or set `base_url` to where it runs

    "#]].assert_eq(&told(&backend(json!({})).on_failure(refused, false)));
    let denied = Fault::new(FaultCode::DENIED, "host `localhost` is not granted");
    assert_eq!(backend(json!({})).on_failure(denied.clone(), false), denied);
    let broken = Fault::new(
        FaultCode::NETWORK,
        "the connection to `localhost:8000` broke",
    );
    assert_eq!(backend(json!({})).on_failure(broken.clone(), true), broken);
}

massgen_plugin_test::rules!(Chat<Vllm>);

#[test]
fn transcripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
    massgen_plugin_test::transcripts::<Translating<Chat<Vllm>>>(folder);
}
