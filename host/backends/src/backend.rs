//! Configured backends: opened once for each agent, used for every call of that agent.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use loader::Loaded;
use massgen_plugin::abi::{MeterTable, host};
use massgen_plugin::metadata::BackendType;
use massgen_plugin::{Fault, FaultCode};
use services::Lent;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use transport::{Grant, Limiter, Scope, Transport};

use crate::OpenError;
use crate::driver::{Driver, Ended, State};
use crate::event::CallEvent;
use crate::gate::Gate;
use crate::health::Health;
use crate::loan::Loan;
use crate::process::{Leave, Programs, Tape};
use crate::redact::Secrets;
use crate::resolve::{BackendSpec, KeySource, Resolved, resolve};
use crate::session::{Opener, Thread};
use crate::store::Store;

/// How long a plugin may take to read its configuration.
const CREATE_PATIENCE: Duration = Duration::from_secs(10);

/// Opens backends; holds what they share. Cheap to clone.
#[derive(Clone)]
pub struct Backends {
    transport: Transport,
    health: Arc<Health>,
    stores: Option<PathBuf>,
}

impl Backends {
    /// Backends whose requests go through `transport`.
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            health: Arc::default(),
            stores: None,
        }
    }

    /// Keeps what plugins store in this folder, one file for each. Without it they have no store.
    #[must_use]
    pub fn with_stores(mut self, folder: PathBuf) -> Self {
        self.stores = Some(folder);
        self
    }

    /// Makes one configured backend. `agent` names the one who asks, in recordings and logs; its
    /// sessions may use what `lent` offers.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration; nothing was sent anywhere.
    pub fn open(
        &self,
        plugin: Arc<Loaded>,
        spec: BackendSpec,
        agent: &str,
        lent: Lent,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Backend, OpenError> {
        let name = plugin.name().to_owned();
        let backend_type = plugin
            .backend_type(&spec.type_name)
            .ok_or_else(|| OpenError::Type {
                plugin: name.clone(),
                type_name: spec.type_name.clone(),
            })?;
        let secret = spec.api_key.clone();
        let mut resolved = resolve(spec, &plugin.metadata, backend_type, env)?;
        resolved.config.workspace = lent
            .workspace()
            .map(|folder| folder.to_string_lossy().into_owned());
        let programs = Programs {
            leave: Leave::of(
                &plugin.metadata.manifest.capabilities,
                backend_type,
                &resolved.config,
            ),
            tape: Arc::new(Tape::of(lent.program_tape())),
        };
        let config = serde_json::to_string(&resolved.config).unwrap_or_default();
        let live = create(&plugin, &config).map_err(|fault| OpenError::Create {
            plugin: name.clone(),
            fault,
        })?;
        // Values that are only to be masked have no name.
        let named = resolved.grant.secrets.iter().find(|it| !it.name.is_empty());
        let key = secret.or_else(|| named.map(|it| it.value.clone()));
        let limiter = self.transport.limiter(&resolved.place, key.as_ref());
        Ok(Backend(Arc::new(Inner {
            grant: Arc::new(resolved.grant.clone()),
            loan: Loan {
                store: self.stores.as_deref().map(|it| Store::of(it, &name)),
                programs,
                lent,
            },
            meter: plugin.root.meter(),
            plugin,
            name,
            resolved,
            config,
            live: Mutex::new(Some(Arc::new(live))),
            limiter,
            transport: self.transport.clone(),
            health: Arc::clone(&self.health),
            scope: Scope {
                agent: agent.to_owned(),
            },
        })))
    }
}

/// `create` is the plugin's code, so it gets a thread and a limit of time.
fn create(plugin: &Arc<Loaded>, config: &str) -> Result<host::Backend, Fault> {
    let (root, config) = (plugin.root, config.to_owned());
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().name("create".into());
    thread
        .spawn(move || drop(sender.send(root.create(&config))))
        .map_err(|error| Fault::new(FaultCode::INTERNAL, format!("no thread: {error}")))?;
    receiver.recv_timeout(CREATE_PATIENCE).unwrap_or_else(|_| {
        let seconds = CREATE_PATIENCE.as_secs();
        Err(Fault::new(
            FaultCode::PROTOCOL,
            format!("no answer from `create` within {seconds} s"),
        ))
    })
}

/// One configured backend. Cheap to clone.
#[derive(Clone)]
pub struct Backend(Arc<Inner>);

