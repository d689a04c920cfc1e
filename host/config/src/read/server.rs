//! The values of one server: how it is reached, and whether it is sandboxed.

use std::path::{Component, Path, PathBuf};

use super::{Field, Reader, Section};
use crate::node::Kind;
use crate::server::{self, Security, Wrong};
use crate::substitute::substitute_variables;
use crate::{ApiKey, McpTransport, OAuthPlan, Place, SandboxMode, SandboxPlan};

/// The longest time that an HTTP server may be given, in milliseconds.
const HTTP_MAX_MS: u64 = 300_000;

impl Reader<'_> {
    pub(super) fn stdio(
        &mut self,
        section: &mut Section<'_>,
        security: &Security,
    ) -> Option<McpTransport> {
        let command = section.take_given("command");
        let args = section.take_given("args");
        let cwd = section
            .take_given("cwd")
            .and_then(|it| self.server_cwd(&it));
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

    pub(super) fn http(
        &mut self,
        section: &mut Section<'_>,
        security: Security,
    ) -> Option<McpTransport> {
        let read_ms = section.take("http_read_timeout");
        let read_ms = read_ms.and_then(|it| self.http_time(&it));
        let headers = section.take("headers");
        let headers = headers.map(|it| self.pairs(it, server::check_header));
        let oauth = section.take("oauth").and_then(|it| self.oauth(it));
        let Some(field) = section.take_given("url") else {
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

    pub(super) fn http_time(&mut self, field: &Field<'_>) -> Option<u64> {
        let ms = self.some_seconds(field)?;
        if ms > HTTP_MAX_MS {
            let must = format!("must be at most {} seconds", HTTP_MAX_MS / 1000);
            self.unfit(field, &must);
        }
        Some(ms)
    }

    fn oauth(&mut self, field: Field<'_>) -> Option<OAuthPlan> {
        let mut section = self.section(field)?;
        let client_id = section
            .take_given("client_id")
            .and_then(|it| self.literal(&it));
        let secret = section.take_given("client_secret");
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
    pub(super) fn sandbox(&mut self, field: Field<'_>) -> SandboxPlan {
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

    /// Notes why a value is refused, at its place.
    fn good<T>(&mut self, field: &Field<'_>, result: Result<T, Wrong>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(wrong) => {
                let text = format!("`{}` {}", field.path, wrong.must);
                self.refuse(&field.node.place, &field.path, text, wrong.hint);
                None
            }
        }
    }

    pub(super) fn refuse(&mut self, place: &Place, path: &str, text: String, hint: Option<String>) {
        let noted = self.error(place, path, text);
        if let Some(hint) = hint {
            noted.hint(hint);
        }
    }
}
