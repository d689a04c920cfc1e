//! Who decides which operations may begin.

use massgen_plugin::abi::{OpKind, Verdict};
use serde::de::DeserializeOwned;

/// A verdict against an operation, with its reason, which the plugin can ask for.
pub type Refusal = (Verdict, String);

/// Reads an operation and decides whether it may begin. A closure is one too.
pub trait Gate {
    /// An operation as it may begin.
    type Op;

    /// The operation of this kind and payload, which is within the limits of the step contract.
    ///
    /// # Errors
    ///
    /// Why it may not begin. Must not wait, and must not panic.
    fn judge(&mut self, op: OpKind, payload: &[u8]) -> Result<Self::Op, Refusal>;
}

impl<Op, F: FnMut(OpKind, &[u8]) -> Result<Op, Refusal>> Gate for F {
    type Op = Op;

    fn judge(&mut self, op: OpKind, payload: &[u8]) -> Result<Op, Refusal> {
        self(op, payload)
    }
}

/// A payload that is one JSON value.
///
/// # Errors
///
/// [`unreadable`] when it is not.
pub fn read<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(payload).map_err(|error| unreadable(&error))
}

/// The refusal of a payload that is not of its form.
pub fn unreadable(error: &serde_json::Error) -> Refusal {
    denied(format!("the payload cannot be read: {error}"))
}

/// The refusal of an operation that is not allowed.
pub fn denied(why: impl Into<String>) -> Refusal {
    (Verdict::DENIED, why.into())
}
