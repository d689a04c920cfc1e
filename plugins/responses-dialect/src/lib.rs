//! The Responses dialect, shared by plugins.
