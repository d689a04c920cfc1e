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
        pattern == self.exposed
            || pattern == self.bare
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

/// Whether the list names any of these; then it speaks about all of them.
pub(super) fn speaks_of<'a>(filter: &ToolFilter, mut all: impl Iterator<Item = Names<'a>>) -> bool {
    let listed = |list: &Vec<String>| all.any(|it| it.is_in(list));
    filter.allowed.as_ref().is_some_and(listed)
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
        assert!(speaks_of(&filter(Some(&["get"]), &[]), [GET].into_iter()));
        assert!(!speaks_of(&filter(Some(&["put"]), &[]), [GET].into_iter()));
    }
}
