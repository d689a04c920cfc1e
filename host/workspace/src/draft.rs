//! A file in the making: written beside its place, then put there in one step.
//!
//! Whoever dies in between leaves a file of the name [`is_draft`] knows, never half of the real one.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::FileError;
use crate::handle::{Dir, Meta, Spot};

const PREFIX: &str = ".massgen-";
const SUFFIX: &str = ".tmp";
const BUFFER: usize = 256 * 1024;

/// Whether this is the name of a file or folder in the making, or of one that was left behind.
pub(crate) fn is_draft(name: &OsStr) -> bool {
    maker(name).is_some()
}

/// The number of the process that gave this name to something in the making.
pub(crate) fn maker(name: &OsStr) -> Option<u32> {
    let middle = name.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (pid, random) = middle.split_once('-')?;
    let is_random = random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = pid.bytes().all(|byte| byte.is_ascii_digit());
    (is_random && is_number).then(|| pid.parse().ok())?
}

/// A name that nobody has.
pub(crate) fn draft_name() -> OsString {
    let (pid, random) = (std::process::id(), fastrand::u64(..));
    format!("{PREFIX}{pid}-{random:016x}{SUFFIX}").into()
}

/// A file in the making. Dropped without [`publish`](Self::publish), it goes away.
#[derive(Debug)]
pub(crate) struct Draft {
    spot: Spot,
    file: Option<File>,
    published: bool,
}

/// What a file takes over from another one.
#[derive(Debug, Default)]
pub(crate) struct Like {
    mode: Option<u32>,
    owner: Option<(u32, u32)>,
    modified: Option<(i64, i64)>,
}

impl Like {
    /// Mode and owner of the file it replaces.
    pub(crate) fn replaced(meta: &Meta) -> Self {
        Self {
            mode: Some(meta.mode()),
            owner: Some((meta.stat.st_uid, meta.stat.st_gid)),
            modified: None,
        }
    }

    /// Mode and time of the file it is a copy of.
    pub(crate) fn copied(meta: &Meta) -> Self {
        #[expect(
            clippy::unnecessary_cast,
            reason = "the width differs between platforms"
        )]
        let modified = (meta.stat.st_mtime as i64, meta.stat.st_mtime_nsec as i64);
        Self {
            mode: Some(meta.mode()),
            owner: None,
            modified: Some(modified),
        }
    }

    /// The same, and its owner may change it: a copy is made to be worked on.
    pub(crate) fn writable(mut self) -> Self {
        self.mode = self.mode.map(|mode| mode | 0o600);
        self
    }

    /// Just this mode.
    pub(crate) fn mode(mode: u32) -> Self {
        Self {
            mode: Some(mode),
            ..Self::default()
        }
    }

    fn apply(&self, file: &File) -> io::Result<()> {
        if let Some((uid, gid)) = self.owner {
            let owner = rustix::fs::Uid::from_raw(uid);
            let group = rustix::fs::Gid::from_raw(gid);
            // Only root can; for everybody else the file becomes the writer's, as with any editor.
            let _ = rustix::fs::fchown(file, Some(owner), Some(group));
        }
        if let Some(mode) = self.mode {
            rustix::fs::fchmod(file, Mode::from_bits_truncate(mode as rustix::fs::RawMode))?;
        }
        if let Some((seconds, nanos)) = self.modified {
            let time = Timespec {
                tv_sec: seconds,
                tv_nsec: nanos,
            };
            let (last_access, last_modification) = (time, time);
            rustix::fs::futimens(
                file,
                &Timestamps {
                    last_access,
                    last_modification,
                },
            )?;
        }
        Ok(())
    }
}

/// Bytes and SHA-256 of a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

impl Sum {
    /// Of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            size: bytes.len() as u64,
            sha256: hex(&Sha256::digest(bytes)),
        }
    }
}

impl Draft {
    /// Makes an empty file in this folder.
    pub(crate) fn new(dir: &Arc<Dir>) -> Result<Self, FileError> {
        let name = draft_name();
        let wanted = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(0o666);
        let fd = rustix::fs::openat(dir.fd(), &name, wanted | OFlags::CLOEXEC, mode)
            .map_err(|errno| FileError::io("write in", dir.path(), errno))?;
        let dir = Arc::clone(dir);
        Ok(Self {
            spot: Spot { dir, name },
            file: Some(File::from(fd)),
            published: false,
        })
    }

