//! chat-completions.
