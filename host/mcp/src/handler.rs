//! What we answer when a server asks, and what we do with what it tells.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ErrorData, Implementation, ProgressNotificationParam, ProgressToken, ProtocolVersion,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use tokio::sync::{Notify, mpsc};

use crate::Progress;
use crate::http::Credentials;
use crate::ration::{Ration, Share};

/// Questions that wait to be told of. More than that are not told of at all.
const DECLINED: usize = 128;

/// What a session's keeper has to know. However much a server says, little of it waits.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    /// One of its lists changed; many changes are one.
    pub(crate) changed: Arc<Notify>,
    /// It asked the user this and was told no.
    declined: mpsc::Sender<String>,
}

impl Signals {
    /// And where the questions arrive.
    pub(crate) fn new() -> (Self, mpsc::Receiver<String>) {
        let (declined, heard) = mpsc::channel(DECLINED);
        let changed = Arc::default();
        (Self { changed, declined }, heard)
    }
}

/// Who hears of the progress of which call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listeners(Arc<Mutex<HashMap<ProgressToken, mpsc::Sender<Progress>>>>);

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, HashMap<ProgressToken, mpsc::Sender<Progress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, token: ProgressToken, listener: mpsc::Sender<Progress>) {
        self.lock().insert(token, listener);
    }

    pub(crate) fn remove(&self, token: &ProgressToken) {
        self.lock().remove(token);
    }

    /// A server that reports faster than its reports are read loses some.
    pub(crate) fn tell(&self, report: &ProgressNotificationParam) {
        if let Some(listener) = self.lock().get(&report.progress_token) {
            let _ = listener.try_send(Progress {
                done: report.progress,
                total: report.total,
                message: report.message.clone(),
            });
        }
    }
}

/// Our side of a session.
#[derive(Debug, Clone)]
pub(crate) struct Handler {
    pub(crate) server: String,
    /// Masked in whatever it says.
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) listeners: Listeners,
    pub(crate) signals: Signals,
    /// For what it writes to the log.
    pub(crate) logged: Arc<Ration>,
}

impl Handler {
    /// Declines; the run is autonomous, nobody is there to be asked.
    pub(crate) fn decline(&self, request: ElicitRequestParams) -> ElicitResult {
        let message = match request {
            ElicitRequestParams::FormElicitationParams { message, .. } => message,
            ElicitRequestParams::UrlElicitationParams { message, url, .. } => {
                format!("{message} ({url})")
            }
            _ => String::new(),
        };
        let message = self.credentials.masked(&message);
        tracing::info!(server = %self.server, %message, "declined what an MCP server asked the user");
        let _ = self.signals.declined.try_send(message);
        ElicitResult::new(ElicitationAction::Decline)
    }
}

#[expect(
    deprecated,
    reason = "the newest revision is about to drop logging; servers of the others use it"
)]
mod legacy {
    use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam};

    use super::*;

    impl ClientHandler for Handler {
        fn get_info(&self) -> ClientConfig {
            // Not roots: a server told of them may take them instead of its configured folders.
            let mut capabilities = ClientCapabilities::default();
            capabilities.elicitation = Some(Default::default());
            let ours = Implementation::new("massgen", env!("CARGO_PKG_VERSION"));
            // The one for the greeting; the newest revision has none.
            ClientConfig::new(capabilities, ours)
                .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
        }

        async fn create_elicitation(
            &self,
            request: ElicitRequestParams,
            _context: RequestContext<RoleClient>,
        ) -> Result<ElicitResult, ErrorData> {
            Ok(self.decline(request))
        }

        async fn on_logging_message(
            &self,
            message: LoggingMessageNotificationParam,
            _context: NotificationContext<RoleClient>,
        ) {
            let share = self.logged.take();
            if share == Share::LeftOut {
                return;
            }
            let (server, data) = (
                &self.server,
                self.credentials.masked(&message.data.to_string()),
            );
            let logger = message
                .logger
                .map(|logger| self.credentials.masked(&logger));
            match message.level {
                LoggingLevel::Debug => {
                    tracing::trace!(%server, logger, %data, "an MCP server says")
                }
                LoggingLevel::Info | LoggingLevel::Notice => {
                    tracing::debug!(%server, logger, %data, "an MCP server says");
                }
                LoggingLevel::Warning => {
                    tracing::info!(%server, logger, %data, "an MCP server warns")
                }
                _ => tracing::warn!(%server, logger, %data, "an MCP server reports an error"),
            }
            if share == Share::Last {
                tracing::warn!(%server, "an MCP server says too much; the rest is left out");
            }
        }

        async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
            self.signals.changed.notify_one();
        }

        async fn on_resource_list_changed(&self, _context: NotificationContext<RoleClient>) {
            self.signals.changed.notify_one();
        }

        async fn on_prompt_list_changed(&self, _context: NotificationContext<RoleClient>) {
            self.signals.changed.notify_one();
        }
    }
}
