//! Where something stands in a configuration. Never more than a name and two numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A place in a file, or the name of another source such as an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it, or another source in words.
    pub source: Arc<str>,
    /// Line from 1; 0 when the source as a whole is meant.
    pub line: u32,
    /// Column in characters from 1; 0 when the source as a whole is meant.
    pub column: u32,
}

impl Place {
    /// The source as a whole.
    pub fn whole(source: impl Into<Arc<str>>) -> Self {
        Self {
            source: source.into(),
            line: 0,
            column: 0,
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::whole("command line")
    }
}

/// `FILE:LINE:COLUMN`, or the source alone.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        match self.line {
            0 => Ok(()),
            line => write!(f, ":{line}:{}", self.column),
        }
    }
}

/// Where the keys of one mapping stand, so that a later check can name them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The mapping itself.
    pub root: Place,
    /// Its path in the document, for example `agents[0].backend`; may be empty.
    pub key_path: String,
    /// Place of each value in it, by JSON pointer: `/reasoning/effort`.
    pub keys: BTreeMap<String, Place>,
}

impl Places {
    /// The place of the value at this JSON pointer, or of the nearest one around it.
    pub fn of(&self, pointer: &str) -> &Place {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.keys.get(pointer) {
                return place;
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
                None => return &self.root,
            }
        }
    }

    /// The path in the document of the value at this JSON pointer.
    pub fn path(&self, pointer: &str) -> String {
        let steps = pointer.split('/').skip(1);
        steps.fold(self.key_path.clone(), |path, step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            match step.parse::<usize>() {
                Ok(index) => format!("{path}[{index}]"),
                Err(_) => join(&path, &step),
            }
        })
    }
}

/// The path of a key of the mapping at `path`.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_a_place_of_its_own_has_that_of_what_is_around_it() {
        let mut places = Places {
            key_path: "agents[0].backend".to_owned(),
            ..Places::default()
        };
        let here = Place {
            source: "a.yaml".into(),
            line: 3,
            column: 5,
        };
        places.keys.insert("/reasoning".to_owned(), here.clone());
        assert_eq!(places.of("/reasoning/effort"), &here);
        assert_eq!(places.of("/other"), &places.root);
        assert_eq!(places.path("/stop/0/a~1b"), "agents[0].backend.stop[0].a/b");
    }
}
