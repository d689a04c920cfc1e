//! Going through a folder and everything below, handle by handle, in a fixed order.
//!
//! Links are shown, never followed; drafts (files in the making) are left out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::FileError;
use crate::draft::is_draft;
use crate::handle::{Dir, Kind, Meta, Spot};

/// Folders within folders; deeper ones would hold too many handles open.
const DEPTH: usize = 200;

/// One entry on the way.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) spot: Spot,
    pub(crate) meta: Meta,
    /// Its path from where the walk began.
    pub(crate) relative: PathBuf,
}

/// Where to go after an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Into it, if it is a folder.
    In,
    /// Past it.
    Past,
    /// Home.
    Stop,
}

/// Shows every entry below `dir` to `visit`, a folder before what is in it, names in byte order.
///
/// # Errors
///
/// Those of `visit`, a folder that cannot be listed, folders nested more than 200 deep. What
/// disappears meanwhile is no error.
pub(crate) fn walk(
    dir: &Arc<Dir>,
    visit: &mut dyn FnMut(&Found) -> Result<Next, FileError>,
) -> Result<(), FileError> {
    below(
        dir,
        Path::new(""),
        0,
        &mut |found| match is_draft(&found.spot.name) {
            true => Ok(Next::Past),
            false => visit(found),
        },
    )
    .map(drop)
}

/// Everything below a folder, drafts as well, what is inside before what holds it: the order of
/// deleting. Paths and not handles, of which there are only so many.
///
/// # Errors
///
/// As for [`walk`].
pub(crate) fn contents(dir: &Arc<Dir>) -> Result<Vec<(PathBuf, Meta)>, FileError> {
    let mut all = Vec::new();
    below(dir, Path::new(""), 0, &mut |found| {
        all.push((found.spot.path(), found.meta));
        Ok(Next::In)
    })?;
    all.reverse();
    Ok(all)
}

fn below(
    dir: &Arc<Dir>,
    relative: &Path,
    depth: usize,
    visit: &mut dyn FnMut(&Found) -> Result<Next, FileError>,
) -> Result<Next, FileError> {
    if depth > DEPTH {
        return Err(FileError::Unfit {
            path: dir.path().into(),
            reason: "it is nested too deeply",
        });
    }
    for name in dir.names()? {
        let relative = relative.join(&name);
        let Some(meta) = dir.look(&name)? else {
            continue;
        };
        let spot = Spot {
            dir: Arc::clone(dir),
            name,
        };
        let found = Found {
            spot,
            meta,
            relative,
        };
        if step(&found, depth, visit)? == Next::Stop {
            return Ok(Next::Stop);
        }
    }
    Ok(Next::In)
}

fn step(
    found: &Found,
    depth: usize,
    visit: &mut dyn FnMut(&Found) -> Result<Next, FileError>,
) -> Result<Next, FileError> {
    let next = visit(found)?;
    if next != Next::In || found.meta.kind != Kind::Directory {
        return Ok(next);
    }
    match found.spot.dir.child(&found.spot.name) {
        Ok(child) => below(&child, &found.relative, depth + 1, visit),
        Err(FileError::Missing(_) | FileError::NotADirectory(_) | FileError::Link(_)) => {
            Ok(Next::In)
        }
        Err(error) => Err(error),
    }
}
