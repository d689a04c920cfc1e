//! One command: which program it is, and what that does with its operands.

use std::path::Path;

use super::operands::{Operands, looks_like_path, on_other_machine, within_option};
use super::programs::{self, Manner};
use super::shell::{Input, Shell};
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::{Denial, Rule};

type Walked = Result<(), Denial>;

/// Programs in these folders are known by their names.
const SYSTEM: [&str; 7] = [
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/usr/bin/env",
];
/// They start what follows.
const STARTERS: [&str; 5] = ["npx", "bunx", "uvx", "pipx", "pnpx"];
/// They start what follows `run` or `exec`.
const RUNNERS: [&str; 11] = [
    "uv", "poetry", "pdm", "pipenv", "hatch", "npm", "pnpm", "yarn", "bundle", "conda", "mise",
];

/// The command that a runner of packages starts.
fn started_by<'w>(name: &str, rest: &'w [Word]) -> Option<&'w [Word]> {
    let rest = from_operand(rest)?;
    let verb = matches!(rest[0].text.as_str(), "run" | "exec" | "dlx" | "x");
    if STARTERS.contains(&name) && !verb {
        Some(rest)
    } else if verb && (STARTERS.contains(&name) || RUNNERS.contains(&name)) {
        from_operand(&rest[1..])
    } else {
        None
    }
}

fn from_operand(words: &[Word]) -> Option<&[Word]> {
    let at = words.iter().position(|word| !word.text.starts_with('-'))?;
    Some(&words[at..])
}

impl Shell<'_, '_> {
    /// Judges one command, as words.
    pub(crate) fn command(&mut self, words: &[Word], input: Input) -> Walked {
        let Some((program, rest)) = words.split_first() else {
            return Ok(());
        };
        if program
            .pattern
            .as_ref()
            .is_some_and(|_| program.text != "[")
        {
            return Err(unclear("a program whose name is a pattern"));
        }
        let name = match self.program(&program.text)? {
            Some(name) => name,
            None => return self.script_with(program, rest),
        };
        self.manner(programs::manner(&name), &name, rest, input)
    }

