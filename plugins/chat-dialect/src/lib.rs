//! chat-dialect.
