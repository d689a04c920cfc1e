//! Directory handles: how this crate gets at the file system.
//!
//! A [`Dir`] is opened from `/` along a path without following a single link, so it is the folder
//! that the path names and the policy judged. From there everything is done relative to the
//! handle, by one name without a slash. This file only looks; `draft` and `effect` change.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::FileError;

/// A handle is for standing on, not for reading: the folder need not be readable.
#[cfg(any(target_os = "linux", target_os = "android"))]
const STAND: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const STAND: OFlags = OFlags::RDONLY;

/// An open folder.
#[derive(Debug)]
pub(crate) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

/// A name in an open folder; something may be there or not.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub(crate) dir: Arc<Dir>,
    pub(crate) name: OsString,
}

/// What is at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
    Other,
}

impl Kind {
    /// The word for data.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link => "link",
            Self::Other => "other",
        }
    }

    /// The word for sentences.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Link => "a link",
            Self::Other => "a device, pipe or socket",
        }
    }
}

/// What the file system says about a name, links not followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meta {
    pub(crate) kind: Kind,
    /// The raw record.
    pub(crate) stat: Stat,
}

impl Meta {
    /// Reads the record.
    pub(crate) fn new(stat: Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        };
        Self { kind, stat }
    }

    /// Bytes; 0 for anything but a file.
    pub(crate) fn size(&self) -> u64 {
        match self.kind {
            Kind::File => u64::try_from(self.stat.st_size).unwrap_or(0),
            _ => 0,
        }
    }

    /// Who may read, write, execute.
    pub(crate) fn mode(&self) -> u32 {
        // Wider or narrower than this on other systems.
        let bits = u64::from(self.stat.st_mode);
        (bits & 0o777) as u32
    }

    /// Whether this is still the same thing with the same content, as far as the record shows.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let key = |s: &Stat| {
            let time = (s.st_mtime, s.st_mtime_nsec, s.st_ctime, s.st_ctime_nsec);
            (s.st_dev, s.st_ino, s.st_size, s.st_mode, time)
        };
        key(&self.stat) == key(&other.stat)
    }
}

impl Dir {
    /// Opens the folder with this absolute, clean path. A link anywhere in it is an error.
    pub(crate) fn open(path: &Path) -> Result<Arc<Self>, FileError> {
        let fail = |errno: Errno| FileError::io("open", path, errno);
        let below = path.strip_prefix("/").map_err(|_| FileError::Unfit {
            path: path.into(),
            reason: "it is not an absolute path",
        })?;
        if below
            .components()
            .any(|part| !matches!(part, std::path::Component::Normal(_)))
        {
            return Err(FileError::Unfit {
                path: path.into(),
                reason: "it is not resolved",
            });
        }
        let root = rustix::fs::open("/", flags(STAND), Mode::empty()).map_err(fail)?;
        let fd = descend(root, below).map_err(fail)?;
        Ok(Arc::new(Self {
            fd,
            path: path.into(),
        }))
    }

    /// Opens a folder in this one.
    pub(crate) fn child(&self, name: &OsStr) -> Result<Arc<Self>, FileError> {
        let path = self.at(name);
        let fd = rustix::fs::openat(&self.fd, name, flags(STAND), Mode::empty())
            .map_err(|errno| FileError::io("open", &path, errno))?;
        Ok(Arc::new(Self { fd, path }))
    }

    /// The path it was opened by.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a name in it, for people and for the policy.
    pub(crate) fn at(&self, name: &OsStr) -> PathBuf {
        self.path.join(name)
    }

    /// The handle.
    pub(crate) fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// What is at this name, if anything.
    pub(crate) fn look(&self, name: &OsStr) -> Result<Option<Meta>, FileError> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Meta::new(stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(FileError::io("look at", &self.at(name), errno)),
        }
    }

    /// All names in it, sorted by their bytes.
    pub(crate) fn names(&self) -> Result<Vec<OsString>, FileError> {
        let fail = |errno: Errno| FileError::io("list", &self.path, errno);
        let entries = rustix::fs::Dir::new(self.readable().map_err(fail)?).map_err(fail)?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Makes what happened to its names durable.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        let fail = |errno: Errno| FileError::io("sync", &self.path, errno);
        match self.readable() {
            // A folder one may write but not read cannot be synced; its names are safe all the same.
            Err(Errno::ACCESS) => Ok(()),
            fd => match rustix::fs::fsync(fd.map_err(fail)?) {
                // Some network file systems have no such thing for folders.
                Ok(()) | Err(Errno::INVAL) => Ok(()),
                Err(errno) => Err(fail(errno)),
            },
        }
    }

    fn readable(&self) -> Result<OwnedFd, Errno> {
        rustix::fs::openat(&self.fd, ".", flags(OFlags::RDONLY), Mode::empty())
    }
}

