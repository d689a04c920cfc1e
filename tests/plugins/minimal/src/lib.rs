//! The least a backend plugin can be: text in, text out, in the Chat Completions dialect.
//!
//! It is the body of every ABI fixture, so it uses nothing newer than the first minor version. It
//! knows no tools, and a system turn is sent like any other.

use massgen_plugin::chat::{Call, FinishReason, Role, Turn};
use massgen_plugin::serde_json::{Value, from_str, json};
use massgen_plugin::wire::{Frame, HttpRequest};
use massgen_plugin::{Chunks, Config, Fault, FaultCode, Translator, export};

/// One configured server.
pub struct Minimal {
    url: String,
    model: Option<String>,
}

impl Translator for Minimal {
    /// Whether the server said that the reply is complete.
    type Reply = bool;

    fn new(config: Config) -> Result<Self, Fault> {
        Ok(Self {
            url: format!("{}/chat/completions", config.base_url()?),
            model: config.model,
        })
    }

    fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        let messages: Vec<Value> = call.turns.iter().map(message).collect();
        let body = json!({ "model": self.model, "messages": messages, "stream": true });
        Ok(HttpRequest::post_json(&self.url, body.to_string()))
    }

    fn on_frame(
        &self,
        complete: &mut bool,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        let data = frame.text().map_err(|_| broken("is not UTF-8"))?;
        if data == "[DONE]" {
            *complete = true;
            return Ok(());
        }
        let event: Value = from_str(data).map_err(|_| broken("is not JSON"))?;
        out.text(
            event["choices"][0]["delta"]["content"]
                .as_str()
                .unwrap_or_default(),
        );
        Ok(())
    }

    fn on_end(&self, complete: &mut bool, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        if !*complete {
            let text = "the reply ended before it was complete";
            return Err(Fault::new(FaultCode::UPSTREAM, text));
        }
        out.done(FinishReason::Stop);
        Ok(())
    }
}

fn message(turn: &Turn) -> Value {
    let role = match turn.role {
        Role::System => "system",
        Role::Assistant => "assistant",
        Role::User | Role::Tool => "user",
    };
    json!({ "role": role, "content": turn.joined_text() })
}

fn broken(how: &str) -> Fault {
    Fault::new(FaultCode::PROTOCOL, format!("an event {how}"))
}

export!(Minimal);
