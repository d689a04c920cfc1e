//! Runs a plugin in a child process under a filter of system calls.
