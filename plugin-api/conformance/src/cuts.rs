//! Where the bytes of a body are cut: nowhere, once at every place, at random places, everywhere.
//!
//! Random places come from a fixed seed, so that a failure can be seen again.

/// A body up to this many bytes is cut once at every place.
const SHORT: usize = 4096;
/// So often is a longer one cut at random places.
const RANDOM: usize = 64;
/// So many places at most are random ones.
const PLACES: usize = 12;
const SEED: u64 = 0x6d61_7373;

/// The ways to cut bodies of these lengths: for each way, the places of each body.
pub(crate) fn ways(lengths: &[usize]) -> Vec<Vec<Vec<usize>>> {
    let total: usize = lengths.iter().sum();
    let mut ways = Vec::new();
    if total <= SHORT {
        for (body, length) in lengths.iter().enumerate() {
            ways.extend((1..*length).map(|place| only(lengths.len(), body, place)));
        }
    } else {
        let mut random = fastrand::Rng::with_seed(SEED);
        ways.extend((0..RANDOM).map(|_| random_places(lengths, &mut random)));
    }
    ways.push(
        lengths
            .iter()
            .map(|&length| (1..length).collect())
            .collect(),
    );
    ways
}

fn only(bodies: usize, body: usize, place: usize) -> Vec<Vec<usize>> {
    let mut places = vec![Vec::new(); bodies];
    places[body].push(place);
    places
}

fn random_places(lengths: &[usize], random: &mut fastrand::Rng) -> Vec<Vec<usize>> {
    let places = |&length: &usize| {
        if length < 2 {
            return Vec::new();
        }
        let count = random.usize(1..=PLACES);
        let mut places: Vec<_> = (0..count).map(|_| random.usize(1..length)).collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    lengths.iter().map(places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_body_is_cut_at_every_place_and_everywhere() {
        let all = ways(&[3, 0, 2]);
        assert_eq!(
            all,
            [
                vec![vec![1], vec![], vec![]],
                vec![vec![2], vec![], vec![]],
                vec![vec![], vec![], vec![1]],
                vec![vec![1, 2], vec![], vec![1]],
            ]
        );
    }

    #[test]
    fn a_long_body_is_cut_at_the_same_random_places_each_time() {
        let first = ways(&[10_000]);
        assert_eq!(first.len(), RANDOM + 1);
        assert_eq!(first, ways(&[10_000]));
        assert!(
            first
                .iter()
                .flatten()
                .all(|it| it.is_sorted() && !it.contains(&0))
        );
    }
}
