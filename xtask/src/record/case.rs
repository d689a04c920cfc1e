//! The folder of a case: what is asked, the answers beside it, and the requests that were made.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Answer, Args, place};

/// The folder of one case.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn exists(&self) -> bool {
        self.0.join("case.json").is_file()
    }

    pub(super) fn read(&self) -> Result<Value> {
        read(&self.0.join("case.json")).context("write `case.json`, or give a --question")
    }

    /// Writes the case with these answers, and with one more of silence when the next request is
    /// to be seen.
    pub(super) fn write(&self, case: &mut Value, answers: &[Answer], silence: bool) -> Result<()> {
        let mut exchanges = Vec::new();
        for (at, answer) in answers.iter().enumerate() {
            let file = answer.file(at);
            place::write(&self.0.join(&file), &answer.body)?;
            let mut exchange =
                json!({ "status": answer.status, "headers": answer.headers, "body": file });
            if answer.cut {
                exchange["cut"] = true.into();
            }
            exchanges.push(exchange);
        }
        exchanges.extend(silence.then(|| json!({ "status": 200 })));
        case["exchanges"] = exchanges.into();
        let text = serde_json::to_string_pretty(case)? + "\n";
        place::write(&self.0.join("case.json"), text.as_bytes())
    }

    /// How the case ended the last time that it was played.
    pub(super) fn end(&self) -> Result<String> {
        let chunks = fs::read_to_string(self.0.join("chunks.jsonl"))?;
        Ok(chunks.lines().last().unwrap_or_default().to_owned())
    }

    /// The requests of the last time that the case was played.
    pub(super) fn requests(&self) -> Result<Vec<Value>> {
        let requests = read(&self.0.join("request.json"))?;
        Ok(requests.as_array().cloned().unwrap_or_default())
    }
}

/// A JSON file.
pub(super) fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("no `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON", path.display()))
}

/// A plain question to a backend type of the plugin.
pub(super) fn ask(manifest: &Value, args: &Args, question: &str) -> Result<Value> {
    let types = manifest["types"].as_array().context("no types")?;
    let is_meant =
        |it: &&Value| args.backend_type.is_none() || it["name"] == json!(args.backend_type);
    let of = types.iter().find(is_meant).context("no such type")?;
    let or =
        |said: &Option<String>, key: &str| said.as_ref().map_or(of[key].clone(), |it| json!(it));
    let mut config = json!({ "backend_type": of["name"] });
    for (key, value) in [
        ("base_url", or(&args.base_url, "base_url")),
        ("model", or(&args.model, "model")),
    ] {
        if !value.is_null() {
            config[key] = value;
        }
    }
    let turn = json!({ "role": "user", "parts": [{ "type": "text", "text": question }] });
    Ok(json!({
        "about": format!("Recorded: {question}"),
        "config": config,
        "call": { "id": "1", "turns": [turn] },
    }))
}
