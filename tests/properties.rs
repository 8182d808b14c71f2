//! What must not matter: the unit a table is printed in, the order of the parts of a total, blank rows and columns, the place
//! on the sheet. And what must hold of any number and any check, whatever the figures.
//!
//! Checks are compared by their labels, not by their cells, so that tables whose cells moved can be held side by side.

mod common;

use gouji::model::{Operation, Outcome, Report, Shape, Verdict, evaluate, evaluate_with};
use gouji::number::{self, Decimal, Interval, Spelling};
use proptest::prelude::*;
use proptest::sample::subsequence;

const NAMES: [&str; 12] = [
    "办公费",
    "印刷费",
    "差旅费",
    "会议费",
    "培训费",
    "维修费",
    "租赁费",
    "咨询费",
    "水电费",
    "邮电费",
    "劳务费",
    "招待费",
];

/// A table of groups with 小计, a 合计, and a column that adds the two others; amounts in 分.
#[derive(Clone, Debug)]
struct Shown {
    /// Name, 合计, 基本支出, 项目支出.
    rows: Vec<(String, [i64; 3])>,
    /// How many items each group has.
    groups: Vec<usize>,
}

impl Shown {
    fn new(groups: &[usize], amounts: &[(i64, i64)]) -> Self {
        let mut rows = Vec::new();
        let mut items = NAMES.iter().zip(amounts);
        let add = |rows: &[(String, [i64; 3])]| {
            rows.iter().fold([0; 3], |sum, (_, row)| std::array::from_fn(|at| sum[at] + row[at]))
        };
        let mut total = [0; 3];
        for size in groups {
            let start = rows.len();
            for (name, (basic, project)) in items.by_ref().take(*size) {
                rows.push(((*name).to_owned(), [basic + project, *basic, *project]));
            }
            let sum = add(&rows[start..]);
            rows.push(("小计".to_owned(), sum));
            total = std::array::from_fn(|at| total[at] + sum[at]);
        }
        rows.push(("合计".to_owned(), total));
        Self { rows, groups: groups.to_vec() }
    }

    /// The same with one figure changed.
    fn with_error(mut self, error: Option<(usize, usize, i64)>) -> Self {
        if let Some((row, column, by)) = error {
            let rows = self.rows.len();
            self.rows[row % rows].1[column] += by;
        }
        self
    }

    /// The same with the items of each group in another order: every item moves by as many places.
    fn turned(&self, by: usize) -> Self {
        let mut turned = self.clone();
        let mut start = 0;
        for size in &self.groups {
            turned.rows[start..start + size].rotate_left(by % size);
            start += size + 1;
        }
        turned
    }

    /// The sheet as cells; one of the unit is a one with that many zeros in 分.
    fn cells(&self, unit: &str, decimals: u32) -> Vec<Vec<String>> {
        let mut cells = vec![
            [String::new(), String::new(), String::new(), format!("单位：{unit}")].to_vec(),
            ["项目", "合计", "基本支出", "项目支出"].map(str::to_owned).to_vec(),
        ];
        for (name, amounts) in &self.rows {
            let mut row = vec![name.clone()];
            row.extend(amounts.iter().map(|amount| Decimal::new(*amount, decimals).to_string()));
            cells.push(row);
        }
        cells
    }
}

/// The check of a sheet made of these cells.
fn checked(cells: &[Vec<String>]) -> Report {
    let rows: Vec<String> = cells.iter().map(|row| row.join(" | ")).collect();
    common::case(&format!("@ 支出表\n{}\n", rows.join("\n"))).report()
}

type Said = (String, Operation, String, Vec<(String, i32)>, Verdict);

/// Every check of a report in words; the parts of a sum have no order.
fn said(report: &Report) -> Vec<Said> {
    let mut all: Vec<Said> = report
        .checks()
        .map(|(_, relation, outcome)| {
            let label =
                |operand: &gouji::model::Operand| report.packet.label(operand.place, operand.table);
            let mut terms: Vec<(String, i32)> =
                outcome.terms.iter().map(|term| (label(term), term.coefficient)).collect();
            if relation.operation == Operation::Sum {
                terms.sort();
            }
            let target = label(&outcome.target);
            (relation.rule.clone(), relation.operation, target, terms, outcome.verdict)
        })
        .collect();
    all.sort();
    all
}

