//! The keys of `backend:`, as flags and variables of the program.
//!
//! Whatever can loosen the gate is fixed here: no settings file of the user or of the workspace is
//! read unless the configuration names it, and no MCP server but the host's is used.

use std::sync::atomic::{AtomicBool, Ordering};

use massgen_plugin::chat::Params;
use massgen_plugin::{Config, Fault, FaultCode, tracing};
use serde_json::{Map, Value};

/// Keys that are a flag of the same meaning.
const FLAGS: &[(&str, &str)] = &[
    ("max_turns", "--max-turns"),
    ("max_thinking_tokens", "--max-thinking-tokens"),
    ("max_budget_usd", "--max-budget-usd"),
    ("thinking", "--thinking"),
    ("fallback_model", "--fallback-model"),
    ("betas", "--betas"),
    ("settings", "--settings"),
    ("agents", "--agents"),
];

/// Keys that are read by name.
const NAMED: &[&str] = &[
    "add_dirs",
    "allowed_tools",
    "append_system_prompt",
    "cli_path",
    "disallowed_tools",
    "effort",
    "env",
    "permission_mode",
    "setting_sources",
    "system_prompt",
];

/// The program's own tools on offer unless the configuration lists others: those of the reference
/// that work without a person and an editor.
const TOOLS: &[&str] = &[
    "Read",
    "Write",
    "Edit",
    "MultiEdit",
    "Bash",
    "Grep",
    "Glob",
    "LS",
    "WebSearch",
    "WebFetch",
    "Task",
    "TodoWrite",
    "NotebookEdit",
    "NotebookRead",
    "ExitPlanMode",
];

/// Uses of tools that the program itself refuses unless the configuration lists others.
const REFUSED: &[&str] = &[
    "Bash(rm*)",
    "Bash(sudo*)",
    "Bash(su*)",
    "Bash(chmod*)",
    "Bash(chown*)",
];

/// A configured backend.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The program.
    pub(crate) program: String,
    /// Flags of every run, in a fixed order.
    pub(crate) flags: Vec<String>,
    /// Names of the program's own tools on offer.
    pub(crate) tools: Vec<String>,
    /// `allowed_tools` where they were configured: the rules that alone permit a use.
    pub(crate) allowed: Option<Vec<String>>,
    /// `effort`, unless a call says otherwise.
    pub(crate) effort: Option<String>,
    /// In place of the program's own system prompt.
    pub(crate) system: Option<String>,
    /// After the system prompt, before the conversation's.
    pub(crate) append: Option<String>,
    /// Variables of the program.
    pub(crate) variables: Vec<(String, String)>,
    unknown: Vec<String>,
    warned: AtomicBool,
}

impl Settings {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] naming the key.
    pub(crate) fn read(config: Config) -> Result<Self, Fault> {
        if config.workspace.is_none() {
            let text = "`cwd` is missing: Claude Code works in a folder";
            return Err(Fault::new(FaultCode::CONFIG, text)
                .with_detail("hint: name one below `backend:`, for example `cwd: workspace`"));
        }
        let options: Map<_, _> = given(config.options).collect();
        if let Some(unfit) = options.iter().find(|(key, value)| !fits(key, value)) {
            let text = format!("`{}` is not of the form that it must have", unfit.0);
            return Err(Fault::new(FaultCode::CONFIG, text));
        }
        let is_known = |key: &str| NAMED.contains(&key) || FLAGS.iter().any(|it| it.0 == key);
        let mut read = Self {
            program: text(&options, "cli_path").unwrap_or_else(|| "claude".into()),
            flags: flags(&options, config.model.as_deref()),
            allowed: list(&options, "allowed_tools"),
            effort: text(&options, "effort"),
            system: text(&options, "system_prompt"),
            append: text(&options, "append_system_prompt"),
            variables: variables(config.base_url.as_deref(), options.get("env"))?,
            unknown: options.keys().filter(|it| !is_known(it)).cloned().collect(),
            ..Self::default()
        };
        read.tools = match &read.allowed {
            Some(rules) => names(rules),
            None => owned(TOOLS),
        };
        Ok(read)
    }

    /// Says once per backend what has no effect.
    pub(crate) fn warn_once(&self, params: &Params) {
        let mut keys = self.unknown.clone();
        let sampling = [
            ("temperature", params.temperature.is_some()),
            ("top_p", params.top_p.is_some()),
            ("stop", !params.stop.is_empty()),
            ("seed", params.seed.is_some()),
        ];
        keys.extend(
            sampling
                .into_iter()
                .filter(|it| it.1)
                .map(|it| it.0.to_owned()),
        );
        keys.extend(params.extra.keys().cloned());
        if !keys.is_empty() && !self.warned.swap(true, Ordering::Relaxed) {
            let keys = keys.join("`, `");
            tracing::warn!("Claude Code has no such option, it has no effect: `{keys}`");
        }
    }
}

