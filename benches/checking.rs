//! How long a whole check takes, from the bytes of a file in memory to the report: `cargo bench --bench checking`.
//!
//! The rows of `ledger` double from one case to the next: the time should too. How the program stands beside a reader is
//! measured as whole processes by `compare_check.py`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use gouji::model::Report;
use gouji::pipeline::Options;
use gouji::pipeline::{Input, run};
use gouji::read::Limits;
use rust_xlsxwriter::{Workbook, Worksheet};

/// Months, and the columns around them.
const MONTHS: u32 = 12;

fn main() {
    divan::main();
}

/// A total line over items, each with a total of its months, a budget, and what is left of it.
#[divan::bench(args = [25, 500, 1_000, 2_000, 4_000, 8_000], sample_count = 10)]
fn ledger(bencher: Bencher, rows: u32) {
    measure(bencher, rows, 0, 0);
}

/// The same with a subtotal behind every ten items.
#[divan::bench(args = [500, 1_000, 2_000, 4_000], sample_count = 10)]
fn subtotals(bencher: Bencher, rows: u32) {
    measure(bencher, rows, 10, 0);
}

/// The same with a wrong total in every third row: what diagnosis costs.
#[divan::bench(args = [30, 300, 3_000], sample_count = 5)]
fn failing(bencher: Bencher, rows: u32) {
    measure(bencher, rows, 0, 3);
}

fn measure(bencher: Bencher, rows: u32, group: u32, wrong: u32) {
    let bytes = book(rows, group, wrong);
    let report = check(&bytes);
    assert!(report.summary.checks() >= u64::from(rows), "the rows are checked");
    assert_eq!(report.findings.is_empty(), wrong == 0, "only wrong figures are found");
    let cells = u64::from(rows) * u64::from(MONTHS + 6);
    bencher.counter(ItemsCount::new(cells)).bench(|| check(black_box(&bytes)));
}

fn check(bytes: &[u8]) -> Report {
    let input = Input { path: "支出明细.xlsx".to_owned(), bytes: Ok(bytes.to_vec()) };
    run(&[input], &Options::default(), &Limits::default())
}

fn book(rows: u32, group: u32, wrong: u32) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    put(sheet, 0, &["支出明细表"]);
    put(sheet, 1, &["单位：元"]);
    let mut headers: Vec<String> = vec!["项目名称".into(), "合计".into()];
    headers.extend((1..=MONTHS).map(|month| format!("{month}月")));
    headers.extend(["预算数", "支出数", "结余数"].map(String::from));
    put(sheet, 2, &headers);
    let figures = |row: u32| -> Vec<u64> {
        let months: Vec<u64> = (0..MONTHS).map(|month| any(row * 31 + month)).collect();
        let (budget, spent) = (any(row) + 100_000_000, any(row + 7));
        let mut all = vec![months.iter().sum()];
        all.extend(months);
        all.extend([budget, spent, budget - spent]);
        all
    };
    let sum = |rows: std::ops::Range<u32>| {
        rows.map(figures).reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect())
    };
    line(sheet, 3, "合计", &sum(0..rows).unwrap_or_default());
    let mut at = 4;
    for row in 0..rows {
        let mut own = figures(row);
        if wrong > 0 && row % wrong == 0 {
            own[0] += 9_000;
        }
        line(sheet, at, &format!("采购{}", any(row) % 9_973), &own);
        at += 1;
        if group > 0 && (row + 1) % group == 0 {
            line(sheet, at, "小计", &sum(row + 1 - group..row + 1).unwrap_or_default());
            at += 1;
        }
    }
    book.save_to_buffer().expect("it is a good workbook")
}

fn put<T: AsRef<str>>(sheet: &mut Worksheet, row: u32, texts: &[T]) {
    for (column, text) in (0..).zip(texts) {
        sheet.write_string(row, column, text.as_ref()).expect("it is on the grid");
    }
}

fn line(sheet: &mut Worksheet, row: u32, name: &str, cents: &[u64]) {
    sheet.write_string(row, 0, name).expect("it is on the grid");
    for (column, cents) in (1..).zip(cents) {
        let text = format!("{}.{:02}", cents / 100, cents % 100);
        let number: f64 = text.parse().expect("it is a number");
        sheet.write_number(row, column, number).expect("it is on the grid");
    }
}

/// A number below a hundred million that looks like any other, always the same for the same seed.
fn any(seed: u32) -> u64 {
    let mut bits = u64::from(seed).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (bits ^ (bits >> 27)) % 100_000_000
}
