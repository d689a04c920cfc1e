//! What can be wrong with an object file.

use object::read;

/// Why a file is not one that can be loaded as a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    /// No bytes.
    #[error("is empty")]
    Empty,
    /// Another kind of file.
    #[error("is not a shared library")]
    NotALibrary,
    /// A program or an object file.
    #[error("is not a shared library: it is another kind of object file")]
    NotShared,
    /// For another processor.
    #[error("is for another machine ({0})")]
    OtherMachine(String),
    /// Something of it would lie behind its end.
    #[error("is cut short: it needs {needs} bytes and has {has}")]
    Cut {
        /// Where the last part would end.
        needs: u64,
        /// The length of the file.
        has: u64,
    },
    /// The tables contradict each other or cannot be read.
    #[error("is damaged: {0}")]
    Broken(String),
    /// It needs a library that a plugin may not need.
    #[error("needs the library `{0}`")]
    Needs(String),
    /// It brings its own search path.
    #[error("has a search path of its own ({0})")]
    SearchPath(&'static str),
    /// It wants a stack that can be executed.
    #[error("wants an executable stack")]
    ExecutableStack,
    /// It wants its code rewritten while loading.
    #[error("wants text relocations")]
    TextRelocations,
    /// It was linked against a newer C library.
    #[error("needs glibc {}.{}, this system has {}", needs.0, needs.1, version(*has))]
    Glibc {
        /// Highest version it needs.
        needs: (u32, u32),
        /// The running one.
        has: Option<(u32, u32)>,
    },
    /// It exports no metadata: some other library.
    #[error("is not a massgen plugin: it exports no `{0}`")]
    NoStatic(&'static str),
    /// The metadata's place lies outside the file, or its size is impossible.
    #[error("exports a `{0}` that cannot be read")]
    BadStatic(&'static str),
}

impl Flaw {
    pub(super) fn broken(error: read::Error) -> Self {
        Self::Broken(error.to_string())
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::Cut { .. } | Self::Broken(_) => "copy or build the file again",
            Self::OtherMachine(_) => "get the build for this machine",
            Self::NotALibrary | Self::NotShared | Self::NoStatic(_) | Self::BadStatic(_) => {
                "remove it from the plugin folder, or build it with `massgen_plugin::export!`"
            }
            Self::Needs(_) => {
                "a plugin does no I/O and needs only the C library: link the rest statically"
            }
            Self::SearchPath(_) | Self::ExecutableStack | Self::TextRelocations => {
                "build it with plain `cargo build` and no extra linker arguments"
            }
            Self::Glibc { .. } => "build it on an older system, or here",
        }
    }
}

fn version(glibc: Option<(u32, u32)>) -> String {
    glibc.map_or_else(
        || "none".into(),
        |(major, minor)| format!("{major}.{minor}"),
    )
}
