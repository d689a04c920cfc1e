//! What observers hear of servers.

use mcp::{Event, State};

use crate::mask::Mask;
use crate::{Notice, ServerState};

/// What an event of a server means to observers; nothing for what only the log needs.
/// `target` is what is started or reached, as written.
pub(crate) fn of(server: &str, target: &str, event: Event) -> Option<Notice> {
    let (state, detail) = match event {
        Event::Connecting => (ServerState::Connecting, target.to_owned()),
        Event::Downloading { line } => (ServerState::Downloading, line),
        Event::Connected { tools } | Event::ToolsChanged { tools } => {
            (ServerState::Connected, tools_of(tools))
        }
        Event::Failed { reason } => (ServerState::Failed, reason),
        Event::Blocked { retry_ms } => {
            let seconds = retry_ms.div_ceil(1000);
            let detail = format!("failed too often; left alone for {seconds} s");
            (ServerState::Blocked, detail)
        }
        Event::Declined { message } => {
            let text = format!(
                "MCP server `{server}` asked the user something and was told that nobody is there: {message}"
            );
            return Some(Notice::Warning(text));
        }
        Event::Warning(text) => {
            return Some(Notice::Warning(format!("MCP server `{server}`: {text}")));
        }
    };
    Some(Notice::Server {
        name: server.to_owned(),
        state,
        detail,
    })
}

fn tools_of(count: usize) -> String {
    match count {
        1 => "1 tool".to_owned(),
        count => format!("{count} tools"),
    }
}

/// Why a server that has settled cannot be used; `None`: it can.
pub(crate) fn lack(server: &str, state: &State) -> Option<String> {
    match state {
        State::Connected => None,
        State::Failed(error) => Some(error.told(server)),
        State::Blocked { retry_ms } => Some(format!(
            "it failed too often and is left alone for {} s",
            retry_ms.div_ceil(1000)
        )),
        State::Idle | State::Connecting | State::Downloading => Some("it did not start".into()),
        State::Closed => Some("it was closed".into()),
    }
}

/// The notice without secrets.
pub(crate) fn masked(notice: Notice, mask: &Mask) -> Notice {
    match notice {
        Notice::Server {
            name,
            state,
            detail,
        } => Notice::Server {
            name,
            state,
            detail: mask.text(&detail),
        },
        Notice::Warning(text) => Notice::Warning(mask.text(&text)),
    }
}
