//! The command line, read once.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

/// What it was told to be like. The default is a decent server.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// `--log FILE`: where to write what happens.
    pub(crate) log: Option<PathBuf>,
    /// `--exits`: ends at once.
    pub(crate) exits: bool,
    /// `--mute`: never answers a greeting.
    pub(crate) mute: bool,
    /// `--slow MS`: waits before it answers a greeting.
    pub(crate) slow: Duration,
    /// `--odd-names`: lists tools whose names are unfit.
    pub(crate) odd_names: bool,
    /// `--garbage`: lines that are no messages, between those that are.
    pub(crate) garbage: bool,
    /// `--chatty`: writes its variables to stderr.
    pub(crate) chatty: bool,
    /// `--stubborn`: does not end with its stdin.
    pub(crate) stubborn: bool,
    /// `--breeds`: starts a child that outlives its stdin.
    pub(crate) breeds: bool,
    /// `--page N`: tools per page of a listing; 0 is all.
    pub(crate) page: usize,
    /// `--instructions TEXT`.
    pub(crate) instructions: Option<String>,
}

impl Settings {
    pub(crate) fn read() -> Self {
        let mut settings = Self::default();
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("a value after the option");
            match word.as_str() {
                "--log" => settings.log = Some(value().into()),
                "--exits" => settings.exits = true,
                "--mute" => settings.mute = true,
                "--slow" => settings.slow = Duration::from_millis(number(&value())),
                "--odd-names" => settings.odd_names = true,
                "--garbage" => settings.garbage = true,
                "--chatty" => settings.chatty = true,
                "--stubborn" => settings.stubborn = true,
                "--breeds" => settings.breeds = true,
                "--page" => settings.page = usize::try_from(number(&value())).expect("a size"),
                "--instructions" => settings.instructions = Some(value()),
                other => panic!("`{other}` is not an option"),
            }
        }
        settings
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
