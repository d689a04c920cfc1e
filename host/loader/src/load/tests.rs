//! Loading order must not matter: every permutation in one process gives the same verdicts.

use std::env;
use std::path::PathBuf;

use super::*;
use crate::inspection::inspect;
use crate::policy::Policy;
use crate::search::Found;

const AGES: [(&str, &str); 4] = [
    ("older_minor", "good"),
    ("minimal", "good"),
    ("newer_minor", "good"),
    ("liar", "bad"),
];

fn fixture(name: &str, kind: &str) -> PathBuf {
    let program = env::current_exe().expect("this test");
    let target = program.ancestors().nth(3).expect("a target folder");
    let path = target
        .join("fixtures")
        .join(kind)
        .join(format!("libmassgen_backend_{name}.so"));
    assert!(
        path.is_file(),
        "there is no fixture `{name}`: run `cargo xtask test`"
    );
    path
}

/// Loads in this process, without the probe that would catch the liar before.
fn verdict((name, kind): (&str, &str)) -> Option<Code> {
    let found = Found::named(&fixture(name, kind));
    let inspection = inspect(&found, &Policy::default()).expect("fit for loading");
    open(&inspection, None).err().map(|refusal| refusal.code)
}

/// All orders of 0, 1, 2, 3.
fn orders() -> Vec<Vec<usize>> {
    (0..256)
        .map(|number: usize| (0..4).map(|digit| number >> (2 * digit) & 3).collect())
        .filter(|order: &Vec<usize>| (0..4).all(|it| order.contains(&it)))
        .collect()
}

#[test]
fn the_order_of_loading_changes_no_verdict() {
    let orders = orders();
    assert_eq!(orders.len(), 24);
    for order in orders {
        for at in order.iter().copied() {
            let expected = (AGES[at].0 == "liar").then_some(Code::Layout);
            assert_eq!(verdict(AGES[at]), expected, "{} in {order:?}", AGES[at].0);
        }
    }
}
