//! A server on loopback by `rmcp` itself, which can be stopped and started again.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, JsonObject,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// What the server did.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) hanging: AtomicUsize,
    pub(crate) cancelled: AtomicUsize,
}

#[derive(Clone)]
struct Tools {
    revisions: &'static [ProtocolVersion],
    done: Arc<Done>,
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = ServerCapabilities::default();
        capabilities.tools = Some(Default::default());
        ServerConfig::new(capabilities)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.revisions.into()
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |name| Tool::new(name, "a tool", Arc::new(JsonObject::new()));
        let tools = ["echo", "hang", "steps"].map(tool);
        Ok(ListToolsResult::with_all_items(tools.into()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match &*call.name {
            "hang" => {
                self.done.hanging.fetch_add(1, Ordering::SeqCst);
                context.ct.cancelled().await;
                self.done.cancelled.fetch_add(1, Ordering::SeqCst);
            }
            "steps" => {
                let token = context.meta.get_progress_token().unwrap();
                for step in [1.0, 2.0] {
                    let report = ProgressNotificationParam::new(token.clone(), step);
                    let _ = context.peer.notify_progress(report).await;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            _ => {}
        }
        Ok(CallToolResult::success(vec![ContentBlock::text(call.name)]).into())
    }
}

/// Ends with its connections when it is stopped or dropped.
pub(crate) struct RmcpServer {
    address: SocketAddr,
    tools: Tools,
    serving: JoinHandle<()>,
}

impl RmcpServer {
    /// One that speaks these revisions.
    pub(crate) async fn start(revisions: &'static [ProtocolVersion]) -> Self {
        let done = Arc::default();
        let tools = Tools { revisions, done };
        Self::at(([127, 0, 0, 1], 0).into(), tools).await
    }

    async fn at(address: SocketAddr, tools: Tools) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            tools: tools.clone(),
            serving: tokio::spawn(serve(listener, tools)),
        }
    }

    /// Ends it, and starts it at the same address: it knows nothing any more.
    pub(crate) async fn restart(mut self) -> Self {
        self.stop().await;
        Self::at(self.address, self.tools.clone()).await
    }

    pub(crate) async fn stop(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn done(&self) -> &Done {
        &self.tools.done
    }
}

impl Drop for RmcpServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, tools: Tools) {
    let service = StreamableHttpService::new(
        move || Ok(tools.clone()),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        let answer = service_fn(move |request| {
            let service = service.clone();
            async move { Ok::<_, std::convert::Infallible>(service.handle(request).await) }
        });
        connections.spawn(async move {
            let socket = TokioIo::new(socket);
            let _ = http1::Builder::new().serve_connection(socket, answer).await;
        });
    }
}
