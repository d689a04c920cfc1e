//! What a plugin says of itself: read from the file before anything of it runs.
//!
//! [`export!`](crate::export) writes two statics into the library: [`AbiWords`] (fixed layout,
//! never changes) and a JSON text ([`Metadata`]). Both stand in the dynamic symbol table under
//! [`ABI_SYMBOL`] and [`META_SYMBOL`], so they survive `strip`. Parsing here never loads a thing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Name of the static that holds [`AbiWords`].
pub const ABI_SYMBOL: &str = "MASSGEN_PLUGIN_ABI";
/// Name of the static that holds the JSON text of [`Metadata`].
pub const META_SYMBOL: &str = "MASSGEN_PLUGIN_META";
/// The family of plugins this crate describes.
pub const FAMILY: &str = "massgen-backend";
/// Major version: host and plugin must agree. Rises when the layout changes.
pub const ABI_MAJOR: u32 = 1;
/// Minor version: rises when a number, key or extension gains a meaning (see `abi` docs).
pub const ABI_MINOR: u32 = 3;

/// The fixed block at [`ABI_SYMBOL`]. Its layout never changes, whatever the major version.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbiWords {
    /// `MGPLUGIN`.
    pub magic: [u8; 8],
    /// The family, padded with zero bytes.
    pub family: [u8; 24],
    /// Major version the plugin was built with.
    pub major: u32,
    /// Minor version the plugin was built with.
    pub minor: u32,
    /// Lowest host minor that understands everything the plugin uses.
    pub needs_minor: u32,
    /// Bit 0: the library unwinds on panic.
    pub flags: u32,
}

/// First bytes of [`AbiWords`].
pub const MAGIC: [u8; 8] = *b"MGPLUGIN";
/// Bit of [`AbiWords::flags`]: built with `panic = "unwind"`.
pub const FLAG_UNWINDS: u32 = 1;

impl AbiWords {
    /// Size in bytes.
    pub const SIZE: usize = 48;

    /// The words of a library built with this crate.
    pub const fn of_this_build(needs_minor: u32) -> Self {
        let name = FAMILY.as_bytes();
        let mut family = [0; 24];
        let mut at = 0;
        while at < name.len() {
            family[at] = name[at];
            at += 1;
        }
        let flags = if cfg!(panic = "unwind") {
            FLAG_UNWINDS
        } else {
            0
        };
        Self {
            magic: MAGIC,
            family,
            major: ABI_MAJOR,
            minor: ABI_MINOR,
            needs_minor,
            flags,
        }
    }

    /// Reads the block; `None` when the bytes are too few or the magic differs.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let magic = bytes.get(..8)?.try_into().ok()?;
        let family = bytes.get(8..32)?.try_into().ok()?;
        let words = Self {
            magic,
            family,
            major: word(32)?,
            minor: word(36)?,
            needs_minor: word(40)?,
            flags: word(44)?,
        };
        (words.magic == MAGIC).then_some(words)
    }

    /// The family as text, without padding; lossy for a foreign one.
    pub fn family_name(&self) -> String {
        let end = self
            .family
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(self.family.len());
        String::from_utf8_lossy(&self.family[..end]).into_owned()
    }

    /// Whether a panic inside the library unwinds.
    pub fn unwinds(&self) -> bool {
        self.flags & FLAG_UNWINDS != 0
    }
}

/// The JSON text at [`META_SYMBOL`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Strict SemVer; `export!` takes it from the crate.
    pub version: String,
    /// Version of `massgen-plugin` it was built with.
    pub sdk: String,
    /// What the author wrote in `plugin.json`.
    pub manifest: Manifest,
}

impl Metadata {
    /// The backend type of this name, when the plugin serves it.
    pub fn backend_type(&self, name: &str) -> Option<&BackendType> {
        self.manifest.types.iter().find(|it| it.name == name)
    }
}

/// The author's part of the metadata: `plugin.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The plugin's name, `[a-z0-9][a-z0-9-]{0,38}`.
    pub name: String,
    /// One line.
    pub description: String,
    /// SPDX expression.
    pub license: String,
    /// The backend types it serves; at least one.
    pub types: Vec<BackendType>,
    /// What it asks of the host.
    #[serde(default)]
    pub capabilities: Capabilities,
}