/// Whether a value can be what its key stands for.
fn fits(key: &str, value: &Value) -> bool {
    match key {
        "add_dirs" | "allowed_tools" | "disallowed_tools" | "setting_sources" | "betas" => {
            value.is_array() || value.is_string()
        }
        "agents" | "env" => value.is_object(),
        "settings" => value.is_object() || value.is_string(),
        _ if NAMED.contains(&key) || key == "thinking" || key == "fallback_model" => {
            value.is_string()
        }
        _ if FLAGS.iter().any(|it| it.0 == key) => value.is_number(),
        _ => true,
    }
}

fn given(options: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    options.into_iter().filter(|(_, value)| !value.is_null())
}

fn flags(options: &Map<String, Value>, model: Option<&str>) -> Vec<String> {
    let mode = text(options, "permission_mode").unwrap_or_else(|| "acceptEdits".into());
    let refused = list(options, "disallowed_tools").unwrap_or_else(|| owned(REFUSED));
    let sources = list(options, "setting_sources").unwrap_or_default();
    let mut flags = vec![
        format!("--permission-mode={mode}"),
        format!("--setting-sources={}", sources.join(",")),
    ];
    if !refused.is_empty() {
        flags.push(format!("--disallowedTools={}", refused.join(",")));
    }
    flags.extend(model.map(|model| format!("--model={model}")));
    for (key, flag) in FLAGS {
        flags.extend(
            options
                .get(*key)
                .map(|value| format!("{flag}={}", written(value))),
        );
    }
    let folders = list(options, "add_dirs").unwrap_or_default();
    flags.extend(folders.iter().map(|folder| format!("--add-dir={folder}")));
    flags
}

/// The program's official address; it is the default of the program itself.
const OFFICIAL: &str = "https://api.anthropic.com";

fn variables(base_url: Option<&str>, more: Option<&Value>) -> Result<Vec<(String, String)>, Fault> {
    let mut all: Vec<(String, String)> = [
        ("CLAUDE_CODE_ENTRYPOINT", "sdk-massgen"),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
        // What goes on after the reply would die with the program.
        ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
        // A memory would be shared by all sessions in a folder.
        ("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let url = base_url.map(|url| url.trim_end_matches('/'));
    let url = url.filter(|url| !url.is_empty() && *url != OFFICIAL);
    all.extend(url.map(|url| ("ANTHROPIC_BASE_URL".to_owned(), url.to_owned())));
    match more {
        None => {}
        Some(Value::Object(more)) => {
            all.extend(
                more.iter()
                    .map(|(name, value)| (name.clone(), written(value))),
            );
        }
        Some(_) => return Err(Fault::new(FaultCode::CONFIG, "`env` is no mapping")),
    }
    Ok(all)
}

fn text(options: &Map<String, Value>, key: &str) -> Option<String> {
    options
        .get(key)
        .map(written)
        .filter(|text| !text.is_empty())
}

/// A list of texts; one text is split at commas.
fn list(options: &Map<String, Value>, key: &str) -> Option<Vec<String>> {
    match options.get(key)? {
        Value::Array(items) => Some(items.iter().map(written).collect()),
        Value::String(text) => {
            let items = text.split(',').map(str::trim).filter(|it| !it.is_empty());
            Some(items.map(str::to_owned).collect())
        }
        _ => None,
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The tools that rules such as `Bash(git *)` speak of; those of MCP servers are the host's.
fn names(rules: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.starts_with("mcp__")) {
        let name = rule.split('(').next().unwrap_or_default().trim().to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|it| (*it).to_owned()).collect()
}
