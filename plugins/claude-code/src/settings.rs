//! The keys of `backend:`, as flags and variables of the program. The host holds them against the
//! schema in `plugin.json`, so that their values have their form here.
//!
//! Whatever can loosen the gate is fixed here: no settings file of the user or of the workspace is
//! read unless the configuration names it, and no MCP server but the host's is used.

use massgen_plugin::{Config, Fault, FaultCode, tracing};
use serde_json::{Map, Value};

/// Keys that are a flag of the same meaning, in the order of the command line, with the value
/// unless the configuration has one. The uses of tools that are refused are the reference's.
const FLAGS: &[(&str, &str, Option<&str>)] = &[
    ("permission_mode", "--permission-mode", Some("acceptEdits")),
    (SOURCES, "--setting-sources", Some("")),
    (
        "disallowed_tools",
        "--disallowedTools",
        Some("Bash(rm*),Bash(sudo*),Bash(su*),Bash(chmod*),Bash(chown*)"),
    ),
    ("model", "--model", None),
    ("max_turns", "--max-turns", None),
    ("max_thinking_tokens", "--max-thinking-tokens", None),
    ("max_budget_usd", "--max-budget-usd", None),
    ("thinking", "--thinking", None),
    ("fallback_model", "--fallback-model", None),
    ("betas", "--betas", None),
    ("settings", "--settings", None),
    ("agents", "--agents", None),
];

/// The one flag that says something without a value: read none.
const SOURCES: &str = "setting_sources";

/// The program's own tools on offer unless the configuration lists others: those of the reference
/// that work without a person and an editor.
const TOOLS: &str = "Read,Write,Edit,MultiEdit,Bash,Grep,Glob,LS,WebSearch,WebFetch,Task,TodoWrite,\
                     NotebookEdit,NotebookRead,ExitPlanMode";

/// Variables of every run.
const VARIABLES: [(&str, &str); 6] = [
    ("CLAUDE_CODE_ENTRYPOINT", "sdk-massgen"),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
    // `@path` in a message would be read without asking the gate.
    ("CLAUDE_CODE_DISABLE_FILE_MENTIONS", "1"),
    // What goes on after the reply would die with the program.
    ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
    // A memory would be shared by all sessions in a folder.
    ("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "1"),
];

/// Variables that hold a key.
const KEYS: [&str; 4] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "CLAUDE_CODE_OAUTH_TOKEN",
];

/// The program's official address; it is the default of the program itself.
const OFFICIAL: &str = "https://api.anthropic.com";

/// A configured backend.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The program.
    pub(crate) program: String,
    /// Flags of every run, in a fixed order.
    pub(crate) flags: Vec<String>,
    /// Names of the program's own tools on offer.
    pub(crate) tools: String,
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
    ignored: Vec<String>,
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
        let mut options = config.options;
        options.retain(|_, value| !value.is_null());
        options.extend(config.model.map(|model| ("model".into(), model.into())));
        check_variables(&options)?;
        let flags = flags(&mut options);
        let allowed = options.remove("allowed_tools").map(list);
        let mut text = |key| options.remove(key).map(written).filter(|it| !it.is_empty());
        Ok(Self {
            program: text("cli_path").unwrap_or_else(|| "claude".into()),
            flags,
            tools: allowed.as_deref().map_or_else(|| TOOLS.into(), names),
            allowed,
            effort: text("effort"),
            system: text("system_prompt"),
            append: text("append_system_prompt"),
            variables: variables(config.base_url, options.remove("env")),
            ignored: options.keys().cloned().collect(),
        })
    }

    /// Says what has no effect; amid a call, because only there somebody listens.
    pub(crate) fn warn(&self) {
        if !self.ignored.is_empty() {
            let keys = self.ignored.join("`, `");
            tracing::warn!("Claude Code has no such option, it has no effect: `{keys}`");
        }
    }
}

/// Takes the keys that are flags.
fn flags(options: &mut Map<String, Value>) -> Vec<String> {
    let mut flags = Vec::new();
    for (key, flag, default) in FLAGS {
        let configured = options.remove(*key).map(written);
        if let Some(value) = configured.as_deref().or(*default)
            && (*key == SOURCES || !value.is_empty())
        {
            flags.push(format!("{flag}={value}"));
        }
    }
    let folders = options.remove("add_dirs").map(list).unwrap_or_default();
    flags.extend(folders.iter().map(|folder| format!("--add-dir={folder}")));
    flags
}

/// The variables of a run. At another address than the official one the program is given words in
/// place of a key, which the host replaces by a real one where it has one: without any, the program
/// would send the user's stored login there.
fn variables(base_url: Option<String>, more: Option<Value>) -> Vec<(String, String)> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut all: Vec<_> = VARIABLES.map(owned).into();
    let url = base_url.as_deref().map(|url| url.trim_end_matches('/'));
    let url = url.filter(|url| !url.is_empty() && *url != OFFICIAL);
    if let Some(url) = url {
        all.push(owned(("ANTHROPIC_BASE_URL", url)));
        all.push(owned(("ANTHROPIC_API_KEY", "none")));
    }
    if let Some(Value::Object(more)) = more {
        all.extend(more.into_iter().map(|(name, value)| (name, written(value))));
    }
    all
}

/// Refuses variables that would lead the key to an address the host does not know of, or bring one
/// that the host cannot keep out of logs.
fn check_variables(options: &Map<String, Value>) -> Result<(), Fault> {
    let settings = options.get("settings").map(|it| match it {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    });
    let settings = settings.unwrap_or_default();
    let all = [options.get("env"), settings.get("env")]
        .into_iter()
        .flatten();
    let mut names = all.filter_map(Value::as_object).flat_map(Map::keys);
    let is_kept = |name: &&String| name.ends_with("_BASE_URL") || KEYS.contains(&name.as_str());
    names.find(is_kept).map_or(Ok(()), |name| {
        let text = format!("`env` may not set `{name}`");
        Err(Fault::new(FaultCode::CONFIG, text)
            .with_detail("hint: the address is `base_url` and the key `api_key`, beside `env`"))
    })
}

/// A list of texts; one text is split at commas.
fn list(value: Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.into_iter().map(written).collect(),
        other => {
            let text = written(other);
            let items = text.split(',').map(str::trim).filter(|it| !it.is_empty());
            items.map(str::to_owned).collect()
        }
    }
}

fn written(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(_) => list(value).join(","),
        other => other.to_string(),
    }
}

/// The tools that rules such as `Bash(git *)` speak of; those of MCP servers are the host's.
fn names(rules: &[String]) -> String {
    let mut names = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.starts_with("mcp__")) {
        let name = rule.split('(').next().unwrap_or_default().trim();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(",")
}
