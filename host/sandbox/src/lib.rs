//! Starts a program with less than we may do ourselves.
//!
//! massgen starts itself again as a launcher (`massgen __sandbox RULES -- PROGRAM ARGS…`), the
//! launcher gives up what the rules do not grant and becomes the program. Nothing happens between
//! fork and exec of the real process.
