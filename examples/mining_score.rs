//! Scores mining alone, without reader and recognizer, or the whole program on annotated tables: precision, recall and F1 per
//! operation.
//!
//! usage: `mining_score DATA.jl.gz [half] [dump.tsv] [--whole] [--tables COUNTS.tsv] [--set LIMIT=VALUE]…`, half being 0, 1 or
//! all; `mining_score --limits` lists the limits. Scores as `score_aggregations.py` does. COUNTS.tsv gets, for each table and operation, how many were annotated, predicted and right.
#![expect(clippy::print_stdout, reason = "a command")]
#![expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "scores")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};

use gouji::lexicon::Words;
use gouji::model::{CellRef, Operand, Operation};
use gouji::pipeline::{self, Input, Options};
use gouji::relate::mine::{self, Grid, Hint, Limits};
use serde_json::Value;

type Cell = (usize, usize);
type Claim = (&'static str, Cell, Vec<Cell>);
type Claims = BTreeMap<Claim, String>;

fn main() {
    let (mut limits, mut counts, mut whole) = (Limits::default(), None, false);
    let mut plain = vec![];
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--set" => {
                let option = given.next().expect("LIMIT=VALUE");
                let (name, value) = option.split_once('=').expect("LIMIT=VALUE");
                *limit(&mut limits, name) = value.parse().expect("a number");
            }
            "--limits" => {
                for (name, limit) in LIMITS {
                    println!("{name}\t{}", limit(&mut limits));
                }
                return;
            }
            "--whole" => whole = true,
            "--tables" => {
                let path = given.next().expect("a file");
                counts = Some(std::fs::File::create(path).expect("a file"));
            }
            _ => plain.push(argument),
        }
    }
    let mut arguments = plain.into_iter();
    let path = arguments.next().expect("a file");
    let half = arguments.next().unwrap_or("all".into());
    let mut dump = arguments.next().map(|path| std::fs::File::create(path).expect("a file"));
    let file = flate2::read::GzDecoder::new(std::fs::File::open(path).expect("a file"));
    let mut totals: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut slow = vec![];
    let begin = std::time::Instant::now();
    let mut mining = std::time::Duration::ZERO;
    for line in BufReader::new(file).lines() {
        let table: Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        let name = table["file_name"].as_str().unwrap_or_default();
        let hash =
            name.bytes().fold(7_u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b))) >> 4 & 1;
        if half != "all" && half != hash.to_string() {
            continue;
        }
        let rows: Vec<Vec<String>> =
            serde_json::from_value(table["table_array"].clone()).expect("rows");
        let truth = truth(&table, &rows);
        let start = std::time::Instant::now();
        let got = if whole { checks(&rows, &limits) } else { predictions(&rows, &limits) };
        let spent = start.elapsed();
        mining += spent;
        slow.push((spent, name.to_owned()));
        if let Some(counts) = &mut counts {
            count(counts, name, &truth, &got);
        }
        for claim in &truth {
            totals.entry(claim.0).or_default()[0] += 1;
            if let Some(dump) = &mut dump
                && !got.contains_key(claim)
            {
                writeln!(dump, "missed\t{name}\t{}\t{:?}\t{:?}", claim.0, claim.1, claim.2)
                    .expect("written");
            }
        }
        for (claim, how) in &got {
            let total = totals.entry(claim.0).or_default();
            total[1] += 1;
            total[2] += usize::from(truth.contains(claim));
            if let Some(dump) = &mut dump {
                let kind = if truth.contains(claim) { "right" } else { "false" };
                writeln!(dump, "{kind}\t{name}\t{}\t{:?}\t{:?}\t{how}", claim.0, claim.1, claim.2)
                    .expect("written");
            }
        }
    }
    let mut all = [0; 3];
    for (name, total) in &totals {
        print(name, *total);
        for (sum, part) in all.iter_mut().zip(total) {
            *sum += part;
        }
    }
    print("all", all);
    slow.sort();
    println!(
        "{:.1?} of which mining {:.1?}; slowest {:?}",
        begin.elapsed(),
        mining,
        &slow[slow.len().saturating_sub(3)..]
    );
}

/// One of the limits that what is believed rests on.
type Limit = fn(&mut Limits) -> &mut f64;

