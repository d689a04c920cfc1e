//! What can go wrong with a file, in words for a model and with the path at fault.

use std::io;
use std::path::{Path, PathBuf};

use permissions::Refused;

use crate::JournalError;

/// A file operation that was not carried out. What was there before is still there, unless the
/// text says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The policy is against it.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// Nothing is there.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// The folder that should hold it is not there.
    #[error("parent directory {} does not exist", .0.display())]
    NoParent(PathBuf),
    /// Something is there already.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// A file was expected.
    #[error("{} is {found}, not a file", path.display())]
    NotAFile {
        /// Which path.
        path: PathBuf,
        /// What it is, with its article.
        found: &'static str,
    },
    /// A folder was expected.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// A folder that still holds something.
    #[error("directory {} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The path has a link where it had none when it was resolved, or no link may stand.
    #[error("{} leads through a link that appeared while the call ran", .0.display())]
    Link(PathBuf),
    /// Somebody else changed it in the same moment.
    #[error("{} changed while the call ran; nothing was written", .0.display())]
    Changed(PathBuf),
    /// Its mode bits allow nobody to write.
    #[error("{} is write-protected (mode {mode:03o})", path.display())]
    WriteProtected {
        /// Which file.
        path: PathBuf,
        /// Its mode bits.
        mode: u32,
    },
    /// More than one read may give.
    #[error("{} has {size} bytes, more than the {limit} that one read may give", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Not text.
    #[error("{} is not text", .0.display())]
    NotText(PathBuf),
    /// The name cannot be used here.
    #[error("{} cannot be used: {reason}", path.display())]
    Unfit {
        /// Which path.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// The arguments do not fit the tool.
    #[error("invalid arguments for {tool}: {reason}")]
    Arguments {
        /// Bare name of the tool.
        tool: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// There is no such tool here.
    #[error("there is no file tool `{0}`")]
    NoTool(String),
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
    /// What was there could not be put on record, so nothing was changed.
    #[error("{} was not changed, because the journal failed: {source}", path.display())]
    Journal {
        /// Which path was about to change.
        path: PathBuf,
        /// Why.
        source: JournalError,
    },
    /// The operating system said no.
    #[error("cannot {what} {}: {source}{}", path.display(), still(source))]
    Io {
        /// What was tried, as a verb.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// For the failures in which people fear for their file.
fn still(source: &io::Error) -> &'static str {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, StorageFull};
    match source.kind() {
        StorageFull | QuotaExceeded | FileTooLarge | PermissionDenied => {
            "; what was there before is unchanged"
        }
        _ => "",
    }
}

impl FileError {
    /// An error of the operating system about this path.
    pub(crate) fn io(what: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        let path = path.to_path_buf();
        let source = source.into();
        match rustix::io::Errno::from_io_error(&source) {
            Some(rustix::io::Errno::NOENT) => Self::Missing(path),
            Some(rustix::io::Errno::LOOP) => Self::Link(path),
            Some(rustix::io::Errno::EXIST) => Self::Exists(path),
            Some(rustix::io::Errno::NOTDIR) => Self::NotADirectory(path),
            Some(rustix::io::Errno::NOTEMPTY) => Self::NotEmpty(path),
            _ => Self::Io { what, path, source },
        }
    }

    /// What a model can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing(_) => Some("list the directory to see what is there"),
            Self::NoParent(_) => Some("make it with create_directory first"),
            Self::TooLarge { .. } => Some("read a part of it with head or tail"),
            Self::NotText(_) => Some("use read_media_file for images and audio"),
            Self::NotEmpty(_) => Some("set recursive=true to delete what is in it as well"),
            Self::Changed(_) | Self::Link(_) => Some("look at the file again before trying again"),
            _ => None,
        }
    }
}

/// A folder that the host may not use as its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Emptying it could destroy somebody's work (services §3.1).
    #[error("{} cannot be used for temporary copies: it {reason}", path.display())]
    Unsafe {
        /// Which folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Two runs would empty it under each other.
    #[error("{} cannot be used for temporary copies: another run is using it", .0.display())]
    InUse(PathBuf),
    /// It cannot be made, opened or marked.
    #[error(transparent)]
    File(#[from] FileError),
}

impl FolderError {
    /// What to do next.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unsafe { .. } => {
                Some("name a folder that does not exist yet, or an empty one, and only for this")
            }
            Self::InUse(_) => Some("wait until that run has ended, or name another folder"),
            Self::File(error) => error.hint(),
        }
    }
}
