//! All tools of one agent, by the name under which the model sees them.
//!
//! **Invariant.** A name stands for one tool of one server; the same offers give the same names in
//! the same order, whichever server was quicker.

mod filter;
mod name;

use std::collections::BTreeMap;

use config::ToolFilter;
use massgen_plugin::chat::Tool;
use permissions::Hints;

use filter::Names;

/// A tool that a server has.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// The server's name.
    pub(crate) server: String,
    /// The server's own filter.
    pub(crate) filter: ToolFilter,
    /// The tool by its name at its server.
    pub(crate) tool: Tool,
    pub(crate) hints: Hints,
    /// Whether the host itself is the server.
    pub(crate) own: bool,
}

/// The tools on offer.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    tools: BTreeMap<String, Offer>,
    /// What was left out, and why; in order.
    pub(crate) remarks: Vec<String>,
}

impl Catalogue {
    /// What passes the filters, under its exposed name. A bad tool is left out alone.
    pub(crate) fn of(offers: Vec<Offer>, filter: &ToolFilter) -> Self {
        let mut catalogue = Self::default();
        let mut named = Vec::new();
        for offer in offers {
            match name::expose(&offer.server, &offer.tool.name) {
                Ok(name) => named.push((name, offer)),
                Err(why) => catalogue.remarks.push(format!(
                    "a tool of server `{}` is left out: {why}",
                    offer.server
                )),
            }
        }
        let own = named.iter().filter(|(_, offer)| offer.own);
        let own_are_listed = filter::speaks_of(filter, own.map(|(name, it)| names(name, it)));
        for (name, offer) in named {
            let exempt = offer.own && !own_are_listed;
            let shown = filter::passes(filter, names(&name, &offer), exempt)
                && filter::passes(&offer.filter, names(&name, &offer), false);
            if shown {
                catalogue.insert(name, offer);
            }
        }
        catalogue
    }

    /// A name that is taken gets a mark.
    fn insert(&mut self, name: String, offer: Offer) {
        let name = if self.tools.contains_key(&name) {
            name::marked(&name, &offer.server, &offer.tool.name)
        } else {
            name
        };
        self.tools.insert(name, offer);
    }

    /// The tool behind a name.
    pub(crate) fn find(&self, name: &str) -> Option<&Offer> {
        self.tools.get(name)
    }

    /// Whether a tool only reads, as far as its server says.
    pub(crate) fn is_read_only(&self, name: &str) -> bool {
        self.find(name).and_then(|it| it.hints.read_only) == Some(true)
    }

    /// What is said of an unknown name: up to ten that exist.
    pub(crate) fn unknown(&self, name: &str) -> String {
        let some: Vec<_> = self.tools.keys().take(10).map(String::as_str).collect();
        format!("there is no tool `{name}`; there are {}", some.join(", "))
    }

    /// For a model, sorted by name, without those of hidden servers.
    pub(crate) fn tools(&self, hidden: impl Fn(&str) -> bool) -> Vec<Tool> {
        let shown = self.tools.iter().filter(|(_, it)| !hidden(&it.server));
        let tool = |(name, offer): (&String, &Offer)| Tool {
            name: name.clone(),
            ..offer.tool.clone()
        };
        shown.map(tool).collect()
    }
}

fn names<'a>(exposed: &'a str, offer: &'a Offer) -> Names<'a> {
    Names {
        server: &offer.server,
        bare: &offer.tool.name,
        exposed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn offer(server: &str, tool: &str, own: bool) -> Offer {
        Offer {
            server: server.into(),
            filter: ToolFilter::default(),
            tool: Tool {
                name: tool.into(),
                description: String::new(),
                parameters: json!({"type": "object"}),
            },
            hints: Hints::default(),
            own,
        }
    }

    fn shown(offers: Vec<Offer>, allowed: Option<&[&str]>) -> Vec<String> {
        let filter = ToolFilter {
            allowed: allowed.map(|it| it.iter().map(|it| (*it).to_owned()).collect()),
            excluded: Vec::new(),
        };
        let catalogue = Catalogue::of(offers, &filter);
        catalogue
            .tools(|_| false)
            .into_iter()
            .map(|it| it.name)
            .collect()
    }

    #[test]
    fn a_bad_tool_is_left_out_alone_and_said() {
        let offers = vec![
            offer("a", "list", false),
            offer("a", "get", false),
            offer("b", "put", false),
        ];
        let catalogue = Catalogue::of(offers, &ToolFilter::default());
        assert_eq!(catalogue.tools(|_| false).len(), 2);
        assert_eq!(catalogue.remarks.len(), 1);
    }

    #[test]
    fn the_hosts_own_tools_need_no_entry_in_an_allow_list_that_is_silent_about_them() {
        let offers = || {
            vec![
                offer("weather", "get", false),
                offer("filesystem", "write_file", true),
                offer("filesystem", "read_file", true),
            ]
        };
        let both = ["mcp__filesystem__read_file", "mcp__filesystem__write_file"];
        assert_eq!(shown(offers(), Some(&["other"])), both);
        assert_eq!(shown(offers(), Some(&[])), both);
        assert_eq!(shown(offers(), Some(&["read_file"])), [both[0]]);
        assert_eq!(shown(offers(), None).len(), 3);
    }

    #[test]
    fn twins_after_cleaning_keep_two_names_whatever_came_first() {
        let (one, other) = (offer("s", "a b", false), offer("s", "a_b", false));
        let names = shown(vec![one.clone(), other.clone()], None);
        assert_eq!(names.len(), 2);
        assert_eq!(names[0], "mcp__s__a_b");
        let mut sorted = [one, other];
        sorted.sort_by(|a, b| a.tool.name.cmp(&b.tool.name));
        assert_eq!(shown(sorted.to_vec(), None), names);
    }
}
