//! What authors write against: ordinary Rust, no unsafe code, no foreign types.
//!
//! Most backends implement [`Translator`]: render one request, read one frame. A backend that
//! needs several requests in a row is pleasanter as an [`AsyncBackend`]. Anything else implements
//! [`Entry`], [`Backend`] and [`Machine`] by hand. All three end in `export!`.

mod asynchronous;
mod chunks;
mod config;
mod errors;
mod event;
mod lent;
pub(crate) mod log;
mod process;
mod translator;

pub use asynchronous::{AsyncBackend, Asynchronous, HttpReply, Io};
pub use chunks::Chunks;
pub use config::Config;
pub use errors::http_fault;
pub use event::{Event, Host, Lender};
pub use process::{Process, ProcessEvent};
pub use translator::{Reply, Translating, Translator};

use crate::abi::Progress;
use crate::chat::{Call, Feature};
use crate::fault::{Fault, FaultCode};

/// Version of this crate, written into every plugin's metadata.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Memory a plugin may hold unless it says otherwise: 256 MiB.
pub const DEFAULT_MEMORY_LIMIT: usize = 256 << 20;

/// What `export!` needs: how to make one configured backend.
pub trait Entry: 'static {
    /// Features the plugin uses; they set the host minor it demands.
    const USES: &'static [Feature];
    /// Most bytes the library may hold; see [`abi`](crate::abi) on the meter.
    const MEMORY_LIMIT: usize = DEFAULT_MEMORY_LIMIT;

    /// Makes a backend from its configuration.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] naming the key.
    fn create(config: Config) -> Result<Box<dyn Backend>, Fault>;
}

/// One configured backend.
pub trait Backend: Send + Sync {
    /// Opens a session for one call.
    ///
    /// # Errors
    ///
    /// For example [`FaultCode::UNSUPPORTED`] when the call requires an unknown feature.
    fn open(&self, call: Call) -> Result<Box<dyn Machine>, Fault>;

    /// Answers a question without I/O. Known questions: none yet.
    ///
    /// # Errors
    ///
    /// [`FaultCode::UNSUPPORTED`] for an unknown question.
    fn ask(&self, query: &str) -> Result<String, Fault> {
        Err(Fault::new(
            FaultCode::UNSUPPORTED,
            format!("unknown question `{query}`"),
        ))
    }
}

/// One session, as a state machine: see the step contract in [`abi`](crate::abi).
pub trait Machine: Send {
    /// Goes on by one event.
    ///
    /// # Errors
    ///
    /// The fault that ends the session.
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault>;
}

/// The lowest host minor that understands all these features.
pub const fn needs_minor(uses: &[Feature]) -> u32 {
    let (mut at, mut minor) = (0, 0);
    while at < uses.len() {
        if uses[at].since_minor > minor {
            minor = uses[at].since_minor;
        }
        at += 1;
    }
    minor
}

/// Refuses a call that requires a feature not in `uses`.
pub(crate) fn check_requires(call: &Call, uses: &[Feature]) -> Result<(), Fault> {
    let unknown = call
        .requires
        .iter()
        .find(|name| uses.iter().all(|it| it.name != **name));
    unknown.map_or(Ok(()), |name| {
        Err(Fault::new(
            FaultCode::UNSUPPORTED,
            format!("the backend cannot do `{name}`"),
        ))
    })
}
