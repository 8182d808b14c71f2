//! Whether some sum of one half of a window, with one of the other half, comes to what is wanted: asked of thousands of
//! windows, and answered with no by nearly all.

/// The sums of one half: a bit for each narrow band of values that holds one, bands folded onto a table that stays in the
/// cache.
pub(super) struct Half {
    sums: Vec<u64>,
    bits: Vec<u64>,
    /// Bits of a place in the table.
    place: u32,
    /// A band is so many bits of a value wide.
    band: u32,
}

impl Half {
    /// `sums` are as many as a few figures give; what meets them may be off by `slack`.
    pub(super) fn new(sums: Vec<u64>, slack: u64) -> Self {
        let band = u64::BITS - slack.saturating_mul(2).leading_zeros();
        // About one in a hundred places is taken.
        let place = if sums.len() > 128 { 16 } else { 13 };
        let mut half = Self { sums, bits: vec![0; 1 << (place - 6)], place, band };
        for sum in &half.sums {
            let place = half.place(shifted(*sum, band));
            half.bits[place / 64] |= 1 << (place % 64);
        }
        half
    }

    /// Whether one of them lies in a span no wider than twice the slack, wrapping round.
    #[inline]
    pub(super) fn any_in(&self, low: u64, high: u64) -> bool {
        self.may_hold(low, high)
            && self.sums.iter().any(|sum| sum.wrapping_sub(low) <= high.wrapping_sub(low))
    }

    /// Whether one of them may lie there, told by the bits alone.
    #[inline]
    pub(super) fn may_hold(&self, low: u64, high: u64) -> bool {
        let (first, last) = (shifted(low, self.band), shifted(high, self.band));
        let holds = |band: u64| {
            let place = self.place(band);
            self.bits[place / 64] >> (place % 64) & 1 == 1
        };
        holds(first) || first != last && holds(last)
    }

    #[inline]
    fn place(&self, band: u64) -> usize {
        (band.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - self.place)) as usize
    }
}

/// Values are signed: bands of those beside zero are narrow too.
#[inline]
fn shifted(value: u64, band: u32) -> u64 {
    (value as i64).checked_shr(band).unwrap_or_default() as u64
}

/// Sums that are asked for exactly: no slack. Two bits each, hashed onto a table that stays in the cache, tell of nearly all
/// values that are none of them.
pub(super) struct Met {
    sums: Vec<u64>,
    bits: Vec<u64>,
    /// Bits of a place in the table.
    place: u32,
}

impl Met {
    pub(super) fn new(sums: Vec<u64>) -> Self {
        // About one in forty bits is set.
        let place = (64 * sums.len()).next_power_of_two().ilog2().clamp(6, 24);
        let mut met = Self { bits: vec![0; 1 << (place - 6)], place, sums };
        for at in 0..met.sums.len() {
            for place in met.places(met.sums[at]) {
                met.bits[place / 64] |= 1 << (place % 64);
            }
        }
        met
    }

    /// Whether a value is one of them.
    #[inline]
    pub(super) fn holds(&self, value: u64) -> bool {
        let held = |place: usize| self.bits[place / 64] >> (place % 64) & 1 == 1;
        let [first, second] = self.places(value);
        held(first) && held(second) && self.sums.contains(&value)
    }

    #[inline]
    fn places(&self, sum: u64) -> [usize; 2] {
        let mixed = sum.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let rest = u64::BITS - self.place;
        [(mixed >> rest) as usize, (mixed << self.place >> rest) as usize]
    }
}

/// The sums of a few figures, each added, taken away or left out, by their size alone: with each sum its negative is one.
pub(super) struct Sizes(Met);

