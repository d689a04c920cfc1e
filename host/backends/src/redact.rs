//! No secret in what people read: faults, remarks, status and log lines of a plugin.
//!
//! A provider may repeat a key in an error, and a plugin passes the words on. Text of a reply is
//! the model's, and no model is given a key.

use massgen_plugin::Fault;
use massgen_plugin::chat::Chunk;
use transport::{Grant, Secret, redact};

/// The secrets of one backend.
pub(crate) struct Secrets(Vec<Secret>);

impl Secrets {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self(grant.secrets.iter().map(|it| it.value.clone()).collect())
    }

    pub(crate) fn text(&self, text: &str) -> String {
        redact(text, &self.0)
    }

    pub(crate) fn fault(&self, fault: Fault) -> Fault {
        let (message, detail) = (self.text(&fault.message), self.text(&fault.detail));
        Fault {
            message,
            detail,
            ..fault
        }
    }

    pub(crate) fn chunk(&self, mut chunk: Chunk) -> Chunk {
        match &mut chunk {
            Chunk::Status { text } | Chunk::Debug { text, .. } => *text = self.text(text),
            Chunk::ServerTool(tool) => tool.detail = self.text(&tool.detail),
            _ => {}
        }
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use massgen_plugin::FaultCode;
    use transport::SecretGrant;

    #[test]
    fn words_of_a_plugin_lose_the_key() {
        let value = Secret::new("sk-planted");
        let secrets = vec![SecretGrant {
            name: "api_key".into(),
            value,
            hosts: vec![],
        }];
        let secrets = Secrets::of(&Grant {
            hosts: vec![],
            secrets,
        });
        let said = "no such key: sk-planted";
        let fault = Fault::new(FaultCode::AUTH, said).with_detail(said);
        let fault = secrets.fault(fault);
        assert_eq!(
            (&*fault.message, &*fault.detail),
            ("no such key: ***", "no such key: ***")
        );
        let status = Chunk::Status { text: said.into() };
        let shown = Chunk::Status {
            text: "no such key: ***".into(),
        };
        assert_eq!(secrets.chunk(status), shown);
        assert_eq!(secrets.chunk(Chunk::text(said)), Chunk::text(said));
    }
}
