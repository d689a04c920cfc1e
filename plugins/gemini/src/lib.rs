//! Backend plugin: Gemini.
