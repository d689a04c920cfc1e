//! CPU time of the process, and medians.

use rustix::time::{ClockId, clock_gettime};

/// Rounds of every row.
pub(crate) const ROUNDS: usize = 9;

/// Process CPU time in nanoseconds.
pub(crate) fn cpu_ns() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// CPU nanoseconds of one call of `work`, measured over `times` calls.
pub(crate) fn each(times: usize, mut work: impl FnMut()) -> f64 {
    let before = cpu_ns();
    for _ in 0..times {
        work();
    }
    (cpu_ns() - before) / times as f64
}

/// The middle value.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