impl Sizes {
    /// Of up to ten figures.
    pub(super) fn new(figures: impl Iterator<Item = u64>) -> Self {
        let figures: Vec<u64> = figures.filter(|figure| *figure != 0).collect();
        // All signs of the others, and each figure only added to those before it.
        let mut all = Vec::with_capacity(3_usize.pow(figures.len() as u32));
        let mut sizes = Vec::with_capacity(all.capacity() / 2 + 1);
        all.push(0_u64);
        sizes.push(0_u64);
        for (at, figure) in figures.iter().enumerate() {
            let known = all.len();
            sizes.extend(all.iter().map(|sum| size(sum.wrapping_add(*figure))));
            if at + 1 < figures.len() {
                for sign in [*figure, figure.wrapping_neg()] {
                    all.extend_from_within(..known);
                    let added = all.len() - known;
                    all[added..].iter_mut().for_each(|sum| *sum = sum.wrapping_add(sign));
                }
            }
        }
        Self(Met::new(sizes))
    }

    /// Whether one of these sums, together with one of others, comes to a value, in 64 bits that wrap round.
    pub(super) fn meets(&self, others: &Self, value: u64) -> bool {
        others.0.sums.iter().any(|other| {
            self.0.holds(size(value.wrapping_sub(*other)))
                || self.0.holds(size(value.wrapping_add(*other)))
        })
    }
}

#[inline]
fn size(value: u64) -> u64 {
    (value as i64).unsigned_abs()
}

/// All sums of a few figures, each left out or taken with one of the signs; those that are zero are left out.
pub(super) fn sums(figures: impl Iterator<Item = u64>, signs: &[i8]) -> Vec<u64> {
    let figures = figures.filter(|figure| *figure != 0);
    let mut all = Vec::with_capacity(signs.len().pow(figures.size_hint().1.unwrap_or(0) as u32));
    all.push(0_u64);
    for figure in figures {
        let known = all.len();
        for sign in signs.iter().filter(|sign| **sign != 0) {
            let step = figure.wrapping_mul(i64::from(*sign) as u64);
            for at in 0..known {
                all.push(all[at].wrapping_add(step));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_meets_is_met(
            near in prop::collection::vec(-1_000_i64..1_000, 1..5),
            far in prop::collection::vec(-1_000_i64..1_000, 1..5),
            wanted in -3_000_i64..3_000,
            slack in 0_u64..40,
            wide in any::<bool>(),
        ) {
            let times = if wide { 1_000_003 } else { 1 };
            let all = |figures: &[i64]| {
                sums(figures.iter().map(|figure| (figure * times) as u64), &[0, 1, -1])
            };
            let (near, far) = (all(&near), all(&far));
            let reach = i64::try_from(slack).unwrap();
            let slow = near.iter().any(|near| far.iter().any(|far| {
                (wanted - (*near as i64) - (*far as i64)).abs() <= reach
            }));
            let half = Half::new(near, slack);
            let fast = far.iter().any(|far| {
                let rest = (wanted as u64).wrapping_sub(*far);
                half.any_in(rest.wrapping_sub(slack), rest.wrapping_add(slack))
            });
            prop_assert_eq!(fast, slow);
        }

        #[test]
        fn sizes_meet_where_signed_sums_do(
            near in prop::collection::vec(-60_i64..60, 0..5),
            far in prop::collection::vec(-60_i64..60, 0..5),
            wanted in -300_i64..300,
            times in prop_oneof![Just(1_i64), Just(1 << 56), Just(1 << 62)],
        ) {
            let low = |figures: &[i64]| {
                figures.iter().map(|figure| figure.wrapping_mul(times) as u64).collect::<Vec<_>>()
            };
            let (near, far) = (low(&near), low(&far));
            let wanted = wanted.wrapping_mul(times) as u64;
            let all = |figures: &[u64]| sums(figures.iter().copied(), &[0, 1, -1]);
            let slow = all(&near).iter().any(|near| {
                all(&far).iter().any(|far| near.wrapping_add(*far) == wanted)
            });
            let sizes = |figures: &[u64]| Sizes::new(figures.iter().copied());
            prop_assert_eq!(sizes(&near).meets(&sizes(&far), wanted), slow);
        }

        #[test]
        fn what_is_held_is_held(sums in prop::collection::vec(0_u64..50, 0..40), value in 0_u64..50) {
            let held = sums.contains(&value);
            prop_assert_eq!(Met::new(sums).holds(value), held);
        }
    }
}
