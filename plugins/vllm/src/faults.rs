//! vLLM's errors that a user can do something about, said so.

use chat_dialect::LocalServer;
use massgen_plugin::Fault;
use massgen_plugin::wire::Response;

/// What is said of a server that is not there.
pub(crate) const VLLM: LocalServer = LocalServer {
    title: "vLLM",
    start: "start it with `vllm serve MODEL`",
    address: "http://localhost:8000/v1",
};

/// What a response that is not 2xx means.
pub(crate) fn answered(url: &str, response: Response<'_>) -> Fault {
    let mut fault = VLLM.answered(url, response);
    let body = String::from_utf8_lossy(response.body);
    if response.status == 400 && body.contains("--tool-call-parser") {
        fault.message = "the vLLM server cannot call tools: it runs without \
             `--enable-auto-tool-choice --tool-call-parser PARSER`"
            .into();
    }
    fault
}
