//! `mcp_servers:` in all its shapes (services §2.1), each entry read once.

use super::{Field, Reader, Section};
use crate::McpServer;
use crate::node::{Entry, Kind, Node};
use crate::place::join;
use crate::server;

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
            // Also the first of two equal names, so that both are seen.
            Kind::Map(entries) => named_servers(field, entries),
            _ => {
                self.mistyped(field, "a list or a mapping of servers");
                Vec::new()
            }
        };
        let mut servers: Vec<McpServer> = Vec::new();
        for (n, (key, entry)) in entries.into_iter().enumerate() {
            if let Some(server) = self.server(n, key, entry)
                && self.is_new(&server, &servers, field)
            {
                servers.push(server);
            }
        }
        servers
    }

    fn is_new(&mut self, server: &McpServer, others: &[McpServer], list: &Field<'_>) -> bool {
        let Some(other) = others.iter().find(|it| it.name == server.name) else {
            return true;
        };
        let text = format!("two servers have the name `{}`", server.name);
        self.error(&server.place, &list.path, text)
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
        let own = section.take_given("name");
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
        let Some(field) = section.take_given("type") else {
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
}

fn is_server(entries: &[Entry]) -> bool {
    let plain = |node: &Node| !matches!(node.value, Kind::Map(_));
    entries
        .iter()
        .any(|entry| SIGNS.contains(&&*entry.key) && plain(&entry.value))
}

fn named_servers<'n>(
    field: &Field<'n>,
    entries: &'n [Entry],
) -> Vec<(Option<&'n Entry>, Field<'n>)> {
    let named = |entry: &'n Entry| {
        let path = join(&field.path, &entry.key);
        let node = &entry.value;
        (Some(entry), Field { path, node })
    };
    entries.iter().map(named).collect()
}