struct Inner {
    plugin: Arc<Loaded>,
    meter: Option<&'static MeterTable>,
    name: String,
    resolved: Resolved,
    config: String,
    grant: Arc<Grant>,
    loan: Loan,
    /// Replaced after a panic: what a panic left behind cannot be trusted.
    live: Mutex<Option<Arc<host::Backend>>>,
    limiter: Limiter,
    transport: Transport,
    health: Arc<Health>,
    scope: Scope,
}

impl Drop for Inner {
    fn drop(&mut self) {
        retire(self.live().take());
    }
}

impl Inner {
    fn live(&self) -> MutexGuard<'_, Option<Arc<host::Backend>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where plugins' objects are dropped: that runs their code, and nobody waits for it.
static BIN: LazyLock<std::sync::mpsc::Sender<Arc<host::Backend>>> = LazyLock::new(|| {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().name("drop".into());
    // Without a thread nothing is received, and what is sent comes back.
    drop(thread.spawn(move || receiver.iter().for_each(drop)));
    sender
});

/// Lets go of a plugin's object. Without a thread for that it is kept for ever.
fn retire(live: Option<Arc<host::Backend>>) {
    if let Some(Err(kept)) = live.map(|live| BIN.send(live)) {
        std::mem::forget(kept);
    }
}

impl Backend {
    /// The plugin's name.
    pub fn plugin(&self) -> &str {
        &self.0.name
    }

    /// The backend type, for example `vllm`.
    pub fn type_name(&self) -> &str {
        &self.0.resolved.config.backend_type
    }

    /// The model, when one is configured or the type has a default.
    pub fn model(&self) -> Option<&str> {
        self.0.resolved.config.model.as_deref()
    }

    /// What its type's metadata says of it.
    pub fn metadata(&self) -> Option<&BackendType> {
        self.0.plugin.backend_type(self.type_name())
    }

    /// The provider's name for people.
    pub fn title(&self) -> &str {
        &self.0.resolved.title
    }

    /// Host of the configured address, whatever overrides it; empty without an address.
    pub fn host(&self) -> &str {
        &self.0.resolved.host
    }

    /// Where its key came from.
    pub fn key(&self) -> &KeySource {
        &self.0.resolved.key
    }

    pub(crate) fn limiter(&self) -> Limiter {
        self.0.limiter.clone()
    }

    /// Refuses while the plugin is switched off.
    pub(crate) fn check_health(&self) -> Result<(), Fault> {
        if self.0.health.is_off(self.0.plugin.hash, Instant::now()) {
            let text = format!(
                "plugin `{}` panicked three times and is switched off",
                self.0.name
            );
            return Err(Fault::new(FaultCode::INTERNAL, text));
        }
        Ok(())
    }

    /// After a panic: counts it and makes the backend anew.
    pub(crate) async fn note(&self, fault: &Fault, now: Instant) {
        if fault.code != FaultCode::PANICKED {
            return;
        }
        self.0.health.panicked(self.0.plugin.hash, now);
        let (plugin, config) = (Arc::clone(&self.0.plugin), self.0.config.clone());
        let fresh = tokio::task::spawn_blocking(move || create(&plugin, &config)).await;
        if let Ok(Ok(fresh)) = fresh {
            retire(self.0.live().replace(Arc::new(fresh)));
        }
    }

    /// Runs one session to its end.
    pub(crate) async fn session(
        &self,
        call: &str,
        out: &mpsc::Sender<CallEvent>,
        cancel: &CancellationToken,
    ) -> Ended {
        let inner = &*self.0;
        let gate = Gate {
            grant: Arc::clone(&inner.grant),
            loan: inner.loan.clone(),
        };
        match Thread::start(&inner.name, inner.meter, self.opener(call), gate) {
            Ok(thread) => {
                let (transport, grant, scope) = (&inner.transport, &*inner.grant, &inner.scope);
                let (timeouts, state) = (inner.resolved.timeouts, State::default());
                let driver = Driver {
                    thread,
                    transport,
                    grant,
                    loan: &inner.loan,
                    scope,
                    timeouts,
                    secrets: Secrets::of(grant),
                    out,
                    state,
                };
                driver.run(cancel).await
            }
            Err(fault) => Ended::early(fault),
        }
    }

    fn opener(&self, call: &str) -> Opener {
        let (backend, call) = (self.0.live().clone(), call.to_owned());
        let plugin = Arc::clone(&self.0.plugin);
        Box::new(move |mark| {
            mark(
                plugin
                    .first_step_guard()
                    .map(|it| Box::new(it) as Box<dyn Send>),
            );
            let gone = || Fault::new(FaultCode::INTERNAL, "the backend is gone");
            backend.ok_or_else(gone)?.open(&call)
        })
    }
}
