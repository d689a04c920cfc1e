//! The demo's configuration: some agents, one model, one local server. Nothing else.

use std::path::PathBuf;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::fetch::Model;

/// Most tokens of one reply: a small model that starts to repeat itself is cut off here.
const MAX_TOKENS: u32 = 512;

/// A configuration file in a folder that goes away with it.
pub(super) struct Team {
    folder: TempDir,
}

impl Team {
    pub(super) fn write(agents: u8, model: Model, address: &str) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let team = Self { folder };
        std::fs::write(team.file(), yaml(agents, model.name(), address))
            .context("cannot write the configuration")?;
        Ok(team)
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("team.yaml")
    }
}

fn yaml(agents: u8, model: &str, address: &str) -> String {
    let agent = |number| {
        format!(
            "  - id: agent{number}\n    backend:\n      type: vllm\n      model: {model}\n      \
             base_url: {address}/v1\n      max_tokens: {MAX_TOKENS}\n"
        )
    };
    format!("agents:\n{}", (1..=agents).map(agent).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::yaml;

    #[test]
    fn each_agent_has_an_id_of_its_own_and_the_same_backend() {
        let expected = "\
agents:
  - id: agent1
    backend:
      type: vllm
      model: some-model
      base_url: http://127.0.0.1:1/v1
      max_tokens: 512
  - id: agent2
    backend:
      type: vllm
      model: some-model
      base_url: http://127.0.0.1:1/v1
      max_tokens: 512
";
        assert_eq!(yaml(2, "some-model", "http://127.0.0.1:1"), expected);
    }
}
