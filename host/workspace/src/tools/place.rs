//! Writing, making folders, moving.

use permissions::Access;
use serde::Deserialize;
use serde_json::Value;

use super::Answer;
use crate::call::{Call, shown};
use crate::handle::{Dir, Kind, Spot};
use crate::walk::{Next, walk};
use crate::{FileError, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Write<'a> {
    #[serde(borrow)]
    path: &'a str,
    #[serde(borrow)]
    content: &'a str,
}

pub(super) fn write_file(call: &Call<'_>, given: &Value) -> Answer {
    let args: Write<'_> = call.arguments(given)?;
    let spot = Spot::open(&call.target(args.path)?)?;
    call.write(spot, args.content.as_bytes(), None)?;
    Ok(ToolOutput::text(format!(
        "Successfully wrote to {}",
        args.path
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create<'a> {
    #[serde(borrow)]
    path: &'a str,
}

pub(super) fn create_directory(call: &Call<'_>, given: &Value) -> Answer {
    let args: Create<'_> = call.arguments(given)?;
    let path = call.target(args.path)?;
    call.make_dirs(&path)?;
    Ok(ToolOutput::text(format!(
        "Successfully created directory {}",
        args.path
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move<'a> {
    #[serde(borrow)]
    source: &'a str,
    #[serde(borrow)]
    destination: &'a str,
}

pub(super) fn move_file(call: &Call<'_>, given: &Value) -> Answer {
    let args: Move<'_> = call.arguments(given)?;
    let source = call.entry(args.source, Access::Write)?;
    let destination = shown(call.entry(args.destination, Access::Write)?)?;
    if call.holds_root(&source) {
        return Err(FileError::Unfit {
            path: source,
            reason: "it is, or holds, one of the allowed directories, which stay where they are",
        });
    }
    let (from, to) = (Spot::open(&source)?, Spot::open(&destination)?);
    if to.look()?.is_some() {
        return Err(FileError::Exists(destination));
    }
    ask_for_all(call, &from, &to)?;
    call.effects().rename(&from, &to)?;
    Ok(ToolOutput::text(format!(
        "Successfully moved {} to {}",
        args.source, args.destination
    )))
}

/// A folder moves with all that is in it, so all of it is asked for, here and there.
fn ask_for_all(call: &Call<'_>, from: &Spot, to: &Spot) -> Result<(), FileError> {
    if from.meta()?.kind != Kind::Directory {
        return Ok(());
    }
    let target = to.path();
    walk(&Dir::open(&from.path())?, &mut |found| {
        call.go_on()?;
        call.check(&found.spot.path(), Access::Write)?;
        call.check(&target.join(&found.relative), Access::Write)?;
        Ok(Next::In)
    })
}
