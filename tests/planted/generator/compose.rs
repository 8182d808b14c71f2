//! Puts forms together into workbooks: one table, tables stacked on a sheet, or several sheets of one department.

use super::book::{Book, Op, Sheet, TrueRelation};
use super::department::Department;
use super::form::Form;
use super::forms::MAKERS;
use super::layout::{Levels, Site, Style, UnitAt, header_rows, place, width};
use super::rng::Rng;

/// Makers whose figures are not the department's own shared ones, or would have to agree with another table's.
const APART: &[&[&str]] = &[
    &["three_public", "economic"],
    &["function", "function_detail"],
    &["balance", "fiscal_balance"],
    &["revenue", "balance"],
    &["revenue", "fiscal_balance"],
    &["function_detail", "balance"],
    &["assets", "asset_rolling"],
    &["fiscal_balance", "function"],
    &["fiscal_balance", "economic"],
    &["fiscal_balance", "function_detail"],
    &["function_detail", "economic"],
    &["subtotals", "execution"],
    &["subtotals", "economic"],
    &["funds", "function"],
    &["rolling", "fiscal_balance"],
];

/// Lays out the workbook of a seed.
pub fn book(seed: u64) -> Book {
    let mut rng = Rng::new(seed);
    let department = Department::random(&mut rng);
    let mut book = Book { csv: rng.chance(8), ..Book::default() };
    let sheets = match rng.below(10) {
        _ if book.csv => 1,
        0..=5 => 1,
        6..=7 => 2,
        _ => rng.between(2, 4),
    };
    let mut used: Vec<&str> = Vec::new();
    for index in 0..sheets {
        let tables = if rng.chance(18) { 2 } else { 1 };
        let mut sheet = Sheet::default();
        let mut made: Vec<Vec<Form>> = Vec::new();
        for _ in 0..tables {
            for _ in 0..20 {
                let (name, maker) = MAKERS[rng.below(MAKERS.len())];
                let clash = used.contains(&name)
                    || APART.iter().any(|pair| {
                        pair.contains(&name) && used.iter().any(|other| pair.contains(other))
                    });
                if !clash {
                    used.push(name);
                    made.push(maker(&department, &mut rng));
                    break;
                }
            }
        }
        if made.is_empty() {
            break;
        }
        sheet.name = match rng.below(3) {
            0 => format!("Sheet{}", index + 1),
            1 => format!("表{}", index + 1),
            _ => made[0][0]
                .title
                .chars()
                .filter(|c| !"[]:*?/\\“”（）".contains(*c))
                .take(20)
                .collect(),
        };
        if book.sheets.iter().any(|other| other.name == sheet.name) {
            sheet.name = format!("{} ({index})", sheet.name);
        }
        book.sheets.push(sheet);
        let mut top = u32::from(rng.chance(8));
        let left = u32::from(rng.chance(6));
        let mut words = Vec::new();
        for forms in &made {
            top = draw(&mut book, &department, forms, index, top, left, &mut rng, &mut words);
            top += rng.between(1, 3) as u32;
        }
        book.made_of.push(words.join(" + "));
    }
    drop_unstated(&mut book);
    book
}

#[expect(clippy::too_many_arguments, reason = "a drawing function of a test")]
fn draw(
    book: &mut Book,
    department: &Department,
    forms: &[Form],
    sheet: usize,
    top: u32,
    left: u32,
    rng: &mut Rng,
    words: &mut Vec<String>,
) -> u32 {
    let csv = book.csv;
    let mut style = Style::random(&forms[0], csv, rng);
    if forms[0].unit == "分" {
        style.unit = UnitAt::LineWithEntity;
    }
    let rows: usize = forms.iter().map(|form| form.rows(false).0.len()).max().unwrap_or(0);
    if rows > 14 && forms.len() == 1 && rng.chance(8) && style.levels != Levels::Category {
        style.repeat = Some(rows / 2);
    }
    words.push(format!(
        "{} {:?} {:?} unit {:?} {:?} {:?} top {} nothing {:?}",
        forms[0].kind,
        style.levels,
        style.codes,
        style.unit,
        style.money,
        style.percent,
        style.total_top,
        style.nothing
    ));
    let title = forms[0].title.clone();
    if forms.len() == 1 {
        let site = Site {
            sheet,
            top,
            left,
            title: Some(&title),
            entity: department.name,
            header_rows: 1,
            rows: 0,
            width: 0,
        };
        return place(book, &forms[0], &style, &site, rng);
    }
    style.serial = None;
    style.index_row = false;
    style.gap = false;
    let between = u32::from(rng.chance(12));
    let widths: Vec<u32> = forms.iter().map(|form| width(form, &style)).collect();
    let whole = widths.iter().sum::<u32>() + between * (forms.len() as u32 - 1);
    let header = forms.iter().map(header_rows).max().unwrap_or(1);
    let mut below = top;
    let mut at = left;
    let first = book.truth.len();
    let mut totals = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        // The first table draws the frame; the others begin at its header.
        let site = Site {
            sheet,
            top: if index == 0 { top } else { top + frame_rows(&style) },
            left: at,
            title: (index == 0).then_some(title.as_str()),
            entity: department.name,
            header_rows: header,
            rows,
            width: whole,
        };
        let own = Style { notes: 0, ..style.clone() };
        below = below.max(place(book, form, &own, &site, rng));
        at += widths[index] + between;
        let last = book.truth[first..].iter().map(|relation| relation.target.1).max();
        let total = book.truth[first..]
            .iter()
            .filter(|r| Some(r.target.1) == last && r.target.2 >= site.left && r.why == "rows")
            .map(|r| r.target)
            .max_by_key(|spot| book.value(*spot));
        totals.extend(total);
    }
    if let [income, expenditure] = totals[..] {
        let terms = vec![(expenditure, 1)];
        book.truth.push(TrueRelation {
            op: Op::Equal,
            target: income,
            terms,
            why: "balance",
            kind: forms[0].kind,
        });
    }
    below
}

fn frame_rows(style: &Style) -> u32 {
    1 + u32::from(style.attachment.is_some())
        + u32::from(matches!(style.unit, UnitAt::Line | UnitAt::LineWithEntity))
}

/// What is not printed cannot be checked: blank targets, and sums of nothing but blanks.
fn drop_unstated(book: &mut Book) {
    let figures = &book.figures;
    let stated = |spot| figures.get(&spot).is_some_and(|figure| figure.value.is_some());
    book.truth.retain(|relation| {
        let terms = relation.terms.iter().filter(|(spot, _)| stated(*spot)).count();
        let needed = match relation.op {
            Op::Sum | Op::Equal => 1,
            _ => relation.terms.len(),
        };
        stated(relation.target) && terms >= needed
    });
}
