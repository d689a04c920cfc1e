//! Which tools an agent sees (services §2.6).

use config::ToolFilter;

/// One tool as a filter may name it.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) server: &'a str,
    pub(super) bare: &'a str,
    pub(super) exposed: &'a str,
}

impl Names<'_> {
    /// As exposed, bare, or by its whole server.
    fn is_named_by(&self, pattern: &str) -> bool {
        pattern == self.bare || self.alone_is_named_by(pattern)
    }

    /// So that no other server's tool can be meant.
    fn alone_is_named_by(&self, pattern: &str) -> bool {
        pattern == self.exposed
            || pattern
                .strip_prefix("mcp__")
                .and_then(|it| it.strip_suffix("__*"))
                == Some(self.server)
    }

    fn is_in(&self, patterns: &[String]) -> bool {
        patterns.iter().any(|it| self.is_named_by(it))
    }
}

/// Whether a tool passes; exclusion wins. `exempt` tools need not be in the list.
pub(super) fn passes(filter: &ToolFilter, names: Names<'_>, exempt: bool) -> bool {
    let allowed = filter
        .allowed
        .as_ref()
        .is_none_or(|list| exempt || names.is_in(list));
    allowed && !names.is_in(&filter.excluded)
}

/// Whether the list names any of these; then it speaks about all of them. A bare name that one of
/// the others has as well is meant for that one.
pub(super) fn speaks_of(filter: &ToolFilter, all: &[Names<'_>], others: &[Names<'_>]) -> bool {
    let listed = |pattern: &String| {
        let is_theirs = || others.iter().any(|it| it.bare == pattern);
        all.iter()
            .any(|it| it.alone_is_named_by(pattern) || it.is_named_by(pattern) && !is_theirs())
    };
    let allowed = filter.allowed.as_ref();
    allowed.is_some_and(|list| list.iter().any(listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Names<'static> = Names {
        server: "weather",
        bare: "get",
        exposed: "mcp__weather__get",
    };

    fn filter(allowed: Option<&[&str]>, excluded: &[&str]) -> ToolFilter {
        let owned = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect();
        ToolFilter {
            allowed: allowed.map(owned),
            excluded: owned(excluded),
        }
    }

    #[test]
    fn exposed_and_bare_names_and_whole_servers_match_and_exclusion_wins() {
        let check = |allowed, excluded: &[&str], shown| {
            assert_eq!(passes(&filter(allowed, excluded), GET, false), shown);
        };
        check(None, &[], true);
        check(Some(&[]), &[], false);
        check(Some(&["mcp__weather__get"]), &[], true);
        check(Some(&["get"]), &[], true);
        check(Some(&["mcp__weather__*"]), &[], true);
        check(Some(&["mcp__other__get"]), &[], false);
        check(Some(&["get"]), &["mcp__weather__*"], false);
        check(None, &["get"], false);
    }

    #[test]
    fn an_exempt_tool_needs_no_entry_but_can_be_excluded() {
        assert!(passes(&filter(Some(&["other"]), &[]), GET, true));
        assert!(!passes(&filter(Some(&["other"]), &["get"]), GET, true));
    }

    #[test]
    fn a_bare_name_that_another_server_has_says_nothing_of_the_hosts_tools() {
        let other = Names {
            server: "news",
            exposed: "mcp__news__get",
            ..GET
        };
        let check = |pattern, others: &[Names<'_>], speaks| {
            let filter = filter(Some(&[pattern]), &[]);
            assert_eq!(speaks_of(&filter, &[GET], others), speaks, "{pattern}");
        };
        check("get", &[], true);
        check("get", &[other], false);
        check("mcp__weather__get", &[other], true);
        check("mcp__weather__*", &[other], true);
        check("mcp__news__get", &[other], false);
        check("put", &[], false);
    }
}
