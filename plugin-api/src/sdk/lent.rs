//! The async sugar over what the host lends. All of it needs
//! [`Feature::LENT`](crate::chat::Feature::LENT).

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::asynchronous::Io;
use super::event::to_json;
use crate::abi::OpKind;
use crate::fault::{Fault, FaultCode};
use crate::wire::{
    FilePath, FolderEntry, Permission, Question, StoreKey, StorePut, ToolOutcome, ToolUse,
    with_bytes,
};

impl Io {
    /// Calls a tool of the host. What the tool says, an error included, is its outcome.
    ///
    /// # Errors
    ///
    /// [`FaultCode::DENIED`] when the agent has no such tool; the host's fault otherwise.
    pub async fn tool(&self, call: ToolUse) -> Result<ToolOutcome, Fault> {
        let ticket = self.begin(OpKind::TOOL, to_json(&call)?);
        from_json(&self.completed(ticket).await?.1)
    }

    /// Asks whether the agent may use a tool that the provider itself carries out.
    ///
    /// # Errors
    ///
    /// The host's fault when it could not say; that is no permission.
    pub async fn check(
        &self,
        tool: impl Into<String>,
        arguments: Value,
    ) -> Result<Permission, Fault> {
        let tool = tool.into();
        let ticket = self.begin(OpKind::CHECK, to_json(&Question { tool, arguments })?);
        from_json(&self.completed(ticket).await?.1)
    }

    /// Reads a file of at most 16 MiB, by a path relative to the workspace or an absolute one.
    ///
    /// # Errors
    ///
    /// [`FaultCode::DENIED`] with the reason: not allowed, not there, too large, no workspace.
    pub async fn read(&self, path: impl Into<String>) -> Result<Vec<u8>, Fault> {
        let ticket = self.begin(OpKind::READ, to_json(&file(path))?);
        Ok(self.completed(ticket).await?.1)
    }

    /// Makes or replaces a file in one step; at most 16 MiB, path included.
    ///
    /// # Errors
    ///
    /// As [`Io::read`].
    pub async fn write(&self, path: impl Into<String>, bytes: &[u8]) -> Result<(), Fault> {
        let ticket = self.begin(OpKind::WRITE, with_bytes(&file(path), bytes)?);
        self.completed(ticket).await.map(drop)
    }

    /// Lists a folder, sorted by name.
    ///
    /// # Errors
    ///
    /// As [`Io::read`].
    pub async fn list(&self, path: impl Into<String>) -> Result<Vec<FolderEntry>, Fault> {
        let ticket = self.begin(OpKind::LIST, to_json(&file(path))?);
        from_json(&self.completed(ticket).await?.1)
    }

    /// Reads an entry of the plugin's own store.
    ///
    /// # Errors
    ///
    /// [`FaultCode::DENIED`] when this host keeps no store, or the key is none.
    pub async fn store_get(&self, key: impl Into<String>) -> Result<Option<Vec<u8>>, Fault> {
        let ticket = self.begin(OpKind::STORE_GET, to_json(&StoreKey { key: key.into() })?);
        let (status, value) = self.completed(ticket).await?;
        Ok((status != StoreKey::ABSENT).then_some(value))
    }

    /// Writes an entry of the plugin's own store.
    ///
    /// # Errors
    ///
    /// As [`Io::store_get`], and when the store is full: 1 MiB.
    pub async fn store_put(&self, key: impl Into<String>, value: &[u8]) -> Result<(), Fault> {
        let (key, remove) = (key.into(), false);
        let payload = with_bytes(&StorePut { key, remove }, value)?;
        let ticket = self.begin(OpKind::STORE_PUT, payload);
        self.completed(ticket).await.map(drop)
    }

    /// Takes an entry out of the plugin's own store; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// As [`Io::store_get`].
    pub async fn store_remove(&self, key: impl Into<String>) -> Result<(), Fault> {
        let (key, remove) = (key.into(), true);
        let payload = with_bytes(&StorePut { key, remove }, &[])?;
        let ticket = self.begin(OpKind::STORE_PUT, payload);
        self.completed(ticket).await.map(drop)
    }
}

fn file(path: impl Into<String>) -> FilePath {
    FilePath { path: path.into() }
}

fn from_json<T: DeserializeOwned>(data: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(data).map_err(|error| {
        Fault::new(
            FaultCode::PROTOCOL,
            format!("the host's result cannot be read: {error}"),
        )
    })
}
