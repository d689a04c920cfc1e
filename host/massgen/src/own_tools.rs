//! `allowed_tools` of backends that have tools of their own.
//!
//! Where a plugin's schema has that key, the list speaks of the provider's tools: it goes to the
//! plugin, and only its `mcp__…` entries choose among the tools of servers (services §2.6). Without
//! such entries all tools of servers are on offer, as in v0.0.22.

use config::{RunPlan, ToolFilter};

use crate::team::Plugins;

const KEY: &str = "allowed_tools";

/// Hands the lists over.
pub(crate) fn hand_over(mut plan: RunPlan, plugins: &Plugins) -> RunPlan {
    for agent in &mut plan.agents {
        let type_name = &agent.backend.type_name;
        let inspection = plugins.catalog.find(type_name).ok();
        let found = inspection.and_then(|it| it.backend_type(type_name));
        let takes_list = found.is_some_and(|it| it.config["properties"].get(KEY).is_some());
        if let Some(list) = takes_list
            .then(|| split(&mut agent.services.filter))
            .flatten()
        {
            agent.backend.options.insert(KEY.into(), list.into());
        }
    }
    plan
}

/// The whole list; entries about servers stay.
fn split(filter: &mut ToolFilter) -> Option<Vec<String>> {
    let list = filter.allowed.take()?;
    let servers = list.iter().filter_map(|it| {
        let tool = it.strip_prefix("mcp__")?;
        // A server's name alone means all of it.
        let is_server = !tool.contains("__");
        Some(if is_server {
            format!("{it}__*")
        } else {
            it.clone()
        })
    });
    let servers: Vec<_> = servers.collect();
    filter.allowed = (!servers.is_empty()).then_some(servers);
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_about_servers_choose_among_their_tools_and_others_do_not() {
        let check = |list: &[&str], kept: Option<&[&str]>| {
            let owned = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
            let mut filter = ToolFilter {
                allowed: Some(owned(list)),
                excluded: Vec::new(),
            };
            assert_eq!(split(&mut filter), Some(owned(list)));
            assert_eq!(filter.allowed, kept.map(owned));
        };
        check(&["Read", "Bash(git *)"], None);
        check(&["Read", "mcp__playwright"], Some(&["mcp__playwright__*"]));
        check(
            &["mcp__a__b", "mcp__a__*"],
            Some(&["mcp__a__b", "mcp__a__*"]),
        );
        assert_eq!(split(&mut ToolFilter::default()), None);
    }
}
