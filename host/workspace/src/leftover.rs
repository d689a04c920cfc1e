//! What killed runs left in the making, and taking it away.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::draft::{is_draft, maker};
use crate::handle::{Dir, Kind, Meta, Spot};
use crate::tree::remove;

/// Nothing is in the making for longer than this, in seconds: a day.
const LONG: i64 = 24 * 60 * 60;
/// Entries that are looked at in one folder and below; the rest of a larger one waits.
const ENTRIES: usize = 100_000;

/// Takes away what was left behind in a folder and everything below. Nothing that goes wrong with
/// it is in the way of a run.
pub(crate) fn sweep(folder: &Path) {
    let mut seen = 0;
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let Ok(dir) = Dir::open(&path) else { continue };
        let (count, folders) = sweep_one(&dir);
        seen += count;
        if seen > ENTRIES {
            tracing::debug!(path = %folder.display(), "too large to be swept as a whole");
            return;
        }
        waiting.extend(folders);
    }
}

/// The same for one folder: how many entries it has, and the folders in it that stay.
pub(crate) fn sweep_one(dir: &Arc<Dir>) -> (usize, Vec<PathBuf>) {
    let names = dir.names().unwrap_or_default();
    let count = names.len();
    let mut folders = Vec::new();
    for name in names {
        let dir = Arc::clone(dir);
        let spot = Spot { dir, name };
        match spot.look() {
            Ok(Some(meta)) if is_draft(&spot.name) => take_away(&spot, &meta),
            Ok(Some(meta)) if meta.kind == Kind::Directory => folders.push(spot.path()),
            _ => {}
        }
    }
    (count, folders)
}

fn take_away(spot: &Spot, meta: &Meta) {
    if !is_leftover(spot, meta, jiff::Timestamp::now().as_second()) {
        return;
    }
    let path = spot.path();
    match remove(spot) {
        Ok(()) => tracing::info!(path = %path.display(), "took away what a killed run left"),
        Err(error) => tracing::warn!(path = %path.display(), %error, "left behind"),
    }
}

/// Whether nobody works on this draft any more, in seconds since 1970.
fn is_leftover(spot: &Spot, meta: &Meta, now: i64) -> bool {
    #[expect(
        clippy::unnecessary_cast,
        reason = "the width differs between platforms"
    )]
    // Not the time of its content, which a copy takes over.
    let changed = meta.stat.st_ctime as i64;
    now.saturating_sub(changed) > LONG || !maker(&spot.name).is_some_and(is_alive)
}

fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // A process of somebody else may not be signalled, and is alive.
    pid.is_some_and(|pid| !matches!(test_kill_process(pid), Err(Errno::SRCH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_left_over_when_its_maker_is_gone_or_a_day_has_passed() {
        let temp = tempfile::tempdir().expect("a folder");
        let base = temp.path().canonicalize().expect("a path");
        let now = jiff::Timestamp::now().as_second();
        let (own, gone) = (std::process::id(), i32::MAX);
        for (pid, later, expected) in [
            (own.to_string(), 0, false),
            (own.to_string(), LONG - 60, false),
            (own.to_string(), LONG + 60, true),
            ("1".into(), 0, false),
            ("0".into(), 0, true),
            (gone.to_string(), 0, true),
            (u32::MAX.to_string(), 0, true),
        ] {
            let path = base.join(format!(".massgen-{pid}-0123456789abcdef.tmp"));
            std::fs::write(&path, "half").expect("a file");
            let spot = Spot::open(&path).expect("a parent");
            let meta = spot.meta().expect("a file");
            let found = is_leftover(&spot, &meta, now + later);
            assert_eq!(found, expected, "{pid} after {later}");
        }
    }
}
