//! What crosses the library boundary.
