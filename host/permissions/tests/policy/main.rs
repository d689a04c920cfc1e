//! The policy from outside: by the vectors and bypasses of the specification, by tables of command
//! lines, and by chance.

mod bypasses;
mod commands;
mod places;
mod programs;
mod properties;
mod vectors;
mod world;
