//! Checks what a plugin does against the step contract.
