//! What authors write against.
