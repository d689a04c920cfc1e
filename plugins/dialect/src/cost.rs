//! What a provider itself says that a call cost.

use crate::Json;

/// Ticks of a millionth of a dollar: xAI counts in ten-billionths.
const TICKS: u64 = 10_000;

/// The cost in millionths of a dollar, rounded: from `cost_in_usd_ticks`, or from `cost` where that
/// is known to be `in_usd`.
pub fn micro_usd(usage: &Json<'_>, in_usd: bool) -> Option<u64> {
    if let Some(ticks) = usage.get("cost_in_usd_ticks").number() {
        return Some(ticks.saturating_add(TICKS / 2) / TICKS);
    }
    let cost = usage.get("cost").decimal().filter(|_| in_usd)?;
    of_usd(cost)
}

/// Dollars in millionths, rounded; nothing for less than none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and the sign is checked"
)]
pub fn of_usd(dollars: f64) -> Option<u64> {
    (dollars >= 0.0).then(|| (dollars * 1e6).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_rounded_to_millionths() {
        let cost = |text: &str, in_usd| {
            let usage: Json<'_> = serde_json::from_str(text).expect("json");
            micro_usd(&usage, in_usd)
        };
        assert_eq!(cost(r#"{"cost_in_usd_ticks":94000}"#, false), Some(9));
        assert_eq!(cost(r#"{"cost":0.0012346}"#, true), Some(1235));
        assert_eq!(cost(r#"{"cost":0}"#, true), Some(0));
        assert_eq!(cost(r#"{"cost":0.1}"#, false), None);
        assert_eq!(cost(r#"{"cost":-1}"#, true), None);
        assert_eq!(cost("{}", true), None);
    }
}
