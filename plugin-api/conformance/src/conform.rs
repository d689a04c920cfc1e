//! Every rule that needs no library file, as one line in a plugin's own crate.
//!
//! The plugin is linked into its test, so it has no memory meter and no child: rules on memory and
//! I/O are skipped here, and `massgen plugin test` checks them on the finished library.

use std::path::Path;

use massgen_plugin::metadata::Metadata;
use massgen_plugin::sdk::{Entry, VERSION};

use crate::kit::Kit;
use crate::report::Line;
use crate::subject::Linked;

/// Makes a test of every rule that a plugin can be held against while it is linked into its crate's
/// tests, with the transcripts in `transcripts` beside `Cargo.toml` and the manifest in
/// `plugin.json`. What stands in the brackets is what `export!` is given.
///
/// ```ignore
/// massgen_plugin_test::rules!(Mistral);        // a `Translator`
/// massgen_plugin_test::rules!(async Mistral);  // an `AsyncBackend`
/// massgen_plugin_test::rules!(entry Mistral);  // an `Entry`
/// ```
#[macro_export]
macro_rules! rules {
    (async $backend:ty) => {
        $crate::rules!(entry $crate::linked::Asynchronous<$backend>);
    };
    (entry $entry:ty) => {
        #[test]
        fn rules_of_plugins() {
            $crate::linked::conform::<$entry>(
                env!("CARGO_MANIFEST_DIR"),
                env!("CARGO_PKG_VERSION"),
            );
        }
    };
    ($translator:ty) => {
        $crate::rules!(entry $crate::linked::Translating<$translator>);
    };
}

/// What [`rules!`](crate::rules) expands to.
pub mod linked {
    pub use massgen_plugin::sdk::{Asynchronous, Translating};

    pub use super::conform;
}

/// Checks the backend `E`, whose crate of this version lies in `folder`.
///
/// # Panics
///
/// When a rule is broken, with each of them; and when the manifest or a transcript cannot be read.
#[track_caller]
pub fn conform<E: Entry>(folder: &str, version: &str) {
    let problem = match check::<E>(Path::new(folder), version) {
        Ok(broken) if broken.is_empty() => return,
        Ok(broken) => broken.join("\n"),
        Err(problem) => problem,
    };
    panic!("{problem}");
}

/// The broken rules.
fn check<E: Entry>(folder: &Path, version: &str) -> Result<Vec<String>, String> {
    let path = folder.join("plugin.json");
    let said = |error: String| format!("`{}`: {error}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| said(error.to_string()))?;
    let manifest = serde_json::from_str(&text).map_err(|error| said(error.to_string()))?;
    let metadata = Metadata {
        version: version.to_owned(),
        sdk: VERSION.to_owned(),
        manifest,
    };
    let mut kit = Kit::new(Linked::entry::<E>(), metadata);
    let transcripts = folder.join("transcripts");
    if transcripts.is_dir() {
        kit = kit.transcripts(&transcripts)?;
    }
    let report = kit.check(|_| {});
    let broken = report.lines.iter().filter(|it| it.is_failed());
    Ok(broken.map(Line::to_string).collect())
}
