//! Backend plugin: the Claude Code command line.
