//! A home folder of its own for one test, and files to put into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use loader::{
    Catalog, Environment, Found, Inspection, Loader, Policy, Prober, Refusal, SearchPath,
};
use massgen_plugin::metadata::{ABI_MAJOR, ABI_MINOR};
use tempfile::TempDir;

pub(crate) struct Scratch {
    folder: TempDir,
    pub(crate) environment: Environment,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| Some(folder.path().join(name));
        let environment = Environment {
            plugin_dir: None,
            data_home: at("data"),
            state_home: at("state"),
            program: at("bin/massgen"),
        };
        Self {
            folder,
            environment,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .expect("its path")
            .join(name)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, bytes).expect("written");
        path
    }

    /// Compiles a C library, with these arguments besides the usual ones.
    pub(crate) fn compile(&self, name: &str, source: &str, arguments: &[&str]) -> PathBuf {
        let to = self.path(name);
        let from = self.write(&format!("{name}.c"), source);
        fs::create_dir_all(to.parent().expect("a folder")).expect("folders");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"])
            .arg(&to)
            .arg(from)
            .args(arguments);
        let status = cc.status().expect("a C compiler");
        assert!(status.success(), "{cc:?}");
        to
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy::new(&self.environment)
    }

    pub(crate) fn catalog(&self, plugin_dirs: &[PathBuf]) -> Catalog {
        let path = SearchPath::new(plugin_dirs, &self.environment);
        Catalog::scan(&path, self.policy())
    }

    pub(crate) fn inspect(&self, path: &Path) -> Result<Inspection, Refusal> {
        loader::inspect(&Found::named(path), &self.policy())
    }

    pub(crate) fn loader(&self) -> Loader {
        Loader::new(&self.environment, prober())
    }

    /// The text with this test's folder and changing numbers replaced.
    pub(crate) fn shown(&self, text: &str) -> String {
        let folder = self.path("").display().to_string();
        text.replace(folder.trim_end_matches('/'), "~")
    }
}

/// Children that can do nothing but probe.
pub(crate) fn prober() -> Prober {
    Prober::new(env!("CARGO_BIN_EXE_plugin-child"))
}

/// A refusal, and what to do about it, in two lines.
pub(crate) fn two_lines(refusal: &Refusal) -> String {
    format!("{refusal}\nhint: {}", refusal.hint())
}

/// A C source with a plugin's metadata: such a file passes every check up to loading.
pub(crate) fn posing(name: &str, rest: &str) -> String {
    let json = format!(
        r#"{{"version":"1.2.3","sdk":"1.0.0","manifest":{{"name":"{name}","description":"d","license":"MIT","types":[{{"name":"{name}","title":"T","config":{{}}}}]}}}}"#
    );
    posing_with(&json, rest)
}

/// The same with any metadata text.
pub(crate) fn posing_with(json: &str, rest: &str) -> String {
    let text = json.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "#include <stdlib.h>\n#include <unistd.h>\n#include <stdio.h>\n\
         const struct {{ char magic[8]; char family[24]; unsigned words[4]; }} MASSGEN_PLUGIN_ABI =\n\
         {{ \"MGPLUGIN\", \"massgen-backend\", {{ {ABI_MAJOR}, {ABI_MINOR}, 0, 1 }} }};\n\
         const char MASSGEN_PLUGIN_META[{}] = \"{text}\";\n{rest}\n",
        json.len()
    )
}

/// Name of a plugin library.
pub(crate) fn library(name: &str) -> String {
    format!("libmassgen_backend_{name}.so")
}