/// What a plugin asks of the host, for consent and for the gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Hosts it may reach besides the one of the backend's `base_url`.
    #[serde(default)]
    pub net: Vec<String>,
    /// Whether it starts programs.
    #[serde(default)]
    pub spawn: bool,
    /// The programs it may start, as they are looked up in `PATH`; others only when the
    /// configuration names them. Since minor 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// Files and folders in the user's home that these programs keep for themselves, relative to
    /// it, for example `.claude`: a program that runs in a sandbox may change them. Since minor 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub home: Vec<String>,
}

/// One value of `backend.type` in a configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackendType {
    /// The value, lower case, for example `vllm`.
    pub name: String,
    /// Name for people, for example `vLLM`.
    pub title: String,
    /// Base address when the configuration has none, path included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Environment variables that hold the base address when the configuration has none; the first
    /// that is set wins over [`BackendType::base_url`]. Since minor 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_url_env: Vec<String>,
    /// The backend's own configuration keys that hold the base address besides `base_url`, for
    /// example `azure_endpoint`; the first that is set counts where `base_url` is absent. The
    /// plugin is given the address as its `base_url`, and the keys as they are. Since minor 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_url_keys: Vec<String>,
    /// Model when the configuration has none. Absent: the configuration must name one, or the
    /// plugin asks the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Keys the backend needs. The plugin never sees their values.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// JSON Schema (object) of the backend's own configuration keys.
    pub config: Value,
    /// `none`, `native` or `mcp`.
    #[serde(default = "no_filesystem")]
    pub filesystem: String,
    /// Provider-side tools by configuration switch, for example `enable_web_search`.
    #[serde(default)]
    pub builtin_tools: Vec<String>,
    /// What can stand in user turns: `text`, `image`.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Whether the provider demands its reasoning back in the next call.
    #[serde(default)]
    pub replay_reasoning: bool,
    /// Whether the model can be offered function tools. Where it cannot, the host describes them in
    /// words and reads calls from the text. Since minor 3.
    #[serde(default = "yes")]
    pub function_tools: bool,
    /// Limits on tool names.
    #[serde(default)]
    pub tool_names: ToolNames,
    /// Providers recognised by the host of `base_url`, in order; data for keys and display.
    #[serde(default)]
    pub providers: Vec<Provider>,
}

fn yes() -> bool {
    true
}

fn no_filesystem() -> String {
    "none".into()
}

/// A key that the host keeps and puts into requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Name used in [`Auth::secret`](crate::wire::Auth::secret) and as configuration key.
    pub name: String,
    /// Environment variables, first that is set wins.
    #[serde(default)]
    pub env: Vec<String>,
    /// Hosts (suffix match on whole labels) that may receive a value from the environment.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether the backend works without it.
    #[serde(default)]
    pub optional: bool,
}

/// A provider behind a compatible interface, recognised by host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Name for people.
    pub title: String,
    /// Host suffixes, whole labels: `z.ai` matches `api.z.ai` and not `fooz.ai`.
    pub hosts: Vec<String>,
    /// Environment variables of its key, first that is set wins.
    #[serde(default)]
    pub env: Vec<String>,
    /// Quirks for the dialect, read by the plugin only.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub quirks: Map<String, Value>,
}

/// Limits on tool names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolNames {
    /// Most characters.
    pub max_len: u32,
    /// Regular expression of the characters, for documentation.
    pub pattern: String,
}

impl Default for ToolNames {
    fn default() -> Self {
        Self {
            max_len: 64,
            pattern: "[A-Za-z0-9_-]+".into(),
        }
    }
}

/// Whether `host` is `suffix` or a subdomain of it, compared by whole labels, without case.
pub fn host_matches(host: &str, suffix: &str) -> bool {
    let (host, suffix) = (host.to_ascii_lowercase(), suffix.to_ascii_lowercase());
    host == suffix
        || host
            .strip_suffix(&suffix)
            .is_some_and(|rest| rest.ends_with('.'))
}
