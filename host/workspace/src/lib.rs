//! Files of an agent: the file tools, snapshots, the journal and undo.
//!
//! **Invariant.** A path is turned into a directory handle once, link by link refused, and every
//! operation happens through that handle: nothing is checked by one name and used by another.
