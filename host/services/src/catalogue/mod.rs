//! All tools of one agent, by the name under which the model sees them.
//!
//! **Invariant.** A name stands for one tool of one server; the same offers give the same names in
//! the same order, whichever server was quicker, and a name never passes to another tool: twins are
//! all marked.

mod filter;
mod name;

use std::collections::BTreeMap;

use config::ToolFilter;
use massgen_plugin::chat::Tool;
use permissions::Hints;

use crate::arguments::size;
use filter::Names;

/// Most tools of servers that one agent is shown.
const TOOLS: usize = 512;
/// Most bytes of their names, descriptions and schemas.
const BYTES: usize = 512 << 10;

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

impl Offer {
    fn is_same_as(&self, other: &Self) -> bool {
        self.server == other.server && self.tool.name == other.tool.name
    }
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
        let (own, others): (Vec<_>, Vec<_>) = named.iter().partition(|(_, offer)| offer.own);
        let own_are_listed = filter::speaks_of(filter, &all_names(own), &all_names(others));
        let mut shown: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
        for (name, offer) in named {
            let exempt = offer.own && !own_are_listed;
            let passes = filter::passes(filter, names(&name, &offer), exempt)
                && filter::passes(&offer.filter, names(&name, &offer), false);
            let twins = shown.entry(name).or_default();
            let is_known = twins.iter().any(|it| it.is_same_as(&offer));
            if is_known {
                catalogue.remarks.push(format!(
                    "server `{}` lists the tool `{}` twice; the first is taken",
                    offer.server, offer.tool.name
                ));
            } else if passes {
                twins.push(offer);
            }
        }
        catalogue.fill(shown);
        catalogue.bound();
        catalogue
    }

    /// Leaves out what is too much for a model: the host's own tools stay, others by name.
    fn bound(&mut self) {
        let tools = std::mem::take(&mut self.tools);
        let (own, others): (BTreeMap<_, _>, _) = tools.into_iter().partition(|(_, it)| it.own);
        self.tools = own;
        let all = others.len();
        let mut bytes = 0;
        let small = others.into_iter().take(TOOLS).take_while(|(name, it)| {
            bytes += name.len() + it.tool.description.len() + size(&it.tool.parameters);
            bytes <= BYTES
        });
        let kept: Vec<_> = small.collect();
        let gone = all - kept.len();
        self.tools.extend(kept);
        if gone > 0 {
            self.remarks.push(format!(
                "{gone} of {all} tools of servers are left out: a model is shown at most {TOOLS} with \
                 {BYTES} bytes; `allowed_tools` chooses"
            ));
        }
    }

    /// Tools that would have the same name all get marks, so that no name ever passes from one
    /// tool to another when a list changes.
    fn fill(&mut self, shown: BTreeMap<String, Vec<Offer>>) {
        let (alone, twins): (Vec<_>, Vec<_>) = shown.into_iter().partition(|it| it.1.len() == 1);
        self.tools.extend(alone.into_iter().flat_map(each));
        for (name, offer) in twins.into_iter().flat_map(each) {
            let name = name::marked(&name, &offer.server, &offer.tool.name);
            // A name that somebody made to look like a mark keeps its own meaning.
            self.tools.entry(name).or_insert(offer);
        }
    }

    /// The tool behind a name.
    pub(crate) fn find(&self, name: &str) -> Option<&Offer> {
        self.tools.get(name)
    }

    /// Whether a tool only reads, as far as its server says.
    pub(crate) fn is_read_only(&self, name: &str) -> bool {
        self.find(name).and_then(|it| it.hints.read_only) == Some(true)
    }

    /// What is said of an unknown name: up to ten that are on offer.
    pub(crate) fn unknown(&self, name: &str, hidden: impl Fn(&str) -> bool) -> String {
        let name = &name[..name.floor_char_boundary(100)];
        let shown = self.tools.iter().filter(|(_, it)| !hidden(&it.server));
        let some: Vec<_> = shown.take(10).map(|(name, _)| name.as_str()).collect();
        if some.is_empty() {
            return format!("there is no tool `{name}`, and no other now");
        }
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

fn each((name, offers): (String, Vec<Offer>)) -> impl Iterator<Item = (String, Offer)> {
    offers.into_iter().map(move |it| (name.clone(), it))
}

fn names<'a>(exposed: &'a str, offer: &'a Offer) -> Names<'a> {
    Names {
        server: &offer.server,
        bare: &offer.tool.name,
        exposed,
    }
}

fn all_names(of: Vec<&(String, Offer)>) -> Vec<Names<'_>> {
    of.into_iter().map(|(name, it)| names(name, it)).collect()
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
        let twin = || [offers(), vec![offer("docs", "read_file", false)]].concat();
        let theirs = "mcp__docs__read_file";
        let all = [theirs, both[0], both[1]];
        assert_eq!(shown(twin(), Some(&["read_file"])), all);
        assert_eq!(shown(twin(), Some(&[both[0]])), [both[0]]);
    }

    #[test]
    fn twins_after_cleaning_are_all_marked_so_that_no_name_passes_on() {
        let (one, other) = (offer("s", "a b", false), offer("s", "a_b", false));
        let found = |offers: Vec<Offer>| {
            let tools = Catalogue::of(offers, &ToolFilter::default()).tools;
            let meant = |(name, it): (String, Offer)| (name, it.tool.name);
            tools.into_iter().map(meant).collect::<Vec<_>>()
        };
        let both = found(vec![one.clone(), other.clone()]);
        assert_eq!(both.len(), 2);
        assert!(
            both.iter()
                .all(|(name, _)| name.starts_with("mcp__s__a_b_"))
        );
        assert_eq!(found(vec![other, one.clone()]), both);
        assert_eq!(found(vec![one]), [("mcp__s__a_b".into(), "a b".into())]);
    }

    #[test]
    fn a_tool_that_is_listed_twice_is_there_once() {
        let twice = vec![offer("s", "a", false), offer("s", "a", false)];
        let catalogue = Catalogue::of(twice, &ToolFilter::default());
        assert_eq!(catalogue.tools(|_| false)[0].name, "mcp__s__a");
        assert_eq!(catalogue.remarks.len(), 1);
    }

    #[test]
    fn an_unknown_name_is_answered_by_those_on_offer() {
        let catalogue = Catalogue::of(vec![offer("s", "a", false)], &ToolFilter::default());
        let said = catalogue.unknown("x", |_| false);
        assert_eq!(said, "there is no tool `x`; there are mcp__s__a");
        let said = catalogue.unknown(&"x".repeat(1000), |_| true);
        assert!(
            said.ends_with("x`, and no other now") && said.len() < 150,
            "{said}"
        );
    }
}
