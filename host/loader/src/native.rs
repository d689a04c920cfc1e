//! All unsafe code of this crate: opening a library, asking glibc.
//!
//! It decides nothing. Whoever calls [`open`] has read, hashed and inspected the bytes before.
//!
//! **Invariant:** a library that was opened is never closed, so everything in it is `'static`.

#![expect(
    unsafe_code,
    reason = "the system's loader knows no types; every block says what it relies on"
)]

use std::path::Path;

use massgen_plugin::abi::host::{AbiHeaderRef, ROOT_SYMBOL};

/// A library that stays loaded until the process ends.
pub(crate) struct Library {
    #[cfg(unix)]
    inner: std::mem::ManuallyDrop<libloading::os::unix::Library>,
    #[cfg(not(unix))]
    inner: std::mem::ManuallyDrop<libloading::Library>,
}

/// Loads the library at `path`, all symbols at once, visible to nobody else.
pub(crate) fn open(path: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: runs the library's constructors. The file passed the inspection, and was loaded in
    // a child process once, before anyone calls this.
    #[cfg(unix)]
    let library = unsafe {
        use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
        Library::open(Some(path), RTLD_NOW | RTLD_LOCAL)?
    };
    // SAFETY: as above.
    #[cfg(not(unix))]
    let library = unsafe { libloading::Library::new(path)? };
    let inner = std::mem::ManuallyDrop::new(library);
    Ok(Library { inner })
}

impl Library {
    /// The header of its root module, not yet checked.
    pub(crate) fn header(&self) -> Result<AbiHeaderRef, libloading::Error> {
        // SAFETY: the symbol is the static `LibHeader` that `export!` writes, and `AbiHeaderRef`
        // is a transparent reference to its start; the library lives as long as the process. A
        // foreign symbol under this name is caught by the magic that `Root::check` reads first.
        let symbol = unsafe { self.inner.get::<AbiHeaderRef>(ROOT_SYMBOL.as_bytes())? };
        Ok(*symbol)
    }
}

/// Version of the running glibc, for example (2, 36); `None` without glibc.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn glibc_version() -> Option<(u32, u32)> {
    // SAFETY: glibc's documented function of this name and type.
    unsafe extern "C" {
        safe fn gnu_get_libc_version() -> *const std::ffi::c_char;
    }
    // SAFETY: it returns a static, zero-terminated text.
    let text = unsafe { std::ffi::CStr::from_ptr(gnu_get_libc_version()) };
    let (major, minor) = text.to_str().ok()?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

/// Version of the running glibc; there is none here.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn glibc_version() -> Option<(u32, u32)> {
    None
}
