//! Where package managers keep what they loaded, and their settings.

use std::path::PathBuf;

use crate::environment::Environment;

/// A folder of a package manager.
struct Folder {
    /// Variables that name it; the first that is set counts.
    named_by: &'static [&'static str],
    /// Below the folder that this variable names, or its default in the home folder.
    base: Base,
    /// The default below the base.
    default: &'static str,
    /// Programs that make it when it is missing.
    made_by: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Base {
    Home,
    Cache,
    Data,
}

const NPM: &[&str] = &["npm", "npx"];
const UV: &[&str] = &["uv", "uvx"];

const FOLDERS: [Folder; 11] = [
    folder(
        &["npm_config_cache", "NPM_CONFIG_CACHE"],
        Base::Home,
        ".npm",
        NPM,
    ),
    folder(&["UV_CACHE_DIR"], Base::Cache, "uv", UV),
    folder(&["UV_TOOL_DIR"], Base::Data, "uv/tools", UV),
    folder(&["UV_PYTHON_INSTALL_DIR"], Base::Data, "uv/python", UV),
    folder(&["PIP_CACHE_DIR"], Base::Cache, "pip", &["pip", "pip3"]),
    folder(&["PIPX_HOME"], Base::Data, "pipx", &["pipx"]),
    folder(&["YARN_CACHE_FOLDER"], Base::Cache, "yarn", &["yarn"]),
    folder(&[], Base::Cache, "pnpm", &["pnpm", "pnpx"]),
    folder(&["PNPM_HOME"], Base::Data, "pnpm", &["pnpm", "pnpx"]),
    folder(
        &["BUN_INSTALL_CACHE_DIR"],
        Base::Home,
        ".bun/install/cache",
        &["bun", "bunx"],
    ),
    folder(&["DENO_DIR"], Base::Cache, "deno", &["deno"]),
];

const fn folder(
    named_by: &'static [&'static str],
    base: Base,
    default: &'static str,
    made_by: &'static [&'static str],
) -> Folder {
    Folder {
        named_by,
        base,
        default,
        made_by,
    }
}

impl Folder {
    fn place(&self, env: &Environment) -> Option<PathBuf> {
        let named = self.named_by.iter().find_map(|name| env.path(name));
        named.or_else(|| self.base.folder(env).map(|base| base.join(self.default)))
    }
}

impl Base {
    fn folder(self, env: &Environment) -> Option<PathBuf> {
        match self {
            Self::Home => env.in_home(""),
            Self::Cache => env.path("XDG_CACHE_HOME").or_else(|| env.in_home(".cache")),
            Self::Data => env
                .path("XDG_DATA_HOME")
                .or_else(|| env.in_home(".local/share")),
        }
    }
}

/// Folders that package managers read and write.
pub(crate) fn folders(env: &Environment) -> Vec<PathBuf> {
    FOLDERS.iter().filter_map(|it| it.place(env)).collect()
}

/// Folders that this program would make on its first run. They must exist before rights are given
/// up: a rule needs something to stand on, and their parents are not granted.
pub(crate) fn made_by(program: &str, env: &Environment) -> Vec<PathBuf> {
    FOLDERS
        .iter()
        .filter(|it| it.made_by.contains(&program))
        .filter_map(|it| it.place(env))
        .collect()
}

/// Settings that say where packages come from. A package manager that cannot read them would ask
/// the public registry for what a company keeps in its own.
pub(crate) fn settings(env: &Environment) -> Vec<PathBuf> {
    const IN_HOME: [&str; 6] = [
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        ".config/pip",
        ".config/uv",
        ".pip",
    ];
    const NAMED: [&str; 4] = [
        "NPM_CONFIG_USERCONFIG",
        "npm_config_userconfig",
        "PIP_CONFIG_FILE",
        "UV_CONFIG_FILE",
    ];
    let named = NAMED.iter().filter_map(|name| env.path(name));
    let in_home = IN_HOME.iter().filter_map(|file| env.in_home(file));
    named.chain(in_home).collect()
}
