//! Lists of tools, resources and prompts, page by page (services §2.7).
//!
//! Entries are read one by one, so that a single one which is not as the protocol wants it does
//! not take the others with it.

use std::collections::HashSet;
use std::sync::Arc;

use rmcp::model::{
    ClientRequest, ListPromptsRequest, ListResourcesRequest, ListToolsRequest,
    PaginatedRequestParams, ServerCapabilities, ServerResult, Tool,
};
use rmcp::service::{Peer, RoleClient, ServiceError};
use serde_json::{Map, Value};

use crate::{Hints, RemotePrompt, RemoteResource, RemoteTool};

/// Pages read of one list.
const PAGES: usize = 200;
/// Entries kept of one list.
const ENTRIES: usize = 10_000;

/// What a server offers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offer {
    pub(crate) tools: Arc<[RemoteTool]>,
    pub(crate) resources: Arc<[RemoteResource]>,
    pub(crate) prompts: Arc<[RemotePrompt]>,
    /// What was left out and why, for people.
    pub(crate) warnings: Vec<String>,
}

/// Lists everything that the server says it has. Only tools are worth an error.
pub(crate) async fn offer(
    peer: &Peer<RoleClient>,
    has: &ServerCapabilities,
) -> Result<Offer, ServiceError> {
    let mut offer = Offer::default();
    if has.tools.is_some() {
        let (tools, cut) = pages(peer, Kind::Tools).await?;
        offer.tools = read_tools(tools, &mut offer.warnings).into();
        offer
            .warnings
            .extend(cut.then(|| "its list of tools has no end and is cut".to_owned()));
    }
    if has.resources.is_some() {
        offer.resources = read_all(minor(peer, Kind::Resources).await, resource).into();
    }
    if has.prompts.is_some() {
        offer.prompts = read_all(minor(peer, Kind::Prompts).await, prompt).into();
    }
    Ok(offer)
}

/// A list whose failure is a note in the log.
async fn minor(peer: &Peer<RoleClient>, kind: Kind) -> Vec<Value> {
    match pages(peer, kind).await {
        Ok((entries, _)) => entries,
        Err(error) => {
            tracing::debug!(%error, list = kind.key(), "an MCP server's list cannot be had");
            Vec::new()
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Tools,
    Resources,
    Prompts,
}

impl Kind {
    fn key(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Prompts => "prompts",
        }
    }

    fn request(self, cursor: Option<String>) -> ClientRequest {
        let params =
            cursor.map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
        match self {
            Self::Tools => ClientRequest::ListToolsRequest(ListToolsRequest {
                params,
                ..Default::default()
            }),
            Self::Resources => ClientRequest::ListResourcesRequest(ListResourcesRequest {
                params,
                ..Default::default()
            }),
            Self::Prompts => ClientRequest::ListPromptsRequest(ListPromptsRequest {
                params,
                ..Default::default()
            }),
        }
    }
}

/// One page, whatever its entries are.
#[derive(Debug)]
struct Page {
    entries: Vec<Value>,
    next: Option<String>,
}

/// All pages, and whether the list was cut: at the bound, or because a cursor came back.
async fn pages(peer: &Peer<RoleClient>, kind: Kind) -> Result<(Vec<Value>, bool), ServiceError> {
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    let mut cursor = None;
    for _ in 0..PAGES {
        let result = peer.send_request(kind.request(cursor.take())).await?;
        let page = page(result, kind).ok_or(ServiceError::UnexpectedResponse)?;
        entries.extend(page.entries);
        if entries.len() > ENTRIES {
            entries.truncate(ENTRIES);
            return Ok((entries, true));
        }
        match page.next {
            None => return Ok((entries, false)),
            Some(next) if !seen.insert(next.clone()) => return Ok((entries, true)),
            Some(next) => cursor = Some(next),
        }
    }
    Ok((entries, true))
}

fn page(result: ServerResult, kind: Kind) -> Option<Page> {
    let value = serde_json::to_value(result).ok()?;
    let Value::Object(mut page) = value else {
        return None;
    };
    let next = page.remove("nextCursor");
    let Some(Value::Array(entries)) = page.remove(kind.key()) else {
        return None;
    };
    Some(Page {
        entries,
        next: next.and_then(|next| Some(next.as_str()?.to_owned())),
    })
}

fn read_tools(entries: Vec<Value>, warnings: &mut Vec<String>) -> Vec<RemoteTool> {
    let mut names = HashSet::new();
    let mut tools = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        match tool(entry) {
            Err(reason) => warnings.push(format!("its tool `{name}` is left out: {reason}")),
            Ok(_) if !names.insert(name.clone()) => {
                warnings.push(format!("it has two tools `{name}`, the second is left out"));
            }
            Ok(tool) => tools.push(tool),
        }
    }
    tools
}

fn tool(entry: Value) -> Result<RemoteTool, String> {
    let tool: Tool = serde_json::from_value(entry).map_err(|error| error.to_string())?;
    if tool.name.trim().is_empty() {
        return Err("it has no name".into());
    }
    let annotations = tool.annotations.unwrap_or_default();
    Ok(RemoteTool {
        name: tool.name.into_owned(),
        title: tool.title.or(annotations.title),
        description: tool.description.map(|text| text.into_owned()),
        input_schema: tool.input_schema,
        hints: Hints {
            read_only: annotations.read_only_hint,
            destructive: annotations.destructive_hint,
            idempotent: annotations.idempotent_hint,
            open_world: annotations.open_world_hint,
        },
    })
}

fn read_all<T>(entries: Vec<Value>, read: impl Fn(&Map<String, Value>) -> Option<T>) -> Vec<T> {
    let entries = entries.iter().filter_map(Value::as_object);
    entries.filter_map(read).collect()
}

fn text(entry: &Map<String, Value>, key: &str) -> Option<String> {
    Some(entry.get(key)?.as_str()?.to_owned())
}

fn resource(entry: &Map<String, Value>) -> Option<RemoteResource> {
    Some(RemoteResource {
        uri: text(entry, "uri")?,
        name: text(entry, "name")?,
        description: text(entry, "description"),
        mime_type: text(entry, "mimeType"),
    })
}

fn prompt(entry: &Map<String, Value>) -> Option<RemotePrompt> {
    Some(RemotePrompt {
        name: text(entry, "name")?,
        description: text(entry, "description"),
    })
}
