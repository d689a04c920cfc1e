//! What differs between systems, in one place.
//!
//! Linux with glibc is the tested platform. Elsewhere (`other`) the crate is meant to compile, and
//! refuses every library at check 6, because only ELF files are read; owners and modes of files
//! and sealed copies are missing there as well.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::*;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

/// Start of the file name of every backend library, after the system's own prefix.
const BACKEND: &str = "massgen_backend_";

/// The target triple this program was built for.
pub(crate) const TARGET: &str = env!("MASSGEN_TARGET");

/// Libraries a plugin may need: those that every program of this system has loaded anyway.
const NEEDED: [&str; 5] = ["libc", "libgcc_s", "libm", "libpthread", "libdl"];

/// Whether a file of this name in a plugin folder claims to be a plugin.
pub(crate) fn is_plugin_name(name: &str) -> bool {
    let stem = name
        .strip_prefix(DLL_PREFIX)
        .and_then(|rest| rest.strip_prefix(BACKEND))
        .and_then(|rest| rest.strip_suffix(DLL_SUFFIX));
    stem.is_some_and(|stem| !stem.is_empty())
}

/// Whether a plugin may need the library of this name.
pub(crate) fn may_need(library: &str) -> bool {
    let (stem, rest) = library.split_once(".so").unwrap_or((library, "?"));
    let is_version = rest.is_empty() || rest.starts_with('.');
    is_version
        && !library.contains('/')
        && (NEEDED.contains(&stem)
            || stem.starts_with("ld-linux")
            || stem.starts_with("linux-vdso"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_names_have_prefix_stem_and_suffix() {
        let name = |stem: &str| format!("{DLL_PREFIX}{BACKEND}{stem}{DLL_SUFFIX}");
        assert!(is_plugin_name(&name("vllm")));
        for other in [&name(""), &name("vllm")[1..], "libz.so", "plugin.toml"] {
            assert!(!is_plugin_name(other), "{other}");
        }
        assert!(!is_plugin_name(&format!("{}.1", name("vllm"))));
    }

    #[test]
    fn only_the_systems_own_libraries_may_be_needed() {
        for library in [
            "libc.so.6",
            "libgcc_s.so.1",
            "ld-linux-x86-64.so.2",
            "libdl.so",
        ] {
            assert!(may_need(library), "{library}");
        }
        for library in [
            "libssl.so.3",
            "/tmp/libc.so.6",
            "libc.so_evil",
            "libcc.so",
            "libc",
        ] {
            assert!(!may_need(library), "{library}");
        }
    }
}