prop_compose! {
    fn tables()(
        groups in proptest::collection::vec(2_usize..5, 2..4),
        amounts in proptest::collection::vec((10_007_i64..9_999_999, 10_007_i64..9_999_999), 12),
        error in proptest::option::of((0_usize..16, 0_usize..3, 2_000_i64..900_000)),
    ) -> Shown {
        Shown::new(&groups, &amounts).with_error(error)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_unit_does_not_matter(table in tables()) {
        let yuan = said(&checked(&table.cells("元", 2)));
        prop_assert!(!yuan.is_empty());
        prop_assert_eq!(&yuan, &said(&checked(&table.cells("万元", 6))));
    }

    #[test]
    fn the_order_of_the_parts_does_not_matter(table in tables(), by in 1_usize..4) {
        let turned = table.turned(by);
        prop_assert_eq!(
            said(&checked(&table.cells("万元", 2))),
            said(&checked(&turned.cells("万元", 2)))
        );
    }

    #[test]
    fn blank_rows_do_not_matter(table in tables(), rows in subsequence((3_usize..10).collect::<Vec<_>>(), 1..3)) {
        let plain = table.cells("万元", 2);
        let mut spaced = plain.clone();
        for row in rows.iter().rev() {
            spaced.insert((*row).min(plain.len() - 1), vec![String::new(); 4]);
        }
        prop_assert_eq!(said(&checked(&plain)), said(&checked(&spaced)));
    }

    #[test]
    fn a_blank_column_does_not_matter(table in tables(), column in 1_usize..4) {
        let plain = table.cells("万元", 2);
        let mut spaced = plain.clone();
        for row in &mut spaced {
            row.insert(column, String::new());
        }
        prop_assert_eq!(said(&checked(&plain)), said(&checked(&spaced)));
    }

    #[test]
    fn the_place_on_the_sheet_does_not_matter(table in tables(), down in 0_usize..9, right in 0_usize..9) {
        let plain = table.cells("万元", 2);
        let mut moved = vec![Vec::new(); down];
        moved.extend(plain.iter().map(|row| {
            let mut cells = vec![String::new(); right];
            cells.extend_from_slice(row);
            cells
        }));
        prop_assert_eq!(said(&checked(&plain)), said(&checked(&moved)));
    }

    /// What a check says follows from its numbers: a difference beyond the tolerance and nothing else fails, the computed
    /// value in the target's place holds, twice the tolerance more does not, and the order of a sum's terms is nothing.
    #[test]
    fn a_verdict_follows_from_its_numbers(table in tables()) {
        let report = checked(&table.cells("万元", 2));
        for (_, relation, outcome) in report.checks() {
            let Outcome { computed: Some(computed), difference: Some(difference), tolerance: Some(tolerance), .. } = outcome
            else { continue };
            prop_assert_eq!(outcome.stated, Some(computed + difference));
            if relation.operation != Operation::Sum { continue; }
            let expected = match difference.abs() {
                gap if gap.is_zero() => Verdict::Holds,
                gap if gap <= tolerance => Verdict::Rounding,
                _ => Verdict::Fails,
            };
            prop_assert_eq!(outcome.verdict, expected);
        }
        for relation in &report.relations {
            for ordinal in 0..relation.check_count() {
                let outcome = evaluate(&report.packet, relation, ordinal);
                prop_assert_eq!(&outcome, &evaluate_with(&report.packet, relation, ordinal, &|_| None));
                let (Some(computed), Some(tolerance)) = (outcome.computed, outcome.tolerance) else { continue };
                let target = outcome.target.place;
                let with = |value: Decimal| {
                    evaluate_with(&report.packet, relation, ordinal, &|place| (place == target).then_some(value)).verdict
                };
                if relation.operation != Operation::Sum { continue; }
                prop_assert_eq!(with(computed), Verdict::Holds);
                prop_assert_eq!(with(computed + tolerance + tolerance), Verdict::Fails);
                let mut turned = relation.clone();
                match &mut turned.shape {
                    Shape::Lines { terms, .. } | Shape::Fields { terms, .. } => terms.reverse(),
                    Shape::Cells { terms, .. } => terms.reverse(),
                }
                let turned = evaluate(&report.packet, &turned, ordinal);
                prop_assert_eq!((turned.verdict, turned.computed, turned.tolerance), (outcome.verdict, outcome.computed, outcome.tolerance));
            }
        }
    }

    /// A number comes back from every way it can be spelled.
    #[test]
    fn a_printed_number_is_read_as_itself(units in -9_999_999_999_999_i64..9_999_999_999_999, decimals in 0_u32..7) {
        let value = Decimal::new(units, decimals);
        let size = value.abs().to_string();
        let minus = if value.is_sign_negative() { "-" } else { "" };
        let full: String = format!("{minus}{size}").chars().map(full_width).collect();
        let grouped = format!("{minus}{}", grouped(&size));
        let mut spellings = vec![(value.to_string(), Spelling::Plain), (full, Spelling::Plain)];
        let spelling = if grouped.contains(',') { Spelling::Grouped } else { Spelling::Plain };
        spellings.extend([(grouped.clone(), spelling), (format!(" {grouped}　"), spelling)]);
        if value.is_sign_negative() {
            spellings.extend(["△", "▲"].map(|sign| (format!("{sign}{size}"), Spelling::MarkedNegative)));
            spellings.push((format!("（{size}）"), Spelling::MarkedNegative));
        }
        for (text, spelling) in spellings {
            let Some(literal) = number::parse(&text) else {
                return Err(TestCaseError::fail(format!("{text} is a number")));
            };
            prop_assert_eq!((literal.value, literal.decimals, literal.spelling), (value, decimals, spelling), "{}", text);
        }
        let percent = number::parse(&format!("{value}%")).expect("a percentage");
        prop_assert_eq!((percent.value * Decimal::ONE_HUNDRED, percent.decimals), (value, decimals + 2));
    }

    /// Whatever two printed numbers stand for, their sum, product and quotient lie in the interval that is computed.
    #[test]
    fn an_interval_holds_every_result(
        (a, b) in (-999_999_i64..999_999, 1_000_i64..999_999),
        (da, db) in (0_u32..4, 0_u32..4),
        (at_a, at_b) in (-50_i64..51, -50_i64..51),
    ) {
        let (first, second) = (Decimal::new(a, da), Decimal::new(b, db));
        let (x, y) = (Interval::printed(first, da), Interval::printed(second, db));
        // Somewhere between half a unit below and half a unit above.
        let (p, q) = (first + Decimal::new(at_a, da + 2), second + Decimal::new(at_b, db + 2));
        prop_assert!(x.contains(p) && y.contains(q));
        prop_assert!(x.add(y).expect("a sum").contains(p + q));
        prop_assert!(x.multiply(y).expect("a product").contains(p * q));
        // Both ends of a quotient are rounded at the last of 28 digits.
        let quotient = x.divide(y).expect("a quotient");
        let slack = Decimal::new(1, 20);
        let wide = Interval { low: quotient.low - slack, high: quotient.high + slack };
        prop_assert!(wide.contains(p / q));
    }
}

fn full_width(c: char) -> char {
    match c {
        '0'..='9' | '.' | '-' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// 1234567.8 as 1,234,567.8.
fn grouped(size: &str) -> String {
    let (whole, fraction) = size.find('.').map_or((size, ""), |at| size.split_at(at));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[test]
fn rounding_that_is_large_for_so_many_figures_is_told_apart() {
    let parts = ["12.96", "10.60", "9.90", "113.08", "132.24", "49.14", "63.44", "50.24"];
    for (total, verdict, large) in [
        ("441.60", Verdict::Holds, false),
        ("441.61", Verdict::Rounding, false),
        ("441.63", Verdict::Rounding, true),
        ("441.70", Verdict::Fails, false),
    ] {
        let mut text = "== case\n@ 采购预算表, 万元\n项目 | 金额\n".to_owned();
        for (name, part) in NAMES.iter().zip(parts) {
            text.push_str(&format!("{name} | {part}\n"));
        }
        text.push_str(&format!("合计 | {total}\n"));
        let report = common::cases(&text)[0].report();
        let outcome = evaluate(&report.packet, &report.relations[0], 0);
        assert_eq!(outcome.verdict, verdict, "{total}");
        assert_eq!(outcome.is_large_rounding(&report.packet), large, "{total}");
    }
}
