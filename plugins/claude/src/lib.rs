//! Backend plugin: Anthropic Messages.
