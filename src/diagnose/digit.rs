//! One digit is another, is missing, or stands twice: 8333 for 8833, 833330 for 83333.

use super::cause::{Cause, NO_TRAITS, Stated, Weight, digits, undigits, ways};
use crate::model::{DiagnosisKind, Text};
use crate::number::Decimal;

pub(super) static CAUSE: Cause = Cause {
    kind: DiagnosisKind::named("digit"),
    source: "象形法 and 尾数法 of the Chinese textbooks; a digit too few or many in a run of equal ones",
    meant: Some(meant),
    explains: Some(explains),
    gap: None,
    words: |said| {
        Text::new(
            format!("{}录错一位数字", said.label.zh),
            format!("one digit of {} is wrong", said.label.en),
        )
    },
    traits: NO_TRAITS,
};

fn meant(stated: &Stated, into: &mut Vec<(Decimal, Weight)>) {
    let Some(value) = stated.value else { return };
    let decimals = stated.decimals.max(value.normalize().scale());
    let shown = digits(value, decimals);
    let weight = -10 - ways(shown.len() * 9);
    let mut digits = shown.clone();
    for at in 0..digits.len() {
        for other in b'0'..=b'9' {
            // The first digit was no zero, unless the figure is below one.
            if other == shown[at]
                || at == 0 && other == b'0' && digits.len() > decimals as usize + 1
            {
                continue;
            }
            digits[at] = other;
            // Keys next to each other and figures that look alike are mistaken more often.
            let alike = if LOOK_ALIKE.contains(&(shown[at].min(other), shown[at].max(other))) {
                3
            } else {
                0
            };
            into.extend(undigits(&digits, decimals, value).map(|value| (value, weight + alike)));
        }
        digits[at] = shown[at];
    }
    // A digit of a run too many or too few.
    for at in 0..shown.len().saturating_sub(1) {
        if shown[at] == shown[at + 1] {
            for longer in [false, true] {
                let mut digits = shown.clone();
                if longer {
                    digits.insert(at, shown[at]);
                } else {
                    digits.remove(at);
                }
                into.extend(undigits(&digits, decimals, value).map(|value| (value, -35)));
            }
        }
    }
}

/// A digit that was not typed: 6448.4 for 67448.4. Ten for every place, so that only what is needed is looked for.
fn explains(stated: &Stated, needed: Decimal) -> Option<Weight> {
    let value = stated.value.filter(|value| !value.is_zero())?;
    if value.is_sign_negative() != needed.is_sign_negative() {
        return None;
    }
    let decimals = stated.decimals.max(value.normalize().scale()).max(needed.normalize().scale());
    let (short, long) = (digits(value, decimals), digits(needed, decimals));
    if long.len() != short.len() + 1 || short.len() < 3 {
        return None;
    }
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    (short[same..] == long[same + 1..]).then(|| -18 - ways(short.len() * 10))
}

/// Figures that look alike, smaller first.
const LOOK_ALIKE: [(u8, u8); 8] = [
    (b'1', b'7'),
    (b'1', b'4'),
    (b'3', b'8'),
    (b'5', b'6'),
    (b'0', b'6'),
    (b'6', b'8'),
    (b'4', b'9'),
    (b'3', b'5'),
];
