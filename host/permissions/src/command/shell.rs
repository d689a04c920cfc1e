//! Walks a syntax tree, with the folder in which each command runs.

use std::path::{Path, PathBuf};

use brush_parser::ast;

use super::parse::{self, Dialect};
use super::unclear;
use super::word::{self, Word};
use crate::ledger::Ledger;
use crate::managed::Effect;
use crate::rule::Denial;
use crate::{candidates, resolve};

/// Lines within lines: `sh -c "sh -c …"`.
const MAX_DEPTH: usize = 8;
/// Devices that keep nothing.
const DEVICES: [&str; 9] = [
    "/dev/null",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/tty",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// What a command reads from its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// Nothing that is part of the line, or a file that was judged.
    Nothing,
    /// The output of a command that lists files which were judged.
    Listing,
    /// Anything.
    Unknown,
}

/// A shell that runs nothing.
pub(crate) struct Shell<'l, 'p> {
    pub(crate) ledger: &'l mut Ledger<'p>,
    /// Every folder in which the next command may run.
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) depth: usize,
    dialect: Dialect,
    in_loop: bool,
    /// A `cd` that is sure to have worked if the next command runs.
    certain: Option<PathBuf>,
}

type Walked = Result<(), Denial>;

impl<'l, 'p> Shell<'l, 'p> {
    pub(crate) fn new(ledger: &'l mut Ledger<'p>, folder: PathBuf, dialect: Dialect) -> Self {
        Self {
            ledger,
            folders: vec![folder],
            depth: 0,
            dialect,
            in_loop: false,
            certain: None,
        }
    }

    /// Judges a whole line.
    pub(crate) fn line(&mut self, text: &str) -> Walked {
        if self.depth >= MAX_DEPTH {
            return Err(unclear("shells within shells"));
        }
        self.depth += 1;
        let program = parse::line(text, self.dialect)?;
        let walked = program
            .complete_commands
            .iter()
            .try_for_each(|list| self.list(list));
        self.depth -= 1;
        walked
    }

    fn list(&mut self, list: &ast::CompoundList) -> Walked {
        list.0.iter().try_for_each(|item| self.and_or(&item.0))
    }

    /// In `cd a && b` the second runs in `a`; behind the whole list it is not known where.
    fn and_or(&mut self, list: &ast::AndOrList) -> Walked {
        let before = self.folders.clone();
        self.pipeline(&list.first)?;
        for next in &list.additional {
            let (pipeline, joined) = match next {
                ast::AndOr::And(pipeline) => (pipeline, true),
                ast::AndOr::Or(pipeline) => (pipeline, false),
            };
            match (joined, self.certain.take()) {
                (true, Some(folder)) => self.folders = vec![folder],
                (true, None) => {}
                (false, _) => self.may_also_be(&before),
            }
            self.pipeline(pipeline)?;
        }
        self.certain = None;
        if !list.additional.is_empty() {
            self.may_also_be(&before);
        }
        Ok(())
    }

    fn may_also_be(&mut self, folders: &[PathBuf]) {
        for folder in folders {
            if !self.folders.contains(folder) {
                self.folders.push(folder.clone());
            }
        }
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline) -> Walked {
        let alone = pipeline.seq.len() == 1;
        let before = self.folders.clone();
        let mut input = Input::Nothing;
        for command in &pipeline.seq {
            self.element(command, input)?;
            input = output_of(command);
            if !alone {
                self.folders.clone_from(&before);
                self.certain = None;
            }
        }
        Ok(())
    }

    fn element(&mut self, command: &ast::Command, input: Input) -> Walked {
        match command {
            ast::Command::Simple(simple) => self.simple(simple, input),
            ast::Command::Compound(compound, redirects) => {
                match self.redirects(redirects.as_ref(), input)? {
                    Input::Nothing => self.compound(compound),
                    _ => Err(unclear("a pipe or a text into several commands")),
                }
            }
            ast::Command::Function(_) => Err(unclear("functions")),
            ast::Command::ExtendedTest(test, redirects) => {
                self.redirects(redirects.as_ref(), input)?;
                self.test(&test.expr)
            }
        }
    }

