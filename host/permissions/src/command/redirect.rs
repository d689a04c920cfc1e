//! Redirections: files opened for a command, and texts handed to it.

use brush_parser::ast;

use super::shell::{Input, Shell};
use super::{unclear, word};
use crate::managed::Effect;
use crate::rule::Denial;

impl Shell<'_, '_> {
    pub(crate) fn redirects(
        &mut self,
        list: Option<&ast::RedirectList>,
        input: Input,
    ) -> Result<Input, Denial> {
        list.iter()
            .flat_map(|list| &list.0)
            .try_fold(input, |input, redirect| self.redirect(redirect, input))
    }

    pub(crate) fn redirect(
        &mut self,
        redirect: &ast::IoRedirect,
        input: Input,
    ) -> Result<Input, Denial> {
        match redirect {
            ast::IoRedirect::OutputAndError(target, _) => {
                self.path(&word::one(&target.value)?, Effect::Write)?;
                Ok(input)
            }
            ast::IoRedirect::HereString(_, text) => {
                word::one(&text.value)?;
                Ok(Input::Unknown)
            }
            ast::IoRedirect::HereDocument(_, document) => {
                let body = &document.doc.value;
                if document.requires_expansion && body.contains(['$', '`']) {
                    return Err(unclear("a here-document that expands; quote its end mark"));
                }
                Ok(Input::Unknown)
            }
            ast::IoRedirect::File(_, kind, target) => self.file_redirect(kind, target, input),
        }
    }

    fn file_redirect(
        &mut self,
        kind: &ast::IoFileRedirectKind,
        target: &ast::IoFileRedirectTarget,
        input: Input,
    ) -> Result<Input, Denial> {
        use ast::{IoFileRedirectKind as Kind, IoFileRedirectTarget as Target};
        let word = match target {
            Target::Fd(_) => return Ok(input),
            Target::ProcessSubstitution(..) => return Err(unclear("process substitution")),
            Target::Filename(word) | Target::Duplicate(word) => word::one(&word.value)?,
        };
        let duplicates = matches!(kind, Kind::DuplicateInput | Kind::DuplicateOutput);
        let number = word
            .text
            .trim_end_matches('-')
            .chars()
            .all(|c| c.is_ascii_digit());
        if duplicates && number {
            return Ok(input);
        }
        match kind {
            Kind::Read | Kind::DuplicateInput => {
                self.path(&word, Effect::Read)?;
                Ok(Input::Nothing)
            }
            _ => {
                self.path(&word, Effect::Write)?;
                Ok(input)
            }
        }
    }
}
