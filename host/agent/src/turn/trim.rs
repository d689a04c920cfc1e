//! Keeping a conversation below a number of turns (services §2.12).
//!
//! A round is what an assistant says, with all that follows until it speaks again: calls and their
//! results stay together because rounds are dropped whole. What remains is never reordered.

use std::ops::Range;

use massgen_plugin::chat::{Part, Role, Turn};

use crate::prompt;

/// Drops the oldest rounds once there are more turns than `most`; 0 is no limit.
///
/// Three quarters of the limit are left, so that for many calls afterwards the conversation only
/// grows and a provider's prefix cache hits again. System messages, the first user message, the
/// last one and the newest round stay, even beyond the limit. That something is missing is said
/// once, in the same words always, at the end of the first user message.
pub(super) fn trim(turns: &mut Vec<Turn>, most: usize) {
    if most == 0 || turns.len() <= most {
        return;
    }
    let gone = superfluous(turns, turns.len() - most * 3 / 4);
    if gone.is_empty() {
        return;
    }
    let mut at = 0..;
    turns.retain(|_| {
        let index = at.next().unwrap_or_default();
        !gone.iter().any(|round| round.contains(&index))
    });
    say_so(turns);
}

/// The oldest rounds that make up this many turns, as far as they may go.
fn superfluous(turns: &[Turn], mut excess: usize) -> Vec<Range<usize>> {
    let last_message = turns.iter().rposition(|turn| turn.role == Role::User);
    let starts: Vec<usize> = (0..turns.len())
        .filter(|index| turns[*index].role == Role::Assistant)
        .collect();
    let older = starts.windows(2).map(|pair| pair[0]..pair[1]);
    older
        .filter(|round| !last_message.is_some_and(|index| round.contains(&index)))
        .take_while(|round| {
            let wanted = excess > 0;
            excess = excess.saturating_sub(round.len());
            wanted
        })
        .collect()
}

fn say_so(turns: &mut [Turn]) {
    let note = Part::text(format!("\n\n{}", prompt::TRIMMED.trim_end()));
    let first = turns.iter_mut().find(|turn| turn.role == Role::User);
    if let Some(turn) = first.filter(|turn| turn.parts.last() != Some(&note)) {
        turn.parts.push(note);
    }
}