    fn compound(&mut self, compound: &ast::CompoundCommand) -> Walked {
        use ast::CompoundCommand as C;
        let before = self.folders.clone();
        match compound {
            C::BraceGroup(group) => self.list(&group.list),
            C::Subshell(group) => {
                self.list(&group.list)?;
                self.folders = before;
                Ok(())
            }
            C::ForClause(clause) => {
                for word in clause.values.iter().flatten() {
                    word::expand(&word.value)?;
                }
                self.body(&[&clause.body.list])
            }
            C::WhileClause(clause) | C::UntilClause(clause) => {
                self.body(&[&clause.0, &clause.1.list])
            }
            C::IfClause(clause) => self.branches(clause, &before),
            C::CaseClause(clause) => self.cases(clause, &before),
            C::Arithmetic(_) | C::ArithmeticForClause(_) => Err(unclear("arithmetic")),
            C::Coprocess(_) => Err(unclear("coprocesses")),
        }
    }

    fn body(&mut self, lists: &[&ast::CompoundList]) -> Walked {
        let outer = std::mem::replace(&mut self.in_loop, true);
        let walked = lists.iter().try_for_each(|list| self.list(list));
        self.in_loop = outer;
        walked
    }

    fn branches(&mut self, clause: &ast::IfClauseCommand, before: &[PathBuf]) -> Walked {
        self.list(&clause.condition)?;
        self.list(&clause.then)?;
        for other in clause.elses.iter().flatten() {
            self.may_also_be(before);
            if let Some(condition) = &other.condition {
                self.list(condition)?;
            }
            self.list(&other.body)?;
        }
        self.may_also_be(before);
        Ok(())
    }

    fn cases(&mut self, clause: &ast::CaseClauseCommand, before: &[PathBuf]) -> Walked {
        word::one(&clause.value.value)?;
        for case in &clause.cases {
            for pattern in &case.patterns {
                word::one(&pattern.value)?;
            }
            self.may_also_be(before);
            if let Some(list) = &case.cmd {
                self.list(list)?;
            }
        }
        self.may_also_be(before);
        Ok(())
    }

    fn test(&mut self, expr: &ast::ExtendedTestExpr) -> Walked {
        use ast::ExtendedTestExpr as T;
        match expr {
            T::And(left, right) | T::Or(left, right) => {
                self.test(left)?;
                self.test(right)
            }
            T::Not(inner) | T::Parenthesized(inner) => self.test(inner),
            T::UnaryTest(_, word) => self.tested(word),
            T::BinaryTest(_, left, right) => {
                self.tested(left)?;
                self.tested(right)
            }
        }
    }

    fn tested(&mut self, word: &ast::Word) -> Walked {
        let word = word::one(&word.value)?;
        self.unknown_operand(&word, Effect::Read)
    }

