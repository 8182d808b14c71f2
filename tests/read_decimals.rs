//! Decimals of up to 15 digits written by another program come back exactly.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail them")]

use gouji::model::Value;
use gouji::number::Decimal;
use gouji::read::{Limits, read};
use rust_xlsxwriter::Workbook;

/// A small generator, so that the same numbers are tried each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 17) % below
    }
}

fn round_trip(count: u32, seed: u64) {
    let mut dice = Dice(seed);
    let mut written = Vec::new();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for index in 0..count {
        let digits = 1 + dice.roll(15) as u32;
        let mantissa = dice.roll(10_u64.pow(digits)).cast_signed();
        let sign = if dice.roll(2) == 0 { 1 } else { -1 };
        let number = Decimal::new(sign * mantissa, dice.roll(u64::from(digits) + 1) as u32);
        let double: f64 = number.to_string().parse().unwrap();
        sheet.write_number(index / 16, (index % 16) as u16, double).unwrap();
        written.push(number);
    }
    let bytes = book.save_to_buffer().unwrap();
    let workbook = read("x.xlsx", &bytes, &Limits::default()).unwrap();
    let mut cells = workbook.sheets[0].cells();
    for number in written {
        let (cell, value, _) = cells.next().unwrap();
        assert_eq!(value, Value::Number(number), "{cell}");
    }
    assert!(cells.next().is_none());
}

#[test]
fn a_hundred_thousand_decimals_come_back() {
    round_trip(100_000, 7);
}

/// For the long run: `cargo test --release --test read_decimals -- --ignored`.
#[test]
#[ignore = "takes a while; part of the long run"]
fn a_million_decimals_come_back() {
    for seed in 0..10 {
        round_trip(100_000, seed);
    }
}
