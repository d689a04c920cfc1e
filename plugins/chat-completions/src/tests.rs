//! The table of providers, and one call across the boundary.

use chat_dialect::Chat;
use massgen_plugin::abi::host::{Context, Emitted, Event, Root, Session};
use massgen_plugin::abi::{EventKind, OpKind, Progress, Verdict};
use massgen_plugin::chat::Chunk;
use massgen_plugin::metadata::{BackendType, Manifest, host_matches};
use massgen_plugin::wire::HttpRequest;
use massgen_plugin::{Config, Translator};
use serde_json::{Value, json};

use super::{AnyServer, ChatCompletions};

fn types() -> Vec<BackendType> {
    let manifest: Manifest =
        serde_json::from_str(include_str!("../plugin.json")).expect("a manifest");
    manifest.types
}

fn backend_type() -> BackendType {
    types().into_iter().next().expect("a type")
}

#[test]
fn providers_are_found_by_whole_labels_of_the_host() {
    let providers = backend_type().providers;
    let found = |host: &str| {
        let is_its = |suffix: &String| host_matches(host, suffix);
        let provider = providers.iter().find(|it| it.hosts.iter().any(is_its));
        provider.map_or("", |it| it.env[0].as_str())
    };
    for (host, env) in [
        ("api.openai.com", "OPENAI_API_KEY"),
        ("api.cerebras.ai", "CEREBRAS_API_KEY"),
        ("api.together.xyz", "TOGETHER_API_KEY"),
        ("api.together.ai", "TOGETHER_API_KEY"),
        ("api.fireworks.ai", "FIREWORKS_API_KEY"),
        ("api.groq.com", "GROQ_API_KEY"),
        ("openrouter.ai", "OPENROUTER_API_KEY"),
        ("api.z.ai", "ZAI_API_KEY"),
        ("open.bigmodel.cn", "ZAI_API_KEY"),
        ("api.tokenfactory.nebius.com", "NEBIUS_API_KEY"),
        ("api.studio.nebius.ai", "NEBIUS_API_KEY"),
        ("api.moonshot.cn", "MOONSHOT_API_KEY"),
        ("api.deepseek.com", "DEEPSEEK_API_KEY"),
        ("api.x.ai", "XAI_API_KEY"),
        ("api.poe.com", "POE_API_KEY"),
        ("dashscope-intl.aliyuncs.com", "QWEN_API_KEY"),
        ("nebius.ai.evil.example", ""),
        ("fooz.ai", ""),
        ("openai.com.evil.example", ""),
        ("localhost", ""),
    ] {
        assert_eq!(found(host), env, "{host}");
    }
}

#[test]
fn every_providers_quirks_exist() {
    for provider in backend_type().providers {
        let config = Config {
            backend_type: "chatcompletion".into(),
            base_url: Some("https://h/v1".into()),
            quirks: provider.quirks,
            ..Config::default()
        };
        let fault = Chat::<AnyServer>::new(config).err();
        assert_eq!(fault, None, "{}", provider.title);
    }
}

#[test]
fn every_type_has_a_key_of_its_own_and_hosts_for_it() {
    let keys = types().into_iter().map(|it| {
        let secret = &it.secrets[0];
        format!(
            "{} {} {}",
            it.name,
            secret.env.join(","),
            secret.hosts.join(",")
        )
    });
    assert_eq!(
        keys.collect::<Vec<_>>(),
        [
            "chatcompletion OPENAI_API_KEY openai.com",
            "grok XAI_API_KEY x.ai",
            "zai ZAI_API_KEY z.ai,bigmodel.cn",
            "lmstudio LM_API_TOKEN ",
            "azure_openai AZURE_OPENAI_API_KEY openai.azure.com,cognitiveservices.azure.com,\
             services.ai.azure.com,azure-api.net,openai.azure.us,openai.azure.cn",
            "sglang SGLANG_API_KEY ",
        ]
    );
}

#[test]
fn every_configuration_key_is_described() {
    for kind in types() {
        let keys = kind.config["properties"].clone();
        for (key, schema) in keys.as_object().expect("properties") {
            assert!(schema["description"].is_string(), "{} {key}", kind.name);
        }
    }
}

#[derive(Default)]
struct Recorder(Vec<String>);

impl Context for Recorder {
    fn emit(&mut self, chunk: Emitted<'_>) {
        self.0.push(match chunk.decode() {
            Ok(Chunk::Debug { text, level }) => format!("{level} {text}"),
            other => format!("{other:?}"),
        });
    }

    fn begin(&mut self, _: OpKind, _: u64, payload: &[u8]) -> Verdict {
        let request: HttpRequest = serde_json::from_slice(payload).expect("a request");
        self.0.push(request.url);
        Verdict::ACCEPTED
    }

    fn abandon(&mut self, _: u64) {}

    fn ask(&mut self, _: &str) -> String {
        String::new()
    }
}

fn open(options: Value) -> Session {
    let config = json!({
        "backend_type": "chatcompletion", "base_url": "https://api.openai.com/v1", "model": "m",
        "options": options,
    });
    let root = Root::linked::<ChatCompletions>();
    let backend = root.create(&config.to_string()).expect("a backend");
    backend.open(r#"{"id":"1","turns":[]}"#).expect("a session")
}

fn frame(data: &str) -> Event<'_> {
    Event {
        kind: EventKind::HTTP_FRAME,
        status: 0,
        ticket: 1,
        data: data.as_bytes(),
    }
}

#[test]
fn a_call_crosses_the_boundary() {
    let (mut session, mut seen) = (
        open(json!({"enable_web_search": true})),
        Recorder::default(),
    );
    let head = Event {
        kind: EventKind::HTTP_HEAD,
        status: 200,
        ticket: 1,
        data: b"{}",
    };
    let text = frame(r#"{"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}"#);
    let mut last = Ok(Progress::MORE);
    for event in [Event::START, head, text, frame("[DONE]")] {
        last = session.step(event, &mut seen);
    }
    assert_eq!(last, Ok(Progress::DONE));
    assert_eq!(
        seen.0,
        [
            "https://api.openai.com/v1/chat/completions",
            "warn this backend has no such tool, the key is ignored: enable_web_search",
            "Ok(Text { text: \"hi\" })",
            "Ok(Done(Done { finish: Stop, response_id: None, model: None }))",
        ]
    );
}

massgen_plugin_test::rules!(entry ChatCompletions);

#[test]
fn transcripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
    massgen_plugin_test::transcripts::<ChatCompletions>(folder);
}
