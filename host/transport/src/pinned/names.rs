//! What names stand for, asked once, checked and kept.
//!
//! **Invariant:** a name that [`Names::admit`] has seen never leads to an address that was not
//! checked, nor to another one later. The only other names a client asks for are those of proxies,
//! which the user set, and which are not pinned.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{AddressRefused, Addresses, BoxError};

type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// A name service.
pub(super) trait Lookup: Send + Sync {
    fn lookup(&self, name: &str) -> Looking;
}

/// The name service of the operating system.
pub(super) struct System;

impl Lookup for System {
    fn lookup(&self, name: &str) -> Looking {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

type Admitted = HashMap<String, Option<Arc<[IpAddr]>>>;

/// The names of one session. Clones are the same names.
#[derive(Clone)]
pub(super) struct Names {
    addresses: Arc<dyn Addresses>,
    lookup: Arc<dyn Lookup>,
    /// By plain name; `None` until it could be resolved.
    admitted: Arc<Mutex<Admitted>>,
}

impl Names {
    pub(super) fn new(addresses: Arc<dyn Addresses>, lookup: Arc<dyn Lookup>) -> Self {
        Self {
            addresses,
            lookup,
            admitted: Arc::default(),
        }
    }

    pub(super) fn addresses(&self) -> Arc<dyn Addresses> {
        self.addresses.clone()
    }

    /// From now on this name is a server's. What it stands for; `None` when it cannot be resolved.
    ///
    /// # Errors
    /// One of its addresses is not permitted.
    pub(super) async fn admit(&self, name: &str) -> Result<Option<Arc<[IpAddr]>>, AddressRefused> {
        self.known().entry(plain(name)).or_default();
        match self.pinned(name).await {
            Ok(found) => Ok(Some(found)),
            Err(Unresolved::Refused(refused)) => Err(refused),
            Err(Unresolved::Unknown(_)) => Ok(None),
        }
    }

    async fn pinned(&self, name: &str) -> Result<Arc<[IpAddr]>, Unresolved> {
        if let Some(Some(kept)) = self.known().get(&plain(name)) {
            return Ok(kept.clone());
        }
        let found = self.lookup.lookup(name).await?;
        for &address in &found {
            if !self.addresses.permits(name, address) {
                let host = name.to_owned();
                return Err(AddressRefused::Resolved { host, address }.into());
            }
        }
        // Whoever was first is right: two answers for one session would be none.
        let mut known = self.known();
        let entry = known.entry(plain(name)).or_default();
        Ok(entry.get_or_insert_with(|| found.into()).clone())
    }

    fn is_admitted(&self, name: &str) -> bool {
        self.known().contains_key(&plain(name))
    }

    fn known(&self) -> MutexGuard<'_, Admitted> {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found: Vec<IpAddr> = if names.is_admitted(name) {
                match names.pinned(name).await {
                    Ok(found) => found.to_vec(),
                    Err(Unresolved::Refused(refused)) => return Err(refused.into()),
                    Err(Unresolved::Unknown(error)) => return Err(error.into()),
                }
            } else {
                names.lookup.lookup(name).await?
            };
            let sockets = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok::<Addrs, BoxError>(Box::new(sockets))
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum Unresolved {
    #[error(transparent)]
    Refused(#[from] AddressRefused),
    #[error("the name cannot be resolved")]
    Unknown(#[from] io::Error),
}

/// Lower case, without a trailing dot.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}