/// All of these by name.
const LIMITS: [(&str, Limit); 35] = [
    ("run", |limits| &mut limits.run),
    ("worded_run", |limits| &mut limits.worded_run),
    ("run_share", |limits| &mut limits.run_share),
    ("folded", |limits| &mut limits.folded),
    ("goes_on", |limits| &mut limits.goes_on),
    ("siblings", |limits| &mut limits.siblings),
    ("siblings_share", |limits| &mut limits.siblings_share),
    ("apart", |limits| &mut limits.apart),
    ("apart_share", |limits| &mut limits.apart_share),
    ("apart_distinct", |limits| &mut limits.apart_distinct),
    ("signed", |limits| &mut limits.signed),
    ("worded_signed", |limits| &mut limits.worded_signed),
    ("signed_share", |limits| &mut limits.signed_share),
    ("alike", |limits| &mut limits.alike),
    ("block", |limits| &mut limits.block),
    ("block_share", |limits| &mut limits.block_share),
    ("listed", |limits| &mut limits.listed),
    ("listed_signed", |limits| &mut limits.listed_signed),
    ("listed_share", |limits| &mut limits.listed_share),
    ("listed_distinct", |limits| &mut limits.listed_distinct),
    ("listed_signed_distinct", |limits| &mut limits.listed_signed_distinct),
    ("alone", |limits| &mut limits.alone),
    ("summed", |limits| &mut limits.summed),
    ("mean", |limits| &mut limits.mean),
    ("quotient", |limits| &mut limits.quotient),
    ("quotient_share", |limits| &mut limits.quotient_share),
    ("bare_quotient", |limits| &mut limits.bare_quotient),
    ("bare_quotient_share", |limits| &mut limits.bare_quotient_share),
    ("bare_change", |limits| &mut limits.bare_change),
    ("carried", |limits| &mut limits.carried),
    ("worded_carried", |limits| &mut limits.worded_carried),
    ("carried_share", |limits| &mut limits.carried_share),
    ("bare_carried", |limits| &mut limits.bare_carried),
    ("bare_carried_share", |limits| &mut limits.bare_carried_share),
    ("bare_carried_distinct", |limits| &mut limits.bare_carried_distinct),
];

/// One of these limits.
fn limit<'a>(limits: &'a mut Limits, name: &str) -> &'a mut f64 {
    let known = LIMITS.iter().find(|(own, _)| *own == name);
    known.unwrap_or_else(|| panic!("no limit is called {name}")).1(limits)
}

/// Writes how many of each operation were annotated, predicted and right.
fn count(file: &mut std::fs::File, name: &str, truth: &BTreeSet<Claim>, got: &Claims) {
    for operation in ["sum", "average", "ratio", "relative_change"] {
        let annotated = truth.iter().filter(|claim| claim.0 == operation).count();
        let predicted = got.keys().filter(|claim| claim.0 == operation).count();
        let right = got.keys().filter(|c| c.0 == operation && truth.contains(*c)).count();
        writeln!(file, "{name}\t{operation}\t{annotated}\t{predicted}\t{right}").expect("written");
    }
}

fn print(name: &str, [annotated, predicted, right]: [usize; 3]) {
    let precision = right as f64 / predicted.max(1) as f64;
    let recall = right as f64 / annotated.max(1) as f64;
    let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
    println!(
        "{name:16} annotated {annotated:6} predicted {predicted:6} right {right:6}  P {precision:.4} R {recall:.4} F1 {f1:.4}"
    );
}

fn has_digit(rows: &[Vec<String>], cell: Cell) -> bool {
    rows.get(cell.0)
        .and_then(|row| row.get(cell.1))
        .is_some_and(|text| text.contains(|c: char| c.is_ascii_digit()))
}

fn truth(table: &Value, rows: &[Vec<String>]) -> BTreeSet<Claim> {
    let cell = |value: &Value| {
        (value[0].as_u64().unwrap_or(0) as usize, value[1].as_u64().unwrap_or(0) as usize)
    };
    let annotations = table["aggregation_annotations"].as_array().expect("annotations");
    annotations
        .iter()
        .filter_map(|annotation| {
            let mut parts: Vec<Cell> =
                annotation["aggregatee_indices"].as_array()?.iter().map(cell).collect();
            let operation = match annotation["operator"].as_str()? {
                "Sum" => "sum",
                "Average" => "average",
                "Division" => "ratio",
                _ => "relative_change",
            };
            if operation == "sum" || operation == "average" {
                parts.retain(|part| has_digit(rows, *part));
                parts.sort_unstable();
                parts.dedup();
            }
            Some((operation, cell(&annotation["aggregator_index"]), parts))
        })
        .collect()
}

