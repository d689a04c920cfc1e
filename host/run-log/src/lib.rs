//! run-log.
