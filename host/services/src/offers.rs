//! What all servers of an agent have, before names and filters.

use std::sync::Arc;

use config::{McpServer, ToolFilter};
use massgen_plugin::chat::Tool;
use mcp::RemoteTool;
use permissions::Hints;
use serde_json::Value;
use workspace::FileTool;

use crate::catalogue::Offer;
use crate::inner::Inner;
use crate::said;

/// The host's own tools, then those of each server in configured order. A server that the user
/// named like one of ours replaces it (services §3.3). What the user should know goes to `remarks`.
pub(crate) fn offers(
    inner: &Inner,
    lists: &[Arc<[RemoteTool]>],
    remarks: &mut Vec<String>,
) -> Vec<Offer> {
    let servers = &inner.plan.mcp_servers;
    let own = inner.loan.files.iter().flat_map(|_| workspace::tools());
    let own = own.filter(|tool| servers.iter().all(|it| it.name != tool.server));
    let remote = servers
        .iter()
        .zip(lists)
        .flat_map(|(server, tools)| tools.iter().map(move |tool| of_server(server, tool)));
    let mut offers: Vec<_> = own.map(of_host).collect();
    for mut offer in remote {
        match said::fit(&mut offer.tool, &offer.server, &inner.mask) {
            Ok(remark) => {
                remarks.extend(remark);
                offers.push(offer);
            }
            Err(why) => remarks.push(why),
        }
    }
    offers
}

/// Whether these are the very lists that were seen before.
pub(crate) fn are_same(before: &[Arc<[RemoteTool]>], now: &[Arc<[RemoteTool]>]) -> bool {
    before.len() == now.len() && before.iter().zip(now).all(|(a, b)| Arc::ptr_eq(a, b))
}

fn of_host(tool: &FileTool) -> Offer {
    Offer {
        server: tool.server.to_owned(),
        filter: ToolFilter::default(),
        tool: Tool {
            name: tool.name.to_owned(),
            description: tool.description.to_owned(),
            parameters: tool.schema.clone(),
        },
        hints: Hints {
            read_only: Some(tool.read_only),
            destructive: Some(tool.destructive),
            idempotent: Some(tool.idempotent),
        },
        own: true,
    }
}

fn of_server(server: &McpServer, tool: &RemoteTool) -> Offer {
    let described = tool.description.clone().or_else(|| tool.title.clone());
    Offer {
        server: server.name.clone(),
        filter: server.filter.clone(),
        tool: Tool {
            name: tool.name.clone(),
            description: described.unwrap_or_default(),
            parameters: Value::Object((*tool.input_schema).clone()),
        },
        hints: Hints {
            read_only: tool.hints.read_only,
            destructive: tool.hints.destructive,
            idempotent: tool.hints.idempotent,
        },
        own: false,
    }
}
