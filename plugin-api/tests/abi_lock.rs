//! The layout of what crosses the boundary is frozen: `abi.lock` holds the hash of every major.
//!
//! When this test fails, the layout moved under an unchanged major: undo the change, or raise
//! `ABI_MAJOR` and add its line to `abi.lock`.

use massgen_plugin::abi::layout_fingerprint;
use massgen_plugin::metadata::{ABI_MAJOR, FAMILY};
use sha2::{Digest, Sha256};

#[test]
fn the_layout_is_the_one_that_abi_lock_froze() {
    let fingerprint = layout_fingerprint();
    let hash: String = Sha256::digest(&fingerprint)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let found = format!("{FAMILY} {ABI_MAJOR} sha256:{hash}");
    let lock = include_str!("../abi.lock");
    let frozen = lock
        .lines()
        .rfind(|line| !line.starts_with('#'))
        .unwrap_or_default();
    assert_eq!(found, frozen, "the layout is now:\n{fingerprint}");
}
