//! How long reading takes, from the bytes of a file in memory to the workbook: `cargo bench --bench reading`.
//!
//! These are for comparing one version of the reader with another; how it stands beside other readers is measured as
//! whole processes by `compare.py`.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use gouji::model::{Sheet, Workbook};
use gouji::read::{Limits, read};
use rust_xlsxwriter::{Format, Workbook as Book, Worksheet};

const WORDS: [&str; 6] = ["办公费", "印刷费", "差旅费", "培训费", "劳务费", "维修（护）费"];

fn main() {
    divan::main();
}

/// Rows of twenty cells, two of them text and the rest money: what the large workbook of `compare.py` holds.
#[divan::bench(args = [1_000, 20_000], sample_count = 20)]
fn plain_xlsx(bencher: Bencher, rows: u32) {
    measure(bencher, "plain.xlsx", &book(1, |sheet| plain_rows(sheet, rows)));
}

/// The same with a formula in every row's last cell.
#[divan::bench(args = [1_000, 20_000], sample_count = 20)]
fn formulas_xlsx(bencher: Bencher, rows: u32) {
    let bytes = book(1, |sheet| {
        plain_rows(sheet, rows);
        for row in 0..rows {
            let formula = format!("=SUM(D{0}:S{0})", row + 1);
            sheet.write_formula(row, 19, formula.as_str()).expect("it is on the grid");
        }
    });
    measure(bencher, "formulas.xlsx", &bytes);
}

/// Three sheets of forty rows: the usual submission, where opening the package is what counts.
#[divan::bench]
fn small_xlsx(bencher: Bencher) {
    measure(bencher, "small.xlsx", &book(3, |sheet| plain_rows(sheet, 40)));
}

/// The same rows as text with commas between.
#[divan::bench(args = [1_000, 20_000], sample_count = 20)]
fn csv(bencher: Bencher, rows: u32) {
    let mut text = String::new();
    for row in 0..rows {
        text.push_str(&format!("{},{}", row + 1, word(row)));
        for column in 2..20 {
            let cents = cents(row, column);
            text.push_str(&format!(",{}.{:02}", cents / 100, cents % 100));
        }
        text.push('\n');
    }
    measure(bencher, "plain.csv", text.as_bytes());
}

/// The sample packet, saved in other formats.
#[divan::bench(args = ["整套报表（一页）.xlsx", "整套报表.xls", "整套报表.ods", "整套报表.csv"])]
fn samples(bencher: Bencher, name: &str) {
    let path = format!("{}/samples/formats/{name}", env!("CARGO_MANIFEST_DIR"));
    measure(bencher, name, &std::fs::read(path).expect("the samples are in the repository"));
}

fn measure(bencher: Bencher, name: &str, bytes: &[u8]) {
    let cells = cells(&workbook(name, bytes));
    assert!(cells > 0, "{name} has no cells");
    bencher
        .counter(BytesCount::new(bytes.len()))
        .counter(ItemsCount::new(cells))
        .bench(|| workbook(name, black_box(bytes)));
}

fn workbook(name: &str, bytes: &[u8]) -> Workbook {
    read(name, bytes, &Limits::default()).expect("it is a good workbook")
}

fn cells(workbook: &Workbook) -> usize {
    workbook.sheets.iter().map(Sheet::cell_count).sum()
}

fn book(sheets: usize, fill: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut book = Book::new();
    for _ in 0..sheets {
        fill(book.add_worksheet());
    }
    book.save_to_buffer().expect("it is a good workbook")
}

#[expect(clippy::float_arithmetic, reason = "the writer takes floats")]
fn plain_rows(sheet: &mut Worksheet, rows: u32) {
    let money = Format::new().set_num_format("#,##0.00");
    for row in 0..rows {
        sheet.write_number(row, 0, row + 1).expect("it is on the grid");
        sheet.write_string(row, 1, word(row)).expect("it is on the grid");
        for column in 2..20 {
            let amount = f64::from(cents(row, column)) / 100.0;
            sheet.write_number_with_format(row, column, amount, &money).expect("it is on the grid");
        }
    }
}

fn word(row: u32) -> String {
    format!("{}{}", WORDS[row as usize % WORDS.len()], row % 5000)
}

/// An amount below a million, spread by multiplication, so that it is the same each time.
fn cents(row: u32, column: u16) -> u32 {
    (row * 20 + u32::from(column) + 1).wrapping_mul(2_654_435_761) % 100_000_000
}
