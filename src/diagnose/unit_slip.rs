//! A figure in 元 among 万元, or the reverse; 千元 and 亿元 likewise.

use super::cause::{Cause, NO_TRAITS, Stated, Traits, Weight};
use super::decimal_slip::lost;
use crate::model::{DiagnosisKind, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("unit_slip"),
    source: "extension of the transplacement to 元, 万元 and 亿元 (d = 9999x)",
    meant: Some(meant),
    explains: Some(|stated, needed| lost(stated, needed, &SLIPS)),
    gap: None,
    words: |said| {
        Text::new(
            format!("{}计量单位用错（元与万元混用）", said.label.zh),
            format!(
                "{} is in another unit (yuan among ten thousands, or the reverse)",
                said.label.en
            ),
        )
    },
    traits: Traits { of_size: true, ..NO_TRAITS },
};

const SLIPS: [(u64, Weight); 2] = [(10_000, -13), (100_000_000, -25)];

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
