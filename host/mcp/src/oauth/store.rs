//! Stored logins: one file per server, readable by the user alone.
//!
//! A file is replaced as a whole. Who renews a token holds a lock beside it, so that two agents, or
//! two runs, do not use up the same refresh token.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rmcp::transport::{AuthError, CredentialRefreshGuard, CredentialStore, StoredCredentials};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::LoginError;
use crate::http::Endpoint;

/// The stored login at one server. Clones are the same file.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    file: PathBuf,
    server: String,
}

/// What is known about a stored login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// What it covers, as far as the authorisation server said; in its order.
    pub scopes: Vec<String>,
    /// Who issued it.
    pub issuer: Option<String>,
}

/// A file's content.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    /// For people who look into it.
    server: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// Rights that the server missed since the last login.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    wanted: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<StoredCredentials>,
}

impl Keeper {
    pub(crate) fn new(folder: &Path, endpoint: &Endpoint) -> Self {
        let (file, server) = named(&endpoint.url);
        Self {
            file: folder.join(file),
            server,
        }
    }

    /// The stored login, when there is one.
    pub(super) async fn login(&self) -> Result<Option<Login>, LoginError> {
        let stored = self.read().await?;
        Ok(stored.credentials.and_then(|credentials| {
            credentials.token_response.as_ref()?;
            Some(Login {
                scopes: credentials.granted_scopes,
                issuer: credentials.issuer,
            })
        }))
    }

    /// Removes the login. Whether there was one.
    pub(super) async fn forget(&self) -> Result<bool, LoginError> {
        let there = self.login().await?.is_some();
        self.on_disk(|keeper| match fs::remove_file(&keeper.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await?;
        Ok(there)
    }

    /// The client that the tokens belong to, and the secret it was registered with.
    pub(super) async fn client(&self) -> Result<Option<(String, Option<String>)>, LoginError> {
        let stored = self.read().await?;
        let credentials = stored.credentials;
        Ok(credentials.map(|credentials| (credentials.client_id, stored.client_secret)))
    }

    /// Ends a login that brought tokens: the client's secret is kept, no right is missed any more.
    pub(super) async fn finish(&self, secret: Option<String>) -> Result<(), LoginError> {
        self.change(|stored| {
            stored.client_secret = secret;
            stored.wanted.clear();
        })
        .await
    }

    /// Rights that the server missed since the last login.
    pub(super) async fn wanted(&self) -> Result<Vec<String>, LoginError> {
        Ok(self.read().await?.wanted)
    }

    /// Remembers rights for the next login; a file that cannot be written is only logged.
    pub(crate) async fn want(&self, scope: &str) {
        let new: Vec<String> = scope.split_whitespace().map(str::to_owned).collect();
        let kept = self
            .change(move |stored| {
                for scope in new {
                    if !stored.wanted.contains(&scope) {
                        stored.wanted.push(scope);
                    }
                }
            })
            .await;
        if let Err(error) = kept {
            tracing::warn!(
                error = transport::story(&error),
                "a wish for rights is not kept"
            );
        }
    }

    async fn read(&self) -> Result<Stored, LoginError> {
        self.on_disk(Self::read_now).await
    }

    async fn change(
        &self,
        change: impl FnOnce(&mut Stored) + Send + 'static,
    ) -> Result<(), LoginError> {
        self.on_disk(move |keeper| {
            let mut stored = keeper.read_now()?;
            change(&mut stored);
            keeper.write_now(&stored)
        })
        .await
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, LoginError> {
        let keeper = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&keeper)).await;
        done.unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(|source| LoginError::Store {
                file: self.file.clone(),
                source,
            })
    }

    fn read_now(&self) -> io::Result<Stored> {
        match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                // The parser's words could repeat what is in the file.
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a stored login")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Stored {
                server: self.server.clone(),
                ..Stored::default()
            }),
            Err(error) => Err(error),
        }
    }

    fn write_now(&self, stored: &Stored) -> io::Result<()> {
        let folder = self.folder()?;
        // Made with mode 0600, and only then filled.
        let mut draft = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut draft, stored)?;
        draft.flush()?;
        draft.as_file().sync_all()?;
        draft.persist(&self.file)?;
        Ok(())
    }

    fn lock_now(&self) -> io::Result<File> {
        self.folder()?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.file.with_extension("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn folder(&self) -> io::Result<&Path> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        Ok(folder)
    }
}

/// The name of a server's file, and what it says about the server: never a query, which may hold a
/// secret.
fn named(url: &Url) -> (String, String) {
    let mut whole = url.clone();
    whole.set_fragment(None);
    let digest = Sha256::digest(whole.as_str());
    let short: String = digest[..8].iter().map(|it| format!("{it:02x}")).collect();
    whole.set_query(None);
    let host = url.host_str().unwrap_or_default();
    let host: String = host
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                c
            } else {
                '_'
            }
        })
        .take(60)
        .collect();
    (format!("{host}-{short}.json"), whole.into())
}

fn failed(error: LoginError) -> AuthError {
    AuthError::CredentialStoreError(transport::story(&error))
}

#[async_trait]
impl CredentialStore for Keeper {
    async fn load(&self) -> Result<Option<StoredCredentials>, AuthError> {
        Ok(self.read().await.map_err(failed)?.credentials)
    }

    async fn save(&self, credentials: StoredCredentials) -> Result<(), AuthError> {
        self.change(|stored| stored.credentials = Some(credentials))
            .await
            .map_err(failed)
    }

    async fn clear(&self) -> Result<(), AuthError> {
        self.change(|stored| stored.credentials = None)
            .await
            .map_err(failed)
    }

    async fn on_refresh_token_rejected(&self, used: &StoredCredentials) -> Result<(), AuthError> {
        let used = serde_json::to_value(used).ok();
        self.change(move |stored| {
            if serde_json::to_value(&stored.credentials).ok() == used {
                stored.credentials = None;
            }
        })
        .await
        .map_err(failed)
    }

    async fn acquire_refresh_guard(&self) -> Result<Option<CredentialRefreshGuard>, AuthError> {
        let lock = self.on_disk(Self::lock_now).await.map_err(failed)?;
        Ok(Some(CredentialRefreshGuard::new(lock)))
    }
}
