//! rude.
