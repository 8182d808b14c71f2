//! The decimal point moved, or a zero was lost or gained: 40 for 400.

use super::cause::{Cause, NO_TRAITS, Stated, Traits, Weight, significant};
use crate::model::{DiagnosisKind, Text};
use crate::number::{Decimal, round_half_away};

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("decimal_slip"),
    source: "Kester's “transplacement”; 除9法 (d = 9x, 99x, 999x)",
    meant: Some(meant),
    explains: Some(explains),
    gap: None,
    words: |said| {
        Text::new(
            format!("{}小数点错位", said.label.zh),
            format!("the decimal point of {} is misplaced", said.label.en),
        )
    },
    traits: Traits { of_size: true, ..NO_TRAITS },
};

const SLIPS: [(u64, Weight); 3] = [(10, -13), (100, -17), (1000, -24)];

fn meant(stated: &Stated, into: &mut Vec<(Decimal, Weight)>) {
    let Some(value) = stated.value.filter(|value| !value.is_zero()) else { return };
    for (power, weight) in SLIPS {
        let power = Decimal::from(power);
        into.extend(value.checked_mul(power).map(|value| (value, weight)));
        let less = (value / power).normalize();
        if less.scale() <= stated.decimals {
            into.push((less, weight));
        }
    }
}

/// 12.3 for 123.45: the digits pushed out behind the point are lost, so that only the needed value can tell.
fn explains(stated: &Stated, needed: Decimal) -> Option<Weight> {
    lost(stated, needed, &SLIPS)
}

/// Whether `needed`, divided by one of the powers and rounded, is what is stated; each digit lost makes it likelier to
/// be chance.
pub(super) fn lost(stated: &Stated, needed: Decimal, slips: &[(u64, Weight)]) -> Option<Weight> {
    let value = stated.value.filter(|value| !value.is_zero())?;
    slips.iter().find_map(|(power, weight)| {
        let exact = needed / Decimal::from(*power);
        let kept = significant(value);
        let lost = (significant(needed) - kept).max(0);
        (kept >= 2 && lost > 0 && round_half_away(exact, stated.decimals) == value)
            .then_some(weight - 10 * lost)
    })
}