fn predictions(rows: &[Vec<String>], limits: &Limits) -> Claims {
    let grid = grid(&gouji::lexicon::Rulebook::default().words, rows);
    let mut claims = Claims::new();
    for family in mine::families(&grid, limits) {
        let name = match family.operation {
            Operation::Sum => "sum",
            Operation::Average => "average",
            Operation::Ratio => "ratio",
            _ => "relative_change",
        };
        for &instance in &family.holds {
            let cell = |series: u32| {
                let (row, column) = family.direction.cell(series, instance);
                (row as usize, column as usize)
            };
            let mut parts: Vec<Cell> = family.terms.iter().map(|term| cell(*term)).collect();
            if name == "sum" || name == "average" {
                parts.retain(|part| has_digit(rows, *part));
                parts.sort_unstable();
            }
            let how = format!(
                "{:?}{} {:.0} {}/{}",
                family.form,
                if family.worded { "+" } else { "" },
                family.score,
                family.holds.len(),
                family.fails.len()
            );
            claims.insert((name, cell(family.target), parts), how);
        }
    }
    claims
}

/// What the whole program checks in a table that is handed in as .csv.
fn checks(rows: &[Vec<String>], limits: &Limits) -> Claims {
    let mut text = csv::WriterBuilder::new().flexible(true).from_writer(vec![]);
    for row in rows {
        text.write_record(row).expect("a row");
    }
    let input = Input { path: "table.csv".into(), bytes: Ok(text.into_inner().expect("all rows")) };
    let options = Options { mining: limits.clone(), ..Options::default() };
    let report = pipeline::run(&[input], &options, &gouji::read::Limits::default());
    let mut claims = Claims::new();
    let mut terms = vec![];
    for relation in &report.relations {
        let name = match relation.operation {
            Operation::Sum => "sum",
            Operation::Average => "average",
            Operation::Ratio => "ratio",
            Operation::RelativeChange => "relative_change",
            _ => continue,
        };
        for ordinal in 0..relation.check_count() {
            let table = |table| report.packet.place_of(table);
            let cell = |operand: &Operand| {
                let CellRef { row, column } = operand.place.cell;
                (row as usize, column as usize)
            };
            let mut target = cell(&relation.operands(ordinal, table, &mut terms));
            let added: Vec<Cell> =
                terms.iter().filter(|term| term.coefficient > 0).map(cell).collect();
            let mut parts: Vec<Cell> = terms.iter().map(cell).collect();
            if let (true, [total]) = (parts.len() > 1 && name == "sum", &added[..]) {
                // A part is the total without the others: the total is the sum of them all.
                parts.retain(|part| part != total);
                parts.push(target);
                target = *total;
            }
            if name == "sum" || name == "average" {
                parts.retain(|part| has_digit(rows, *part));
                parts.sort_unstable();
                parts.dedup();
            }
            claims.insert((name, target, parts), relation.rule.clone());
        }
    }
    claims
}

fn grid(words: &Words, rows: &[Vec<String>]) -> Grid {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let empty = String::new();
    let text = |r: usize, c: usize| rows[r].get(c).unwrap_or(&empty);
    let marks = gouji::number::Marks::infer(rows.iter().flatten().map(String::as_str));
    let mut figures = vec![];
    for r in 0..rows.len() {
        for c in 0..width {
            figures.push(
                marks
                    .parse(text(r, c))
                    .map(|l| (l.value, gouji::number::Decimal::new(5, l.decimals.min(27) + 1))),
            );
        }
    }
    let number = |r: usize, c: usize| figures[r * width + c].is_some();
    let mut columns = vec![];
    for c in 0..width {
        let first = (0..rows.len()).find(|r| number(*r, c)).unwrap_or(rows.len()).min(40);
        let mut parts: Vec<&str> = vec![];
        for r in first.saturating_sub(6)..first {
            // A heading over several columns stands in its first cell.
            let label =
                (0..=c).rev().map(|c| text(r, c).trim()).find(|t| !t.is_empty()).unwrap_or("");
            let own = text(r, c).trim();
            if !own.is_empty() {
                parts.push(own);
            } else if !label.is_empty() && r + 1 < first && c > 0 && label.len() < 40 {
                parts.push(label);
            }
        }
        columns.push(Hint::new(words, parts.join(" / ")));
    }
    let rows_hints = (0..rows.len())
        .map(|r| {
            let first = (0..width).find(|c| number(r, *c)).unwrap_or(width.min(1));
            let label: Vec<&str> =
                (0..first).map(|c| text(r, c).trim()).filter(|t| !t.is_empty()).collect();
            let level = text(r, 0).chars().take_while(|c| c.is_whitespace()).count() as u16;
            let mut hint = Hint::new(words, label.join(" "));
            hint.level = level;
            hint
        })
        .collect();
    Grid::new(rows_hints, columns, &figures)
}
