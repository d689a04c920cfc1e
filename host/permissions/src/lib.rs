//! Which tool call may touch which path.
//!
//! The one policy of a run (services §4): every file, process and tool access of an agent is
//! judged here, on resolved paths, before it happens. Nothing here opens a file for its content
//! or starts anything; the only thing asked of the system is where a path leads.
//!
//! [`Policy::judge`] answers for a call of any tool, [`Policy::guard`] for the single files that our
//! own tools touch. Each answer names one of these rules, of which the last three are for what
//! the gate refuses without asking the policy for the call:
//!
//! | Rule | Verdict | When |
//! | --- | --- | --- |
//! | `no-path` | allow | the call names no path |
//! | `permitted` | allow | every path of the call may be touched as the tool does |
//! | `command-permitted` | allow | the command line was understood, and so for its paths |
//! | `remote-server` | allow | the server runs on another machine |
//! | `server-folder` | allow | an agent without managed paths, a server that the user configured, a path relative to that server's folder |
//! | `outside` | deny | a path outside all managed paths |
//! | `no-workspace` | deny | a relative path, and no workspace to start from |
//! | `read-only` | deny | a write where only reading is permitted now |
//! | `protected` | deny | a write below one of `protected_paths` |
//! | `protected-name` | deny | a write to `.git`, `.env`, `node_modules` and the like inside a context path |
//! | `run-folder` | deny | anything below the run's own folder but what is the agent's own |
//! | `holds-read-only` | deny | a folder is moved or deleted that holds something read-only, or is a managed path itself |
//! | `hard-link` | deny | a write to an existing file that has further names |
//! | `path-unclear` | deny | NUL, `$NAME`, `~name`, a loop of links, `..` behind a link, an address of no file here |
//! | `path-not-text` | deny | a path argument that is no text |
//! | `batch` | deny | `copy_files_batch` with arguments that cannot be understood |
//! | `too-large` | deny | arguments too deep, or too many paths, or too long a command |
//! | `dangerous-command` | deny | `rm`, `sudo`, `chmod`, `mkfs` and the like |
//! | `command-unclear` | deny | a command line whose effects cannot be read from it |
//! | `internal` | deny | a fault while judging |
//! | `unknown-tool` | deny | no tool of this name is lent to the agent |
//! | `arguments` | deny | arguments that are no JSON object, or out of bounds |
//! | `file` | deny | a single file, refused while a permitted call was carried out |
//!
//! A relative path starts where its server does ([`Call::base`]), and a text is a path by its name, its
//! schema, or its looks; a server is never believed to be harmless by one word of a tool's name.
//!
//! The reading of command lines is lexical: it stops mistakes and plain attempts, and is no sandbox.
//! A program that is started can do what its user may do; only the operating system can hold it.

mod access;
mod batch;
mod candidates;
mod classify;
mod command;
mod decision;
mod identity;
mod judge;
mod keys;
mod ledger;
mod looks;
mod managed;
mod policy;
mod resolve;
mod rule;
mod spec;
mod words;

pub use access::{Access, Guard, Refused};
pub use decision::{Call, Decision, Hints, Kind, Managed, Touched, Verdict};
pub use managed::PROTECTED_NAMES;
pub use policy::Policy;
pub use spec::{Context, Phase, Spec};
