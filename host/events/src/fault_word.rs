//! A fault code as its word in JSON, so that a log can be read without a table of numbers.

use massgen_plugin::FaultCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(
    code: &Option<FaultCode>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    code.map(FaultCode::as_str).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<FaultCode>, D::Error> {
    let word = Option::<String>::deserialize(deserializer)?;
    Ok(word.map(|word| from_word(&word)))
}

/// The code of a word; `INTERNAL` for a word of a newer host, as for a newer number.
fn from_word(word: &str) -> FaultCode {
    (1..=u32::from(u8::MAX))
        .map(FaultCode)
        .find(|code| code.as_str() == word)
        .unwrap_or(FaultCode::INTERNAL)
}
