//! How much one call may read, copy or list, and how large a snapshot may be.

/// Limits of the file tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Text that one read gives, in bytes; 16 MiB. Larger files are read with `head` or `tail`.
    pub read_bytes: u64,
    /// A media file, in bytes; 16 MiB.
    pub media_bytes: u64,
    /// Files that one batch or directory copy touches; 10,000 (services §3.5).
    pub batch_files: usize,
    /// Bytes that one batch copy writes; 512 MiB (services §3.5).
    pub batch_bytes: u64,
    /// Entries that one listing, tree or search gives; 10,000.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            read_bytes: 16 << 20,
            media_bytes: 16 << 20,
            batch_files: 10_000,
            batch_bytes: 512 << 20,
            entries: 10_000,
        }
    }
}

/// How large a snapshot may be; what is beyond is left out with a warning (services §3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotCaps {
    /// Files; 50,000.
    pub files: usize,
    /// Bytes; 512 MiB.
    pub bytes: u64,
}

impl Default for SnapshotCaps {
    fn default() -> Self {
        Self {
            files: 50_000,
            bytes: 512 << 20,
        }
    }
}
