//! A configuration file, from its path to its plan. The only place of this crate that reads one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::node::{Node, parse_json, parse_yaml};
use crate::read::Surroundings;
use crate::{ConfigErrors, Diagnostic, Env, Place, RunPlan, read};

/// The largest configuration that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// Reads a configuration file: YAML (`.yaml`, `.yml`) or JSON (`.json`).
///
/// The path is taken as it is. `env` answers `${NAME}`, `MASSGEN_BASE_URL_<TYPE>`, and where the
/// user's home is. Paths in the file are relative to the directory of this process, as in the
/// reference.
///
/// # Errors
/// Everything that is wrong with the file, each with its place.
pub fn load(path: &Path, env: &Env<'_>) -> Result<RunPlan, ConfigErrors> {
    let source = path.display().to_string();
    let format = format_of(path).map_err(|message| whole(&source, message))?;
    let text = text_of(path, &source)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let root = format(&source, text)?;
    let surroundings = surroundings(env).map_err(|message| whole(&source, message))?;
    read::plan(&root, surroundings)
}

fn surroundings<'a>(env: &'a Env<'a>) -> Result<Surroundings<'a>, String> {
    let directory = std::env::current_dir();
    let directory = directory.map_err(|error| format!("there is no current directory: {error}"))?;
    let home = ["HOME", "USERPROFILE"].into_iter().find_map(env);
    let home = home.map(PathBuf::from).filter(|home| home.is_absolute());
    Ok(Surroundings {
        env,
        directory,
        home,
    })
}

type Format = fn(&str, &str) -> Result<Node, ConfigErrors>;

fn format_of(path: &Path) -> Result<Format, &'static str> {
    let suffix = path.extension().unwrap_or_default().to_ascii_lowercase();
    match suffix.to_str() {
        Some("yaml" | "yml") => Ok(parse_yaml),
        Some("json") => Ok(parse_json),
        _ => Err("the name must end in .yaml, .yml or .json"),
    }
}

fn text_of(path: &Path, source: &str) -> Result<String, ConfigErrors> {
    let bytes =
        bytes_of(path).map_err(|error| whole(source, format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("is larger than {} MiB", MAX_BYTES >> 20);
        return Err(whole(source, message));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(source, &error))
}

/// At most one byte more than allowed, so that too much is noticed and never held.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    if path.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_utf8(source: &str, error: &std::string::FromUtf8Error) -> ConfigErrors {
    let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let lines = good.iter().filter(|byte| **byte == b'\n').count();
    let line = good
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let column = String::from_utf8_lossy(line).chars().count();
    let place = Place {
        source: source.into(),
        line: u32::try_from(lines + 1).unwrap_or(u32::MAX),
        column: u32::try_from(column + 1).unwrap_or(u32::MAX),
    };
    let problem = Diagnostic::error(place, "", "the file is not UTF-8 text from here on");
    problem.hint("save it as UTF-8").into()
}

fn whole(source: &str, message: impl Into<String>) -> ConfigErrors {
    Diagnostic::error(Place::whole(source), "", message).into()
}