    fn simple(&mut self, simple: &ast::SimpleCommand, mut input: Input) -> Walked {
        use ast::CommandPrefixOrSuffixItem as Item;
        let mut words = Vec::new();
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                Item::AssignmentWord(assignment, _) => self.assignment(assignment)?,
                Item::IoRedirect(redirect) => input = self.redirect(redirect, input)?,
                _ => return Err(unclear("what stands before the command")),
            }
        }
        if let Some(name) = &simple.word_or_name {
            words.extend(word::expand(&name.value)?);
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                Item::Word(word) | Item::AssignmentWord(_, word) => {
                    words.extend(word::expand(&word.value)?);
                }
                Item::IoRedirect(redirect) => input = self.redirect(redirect, input)?,
                Item::ProcessSubstitution(..) => return Err(unclear("process substitution")),
            }
        }
        self.command(&words, input)
    }

    fn assignment(&mut self, assignment: &ast::Assignment) -> Walked {
        match (&assignment.name, &assignment.value) {
            (ast::AssignmentName::VariableName(name), ast::AssignmentValue::Scalar(value)) => {
                let value = word::one(&value.value)?;
                self.variable(name, &value.text)
            }
            _ => Err(unclear("arrays")),
        }
    }

    /// `cd`: where the next commands run.
    pub(crate) fn enter(&mut self, target: &Word) -> Walked {
        if self.in_loop || target.pattern.is_some() || target.text.starts_with('-') {
            return Err(unclear("a change of folder that cannot be followed"));
        }
        let mut entered = Vec::new();
        for folder in self.folders.clone() {
            match self.ledger.touch(&target.text, Some(&folder), Effect::Read) {
                Some(path) if !self.ledger.is_denied() => entered.push(path),
                _ => return Ok(()),
            }
        }
        let before = std::mem::take(&mut self.folders);
        let sure = entered.iter().all(|folder| folder.is_dir());
        self.certain = (entered.len() == 1).then(|| entered[0].clone());
        self.folders = entered;
        if !sure {
            self.may_also_be(&before);
        }
        Ok(())
    }

    /// Judges a word that is a path, with every file its pattern matches.
    pub(crate) fn path(&mut self, word: &Word, effect: Effect) -> Walked {
        let text = word.text.as_str();
        let device = DEVICES.contains(&text) || text.starts_with("/dev/fd/");
        if device || text == "-" {
            return Ok(());
        }
        if candidates::is_remote(text) && text.contains("//") {
            return Ok(());
        }
        for folder in self.folders.clone() {
            self.ledger.touch(text, Some(&folder), effect);
            if let Some(pattern) = &word.pattern {
                self.matches(pattern, text, &folder, effect)?;
            }
        }
        Ok(())
    }

    fn matches(&mut self, pattern: &str, text: &str, folder: &Path, effect: Effect) -> Walked {
        let start = candidates::before_wildcard(text);
        let start = if start == text { "." } else { start };
        self.ledger.touch(start, Some(folder), Effect::Read);
        if self.ledger.is_denied() {
            return Ok(());
        }
        let home = self.ledger.policy().home().map(Path::to_owned);
        let found = super::pattern::matching(pattern, folder, home.as_deref())?;
        for path in found {
            let text = path.display().to_string();
            self.ledger.touch(&text, Some(folder), effect);
        }
        Ok(())
    }

    /// Judges a word of which it is not known whether it is a path.
    pub(crate) fn unknown_operand(&mut self, word: &Word, effect: Effect) -> Walked {
        for part in super::operands::within_operand(word) {
            let there = self
                .folders
                .iter()
                .any(|folder| std::fs::symlink_metadata(folder.join(&part.text)).is_ok());
            let uri = resolve::is_file_uri(&part.text);
            if part.pattern.is_some()
                || uri
                || super::operands::looks_like_path(&part.text)
                || (there && !part.text.is_empty())
            {
                self.path(&part, effect)?;
            }
        }
        Ok(())
    }

    /// Whether every folder in which the command may run can be written.
    pub(crate) fn needs_writable_folder(&mut self, program: &str) -> Walked {
        for folder in self.folders.clone() {
            let written = folder.display().to_string();
            if let Err(denial) = self.ledger.touch_resolved(&written, &folder, Effect::Write) {
                let reason = format!("`{program}` may write into its folder; {}", denial.reason);
                return Err(Denial::new(denial.rule, reason));
            }
        }
        Ok(())
    }
}

/// What the next command of a pipeline reads.
fn output_of(command: &ast::Command) -> Input {
    let ast::Command::Simple(simple) = command else {
        return Input::Unknown;
    };
    let name = simple.word_or_name.as_ref().map(|name| name.value.as_str());
    match name {
        Some("find" | "ls" | "fd") => Input::Listing,
        _ => Input::Unknown,
    }
}