    /// The name of a known program; `None`: a file of the agent's that is run itself.
    fn program(&mut self, text: &str) -> Result<Option<String>, Denial> {
        let name = match text.rsplit_once('/') {
            None => text,
            Some((folder, name)) if SYSTEM.contains(&folder) => name,
            Some(_) => return Ok(None),
        };
        if name.starts_with('~') {
            return Ok(None);
        }
        let name = name.to_lowercase();
        let bare = [".exe", ".cmd", ".bat", ".ps1"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        Ok(Some(bare.unwrap_or(&name).to_owned()))
    }

    fn manner(&mut self, manner: Manner, name: &str, rest: &[Word], input: Input) -> Walked {
        match manner {
            Manner::Dangerous => Err(Denial::new(
                Rule::DangerousCommand,
                format!("Dangerous command pattern '{name}' is not allowed"),
            )),
            Manner::Unclear => Err(unclear(format!("`{name}`"))),
            Manner::Pure => Ok(()),
            Manner::Reads => self.reads(name, rest),
            Manner::Searches => self.searches(name, rest),
            Manner::Writes => self.writes(name, rest),
            Manner::Editor => self.editor(name, rest, input),
            Manner::Removes => self.each(name, rest, Effect::Remove),
            Manner::Copies => self.towards_last(name, rest, Effect::Read),
            Manner::Moves => self.towards_last(name, rest, Effect::Remove),
            Manner::ReadsWrites => self.reads_writes(name, rest),
            Manner::Links => self.links(rest),
            Manner::Interpreter => self.interpreter(name, rest, input),
            Manner::Shell => self.nested_shell(rest, input),
            Manner::Wrapper => self.wrapper(name, rest, input),
            Manner::Sed => self.sed(rest),
            Manner::Awk => self.awk(rest),
            Manner::Dd => self.dd(rest),
            Manner::Find => self.find(rest),
            Manner::Git => self.git(rest),
            Manner::Tar => self.tar(rest),
            Manner::Xargs => self.xargs(rest, input),
            Manner::Eval => self.eval(name, rest),
            Manner::Assigns => self.assigns(rest),
            Manner::Cd => self.cd(rest),
            Manner::Unknown => self.unknown(name, rest, input),
        }
    }

    /// Of a program that is not known, every word that may be a path may be written.
    fn unknown(&mut self, name: &str, rest: &[Word], input: Input) -> Walked {
        self.needs_writable_folder(name)?;
        self.operands_of_unknown(rest)?;
        let starts = |word: &Word| {
            ["-x", "-X", "--exec"]
                .iter()
                .any(|option| word.text.starts_with(option))
        };
        if matches!(name, "fd" | "fdfind") && rest.iter().any(starts) {
            return Err(unclear("`fd` that starts a program"));
        }
        match started_by(name, rest) {
            Some(command) => self.command(command, input),
            None => Ok(()),
        }
    }

    pub(crate) fn operands_of_unknown(&mut self, rest: &[Word]) -> Walked {
        for word in rest {
            match word.text.starts_with('-') {
                true => self.option(&word.text, Effect::Write)?,
                false => self.unknown_operand(word, Effect::Write)?,
            }
        }
        Ok(())
    }

    /// A path within an option.
    pub(crate) fn option(&mut self, text: &str, effect: Effect) -> Walked {
        match within_option(text) {
            Some(value) => {
                self.unknown_operand(&Word::literal(value.trim_start_matches('@')), effect)
            }
            None => Ok(()),
        }
    }

    pub(crate) fn options(&mut self, sorted: &Operands<'_>, effect: Effect) -> Walked {
        sorted
            .options
            .iter()
            .try_for_each(|word| self.option(&word.text, effect))
    }

    pub(crate) fn each(&mut self, name: &str, rest: &[Word], effect: Effect) -> Walked {
        let sorted = Operands::of(rest, programs::value_letters(name));
        self.options(&sorted, effect)?;
        if sorted.operands.is_empty() {
            return self.needs_writable_folder(name);
        }
        sorted
            .operands
            .iter()
            .try_for_each(|word| self.path(word, effect))
    }

    /// `cp a b target`, `mv -t target a b`, `install -d a b`.
    fn towards_last(&mut self, name: &str, rest: &[Word], sources: Effect) -> Walked {
        let sorted = Operands::of(rest, programs::value_letters(name));
        self.options(&sorted, Effect::Write)?;
        self.starts_nothing(name, rest)?;
        let transfers = matches!(name, "rsync" | "scp");
        let keeps_name = sorted.has_long("link") || sorted.has_long("symbolic-link");
        let sources = match name {
            "rsync" if sorted.has_long("remove-source-files") => Effect::Remove,
            "cp" if keeps_name || sorted.has_short('l') || sorted.has_short('s') => Effect::Write,
            "install" if sorted.has_short('d') => Effect::Write,
            _ => sources,
        };
        if transfers && (sorted.has_short('e') || sorted.has_long("rsh")) {
            return Err(unclear(format!("`{name}` runs another program")));
        }
        let named = matches!(name, "cp" | "mv" | "install")
            && (sorted.has_short('t') || sorted.has_long("target-directory"));
        for word in sorted.options.iter().filter(|_| named) {
            if let Some((_, target)) = word
                .text
                .split_once('t')
                .filter(|(_, rest)| !rest.is_empty())
                && !word.text.starts_with("--")
            {
                self.path(&Word::literal(target), Effect::Write)?;
            }
        }
        let last = sorted.operands.len().saturating_sub(1);
        for (index, word) in sorted.operands.iter().enumerate() {
            let effect = match index == last && !named {
                true => Effect::Write,
                // The folder behind `-t` is among the operands; which one is not told apart.
                false if named && sources == Effect::Read && self.is_folder(word) => Effect::Write,
                false => sources,
            };
            if !(transfers && on_other_machine(&word.text)) {
                self.path(word, effect)?;
                self.target_within(&sorted, word, effect)?;
            }
        }
        Ok(())
    }

    fn is_folder(&self, word: &Word) -> bool {
        self.folders
            .iter()
            .any(|folder| folder.join(&word.text).is_dir())
    }

    /// `cp a b` into a folder writes `b/a`, which may be read-only where `b` is not.
    fn target_within(&mut self, sorted: &Operands<'_>, target: &Word, effect: Effect) -> Walked {
        if effect != Effect::Write || !self.is_folder(target) {
            return Ok(());
        }
        for source in &sorted.operands {
            let name = Path::new(&source.text).file_name();
            if let Some(name) = name.and_then(|name| name.to_str())
                && source.text != target.text
                && source.pattern.is_none()
            {
                let text = format!("{}/{name}", target.text.trim_end_matches('/'));
                self.path(&Word::literal(&text), Effect::Write)?;
            }
        }
        Ok(())
    }

    fn reads_writes(&mut self, name: &str, rest: &[Word]) -> Walked {
        let sorted = Operands::of(rest, "fswclgo");
        self.options(&sorted, Effect::Write)?;
        for (index, word) in sorted.operands.iter().enumerate() {
            let writes = index > 0 && name != "base64";
            self.path(word, if writes { Effect::Write } else { Effect::Read })?;
        }
        Ok(())
    }

    /// A hard link gives the right to write what it names, and a later command of the same line may
    /// go through a symbolic one: both ends have to be writable.
    fn links(&mut self, rest: &[Word]) -> Walked {
        let sorted = Operands::of(rest, "S");
        self.options(&sorted, Effect::Write)?;
        let symbolic = sorted.has_short('s') || sorted.has_long("symbolic");
        let climbs = |word: &&Word| word.text.split('/').any(|part| part == "..");
        if symbolic && sorted.operands.iter().any(climbs) {
            return Err(unclear("a symbolic link with `..`; write an absolute path"));
        }
        sorted
            .operands
            .iter()
            .try_for_each(|word| self.path(word, Effect::Write))
    }

    fn dd(&mut self, rest: &[Word]) -> Walked {
        for word in rest {
            match word.text.split_once('=') {
                Some(("of", file)) => self.path(&Word::literal(file), Effect::Write)?,
                Some(("if", file)) => self.path(&Word::literal(file), Effect::Read)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn assigns(&mut self, rest: &[Word]) -> Walked {
        for word in rest {
            if let Some((name, value)) = word.text.split_once('=') {
                self.variable(name.trim_end_matches('+'), value)?;
            }
        }
        Ok(())
    }

    fn cd(&mut self, rest: &[Word]) -> Walked {
        match rest {
            [] => self.enter(&Word::literal("~")),
            [target] => self.enter(target),
            [option, target] if matches!(option.text.as_str(), "-L" | "-P" | "--") => {
                self.enter(target)
            }
            _ => Err(unclear("a change of folder that cannot be followed")),
        }
    }

    /// A script of the agent's: it has to be readable, and so has what it is given. What it does is
    /// not known, as with every program.
    pub(crate) fn script_with(&mut self, script: &Word, rest: &[Word]) -> Walked {
        self.needs_writable_folder(&script.text)?;
        self.path(script, Effect::Read)?;
        for word in rest {
            match word.text.starts_with('-') {
                true => self.option(&word.text, Effect::Read)?,
                false if looks_like_path(&word.text) || !word.text.is_empty() => {
                    self.unknown_operand(word, Effect::Read)?;
                }
                false => {}
            }
        }
        Ok(())
    }
}
