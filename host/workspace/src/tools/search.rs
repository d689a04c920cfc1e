//! Going through folders: the tree and the search.

use massgen_plugin::chat::Part;
use permissions::Access;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Answer;
use super::list::{entries, left_out};
use super::pattern::{Dialect, Patterns};
use crate::call::Call;
use crate::handle::Dir;
use crate::walk::{Next, walk};
use crate::{FileError, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search<'a> {
    #[serde(borrow)]
    path: &'a str,
    #[serde(borrow)]
    pattern: &'a str,
    #[serde(borrow, rename = "excludePatterns")]
    exclude: Option<Vec<&'a str>>,
}

pub(super) fn search_files(call: &Call<'_>, given: &Value) -> Answer {
    let args: Search<'_> = call.arguments(given)?;
    let wanted = Patterns::new(call, [args.pattern], Dialect::Path)?;
    let exclude = args.exclude.unwrap_or_default();
    let exclude = Patterns::new(call, exclude, Dialect::Path)?;
    let dir = call.open_dir(args.path)?;
    let (mut lines, mut all, limit) = (Vec::new(), 0, call.limits().entries);
    walk(&dir, &mut |found| {
        call.go_on()?;
        let path = found.spot.path();
        if call.check(&path, Access::Read).is_err() || exclude.matches(&found.relative) {
            return Ok(Next::Past);
        }
        if wanted.matches(&found.relative) {
            all += 1;
            if all <= limit {
                lines.push(path.display().to_string());
            }
        }
        Ok(Next::In)
    })?;
    lines.extend(left_out(all, limit));
    if lines.is_empty() {
        return Ok(ToolOutput::text("No matches found"));
    }
    Ok(ToolOutput::text(lines.join("\n")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tree<'a> {
    #[serde(borrow)]
    path: &'a str,
    #[serde(borrow, rename = "excludePatterns")]
    exclude: Option<Vec<&'a str>>,
}

/// One entry of the tree; only folders have children.
#[derive(Serialize)]
struct Node {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    children: Option<Vec<Node>>,
}

pub(super) fn directory_tree(call: &Call<'_>, given: &Value) -> Answer {
    let args: Tree<'_> = call.arguments(given)?;
    let texts: Vec<String> = args
        .exclude
        .unwrap_or_default()
        .into_iter()
        .flat_map(widened)
        .collect();
    let mut tree = Growing {
        call,
        exclude: Patterns::new(call, texts.iter().map(String::as_str), Dialect::Path)?,
        left: call.limits().entries,
        cut: false,
    };
    let dir = call.open_dir(args.path)?;
    let nodes = tree.grow(&dir, std::path::Path::new(""), 0)?;
    let text = serde_json::to_string_pretty(&nodes)
        .map_err(|error| FileError::io("show", dir.path(), std::io::Error::from(error)))?;
    let mut output = ToolOutput::text(text);
    if tree.cut {
        output.parts.push(Part::text(
            "[the tree is larger than this; look at single directories or exclude more]",
        ));
    }
    Ok(output)
}

/// A pattern without `*` means that name at any depth.
fn widened(pattern: &str) -> Vec<String> {
    if pattern.contains('*') {
        return vec![pattern.into()];
    }
    vec![pattern.into(), format!("**/{pattern}")]
}

struct Growing<'a> {
    call: &'a Call<'a>,
    exclude: Patterns,
    left: usize,
    cut: bool,
}

impl Growing<'_> {
    fn grow(
        &mut self,
        dir: &Dir,
        relative: &std::path::Path,
        depth: usize,
    ) -> Result<Vec<Node>, FileError> {
        let mut nodes = Vec::new();
        for entry in entries(self.call, dir)? {
            let relative = relative.join(&entry.name);
            if self.exclude.matches(&relative) {
                continue;
            }
            if self.left == 0 || depth > 100 {
                self.cut = true;
                break;
            }
            self.left -= 1;
            let children = match entry.kind {
                "directory" => Some(match dir.child(&entry.name) {
                    Ok(child) => self.grow(&child, &relative, depth + 1)?,
                    Err(_) => Vec::new(),
                }),
                _ => None,
            };
            nodes.push(Node {
                name: entry.name.display().to_string(),
                kind: entry.kind,
                children,
            });
        }
        Ok(nodes)
    }
}
