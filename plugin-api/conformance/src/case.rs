//! A transcript case: a folder with what is asked, what comes back, and what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use massgen_plugin::Config;
use massgen_plugin::chat::Call;
use serde::Deserialize;

use crate::frames::Answer;
use crate::process::Line;

/// `case.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    /// What the case shows, for readers.
    #[serde(rename = "about")]
    _about: String,
    config: Config,
    call: Call,
    #[serde(default)]
    exchanges: Vec<Exchange>,
    /// The connection breaks after the body of the last exchange.
    #[serde(default)]
    cut: bool,
}

/// One answer of the provider, in the order of the requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// A file beside `case.json`; absent for no body.
    body: Option<String>,
    #[serde(default)]
    cut: bool,
}

fn ok() -> u16 {
    200
}

/// A recorded request, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Asked {
    url: String,
}

/// A case that was read.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Name of its folder.
    pub(crate) name: String,
    /// `None` for a case that the kit made up.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) config: Config,
    pub(crate) call: Call,
    pub(crate) answers: Vec<Answer>,
    /// What happens between the plugin and its program.
    pub(crate) process: Vec<Line>,
}

pub(crate) const REQUESTS: &str = "request.json";
pub(crate) const CHUNKS: &str = "chunks.jsonl";
pub(crate) const PROCESS: &str = "process.jsonl";

/// All cases of a folder, by name.
///
/// # Errors
///
/// Which file cannot be read, and why.
pub(crate) fn all(folder: &Path) -> Result<Vec<Case>, String> {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("cannot list `{}`: {error}", folder.display()))?;
    let mut folders: Vec<_> = entries
        .filter_map(|it| it.ok().map(|it| it.path()))
        .filter(|it| it.join("case.json").is_file())
        .collect();
    folders.sort();
    folders.iter().map(|it| Case::read(it)).collect()
}

impl Case {
    fn read(folder: &Path) -> Result<Self, String> {
        let spec = text(&folder.join("case.json"))?;
        let spec: Spec = serde_json::from_str(&spec)
            .map_err(|error| format!("`{}/case.json`: {error}", folder.display()))?;
        let mut answers = Vec::new();
        for exchange in spec.exchanges {
            answers.push(exchange.read(folder)?);
        }
        if let Some(last) = answers.last_mut() {
            last.breaks |= spec.cut;
        }
        let name = folder.file_name().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            folder: Some(folder.to_owned()),
            config: spec.config,
            call: spec.call,
            answers,
            process: process(&folder.join(PROCESS))?,
        })
    }

    /// An expected file; `None` where there is none.
    pub(crate) fn expected(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.folder.as_ref()?.join(file)).ok()
    }

    /// The addresses of the recorded requests, in order.
    pub(crate) fn urls(&self) -> Vec<String> {
        let text = self.expected(REQUESTS).unwrap_or_default();
        let all: Vec<Asked> = serde_json::from_str(&text).unwrap_or_default();
        all.into_iter().map(|it| it.url).collect()
    }

    /// The configuration as the plugin gets it.
    pub(crate) fn config_text(&self) -> String {
        serde_json::to_string(&self.config).unwrap_or_default()
    }

    /// The call as the plugin gets it.
    pub(crate) fn call_text(&self) -> String {
        serde_json::to_string(&self.call).unwrap_or_default()
    }
}

impl Exchange {
    fn read(self, folder: &Path) -> Result<Answer, String> {
        let body = self.body.map_or(Ok(Vec::new()), |file| {
            let path = folder.join(file);
            fs::read(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
        })?;
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        Ok(Answer {
            status: self.status,
            headers: self.headers.into_iter().map(lower).collect(),
            body,
            breaks: self.cut,
        })
    }
}

fn process(path: &Path) -> Result<Vec<Line>, String> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let all = text(path)?;
    let lines = all
        .lines()
        .enumerate()
        .filter(|(_, it)| !it.trim().is_empty());
    lines
        .map(|(at, line)| {
            serde_json::from_str(line)
                .map_err(|error| format!("`{}`, line {}: {error}", path.display(), at + 1))
        })
        .collect()
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}
