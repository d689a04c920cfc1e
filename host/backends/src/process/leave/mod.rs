//! Which programs a plugin may start, and with what: the word of its metadata and of the user.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use massgen_plugin::Config;
use massgen_plugin::metadata::{BackendType, Capabilities};
use massgen_plugin::wire::{Framing, Spawn, Stdin, split_bytes};
use referee::{Refusal, denied, read, unreadable};

/// The longest line of output, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// What one backend may start. The default is nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leave(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    capabilities: Capabilities,
    /// The user's own choice.
    cli_path: Option<String>,
    /// Names of the secrets that the metadata declares.
    secrets: Vec<String>,
    /// Programs whose start was told.
    told: Mutex<BTreeSet<String>>,
}

impl Leave {
    /// What the plugin's metadata and the backend's configuration allow.
    pub(crate) fn of(capabilities: &Capabilities, of: &BackendType, config: &Config) -> Self {
        let cli_path = config.options.get(Spawn::CLI_PATH);
        Self(Arc::new(Inner {
            capabilities: capabilities.clone(),
            cli_path: cli_path.and_then(|it| it.as_str()).map(str::to_owned),
            secrets: of.secrets.iter().map(|it| it.name.clone()).collect(),
            told: Mutex::default(),
        }))
    }

    /// What its programs keep in the user's home.
    pub(crate) fn home(&self) -> &[String] {
        &self.0.capabilities.home
    }

    /// Whether nobody was told yet that this is started.
    pub(crate) fn is_news(&self, program: &str) -> bool {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert(program.to_owned())
    }

    /// Whether the program was chosen by the user.
    pub(crate) fn is_chosen(&self, program: &str) -> bool {
        self.0.cli_path.as_deref() == Some(program)
    }

    /// The program of this payload, when it may be started. Whether it is there and its folder is
    /// the agent's shows when it starts.
    pub(crate) fn spawn(&self, payload: &[u8]) -> Result<Spawn, Refusal> {
        if !self.0.capabilities.spawn {
            return Err(denied(
                "this plugin may start no programs (hint: its metadata must say `capabilities.spawn`)",
            ));
        }
        let mut spawn: Spawn = read(payload)?;
        self.program(&spawn)?;
        self.variables(&spawn)?;
        if !matches!(spawn.framing, Framing::Ndjson | Framing::Raw) {
            return Err(denied("a program's output is framed as `ndjson` or `raw`"));
        }
        spawn.max_line = spawn.max_line.clamp(1, LONGEST_LINE);
        Ok(spawn)
    }

    fn program(&self, spawn: &Spawn) -> Result<(), Refusal> {
        let Some(program) = spawn.argv.first().filter(|it| !it.is_empty()) else {
            return Err(denied("there is no program in `argv`"));
        };
        if spawn.argv.iter().any(|it| it.contains('\0')) {
            return Err(denied("an argument holds a zero byte"));
        }
        let programs = &self.0.capabilities.programs;
        // A relative path would mean another program in each folder.
        let is_named = programs.contains(program)
            && (!program.contains('/') || std::path::Path::new(program).is_absolute());
        if is_named || self.is_chosen(program) {
            return Ok(());
        }
        let named = match programs.as_slice() {
            [] => "none".to_owned(),
            names => format!("`{}`", names.join("`, `")),
        };
        Err(denied(format!(
            "this plugin may not start `{program}`; the programs that it names: {named} (hint: \
             `{}` in the backend's configuration can name another)",
            Spawn::CLI_PATH
        )))
    }

    fn variables(&self, spawn: &Spawn) -> Result<(), Refusal> {
        let set = spawn.set.iter().map(|(name, _)| name);
        let secret = spawn.secrets.iter().map(|it| &it.variable);
        let unfit = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
        if let Some(name) = set.chain(secret).chain(&spawn.inherit).find(unfit) {
            let name = name.escape_debug();
            return Err(denied(format!("`{name}` cannot be a variable's name")));
        }
        if spawn.set.iter().any(|(_, value)| value.contains('\0')) {
            return Err(denied("a variable's value holds a zero byte"));
        }
        if let Some(name) = spawn.inherit.iter().find(|it| holds_a_secret(it)) {
            return Err(denied(format!(
                "the variable `{name}` may hold a secret and is not passed on (hint: the plugin can \
                 declare it as one and name it in `secrets`)"
            )));
        }
        let known = |name: &String| self.0.secrets.contains(name);
        match spawn.secrets.iter().find(|it| !known(&it.secret)) {
            Some(it) => Err(denied(format!(
                "the plugin declares no secret `{}`",
                it.secret
            ))),
            None => Ok(()),
        }
    }
}

/// Whether a variable's name says that its value is a secret, which would then be masked nowhere:
/// one of its words is `TOKEN`, `SECRET`, `PASSWORD` or the like, or its last word is `KEY`.
fn holds_a_secret(name: &str) -> bool {
    const WORDS: [&str; 5] = ["PASSPHRASE", "PASSWD", "PASSWORD", "SECRET", "TOKEN"];
    let name = name.to_ascii_uppercase();
    let mut words = name.split('_');
    words.clone().any(|it| WORDS.contains(&it)) || words.next_back() == Some("KEY")
}

/// What is written to which program.
pub(crate) fn stdin(payload: &[u8]) -> Result<(Stdin, Vec<u8>), Refusal> {
    let (stdin, bytes) = split_bytes(payload).map_err(|error| unreadable(&error))?;
    Ok((stdin, bytes.to_vec()))
}

#[cfg(test)]
mod tests;
