//! `tar`: whether it packs or unpacks, and where.

use super::shell::Shell;
use super::unclear;
use super::word::Word;
use crate::managed::Effect;
use crate::rule::Denial;

type Walked = Result<(), Denial>;

impl Shell<'_, '_> {
    pub(crate) fn tar(&mut self, rest: &[Word]) -> Walked {
        let refused = [
            "--to-command",
            "--checkpoint-action",
            "-I",
            "--use-compress",
            "-P",
            "--absolute",
            "--remove",
            "--info-script",
            "--new-volume",
            "-F",
            "--rsh",
            "--rmt",
            "-T",
            "--files-from",
        ];
        if let Some(word) = rest
            .iter()
            .find(|word| refused.iter().any(|option| word.text.starts_with(option)))
        {
            return Err(unclear(format!("`tar {}`", word.text)));
        }
        let letters = modes(rest);
        let has = |short: char, long: &str| {
            letters.contains(short) || rest.iter().any(|word| word.text == long)
        };
        if letters.contains('P') || letters.contains('T') {
            return Err(unclear("`tar` with names from elsewhere"));
        }
        let unpacks = has('x', "--extract") || has('x', "--get");
        let lists = has('t', "--list");
        let archive = if unpacks || lists {
            Effect::Read
        } else {
            Effect::Write
        };
        let members = if unpacks { None } else { Some(Effect::Read) };
        if unpacks
            && !rest
                .iter()
                .any(|word| word.text.starts_with("-C") || word.text.starts_with("--directory"))
        {
            self.needs_writable_folder("tar")?;
        }
        self.tar_words(rest, archive, members, unpacks)
    }

    fn tar_words(
        &mut self,
        rest: &[Word],
        archive: Effect,
        members: Option<Effect>,
        unpacks: bool,
    ) -> Walked {
        let folder = if unpacks { Effect::Write } else { Effect::Read };
        let mut next = None;
        for (index, word) in rest.iter().enumerate() {
            let text = word.text.as_str();
            if let Some(effect) = next.take() {
                self.path(word, effect)?;
            } else if let Some(value) = text.strip_prefix("--file=") {
                self.path(&Word::literal(value), archive)?;
            } else if let Some(value) = text.strip_prefix("--directory=") {
                self.path(&Word::literal(value), folder)?;
            } else if text == "--file" || (is_cluster(index, text) && text.ends_with('f')) {
                next = Some(archive);
            } else if text == "--directory" || text == "-C" {
                next = Some(folder);
            } else if is_cluster(index, text) && text.contains('f') {
                // `-ffile`; in `tar fc file` the letters come first and the file later.
                self.attached(text, archive)?;
            } else if text.starts_with('-') {
                self.option(text, Effect::Write)?;
            } else if index > 0
                && let Some(effect) = members
            {
                self.path(word, effect)?;
            }
        }
        Ok(())
    }

    fn attached(&mut self, text: &str, effect: Effect) -> Walked {
        match text.strip_prefix('-').and_then(|text| text.split_once('f')) {
            Some((_, file)) if !file.is_empty() => self.path(&Word::literal(file), effect),
            _ => Err(unclear(
                "`tar` with its letters in this order; put `f` last",
            )),
        }
    }
}

/// The first word may have letters without `-`.
fn is_cluster(index: usize, text: &str) -> bool {
    index == 0 && !text.starts_with("--") || text.starts_with('-') && !text.starts_with("--")
}

fn modes(rest: &[Word]) -> String {
    rest.iter()
        .enumerate()
        .filter(|(index, word)| is_cluster(*index, &word.text) && !word.text.starts_with("-C"))
        .map(|(_, word)| word.text.split('f').next().unwrap_or_default())
        .collect()
}
