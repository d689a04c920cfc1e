//! A backend that breaks one rule of the step contract at a time, as its option `misbehave` says.
//!
//! It shows that the host survives each of them; it calls no provider and needs no network. The
//! rules are those of `massgen_plugin::abi`.
//!
//! **Invariant:** without the option it is a decent backend, so that a test can seat both kinds.

mod decent;
mod misbehave;
mod reach;

use massgen_plugin::abi::Progress;
use massgen_plugin::chat::{Call, Feature};
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
        Ok(Box::new(RudeBackend { how }))
    }
}

fn unknown(name: &str) -> Fault {
    let text = format!("`misbehave` has no value `{name}`");
    Fault::new(FaultCode::CONFIG, text)
}

struct RudeBackend {
    how: Misbehaviour,
}

impl Backend for RudeBackend {
    fn open(&self, call: Call) -> Result<Box<dyn Machine>, Fault> {
        assert!(
            self.how != Misbehaviour::PanicInOpen,
            "told to panic in open"
        );
        Ok(match self.how {
            Misbehaviour::Decent => Box::new(Decent::new(&call)),
            how => Box::new(RudeMachine {
                how,
                decent: Decent::new(&call),
            }),
        })
    }
}

struct RudeMachine {
    how: Misbehaviour,
    decent: Decent,
}

impl Machine for RudeMachine {
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
        misbehave::step(self.how, &mut self.decent, event, host)
    }
}

impl Drop for RudeMachine {
    fn drop(&mut self) {
        assert!(
            self.how != Misbehaviour::PanicInDrop,
            "told to panic in drop"
        );
    }
}

massgen_plugin::export!(entry Rude);
