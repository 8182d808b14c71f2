//! Plants one error in a workbook: what people do to a figure when they type, copy and add.

use gouji::number::Decimal;

use super::book::{Book, Op, Spot};
use super::rng::Rng;

/// What is done to a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// Two neighbouring digits change places.
    Swapped,
    /// One digit is another.
    Digit,
    /// The point moves.
    Point,
    /// 元 in a table of 万元, or the reverse.
    Unit,
    /// The sign is lost or gained.
    Sign,
    /// A part is not typed.
    PartBlank,
    /// A total is added up without one part.
    PartLeftOut,
    /// A figure is twice what it should be.
    Doubled,
    /// A total is added up with one part twice.
    PartTwice,
}

/// All of them.
pub const SLIPS: [Slip; 9] = [
    Slip::Swapped,
    Slip::Digit,
    Slip::Point,
    Slip::Unit,
    Slip::Sign,
    Slip::PartBlank,
    Slip::PartLeftOut,
    Slip::Doubled,
    Slip::PartTwice,
];

/// What was planted.
#[derive(Clone, Debug)]
pub struct Planted {
    /// What was done.
    pub slip: Slip,
    /// To which cell.
    pub spot: Spot,
    /// What it should say.
    pub truth: Decimal,
    /// True relations that no longer hold, as indexes.
    pub broken: Vec<usize>,
}

/// Plants one error that breaks at least one true relation; `None` where the workbook offers no place for it.
pub fn plant(book: &mut Book, rng: &mut Rng) -> Option<Planted> {
    let slip = SLIPS[rng.below(SLIPS.len())];
    let spots: Vec<Spot> = book.figures.keys().copied().collect();
    for _ in 0..200 {
        let spot = spots[rng.below(spots.len())];
        let Some(truth) = book.figures[&spot].value else { continue };
        let percent = book.figures[&spot].is_percent();
        if truth.is_zero() || percent && !matches!(slip, Slip::Swapped | Slip::Digit) {
            continue;
        }
        let Some(wrong) = wrong(book, spot, truth, slip, rng) else { continue };
        if wrong == Some(truth) {
            continue;
        }
        let before = book.figures[&spot].clone();
        book.figures.get_mut(&spot).expect("a figure").value = wrong;
        // A relation whose target was blanked says nothing; one with a blank part still does.
        let broken: Vec<usize> = (0..book.truth.len())
            .filter(|&at| {
                let relation = &book.truth[at];
                let near = relation.target == spot || relation.terms.iter().any(|t| t.0 == spot);
                near && book.excess(relation).is_some_and(|excess| !excess.is_zero())
            })
            .collect();
        if broken.is_empty() {
            *book.figures.get_mut(&spot).expect("a figure") = before;
            continue;
        }
        book.print(spot);
        return Some(Planted { slip, spot, truth, broken });
    }
    None
}

fn wrong(
    book: &Book,
    spot: Spot,
    truth: Decimal,
    slip: Slip,
    rng: &mut Rng,
) -> Option<Option<Decimal>> {
    let figure = &book.figures[&spot];
    let decimals = figure.held_decimals();
    let ten_thousand = Decimal::from(10_000);
    let value = match slip {
        Slip::Swapped | Slip::Digit => {
            // In percent points where the figure is a percentage: 87.4 becomes 78.4.
            let mut shown = truth;
            shown.rescale(decimals);
            let mantissa = shown.mantissa();
            let mut digits: Vec<u8> = mantissa.unsigned_abs().to_string().into_bytes();
            if slip == Slip::Swapped {
                let places: Vec<usize> = (0..digits.len().saturating_sub(1))
                    .filter(|&at| digits[at] != digits[at + 1] && !(at == 0 && digits[1] == b'0'))
                    .collect();
                if places.is_empty() {
                    return None;
                }
                let at = places[rng.below(places.len())];
                digits.swap(at, at + 1);
            } else {
                let at = rng.below(digits.len());
                let low = u8::from(at == 0);
                let other = b'0' + low + rng.below(10 - usize::from(low)) as u8;
                if other == digits[at] {
                    return None;
                }
                digits[at] = other;
            }
            let number: i64 = String::from_utf8(digits).ok()?.parse().ok()?;
            Decimal::new(if mantissa < 0 { -number } else { number }, decimals)
        }
        Slip::Point => {
            let power = Decimal::from(if rng.chance(75) { 10 } else { 100 });
            let down = truth / power;
            if rng.chance(50) && down.normalize().scale() <= decimals {
                down
            } else {
                truth * power
            }
        }
        Slip::Unit => {
            let down = (truth / ten_thousand).normalize();
            if book.figures[&spot].exact && down.scale() <= 6 { down } else { truth * ten_thousand }
        }
        Slip::Sign => -truth,
        Slip::PartBlank => {
            let part = book.truth.iter().any(|relation| {
                relation.op == Op::Sum && relation.terms.iter().any(|(term, _)| *term == spot)
            });
            return part.then_some(None);
        }
        Slip::Doubled => truth * Decimal::TWO,
        Slip::PartLeftOut | Slip::PartTwice => {
            let relations: Vec<_> = book
                .truth
                .iter()
                .filter(|r| r.target == spot && r.op == Op::Sum && r.terms.len() > 1)
                .collect();
            if relations.is_empty() {
                return None;
            }
            let relation = relations[rng.below(relations.len())];
            let (part, coefficient) = relation.terms[rng.below(relation.terms.len())];
            let part = book.value(part) * Decimal::from(coefficient);
            if slip == Slip::PartLeftOut { truth - part } else { truth + part }
        }
    };
    Some(Some(value.normalize()))
}
