//! Who may enter a run's directory. The only place of this crate that differs between platforms.

use tempfile::Builder;

/// A new directory is for its owner alone, from its first moment on.
#[cfg(unix)]
pub(crate) fn for_owner_only(directory: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    directory.permissions(std::fs::Permissions::from_mode(0o700));
}

/// The permissions of the folder that holds it are inherited.
#[cfg(not(unix))]
pub(crate) fn for_owner_only(_: &mut Builder<'_, '_>) {}
