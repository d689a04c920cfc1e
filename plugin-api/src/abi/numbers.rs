//! Open numbers of the boundary. A value nobody knows is a value, not undefined behaviour.
//!
//! Numbers are fixed for ever and never reused; gaps are left on purpose. A new meaning raises the
//! ABI's minor version, nothing else.

use abi_stable::StableAbi;

macro_rules! open_number {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $constant:ident = $value:literal,)* }) => {
        $(#[$meta])*
        #[repr(transparent)]
        #[derive(StableAbi, Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub u32);

        impl $name {
            $($(#[$doc])* pub const $constant: Self = Self($value);)*

            /// The constant's name in lower case, or the number for one this side does not know.
            pub fn name(self) -> String {
                match self.0 {
                    $($value => stringify!($constant).to_ascii_lowercase(),)*
                    other => other.to_string(),
                }
            }
        }
    };
}

open_number! {
    /// What an event tells a session. Unknown kinds are ignored by the session.
    EventKind {
        /// First event of every session.
        START = 1,
        /// The host gives up; the last event, if it comes at all.
        CANCEL = 2,
        /// `http`: `status` is the HTTP status, data is a JSON [`HttpHead`](crate::wire::HttpHead).
        HTTP_HEAD = 10,
        /// `http`: one frame's payload.
        HTTP_FRAME = 11,
        /// `http`: raw bytes, or the whole body of a response that is not 2xx.
        HTTP_BYTES = 12,
        /// `http`: the body is complete.
        HTTP_END = 13,
        /// Any operation failed: `status` is the fault code, data is a JSON [`Fault`](crate::Fault).
        FAILED = 14,
        /// `tool`, `read`, `write`, `list`, `store_get`, `store_put`, `check`: the result, by
        /// operation; `stdin`: the bytes were taken. Since minor 2.
        COMPLETED = 20,
        /// `spawn`: one frame of standard output, cut as the operation says. Since minor 3.
        PROCESS_OUT = 30,
        /// `spawn`: bytes of standard error as they come. Since minor 3.
        PROCESS_ERR = 31,
        /// `spawn`: the program ended, and nothing follows; `status` is its exit code, or 128 and
        /// the signal, data is a JSON [`ProcessEnd`](crate::wire::ProcessEnd). Since minor 3.
        PROCESS_END = 32,
        /// `timer`: the time is over. Since minor 1.
        TIMER = 40,
        /// Extension `massgen.wake/1`: one of the plugin's own threads called.
        WAKE = 50,
    }
}

open_number! {
    /// What a session asks the host to do. The verdict is immediate, the result is an event.
    OpKind {
        /// Send an HTTP request; payload is a JSON [`HttpRequest`](crate::wire::HttpRequest).
        HTTP = 1,
        /// Call a tool of the host; payload is a JSON [`ToolUse`](crate::wire::ToolUse), the
        /// result a JSON [`ToolOutcome`](crate::wire::ToolOutcome). Since minor 2.
        TOOL = 2,
        /// Read a file; payload is a JSON [`FilePath`](crate::wire::FilePath), the result its
        /// bytes. Since minor 2.
        READ = 3,
        /// Make or replace a file in one step; payload is a JSON
        /// [`FilePath`](crate::wire::FilePath), a line feed and the bytes. Since minor 2.
        WRITE = 4,
        /// List a folder; payload is a JSON [`FilePath`](crate::wire::FilePath), the result a JSON
        /// array of [`FolderEntry`](crate::wire::FolderEntry). Since minor 2.
        LIST = 5,
        /// Start a program; payload is a JSON [`Spawn`](crate::wire::Spawn). Since minor 3.
        SPAWN = 6,
        /// Write to a started program; payload is a JSON [`Stdin`](crate::wire::Stdin), a line
        /// feed and the bytes. Since minor 3.
        STDIN = 7,
        /// Wait; payload is a JSON [`Timer`](crate::wire::Timer). Since minor 1.
        TIMER = 8,
        /// Read the plugin's own store; payload is a JSON [`StoreKey`](crate::wire::StoreKey), the
        /// result the bytes. Since minor 2.
        STORE_GET = 9,
        /// Write the plugin's own store; payload is a JSON [`StorePut`](crate::wire::StorePut), a
        /// line feed and the bytes. Since minor 2.
        STORE_PUT = 10,
        /// Ask whether the agent may use a tool; payload is a JSON
        /// [`Question`](crate::wire::Question), the result a JSON
        /// [`Permission`](crate::wire::Permission). Since minor 2.
        CHECK = 11,
    }
}

open_number! {
    /// The host's immediate answer to an operation. Unknown ones count as refused.
    Verdict {
        /// The result comes as events with the same ticket.
        ACCEPTED = 0,
        /// Not allowed for this plugin or agent; ask `denied` for the reason.
        DENIED = 1,
        /// This host does not know the operation, or does not offer it.
        UNKNOWN = 2,
        /// A limit is reached: operations of this step, open tickets, payload size.
        TOO_MANY = 3,
    }
}

open_number! {
    /// What a session says at the end of a step.
    Progress {
        /// Waiting for events.
        MORE = 0,
        /// Over: a `done` chunk was emitted, and nothing follows.
        DONE = 1,
    }
}
