//! Who wins (orchestration §1.5): most votes; between equals, and without votes, the agent that
//! was registered first among those with an answer.

use std::cmp::Reverse;

use events::{Ballot, VoteCount, VoteReport};

use crate::seat::Seat;

/// The winner and how it came about.
#[derive(Debug)]
pub(crate) struct Selection {
    /// Index of the winner's seat.
    pub(crate) winner: usize,
    /// Votes per answer, in registration order.
    pub(crate) counts: Vec<VoteCount>,
    /// Whether registration order decided.
    pub(crate) tie: bool,
}

/// The winner among the answers given so far; `None` without any answer.
pub(crate) fn select(seats: &[Seat]) -> Option<Selection> {
    let counted: Vec<(usize, VoteCount)> = seats
        .iter()
        .enumerate()
        .filter_map(|(index, seat)| Some((index, count(seats, seat)?)))
        .collect();
    let (winner, top) = counted
        .iter()
        .min_by_key(|(_, count)| Reverse(count.votes))?;
    let equals = counted
        .iter()
        .filter(|(_, count)| count.votes == top.votes)
        .count();
    Some(Selection {
        winner: *winner,
        tie: equals > 1,
        counts: counted.into_iter().map(|(_, count)| count).collect(),
    })
}

fn count(seats: &[Seat], candidate: &Seat) -> Option<VoteCount> {
    let answer = candidate.answer.as_ref()?;
    let votes = seats
        .iter()
        .filter_map(Seat::vote)
        .filter(|vote| vote.target == candidate.label);
    Some(VoteCount {
        agent: candidate.id.clone(),
        label: answer.label,
        votes: votes.map(|_| 1).sum(),
    })
}

/// The votes that count, for the presenter.
pub(crate) fn ballots(seats: &[Seat]) -> Vec<Ballot> {
    let cast = seats.iter().filter_map(|seat| Some((seat, seat.vote()?)));
    cast.map(|(seat, vote)| Ballot {
        voter: seat.label,
        target: vote.target,
        reason: vote.reason.clone(),
    })
    .collect()
}

/// The votes that count, for the report.
pub(crate) fn vote_reports(seats: &[Seat]) -> Vec<VoteReport> {
    let cast = seats.iter().filter_map(|seat| Some((seat, seat.vote()?)));
    cast.filter_map(|(seat, vote)| {
        let target = seats.iter().find(|it| it.label == vote.target)?;
        Some(VoteReport {
            voter: seat.id.clone(),
            target: target.id.clone(),
            reason: vote.reason.clone(),
        })
    })
    .collect()
}
