//! Cuts response bodies and output of programs into payloads.
