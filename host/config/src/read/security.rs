//! `security:` of a server.

use super::{Field, Reader, Section};
use crate::addresses::plain;
use crate::node::Kind;
use crate::server::{EnvRules, Level, Security};

impl Reader<'_> {
    /// What is not understood here never relaxes a rule.
    pub(super) fn security(&mut self, field: &Field<'_>) -> Security {
        if !matches!(field.node.value, Kind::Map(_) | Kind::Null) {
            let text = format!("`{}` is ignored: it must be a mapping", field.path);
            self.warn(&field.node.place, &field.path, text);
            return Security::default();
        }
        let Some(mut section) = self.section(field.clone()) else {
            return Security::default();
        };
        let level = section.take_given("level").map(|it| self.level(&it));
        let level = level.unwrap_or_default();
        let mut security = Security {
            level,
            executables: self.names(&mut section, "allowed_executables"),
            env: EnvRules {
                level,
                ..EnvRules::default()
            },
            ..Security::default()
        };
        if let Some(env) = section.take("env").and_then(|it| self.section(it)) {
            self.env_rules(env, &mut security.env);
        }
        self.address_rules(&mut section, &mut security);
        // Addresses are always checked when they are connected.
        section.take("resolve_dns").and_then(|it| self.flag(&it));
        self.unknown(
            section,
            &[
                "level",
                "allowed_executables",
                "env",
                "allowed_hostnames",
                "resolve_dns",
                "allow_private_ips",
                "allow_localhost",
            ],
        );
        security
    }

    fn address_rules(&mut self, section: &mut Section<'_>, security: &mut Security) {
        let rules = &mut security.addresses;
        let hosts = self.names(section, "allowed_hostnames").unwrap_or_default();
        rules.hostnames = hosts.iter().map(|host| plain(host)).collect();
        for (key, rule) in [
            ("allow_localhost", &mut rules.localhost),
            ("allow_private_ips", &mut rules.private),
        ] {
            let given = section.take(key).and_then(|it| self.flag(&it));
            *rule = given.unwrap_or_default();
        }
    }

    fn env_rules(&mut self, mut section: Section<'_>, rules: &mut EnvRules) {
        if let Some(field) = section.take_given("level") {
            rules.level = self.level(&field);
        }
        if let Some(field) = section.take_given("mode") {
            rules.only_allowed = self.is_allowlist(&field);
        }
        let upper = |names: Vec<String>| names.iter().map(|it| it.to_uppercase()).collect();
        let allowed = self.names(&mut section, "allowed_vars");
        rules.allowed = allowed.map(upper).unwrap_or_default();
        rules.denied = self.names(&mut section, "denied_vars").map(upper);
        self.unknown(section, &["level", "mode", "allowed_vars", "denied_vars"]);
    }

    fn level(&mut self, field: &Field<'_>) -> Level {
        let name = self.literal(field).unwrap_or_default().to_lowercase();
        let known = Level::NAMES.iter().find(|(known, _)| *known == name);
        if known.is_none() && !name.is_empty() {
            let text = format!(
                "`{}` counts as `strict`: `{}` is unknown",
                field.path,
                name.escape_debug()
            );
            self.warn(&field.node.place, &field.path, text)
                .hint("known: strict, moderate, permissive");
        }
        known.map(|(_, level)| *level).unwrap_or_default()
    }

    fn is_allowlist(&mut self, field: &Field<'_>) -> bool {
        match self.literal(field).unwrap_or_default().as_str() {
            "allowlist" => true,
            "denylist" | "" => false,
            _ => {
                let text = format!("`{}` counts as `denylist`", field.path);
                self.warn(&field.node.place, &field.path, text)
                    .hint("known: denylist, allowlist");
                false
            }
        }
    }

    /// A list of names; `null` is none.
    fn names(&mut self, section: &mut Section<'_>, key: &str) -> Option<Vec<String>> {
        let field = section.take_given(key)?;
        Some(self.each(&field, "a list of texts", Self::literal))
    }
}
