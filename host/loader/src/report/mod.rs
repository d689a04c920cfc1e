//! What `massgen plugin list`, `inspect` and `abi` say: plain rows for JSON, and their text.
//!
//! The program prints what is made here and adds nothing.

mod abi;
mod inspect;
mod list;
mod row;

pub use abi::AbiReport;
pub use inspect::InspectReport;
pub use list::ListReport;
pub use row::{Row, Status};

/// Version of the JSON forms.
const SCHEMA: u32 = 1;
