//! vLLM's errors that a user can do something about, said so.

use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use massgen_plugin::{Fault, FaultCode};

/// What a response that is not 2xx means.
pub(crate) fn answered(url: &str, response: Response<'_>) -> Fault {
    let body = String::from_utf8_lossy(response.body);
    let mut fault = http_fault(response);
    if response.status == 400 && body.contains("--tool-call-parser") {
        fault.message = "the vLLM server cannot call tools: it runs without \
             `--enable-auto-tool-choice --tool-call-parser PARSER`"
            .into();
    } else if response.status == 404 && !body.contains("model") {
        fault.message = format!("no vLLM interface at `{url}`: {}", fault.message);
        fault.detail = format!("hint: a `base_url` looks like `http://localhost:8000/v1`\n{body}");
    }
    fault
}

/// What it means when no response came.
pub(crate) fn unanswered(url: &str, fault: Fault) -> Fault {
    if fault.code != FaultCode::NETWORK {
        return fault;
    }
    let hint = "hint: start it with `vllm serve MODEL`, or set `base_url` to where it runs";
    Fault {
        message: format!("no vLLM server answers at `{url}`: {}", fault.message),
        detail: format!("{hint}\n{}", fault.detail),
        ..fault
    }
}
