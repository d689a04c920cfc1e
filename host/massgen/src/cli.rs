//! The command line. What each option means is said here, once; `--help` prints it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Several AI agents work on one task, see each other's answers and vote; the winner answers.
#[derive(Debug, Parser)]
#[command(name = "massgen", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Folder with backend plugins; may be repeated. Its libraries run in this process
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) plugin_dir: Vec<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put a question to a team of agents and print the winner's answer
    Run(Box<RunArgs>),
    /// Take back what the agents of a run did to files, newest first
    Undo(UndoArgs),
    /// MCP servers of a configuration: what they offer, and logging in
    #[command(subcommand)]
    Mcp(McpCommand),
    /// Say what an agent may do
    #[command(subcommand)]
    Permissions(PermissionsCommand),
    /// Look at backend plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Load one library and serve it; started by massgen itself
    #[command(name = isolation::ARGUMENT, hide = true)]
    PluginChild {
        /// The library
        file: PathBuf,
    },
}

/// Arguments of `massgen run`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 answered · 1 configuration or usage · 2 failed · \
    3 time over without an answer · 4 interrupted"
)]
pub(crate) struct RunArgs {
    /// The question; read from standard input when it is absent and input is piped
    pub(crate) question: Option<String>,
    /// Configuration of the team (YAML or JSON)
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "backend",
        required_unless_present = "backend"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Ask a single agent of this backend type, without a configuration
    #[arg(long, value_name = "TYPE")]
    pub(crate) backend: Option<String>,
    /// Model of the single agent
    #[arg(long, value_name = "NAME", requires = "backend")]
    pub(crate) model: Option<String>,
    /// Base address of the single agent's backend, path included
    #[arg(long, value_name = "URL", requires = "backend")]
    pub(crate) base_url: Option<String>,
    /// Instructions of the single agent
    #[arg(long, value_name = "TEXT", requires = "backend")]
    pub(crate) system_message: Option<String>,
    /// What standard output gets: the answer, one JSON document, or one JSON line per event
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Write the answer to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// Show what the agents write while they work
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Show nothing but the answer and failures
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Folder in which each run gets its own folder
    #[arg(long, value_name = "DIR", default_value = "massgen_logs")]
    pub(crate) log_dir: PathBuf,
    /// Answer every request from the recordings of this earlier run (its folder or name)
    #[arg(long, value_name = "RUN", conflicts_with = "no_recording")]
    pub(crate) replay: Option<PathBuf>,
    /// Do not record requests and replies in the run's folder
    #[arg(long)]
    pub(crate) no_recording: bool,
    /// Trust the root certificates of this PEM file as well
    #[arg(long, value_name = "FILE", env = "MASSGEN_CA_FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// What standard output gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// The answer alone.
    Text,
    /// One JSON document, for every exit code but 1.
    Json,
    /// One JSON line per event, as in `events.jsonl`.
    Events,
}

/// `massgen plugin …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// List the plugins of the search path, and what is wrong with those that do not fit
    List {
        /// One JSON document instead of a table
        #[arg(long)]
        json: bool,
        /// Also load each fitting library, in a child process
        #[arg(long)]
        probe: bool,
    },
    /// Say everything about one library; it is loaded in a child process only
    Inspect {
        /// The library
        file: PathBuf,
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
    /// Check every rule that a plugin keeps; it runs in child processes only
    #[command(
        after_help = "Exit codes: 0 all rules kept · 1 cannot be loaded or read · \
        6 a rule is broken"
    )]
    Test {
        /// The library
        file: PathBuf,
        /// Folder of transcripts [default: `transcripts/NAME` beside the library, else
        /// `transcripts` here]
        #[arg(long, value_name = "DIR")]
        transcripts: Vec<PathBuf>,
        /// Configuration of the backend as JSON, for calls without a transcript
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// One JSON document instead of one line a rule
        #[arg(long)]
        json: bool,
    },
    /// Say which plugins this program can load
    Abi {
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `massgen undo`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all taken back · 1 wrong usage or no such run · \
    2 some steps could not be taken back"
)]
pub(crate) struct UndoArgs {
    /// The run: its folder, or its name in the log folder
    pub(crate) run: PathBuf,
    /// Only this agent's changes
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) preview: bool,
    /// Also take back what somebody changed since
    #[arg(long, conflicts_with = "preview")]
    pub(crate) force: bool,
    /// Folder in which each run has its own folder
    #[arg(long, value_name = "DIR", default_value = "massgen_logs")]
    pub(crate) log_dir: PathBuf,
}

/// `massgen mcp …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Exit codes: 0 done · 1 configuration or usage · 2 a server failed")]
pub(crate) enum McpCommand {
    /// Start the servers of a configuration and list what each offers
    List {
        /// Configuration of the team (YAML or JSON)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Only this agent's servers
        #[arg(long, value_name = "ID")]
        agent: Option<String>,
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
    },
    /// Log in at a remote server, in a browser; the tokens are kept for later runs
    Login {
        /// The server's name in the configuration
        server: String,
        /// Configuration of the team (YAML or JSON)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Forget the tokens of a remote server
    Logout {
        /// The server's name in the configuration
        server: String,
        /// Configuration of the team (YAML or JSON)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// `massgen permissions …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PermissionsCommand {
    /// Say whether an agent may make a call, by which rule, and why; nothing is called
    #[command(after_help = "Exit codes: 0 allowed · 1 configuration or usage · 2 denied")]
    Explain {
        /// Configuration of the team (YAML or JSON)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The agent
        #[arg(long, value_name = "ID")]
        agent: String,
        /// As the presenter of the final answer, not during coordination
        #[arg(long)]
        presenting: bool,
        /// One JSON document instead of text
        #[arg(long)]
        json: bool,
        /// The tool: `mcp__server__tool`, or a provider's own, for example `Bash`
        tool: String,
        /// The call's arguments, as a JSON object
        #[arg(default_value = "{}")]
        arguments: String,
    },
}
