//! How much memory a plugin holds, and the brake for one that takes without end.
//!
//! [`export!`](crate::export) makes [`Meter`] the library's global allocator. It counts live bytes;
//! an allocation beyond the limit never returns: the session's thread parks for ever inside it,
//! before any lock of the system allocator is taken. The host's watchdog then names the plugin and
//! the run goes on. An allocator must not unwind, and refusing would abort the process; a parked
//! thread is the only answer that costs one session and nothing else. What the parked thread holds
//! stays allocated, so each one raises the limit by itself once and the other sessions live on.
//!
//! Memory that C code takes is not counted.

#![expect(
    unsafe_code,
    reason = "a global allocator and a table read through a raw address"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use abi_stable::std_types::RStr;

use super::raw::RawTable;

/// Name of the extension whose table is [`MeterTable`]. Since minor 1.
pub const METER_EXTENSION: &str = "massgen.meter/1";

/// The extension table `massgen.meter/1`: frozen.
#[repr(C)]
pub struct MeterTable {
    /// Bytes now allocated by the library.
    pub live: extern "C" fn() -> u64,
    /// Most bytes it may hold.
    pub limit: extern "C" fn() -> u64,
    /// 1 once an allocation was stopped.
    pub exceeded: extern "C" fn() -> u32,
}

/// The counting allocator of a plugin.
pub struct Meter {
    live: AtomicUsize,
    limit: usize,
    parked: AtomicUsize,
}

impl Meter {
    /// An allocator that stops at `limit` bytes.
    pub const fn new(limit: usize) -> Self {
        Self {
            live: AtomicUsize::new(0),
            limit,
            parked: AtomicUsize::new(0),
        }
    }

    /// Bytes now allocated.
    pub fn live(&self) -> u64 {
        self.live.load(Ordering::Relaxed) as u64
    }

    /// Most bytes allowed.
    pub fn limit(&self) -> u64 {
        self.limit as u64
    }

    /// Whether an allocation was stopped.
    pub fn exceeded(&self) -> u32 {
        u32::from(self.parked.load(Ordering::Relaxed) > 0)
    }

    fn take(&self, bytes: usize) {
        if self
            .live
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes)
            > self.limit
        {
            self.take_beyond(bytes);
        }
    }

    /// Beyond the limit, which only those may pass who do so because of a parked thread.
    #[cold]
    fn take_beyond(&self, bytes: usize) {
        let parked = self.parked.load(Ordering::Relaxed);
        if self.live.load(Ordering::Relaxed) <= self.limit.saturating_mul(parked + 1) {
            return;
        }
        self.live.fetch_sub(bytes, Ordering::Relaxed);
        self.parked.fetch_add(1, Ordering::Relaxed);
        loop {
            std::thread::sleep(std::time::Duration::from_secs(3600));
        }
    }
}

// SAFETY: every request is handed to the system allocator unchanged; the counter allocates nothing.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        self.live.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.take(size);
        self.live.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// `extension` of the root module: the meter's table for its name, null for any other.
pub fn extension(id: RStr<'_>, meter: &'static MeterTable) -> RawTable {
    let known = id.as_str() == METER_EXTENSION;
    RawTable(if known {
        std::ptr::from_ref(meter).cast()
    } else {
        std::ptr::null()
    })
}

/// The meter's table at an address that a plugin returned for [`METER_EXTENSION`].
pub(super) fn table(raw: RawTable) -> Option<&'static MeterTable> {
    // SAFETY: a plugin answers this id with a static table of this frozen shape or with null; the
    // library is never unloaded.
    unsafe { raw.0.cast::<MeterTable>().as_ref() }
}
