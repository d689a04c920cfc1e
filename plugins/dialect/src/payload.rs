//! Payloads of a streamed reply, before anyone asks what they mean.

use massgen_plugin::wire::Frame;
use massgen_plugin::{Fault, FaultCode, tracing};

use crate::Json;

/// A payload that can be read.
#[derive(Debug)]
pub enum Payload<'a> {
    /// The sentinel `[DONE]`.
    End,
    /// A JSON value, and the text of it.
    Value(Json<'a>, &'a str),
}

/// Reads payloads; what is no JSON is skipped and counted.
#[derive(Debug, Default)]
pub struct Payloads {
    unreadable: u32,
}

impl Payloads {
    /// The payload of a frame; nothing for an empty or an unreadable one.
    pub fn read<'a>(&mut self, frame: Frame<'a>) -> Option<Payload<'a>> {
        let Ok(text) = frame.text().map(str::trim) else {
            self.skip("no UTF-8");
            return None;
        };
        match text {
            "" => None,
            "[DONE]" => Some(Payload::End),
            _ => match serde_json::from_str(text) {
                Ok(value) => Some(Payload::Value(value, text)),
                Err(error) => {
                    self.skip(&error.to_string());
                    None
                }
            },
        }
    }

    fn skip(&mut self, why: &str) {
        self.unreadable += 1;
        tracing::warn!("a payload of the reply was skipped: {why}");
    }

    /// Why a stream is no reply that ended before it was complete; `began` when anything of a
    /// reply came.
    pub fn cut(&self, began: bool) -> Fault {
        let (code, text) = match began {
            true => (
                FaultCode::UPSTREAM,
                "the stream broke off before the reply was complete",
            ),
            false if self.unreadable > 0 => {
                (FaultCode::PROTOCOL, "nothing in the reply could be read")
            }
            false => (
                FaultCode::UPSTREAM,
                "the server closed the stream without a reply",
            ),
        };
        Fault::new(code, text)
    }
}
