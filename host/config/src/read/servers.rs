//! `mcp_servers:` in all its shapes (services §2.1), each entry read once.

use std::path::{Component, Path, PathBuf};

use super::{Field, Reader, Section};
use crate::node::{Entry, Kind, Node};
use crate::server::{self, Security, Wrong};
use crate::substitute::substitute_variables;
use crate::{ApiKey, McpServer, McpTransport, OAuthPlan, Place, SandboxMode, SandboxPlan};

/// An entry that has one of these is a server and no list of servers.
const SIGNS: [&str; 4] = ["type", "command", "args", "url"];

const COMMON: [&str; 9] = [
    "name",
    "type",
    "security",
    "required",
    "connect_timeout",
    "tool_timeout",
    "sandbox",
    "allowed_tools",
    "exclude_tools",
];
const STDIO: [&str; 4] = ["command", "args", "env", "cwd"];
const HTTP: [&str; 5] = ["url", "headers", "timeout", "http_read_timeout", "oauth"];

/// The longest time that an HTTP server may be given, in milliseconds.
const HTTP_MAX_MS: u64 = 300_000;

#[derive(Clone, Copy)]
enum Type {
    Stdio,
    Http,
}

impl Reader<'_> {
    /// The servers in file order, names unique.
    pub(super) fn servers(&mut self, field: &Field<'_>) -> Vec<McpServer> {
        let entries: Vec<(Option<&Entry>, Field<'_>)> = match &field.node.value {
            Kind::Null => Vec::new(),
            Kind::List(items) => field.items(items).map(|item| (None, item)).collect(),
            Kind::Map(entries) if is_server(entries) => vec![(None, field.clone())],
            Kind::Map(_) => self.named_servers(field),
            _ => {
                self.mistyped(field, "a list or a mapping of servers");
                Vec::new()
            }
        };
        let mut servers: Vec<McpServer> = Vec::new();
        for (n, (key, field)) in entries.into_iter().enumerate() {
            if let Some(server) = self.server(n, key, field)
                && self.is_new(&server, &servers)
            {
                servers.push(server);
            }
        }
        servers
    }

    fn named_servers<'n>(&mut self, field: &Field<'n>) -> Vec<(Option<&'n Entry>, Field<'n>)> {
        let section = self.section(field.clone());
        let named = |section: Section<'n>| {
            let entries = section.rest().iter();
            entries
                .map(|entry| (Some(*entry), section.field(entry)))
                .collect()
        };
        section.map(named).unwrap_or_default()
    }

    fn is_new(&mut self, server: &McpServer, others: &[McpServer]) -> bool {
        let Some(other) = others.iter().find(|it| it.name == server.name) else {
            return true;
        };
        let text = format!("two servers have the name `{}`", server.name);
        self.error(&server.place, "", text)
            .hint(format!("the other one is at {}", other.place));
        false
    }

    fn server(&mut self, n: usize, key: Option<&Entry>, field: Field<'_>) -> Option<McpServer> {
        if matches!(field.node.value, Kind::Null) {
            let text = format!("`{}` is left out: it is empty", field.path);
            self.warn(&field.node.place, &field.path, text);
            return None;
        }
        let place = key.map_or(&field.node.place, |key| &key.place).clone();
        let mut section = self.section(field)?;
        let name = self.name(n, key, &mut section);
        let security = section.take("security");
        let security = security.map(|it| self.security(&it)).unwrap_or_default();
        let kind = self.kind(&mut section)?;
        let [connect_ms, mut call_ms] = ["connect_timeout", "tool_timeout"]
            .map(|key| section.take(key).and_then(|it| self.some_seconds(&it)));
        let required = section.take("required").and_then(|it| self.flag(&it));
        let sandbox = section.take("sandbox").map(|it| self.sandbox(it));
        let filter = self.filter(&mut section);
        let transport = match kind {
            Type::Stdio => self.stdio(&mut section, &security),
            Type::Http => {
                let timeout = section.take("timeout").and_then(|it| self.http_time(&it));
                call_ms = call_ms.or(timeout);
                self.http(&mut section, security)
            }
        };
        self.unknown_to(section, kind);
        Some(McpServer {
            name: name?,
            transport: transport?,
            required: required.unwrap_or_default(),
            connect_ms,
            call_ms,
            sandbox: sandbox.unwrap_or_default(),
            filter,
            place,
        })
    }

    /// The key in a mapping, else `name`, else a number.
    fn name(&mut self, n: usize, key: Option<&Entry>, section: &mut Section<'_>) -> Option<String> {
        let own = section.take("name");
        let name = match (key, &own) {
            (Some(key), own) => {
                let own = own.as_ref().and_then(|it| Some((it, self.literal(it)?)));
                if let Some((field, _)) = own.filter(|(_, name)| *name != key.key) {
                    let text = format!("`{}` is ignored: the server is `{}`", field.path, key.key);
                    self.warn(&field.node.place, &field.path, text);
                }
                key.key.clone()
            }
            (None, Some(own)) => self.literal(own)?,
            (None, None) => format!("server_{n}"),
        };
        let (path, place) = match (&own, key) {
            (_, Some(key)) => (section.path.clone(), &key.place),
            (Some(own), None) => (own.path.clone(), &own.node.place),
            (None, None) => (section.path.clone(), section.place),
        };
        if let Err(wrong) = server::check_name(&name) {
            let text = format!(
                "the name of a server {}, not `{}`",
                wrong.must,
                name.escape_debug()
            );
            self.refuse(place, &path, text, wrong.hint);
            return None;
        }
        Some(name)
    }

    /// `type`, or what the other keys say.
    fn kind(&mut self, section: &mut Section<'_>) -> Option<Type> {
        let given = section.take("type");
        let given = given.filter(|it| !matches!(it.node.value, Kind::Null));
        let Some(field) = given else {
            if section.has("command") || section.has("args") {
                return Some(Type::Stdio);
            }
            if section.has("url") {
                return Some(Type::Http);
            }
            let text = format!("`{}` has neither `command` nor `url`", section.path);
            self.error(section.place, &section.path, text)
                .hint("`command:` and `args:` start a server here, `url:` connects to one");
            return None;
        };
        match self.literal(&field)?.as_str() {
            "stdio" => Some(Type::Stdio),
            "streamable-http" => Some(Type::Http),
            other => {
                let hint = match other {
                    "http" | "sse" => {
                        "use `streamable-http`, which took the place of the older transports"
                    }
                    _ => "use `stdio` for a program, `streamable-http` for an address",
                };
                let must = "must be `stdio` or `streamable-http`";
                self.unfit(&field, &format!("{must}, not `{}`", other.escape_debug()))
                    .hint(hint);
                None
            }
        }
    }

    fn stdio(&mut self, section: &mut Section<'_>, security: &Security) -> Option<McpTransport> {
        let command = section.take("command");
        let args = section.take("args");
        let cwd = section.take("cwd").and_then(|it| self.server_cwd(&it));
        let env = section.take("env").map(|it| self.variables(it, security));
        let Some(field) = command.as_ref().or(args.as_ref()) else {
            let text = format!("`{}` has no `command`", section.path);
            self.error(section.place, &section.path, text);
            return None;
        };
        let parts = command.as_ref().map(|it| self.command(it));
        let args = args.as_ref().map(|it| self.arguments(it));
        let (mut argv, args) = match (parts, args) {
            (Some(parts), args) => (parts?, args.unwrap_or_default()),
            // Without a command, the first argument is the program.
            (None, args) => (args.unwrap_or_default(), Vec::new()),
        };
        self.good(field, server::check_command(&argv, security))?;
        argv.extend(args);
        self.good(field, server::check_shell(&argv, security))?;
        let env = env.unwrap_or_default();
        Some(McpTransport::Stdio { argv, env, cwd })
    }

    fn command(&mut self, field: &Field<'_>) -> Option<Vec<String>> {
        match &field.node.value {
            Kind::Text(line) => self.good(field, server::split(line)),
            Kind::List(_) => Some(self.each(field, "a list of texts", Self::literal)),
            _ => {
                self.mistyped(field, "text or a list of texts");
                None
            }
        }
    }

    fn arguments(&mut self, field: &Field<'_>) -> Vec<String> {
        self.each(field, "a list of texts", |reader, item| {
            let argument = reader.literal(item)?;
            reader.good(item, server::check_argument(&argument))?;
            Some(argument)
        })
    }

    /// `cwd` of a server: a folder that may be anywhere, but is written without `..`.
    fn server_cwd(&mut self, field: &Field<'_>) -> Option<PathBuf> {
        let path = self.path(field)?;
        let Kind::Text(written) = &field.node.value else {
            return None;
        };
        self.good(field, server::check_argument(written))?;
        if Path::new(written)
            .components()
            .any(|it| it == Component::ParentDir)
        {
            self.unfit(field, "must not go through `..`");
            return None;
        }
        Some(path)
    }

    fn variables(&mut self, field: Field<'_>, security: &Security) -> Vec<(String, ApiKey)> {
        self.pairs(field, |name, value| {
            server::check_variable(name, value, &security.env)
        })
    }

    fn http(&mut self, section: &mut Section<'_>, security: Security) -> Option<McpTransport> {
        let read_ms = section.take("http_read_timeout");
        let read_ms = read_ms.and_then(|it| self.http_time(&it));
        let headers = section.take("headers");
        let headers = headers.map(|it| self.pairs(it, server::check_header));
        let oauth = section.take("oauth").and_then(|it| self.oauth(it));
        let Some(field) = section.take("url") else {
            let text = format!("`{}` has no `url`", section.path);
            self.error(section.place, &section.path, text);
            return None;
        };
        let url = self.literal(&field)?;
        self.server_url(&field, &url, &security);
        Some(McpTransport::Http {
            url,
            headers: headers.unwrap_or_default(),
            read_ms: read_ms.unwrap_or(HTTP_MAX_MS),
            addresses: security.addresses,
            oauth: oauth.unwrap_or_default(),
        })
    }

    /// Checked as it will be used. With a variable that is not set it cannot be used: the server's
    /// start will say so.
    fn server_url(&mut self, field: &Field<'_>, url: &str, security: &Security) {
        if let Ok(url) = substitute_variables(url, self.env()) {
            self.good(field, server::check_url(&url, &security.addresses));
        }
    }

    fn http_time(&mut self, field: &Field<'_>) -> Option<u64> {
        let ms = self.some_seconds(field)?;
        if ms > HTTP_MAX_MS {
            let must = format!("must be at most {} seconds", HTTP_MAX_MS / 1000);
            self.unfit(field, &must);
        }
        Some(ms)
    }

    fn oauth(&mut self, field: Field<'_>) -> Option<OAuthPlan> {
        let mut section = self.section(field)?;
        let client_id = section.take("client_id").and_then(|it| self.literal(&it));
        let secret = section.take("client_secret");
        let client_secret = secret.and_then(|it| self.literal(&it)).map(ApiKey::from);
        let scopes = section.take("scopes");
        let scopes = scopes.map(|it| self.each(&it, "a list of texts", Self::literal));
        self.unknown(section, &["client_id", "client_secret", "scopes"]);
        Some(OAuthPlan {
            client_id,
            client_secret,
            scopes: scopes.unwrap_or_default(),
        })
    }

    /// `off|warn|enforce`, or a mapping with `mode`, which is `enforce` when it is not said.
    fn sandbox(&mut self, field: Field<'_>) -> SandboxPlan {
        let mut plan = SandboxPlan::default();
        if !matches!(field.node.value, Kind::Map(_)) {
            plan.mode = self.sandbox_mode(&field).unwrap_or_default();
            return plan;
        }
        let Some(mut section) = self.section(field) else {
            return plan;
        };
        plan.mode = match section.take("mode") {
            Some(mode) => self.sandbox_mode(&mode).unwrap_or_default(),
            None => SandboxMode::Enforce,
        };
        for (key, denied) in [
            ("network", &mut plan.deny_network),
            ("package_caches", &mut plan.deny_package_caches),
        ] {
            if let Some(granted) = section.take(key).and_then(|it| self.flag(&it)) {
                *denied = !granted;
            }
        }
        self.unknown(section, &["mode", "network", "package_caches"]);
        plan
    }

    /// In YAML 1.1, `off` without quotes is `false`.
    fn sandbox_mode(&mut self, field: &Field<'_>) -> Option<SandboxMode> {
        match &field.node.value {
            Kind::Null | Kind::Flag(false) => return Some(SandboxMode::Off),
            Kind::Text(text) => match text.as_str() {
                "off" => return Some(SandboxMode::Off),
                "warn" => return Some(SandboxMode::Warn),
                "enforce" => return Some(SandboxMode::Enforce),
                _ => {}
            },
            _ => {}
        }
        self.unfit(field, "must be `off`, `warn` or `enforce`");
        None
    }

    /// A mapping of texts, each pair checked.
    fn pairs(
        &mut self,
        field: Field<'_>,
        check: impl Fn(&str, &str) -> Result<(), Wrong>,
    ) -> Vec<(String, ApiKey)> {
        let Some(section) = self.section(field) else {
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for entry in section.rest() {
            let field = section.field(entry);
            let Some(value) = self.literal(&field) else {
                continue;
            };
            let at = Field {
                path: field.path,
                node: &entry.value,
            };
            if let Err(wrong) = check(&entry.key, &value) {
                self.refuse(
                    &entry.place,
                    &at.path,
                    format!("`{}` {}", at.path, wrong.must),
                    wrong.hint,
                );
            }
            pairs.push((entry.key.clone(), ApiKey::from(value)));
        }
        pairs
    }

    fn unknown_to(&mut self, mut section: Section<'_>, kind: Type) {
        let (own, others, name) = match kind {
            Type::Stdio => (&STDIO[..], &HTTP[..], "stdio"),
            Type::Http => (&HTTP[..], &STDIO[..], "streamable-http"),
        };
        for key in others {
            if let Some(field) = section.take(key) {
                let text = format!("`{}` has no effect on a {name} server", field.path);
                let noted = self.warn(&field.node.place, &field.path, text);
                if *key == "timeout" {
                    noted.hint("`tool_timeout` limits its calls");
                }
            }
        }
        self.unknown(section, &[&COMMON[..], own].concat());
    }

    /// Notes why a value is refused, at its place.
    pub(super) fn good<T>(&mut self, field: &Field<'_>, result: Result<T, Wrong>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(wrong) => {
                let text = format!("`{}` {}", field.path, wrong.must);
                self.refuse(&field.node.place, &field.path, text, wrong.hint);
                None
            }
        }
    }

    fn refuse(&mut self, place: &Place, path: &str, text: String, hint: Option<String>) {
        let noted = self.error(place, path, text);
        if let Some(hint) = hint {
            noted.hint(hint);
        }
    }
}

fn is_server(entries: &[Entry]) -> bool {
    let plain = |node: &Node| !matches!(node.value, Kind::Map(_));
    entries
        .iter()
        .any(|entry| SIGNS.contains(&&*entry.key) && plain(&entry.value))
}