impl Spot {
    /// Opens the folder that holds this absolute, clean path.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(FileError::Unfit {
                path: path.into(),
                reason: "it is the root of the file system",
            });
        };
        let dir = Dir::open(parent).map_err(|error| match error {
            FileError::Missing(parent) => FileError::NoParent(parent),
            other => other,
        })?;
        let name = name.to_owned();
        Ok(Self { dir, name })
    }

    /// Its path.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.at(&self.name)
    }

    /// What is there, if anything.
    pub(crate) fn look(&self) -> Result<Option<Meta>, FileError> {
        self.dir.look(&self.name)
    }

    /// What is there; nothing is an error.
    pub(crate) fn meta(&self) -> Result<Meta, FileError> {
        self.look()?.ok_or_else(|| FileError::Missing(self.path()))
    }

    /// Opens the file that is there for reading. A pipe is not waited for, a link not followed.
    pub(crate) fn open_file(&self) -> Result<(File, Meta), FileError> {
        self.regular(&self.meta()?)?;
        let wanted = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let fd = rustix::fs::openat(
            self.dir.fd(),
            &self.name,
            wanted | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|errno| FileError::io("open", &self.path(), errno))?;
        let stat = rustix::fs::fstat(fd.as_fd())
            .map_err(|errno| FileError::io("look at", &self.path(), errno))?;
        let meta = Meta::new(stat);
        self.regular(&meta)?;
        Ok((File::from(fd), meta))
    }

    /// Where the link that is there points, as it is written.
    pub(crate) fn read_link(&self) -> Result<PathBuf, FileError> {
        rustix::fs::readlinkat(self.dir.fd(), &self.name, Vec::new())
            .map(|target| OsString::from_vec(target.into_bytes()).into())
            .map_err(|errno| FileError::io("read the link", &self.path(), errno))
    }

    fn regular(&self, meta: &Meta) -> Result<(), FileError> {
        match meta.kind {
            Kind::File => Ok(()),
            Kind::Link => Err(FileError::Link(self.path())),
            kind => Err(FileError::NotAFile {
                path: self.path(),
                found: kind.noun(),
            }),
        }
    }
}

fn flags(way: OFlags) -> OFlags {
    way | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

/// Opens a path below a handle in one call of the kernel, which refuses every link in it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn descend(root: OwnedFd, below: &Path) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    if below.as_os_str().is_empty() {
        return Ok(root);
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let opened = rustix::fs::openat2(&root, below, flags(STAND), Mode::empty(), resolve);
    match opened {
        // An old kernel, or a filter that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => step_by_step(root, below),
        opened => opened,
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn descend(root: OwnedFd, below: &Path) -> Result<OwnedFd, Errno> {
    step_by_step(root, below)
}

/// The same, one name at a time.
fn step_by_step(root: OwnedFd, below: &Path) -> Result<OwnedFd, Errno> {
    below.components().try_fold(root, |dir, part| match part {
        std::path::Component::Normal(name) => {
            rustix::fs::openat(&dir, name, flags(STAND), Mode::empty())
        }
        _ => Err(Errno::INVAL),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ways(path: &Path) -> [Result<(), Errno>; 2] {
        let root = || rustix::fs::open("/", flags(STAND), Mode::empty()).expect("the root");
        let below = path.strip_prefix("/").expect("an absolute path");
        [
            descend(root(), below).map(drop),
            step_by_step(root(), below).map(drop),
        ]
    }

    #[test]
    fn no_link_is_followed_whichever_way_a_folder_is_opened() {
        let temp = tempfile::tempdir().expect("a folder");
        let base = temp.path().canonicalize().expect("a path");
        std::fs::create_dir_all(base.join("real/deep")).expect("folders");
        std::os::unix::fs::symlink(base.join("real"), base.join("link")).expect("a link");
        assert_eq!(both_ways(&base.join("real/deep")), [Ok(()), Ok(())]);
        for path in ["link", "link/deep"] {
            for result in both_ways(&base.join(path)) {
                assert!(
                    matches!(result, Err(Errno::LOOP | Errno::NOTDIR)),
                    "{path}: {result:?}"
                );
            }
        }
        assert_eq!(both_ways(&base.join("real/../link"))[1], Err(Errno::INVAL));
    }
}
