//! Who may depend on whom: the table in `ARCHITECTURE.md`, as code.
//!
//! `cargo xtask tidy` compares it with what cargo says and with the document, so that none of the
//! three drifts.

/// Each crate, and the workspace crates its `[dependencies]` may name. Crates under `tests/` have
/// no row: see [`TEST_PLUGINS`]; all others there may use anything.
pub(crate) const MAY_USE: &[(&str, &[&str])] = &[
    ("massgen-plugin", &[]),
    ("dialect", &["massgen-plugin"]),
    ("chat-dialect", &["dialect", "massgen-plugin"]),
    ("responses-dialect", &["dialect", "massgen-plugin"]),
    (
        "chat-completions",
        &[
            "chat-dialect",
            "dialect",
            "massgen-plugin",
            "responses-dialect",
        ],
    ),
    ("vllm", &["chat-dialect", "dialect", "massgen-plugin"]),
    (
        "openai",
        &["dialect", "massgen-plugin", "responses-dialect"],
    ),
    ("claude", &["dialect", "massgen-plugin"]),
    ("gemini", &["dialect", "massgen-plugin"]),
    ("claude-code", &["dialect", "massgen-plugin"]),
    ("framing", &["massgen-plugin"]),
    ("referee", &["massgen-plugin"]),
    ("isolation", &["massgen-plugin"]),
    ("prices", &["massgen-plugin"]),
    ("programs", &[]),
    (
        "massgen-plugin-test",
        &["framing", "isolation", "massgen-plugin", "referee"],
    ),
    ("events", &["massgen-plugin"]),
    ("config", &["events"]),
    ("orchestrator", &["events"]),
    ("agent", &["events", "massgen-plugin"]),
    ("transport", &["framing", "massgen-plugin"]),
    ("loader", &["isolation", "massgen-plugin"]),
    ("permissions", &[]),
    ("sandbox", &["programs"]),
    ("workspace", &["massgen-plugin", "permissions"]),
    (
        "mcp",
        &["config", "massgen-plugin", "programs", "transport"],
    ),
    (
        "services",
        &[
            "config",
            "events",
            "massgen-plugin",
            "mcp",
            "permissions",
            "sandbox",
            "transport",
            "workspace",
        ],
    ),
    (
        "backends",
        &[
            "framing",
            "isolation",
            "loader",
            "massgen-plugin",
            "programs",
            "referee",
            "sandbox",
            "services",
            "transport",
        ],
    ),
    (
        "runtime",
        &[
            "agent",
            "backends",
            "config",
            "events",
            "massgen-plugin",
            "orchestrator",
            "prices",
            "services",
        ],
    ),
    ("display", &["events", "massgen-plugin"]),
    ("run-log", &["events", "massgen-plugin"]),
    (
        "massgen",
        &[
            "backends",
            "config",
            "display",
            "events",
            "isolation",
            "loader",
            "massgen-plugin",
            "massgen-plugin-test",
            "programs",
            "run-log",
            "runtime",
            "sandbox",
            "services",
            "transport",
        ],
    ),
    ("xtask", &[]),
];

/// What every crate in `tests/plugins` may use.
pub(crate) const TEST_PLUGINS: &[&str] = &["massgen-plugin"];

/// Rows whose crate is yet to come.
pub(crate) const PLANNED: &[&str] = &[];

/// Each way out of the process, and the crates that may take it.
pub(crate) const DOORS: &[(&str, &[&str])] = &[
    ("abi_stable", &["massgen-plugin", "loader"]),
    ("libloading", &["loader"]),
    ("reqwest", &["transport"]),
    ("landlock", &["sandbox"]),
    ("seccompiler", &["isolation"]),
    ("process-wrap", &["programs"]),
    ("rmcp", &["mcp", "mcp-bench"]),
];

/// The row of a crate.
pub(crate) fn row(name: &str) -> Option<&'static [&'static str]> {
    MAY_USE
        .iter()
        .find(|(it, _)| *it == name)
        .map(|(_, uses)| *uses)
}

/// Who may use an external crate; `None` when anyone may.
pub(crate) fn keepers(name: &str) -> Option<&'static [&'static str]> {
    DOORS
        .iter()
        .find(|(it, _)| *it == name)
        .map(|(_, keepers)| *keepers)
}