    /// Writes these bytes.
    pub(crate) fn write(&mut self, bytes: &[u8], target: &Spot) -> Result<(), FileError> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        file.write_all(bytes)
            .map_err(|error| FileError::io("write", &target.path(), error))
    }

    /// Writes what `source` gives, in constant memory.
    pub(crate) fn copy(
        &mut self,
        source: &mut File,
        target: &Spot,
        cancel: &CancellationToken,
    ) -> Result<Sum, FileError> {
        let fail = |error| FileError::io("copy to", &target.path(), error);
        let Some(file) = &mut self.file else {
            return Ok(Sum::of(&[]));
        };
        stream(source, Some(file), cancel)
            .map_err(fail)?
            .ok_or(FileError::Cancelled)
    }

    /// Ends the writing and says the mode it has. `durable`: the content reaches the disk before
    /// the name does.
    pub(crate) fn seal(
        &mut self,
        like: &Like,
        durable: bool,
        target: &Spot,
    ) -> Result<u32, FileError> {
        let fail = |error: io::Error| FileError::io("write", &target.path(), error);
        let Some(file) = self.file.take() else {
            return Ok(0);
        };
        like.apply(&file).map_err(fail)?;
        if durable {
            file.sync_all().map_err(fail)?;
        }
        let stat = rustix::fs::fstat(&file).map_err(|errno| fail(errno.into()))?;
        Ok(Meta::new(stat).mode())
    }

    /// Gives it its name in one step. `replace`: what is there by then goes away; without, it is
    /// an error if something is there.
    pub(crate) fn publish(mut self, target: &Spot, replace: bool) -> Result<(), FileError> {
        let fail = |errno| FileError::io("write", &target.path(), errno);
        if replace {
            rename_over(&self.spot, target).map_err(fail)?;
        } else {
            rename_new(&self.spot, target).map_err(fail)?;
        }
        self.published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nothing more can be done about a failure, and the name says what it is.
            let _ = rustix::fs::unlinkat(self.spot.dir.fd(), &self.spot.name, AtFlags::empty());
        }
    }
}

/// Renames, and takes the place of what is there.
pub(crate) fn rename_over(from: &Spot, to: &Spot) -> Result<(), Errno> {
    rustix::fs::renameat(from.dir.fd(), &from.name, to.dir.fd(), &to.name)
}

/// Renames; fails when something is there, in the same step.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(crate) fn rename_new(from: &Spot, to: &Spot) -> Result<(), Errno> {
    let only = rustix::fs::RenameFlags::NOREPLACE;
    match rustix::fs::renameat_with(from.dir.fd(), &from.name, to.dir.fd(), &to.name, only) {
        // The file system does not know the flag.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link_new(from, to),
        result => result,
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(crate) fn rename_new(from: &Spot, to: &Spot) -> Result<(), Errno> {
    link_new(from, to)
}

/// A second name never replaces anything either; it does not work for folders.
fn link_new(from: &Spot, to: &Spot) -> Result<(), Errno> {
    let none = AtFlags::empty();
    rustix::fs::linkat(from.dir.fd(), &from.name, to.dir.fd(), &to.name, none)?;
    rustix::fs::unlinkat(from.dir.fd(), &from.name, none)
}

/// Size and hash of what `source` gives; written to `sink` as well if there is one. Holes stay
/// holes. `None`: cancelled.
pub(crate) fn stream(
    source: &mut impl Read,
    mut sink: Option<&mut File>,
    cancel: &CancellationToken,
) -> io::Result<Option<Sum>> {
    let (mut hasher, mut size) = (Sha256::new(), 0);
    let mut buffer = vec![0; BUFFER];
    loop {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        let count = read_full(source, &mut buffer)?;
        let chunk = &buffer[..count];
        hasher.update(chunk);
        size += count as u64;
        if let Some(file) = &mut sink {
            write_sparse(file, chunk)?;
        }
        if count < BUFFER {
            break;
        }
    }
    if let Some(file) = sink {
        file.set_len(size)?;
    }
    let sha256 = hex(&hasher.finalize());
    Ok(Some(Sum { size, sha256 }))
}

fn write_sparse(file: &mut File, chunk: &[u8]) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom};
    if chunk.len() == BUFFER && chunk.iter().all(|&byte| byte == 0) {
        return file.seek(SeekFrom::Current(BUFFER as i64)).map(drop);
    }
    file.write_all(chunk)
}

fn read_full(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Hexadecimal digits of a hash.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
