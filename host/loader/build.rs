//! Tells the crate its target triple, which installed plugins must match.

use std::env;

fn main() {
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=MASSGEN_TARGET={target}");
    println!("cargo::rerun-if-changed=build.rs");
}
