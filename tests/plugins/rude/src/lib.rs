//! A backend that breaks one rule of the step contract at a time, as its option `misbehave` says.
//!
//! It shows that the host survives each of them; it calls no provider and needs no network. The
//! rules are those of `massgen_plugin::abi`.
//!
//! **Invariant:** without the option it is a decent backend, so that a test can seat both kinds.

mod decent;
mod misbehave;
mod reach;
mod subtle;

use std::sync::atomic::Ordering;

use massgen_plugin::abi::Progress;
use massgen_plugin::chat::{Call, Chunk, Feature};
use massgen_plugin::sdk::{Backend, Config, Entry, Event, Host, Machine};
use massgen_plugin::{Fault, FaultCode};
use serde_json::Value;

use decent::Decent;
use misbehave::Misbehaviour;

/// The plugin.
pub struct Rude;

impl Entry for Rude {
    const USES: &'static [Feature] = &[Feature::CHAT, Feature::TIMER];
    const MEMORY_LIMIT: usize = 64 << 20;

    fn create(config: Config) -> Result<Box<dyn Backend>, Fault> {
        let how = match config.options.get("misbehave") {
            None => Misbehaviour::Decent,
            Some(Value::String(name)) => Misbehaviour::named(name).ok_or_else(|| unknown(name))?,
            Some(other) => return Err(unknown(&other.to_string())),
        };
        assert!(
            how != Misbehaviour::PanicInCreate,
            "told to panic in create"
        );
        let key = config.options.get("api_key").and_then(Value::as_str);
        let key = key.map(str::to_owned);
        Ok(Box::new(RudeBackend { how, key }))
    }
}

fn unknown(name: &str) -> Fault {
    let text = format!("`misbehave` has no value `{name}`");
    Fault::new(FaultCode::CONFIG, text)
}

struct RudeBackend {
    how: Misbehaviour,
    /// A key that a host never hands over.
    key: Option<String>,
}

impl Backend for RudeBackend {
    fn open(&self, call: Call) -> Result<Box<dyn Machine>, Fault> {
        assert!(
            self.how != Misbehaviour::PanicInOpen,
            "told to panic in open"
        );
        let knows = |name: &String| Rude::USES.iter().any(|it| it.name == name);
        let unknown = call.requires.iter().find(|it| !knows(it));
        if let Some(name) = unknown.filter(|_| self.how != Misbehaviour::AcceptAnything) {
            let text = format!("the backend cannot do `{name}`");
            return Err(Fault::new(FaultCode::UNSUPPORTED, text));
        }
        subtle::SESSIONS.fetch_add(1, Ordering::Relaxed);
        if self.how == Misbehaviour::Leak {
            std::mem::forget(vec![0_u8; 4096]);
        }
        Ok(match self.how {
            Misbehaviour::Decent => Box::new(Decent::new(&call)),
            how => Box::new(RudeMachine {
                how,
                decent: Decent::new(&call),
                key: self.key.clone(),
            }),
        })
    }
}

struct RudeMachine {
    how: Misbehaviour,
    decent: Decent,
    key: Option<String>,
}

impl Machine for RudeMachine {
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
        if self.how == Misbehaviour::TellKey
            && let Some(key) = self.key.take()
        {
            host.emit(Chunk::text(key));
        }
        misbehave::step(self.how, &mut self.decent, event, host)
    }
}

impl Drop for RudeMachine {
    fn drop(&mut self) {
        subtle::SESSIONS.fetch_sub(1, Ordering::Relaxed);
        if self.how == Misbehaviour::SlowDrop {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        assert!(
            self.how != Misbehaviour::PanicInDrop,
            "told to panic in drop"
        );
    }
}

massgen_plugin::export!(entry Rude);
