//! The functions, each as Excel defines it; what it does with blanks and texts differs from one to the next.

use std::cmp::Ordering;

use super::criteria::Criterion;
use super::evaluate::{Evaluator, Step, Stop, UNSUPPORTED, add, divide_by, multiply, near, power};
use super::lookups;
use super::sums::{self, Gathered};
use crate::model::{Area, CellError, CellRef, Comparison, Computed, Function, Range, Tree};
use crate::number::{Decimal, round_half_away};

const WRONG_VALUE: Stop = Stop::Error(CellError::Value);
const NOT_AVAILABLE: Stop = Stop::Error(CellError::NotAvailable);

pub(super) fn call(e: &mut Evaluator, function: Function, arguments: &[Tree]) -> Step<Computed> {
    let number = Computed::Number;
    Ok(match (function, arguments) {
        (Function::Sum, _) => number(gather(e, arguments, false)?.sum),
        (Function::Average, _) => number(gather(e, arguments, false)?.average()?),
        (Function::Max, _) => number(gather(e, arguments, false)?.most.unwrap_or_default()),
        (Function::Min, _) => number(gather(e, arguments, false)?.least.unwrap_or_default()),
        (Function::Count, _) => {
            number(count(e, arguments, |value| matches!(value, Computed::Number(_)))?)
        }
        (Function::CountA, _) => number(count(e, arguments, |value| *value != Computed::Blank)?),
        (Function::Product, _) => number(product(e, arguments)?),
        (Function::Subtotal, [code, areas @ ..]) => number(subtotal(e, code, areas)?),
        (Function::SumProduct, _) => number(sum_of_products(e, arguments)?),
        (Function::SumIf, [area, criterion]) => number(sum_if(e, area, criterion, area)?.sum),
        (Function::SumIf, [area, criterion, summed]) => {
            number(sum_if(e, area, criterion, summed)?.sum)
        }
        (Function::AverageIf, [area, criterion]) => {
            number(sum_if(e, area, criterion, area)?.average()?)
        }
        (Function::AverageIf, [area, criterion, averaged]) => {
            number(sum_if(e, area, criterion, averaged)?.average()?)
        }
        (Function::SumIfs, [summed, pairs @ ..]) => number(sum_ifs(e, Some(summed), pairs)?.sum),
        (Function::CountIf, [_, _]) | (Function::CountIfs, _) => {
            number(sum_ifs(e, None, arguments)?.count.into())
        }
        (Function::CountBlank, [Tree::Area(area)]) => {
            let (sheet, range) = e.resolve(area)?;
            let (rows, columns) = range.size();
            let mut filled = 0_u64;
            e.each_cell(sheet, range, |_, _, value| {
                let empty = match &value {
                    Computed::Blank => true,
                    Computed::Text(text) => text.is_empty(),
                    _ => false,
                };
                filled += u64::from(!empty);
                Ok(())
            })?;
            number((u64::from(rows) * u64::from(columns) - filled).into())
        }
        (Function::Round | Function::RoundUp | Function::RoundDown, [value, digits]) => {
            number(round(e, function, value, Some(digits))?)
        }
        (Function::Trunc, [value, digits]) => {
            number(round(e, Function::RoundDown, value, Some(digits))?)
        }
        (Function::Trunc, [value]) => number(round(e, Function::RoundDown, value, None)?),
        (Function::Int, [value]) => number(round(e, Function::Int, value, None)?),
        (Function::Abs, [value]) => number(e.number(value)?.abs()),
        (Function::Sign, [value]) => {
            let value = e.number(value)?;
            number(sign(value))
        }
        (Function::Mod, [a, b]) => number(modulo(e, a, b)?),
        (Function::Power, [a, b]) => number(power(e.number(a)?, e.number(b)?)?),
        (Function::If, [condition, rest @ ..]) if rest.len() <= 2 => {
            let at = usize::from(!e.truth(condition)?);
            match rest.get(at) {
                Some(branch) => branch_value(e, branch)?,
                None => Computed::Bool(at == 0),
            }
        }
        (Function::IfError | Function::IfNa, [value, instead]) => match e.value(value) {
            Err(Stop::Error(error))
                if function == Function::IfError || error == CellError::NotAvailable =>
            {
                branch_value(e, instead)?
            }
            value => value?,
        },
        (Function::And, _) => Computed::Bool(all_or_any(e, arguments, true)?),
        (Function::Or, _) => Computed::Bool(all_or_any(e, arguments, false)?),
        (Function::Not, [value]) => Computed::Bool(!e.truth(value)?),
        (Function::True, []) => Computed::Bool(true),
        (Function::False, []) => Computed::Bool(false),
        (Function::IsError, [value]) => match e.value(value) {
            Ok(_) => Computed::Bool(false),
            Err(Stop::Error(_)) => Computed::Bool(true),
            Err(stop) => return Err(stop),
        },
        (Function::IsNumber, [value]) => {
            is(e, value, |value| matches!(value, Computed::Number(_)))?
        }
        (Function::IsText, [value]) => is(e, value, |value| matches!(value, Computed::Text(_)))?,
        (Function::IsBlank, [value]) => is(e, value, |value| *value == Computed::Blank)?,
        (Function::N, [value]) => number(match e.value(value)? {
            Computed::Number(value) => value,
            Computed::Bool(true) => Decimal::ONE,
            _ => Decimal::ZERO,
        }),
        (Function::Value, [value]) => number(e.number(value)?),
        (Function::Len, [value]) => number((e.text(value)?.chars().count() as u64).into()),
        (Function::Left | Function::Right, [value]) => text(slice(e, function, value, None)?),
        (Function::Left | Function::Right, [value, length]) => {
            text(slice(e, function, value, Some(length))?)
        }
        (Function::Mid, [value, start, length]) => {
            let value = e.text(value)?;
            let (start, length) = (whole(e, start)?, whole(e, length)?);
            if start < 1 || length < 0 {
                return Err(WRONG_VALUE);
            }
            text(value.chars().skip(start as usize - 1).take(length as usize).collect())
        }
        (Function::Trim, [value]) => text(
            e.text(value)?.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
        ),
        (Function::Concatenate, _) => {
            let mut joined = String::new();
            for argument in arguments {
                joined.push_str(&e.text(argument)?);
            }
            text(joined)
        }
        (Function::Exact, [a, b]) => Computed::Bool(e.text(a)? == e.text(b)?),
        (Function::Row, []) => number((e.host.row + 1).into()),
        (Function::Column, []) => number((e.host.column + 1).into()),
        (Function::Row | Function::Column, [Tree::Area(area)]) => {
            let (_, range) = e.resolve(area)?;
            let at = if function == Function::Row { range.start.row } else { range.start.column };
            number((at + 1).into())
        }
        (Function::VLookup, [wanted, Tree::Area(area), column, exact]) => {
            let wanted = e.value(wanted)?;
            if e.truth(exact)? {
                return Err(UNSUPPORTED);
            }
            let (sheet, range) = e.resolve(area)?;
            let column = whole(e, column)?;
            if column < 1 {
                return Err(WRONG_VALUE);
            }
            let column = range.start.column + column as u32 - 1;
            if column > range.end.column {
                return Err(Stop::Error(CellError::Reference));
            }
            let first = Range::new(range.start, CellRef::new(range.end.row, range.start.column));
            let found = find(e, &wanted, sheet, first)?;
            read(e, sheet, CellRef::new(found.row, column))?
        }
        (Function::Match, [wanted, Tree::Area(area), mode]) => {
            let wanted = e.value(wanted)?;
            if !e.number(mode)?.is_zero() {
                return Err(UNSUPPORTED);
            }
            let (sheet, range) = e.resolve(area)?;
            let (rows, columns) = range.size();
            if rows > 1 && columns > 1 {
                return Err(NOT_AVAILABLE);
            }
            let found = find(e, &wanted, sheet, range)?;
            let at = (found.row - range.start.row) + (found.column - range.start.column);
            number((at + 1).into())
        }
        (Function::Index, [Tree::Area(area), rest @ ..]) if !rest.is_empty() && rest.len() <= 2 => {
            index(e, area, rest)?
        }
        _ => return Err(UNSUPPORTED),
    })
}

fn text(text: String) -> Computed {
    Computed::Text(text.into())
}

/// The value of a chosen branch: one left out is 0.
fn branch_value(e: &mut Evaluator, branch: &Tree) -> Step<Computed> {
    match branch {
        Tree::Missing => Ok(Computed::Number(Decimal::ZERO)),
        branch => e.value(branch),
    }
}

fn is(e: &mut Evaluator, value: &Tree, test: impl Fn(&Computed) -> bool) -> Step<Computed> {
    match e.value(value) {
        Ok(value) => Ok(Computed::Bool(test(&value))),
        Err(Stop::Error(_)) => Ok(Computed::Bool(false)),
        Err(stop) => Err(stop),
    }
}

/// A whole number that fits a position.
fn whole(e: &mut Evaluator, tree: &Tree) -> Step<i32> {
    let value = e.number(tree)?.trunc();
    value.to_string().parse().map_err(|_| WRONG_VALUE)
}

/// Numbers of ranges, texts and logical values there left out, and subtotals where that is asked for.
fn gather(e: &mut Evaluator, arguments: &[Tree], skip_subtotals: bool) -> Step<Gathered> {
    let mut gathered = Gathered::default();
    for argument in arguments {
        match argument {
            Tree::Area(area) => {
                let (sheet, range) = e.resolve(area)?;
                gathered.join(&sums::of_range(e, sheet, range, skip_subtotals)?)?;
            }
            Tree::Missing => gathered.add(Decimal::ZERO)?,
            argument => match e.value(argument)? {
                Computed::Number(value) => gathered.add(value)?,
                Computed::Bool(value) => gathered.add(u8::from(value).into())?,
                Computed::Blank => {}
                Computed::Text(_) => return Err(UNSUPPORTED),
                Computed::Error(error) => return Err(Stop::Error(error)),
            },
        }
    }
    Ok(gathered)
}

fn count(e: &mut Evaluator, arguments: &[Tree], test: fn(&Computed) -> bool) -> Step<Decimal> {
    let mut count = 0_u64;
    for argument in arguments {
        match argument {
            Tree::Area(area) => {
                let (sheet, range) = e.resolve(area)?;
                e.each_cell(sheet, range, |_, _, value| {
                    count += u64::from(test(&value));
                    Ok(())
                })?;
            }
            argument => {
                let value = e.value(argument)?;
                count += u64::from(test(&value));
            }
        }
    }
    Ok(count.into())
}

fn product(e: &mut Evaluator, arguments: &[Tree]) -> Step<Decimal> {
    let mut product = None;
    for argument in arguments {
        match argument {
            Tree::Area(area) => {
                let (sheet, range) = e.resolve(area)?;
                e.each_cell(sheet, range, |_, _, value| match value {
                    Computed::Number(value) => {
                        product = Some(multiply(product.unwrap_or(Decimal::ONE), value)?);
                        Ok(())
                    }
                    Computed::Error(error) => Err(Stop::Error(error)),
                    _ => Ok(()),
                })?;
            }
            argument => {
                let value = e.number(argument)?;
                product = Some(multiply(product.unwrap_or(Decimal::ONE), value)?);
            }
        }
    }
    Ok(product.unwrap_or_default())
}

/// SUBTOTAL leaves out the cells that are subtotals themselves. With hidden rows in its range what it leaves out
/// depends on how they were hidden, which is not kept, so it is not known then.
fn subtotal(e: &mut Evaluator, code: &Tree, areas: &[Tree]) -> Step<Decimal> {
    for area in areas {
        let Tree::Area(area) = area else { return Err(UNSUPPORTED) };
        let (sheet, range) = e.resolve(area)?;
        let hidden = e.workbook.sheets.get(sheet as usize).is_some_and(|found| {
            found.rows.range(range.start.row..=range.end.row).any(|(_, format)| format.hidden)
        });
        if hidden {
            return Err(UNSUPPORTED);
        }
    }
    let code = whole(e, code)?;
    let gathered = gather(e, areas, true)?;
    match code % 100 {
        1 => gathered.average(),
        2 => Ok(gathered.count.into()),
        4 => Ok(gathered.most.unwrap_or_default()),
        5 => Ok(gathered.least.unwrap_or_default()),
        9 => Ok(gathered.sum),
        _ => Err(UNSUPPORTED),
    }
}

/// Ranges of one size only; no arithmetic on arrays.
fn sum_of_products(e: &mut Evaluator, arguments: &[Tree]) -> Step<Decimal> {
    let mut areas = Vec::new();
    for argument in arguments {
        let Tree::Area(area) = argument else { return Err(UNSUPPORTED) };
        areas.push(e.resolve(area)?);
    }
    let Some(&(sheet, first)) = areas.first() else { return Err(UNSUPPORTED) };
    if areas.iter().any(|(_, range)| range.size() != first.size()) {
        return Err(WRONG_VALUE);
    }
    let mut sum = Decimal::ZERO;
    e.each_cell(sheet, first, |e, cell, value| {
        let mut product = array_number(&value)?;
        for (sheet, range) in &areas[1..] {
            let value = e.cell(*sheet, moved(cell, first, *range))?;
            product = multiply(product, array_number(&value)?)?;
        }
        sum = add(sum, product)?;
        Ok(())
    })?;
    // Cells outside the first range's used part are blank there, so their products are nothing.
    Ok(sum)
}

fn array_number(value: &Computed) -> Step<Decimal> {
    match value {
        Computed::Number(value) => Ok(*value),
        Computed::Error(error) => Err(Stop::Error(*error)),
        _ => Ok(Decimal::ZERO),
    }
}

/// The cell of `to` that stands where `cell` stands in `from`.
fn moved(cell: CellRef, from: Range, to: Range) -> CellRef {
    CellRef::new(
        to.start.row + (cell.row - from.start.row),
        to.start.column + (cell.column - from.start.column),
    )
}

fn sum_if(e: &mut Evaluator, area: &Tree, criterion: &Tree, summed: &Tree) -> Step<Gathered> {
    let (Tree::Area(area), Tree::Area(summed)) = (area, summed) else { return Err(UNSUPPORTED) };
    let criterion = e.value(criterion)?;
    let criterion = Criterion::read(&criterion)?;
    let ((sheet, range), (sum_sheet, sum_range)) = (e.resolve(area)?, e.resolve(summed)?);
    let mut gathered = Gathered::default();
    let blank_meets = criterion.meets(&Computed::Blank);
    if blank_meets {
        return Err(UNSUPPORTED);
    }
    e.each_cell(sheet, range, |e, cell, value| {
        if criterion.surely_meets(&value)? {
            // The summed range begins where it says and is as large as the other.
            match e.cell(sum_sheet, moved(cell, range, sum_range))? {
                Computed::Number(value) => gathered.add(value)?,
                Computed::Error(error) => return Err(Stop::Error(error)),
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok(gathered)
}

/// SUMIFS, and COUNTIFS where nothing is summed.
fn sum_ifs(e: &mut Evaluator, summed: Option<&Tree>, pairs: &[Tree]) -> Step<Gathered> {
    let mut conditions = Vec::new();
    for pair in pairs.chunks(2) {
        let [Tree::Area(area), criterion] = pair else { return Err(UNSUPPORTED) };
        let criterion = e.value(criterion)?;
        conditions.push((e.resolve(area)?, Criterion::read(&criterion)?));
    }
    let Some(((sheet, range), first)) = conditions.first() else { return Err(UNSUPPORTED) };
    let (sheet, range) = (*sheet, *range);
    if conditions.iter().any(|((_, other), _)| other.size() != range.size()) {
        return Err(WRONG_VALUE);
    }
    // Blank cells beyond the used part would have to be counted too.
    if first.meets(&Computed::Blank) {
        return Err(UNSUPPORTED);
    }
    let target = match summed {
        Some(Tree::Area(area)) => Some(e.resolve(area)?),
        Some(_) => return Err(UNSUPPORTED),
        None => None,
    };
    if target.is_some_and(|(_, target)| target.size() != range.size()) {
        return Err(WRONG_VALUE);
    }
    let mut gathered = Gathered::default();
    e.each_cell(sheet, range, |e, cell, value| {
        if !first.surely_meets(&value)? {
            return Ok(());
        }
        for ((sheet, other), criterion) in &conditions[1..] {
            let value = e.cell(*sheet, moved(cell, range, *other))?;
            if !criterion.surely_meets(&value)? {
                return Ok(());
            }
        }
        match target {
            None => gathered.count += 1,
            Some((sheet, target)) => match e.cell(sheet, moved(cell, range, target))? {
                Computed::Number(value) => gathered.add(value)?,
                Computed::Error(error) => return Err(Stop::Error(error)),
                _ => {}
            },
        }
        Ok(())
    })?;
    Ok(gathered)
}

fn round(e: &mut Evaluator, how: Function, value: &Tree, digits: Option<&Tree>) -> Step<Decimal> {
    let number = e.number(value)?;
    let digits = match digits {
        Some(digits) => whole(e, digits)?,
        None => 0,
    };
    if !(-15..=15).contains(&digits) {
        return Err(UNSUPPORTED);
    }
    let shift = power(Decimal::TEN, digits.into())?;
    let shifted = multiply(number, shift)?;
    let rounded = match how {
        Function::Round => round_half_away(shifted, 0),
        Function::RoundUp if shifted.is_sign_negative() => shifted.floor(),
        Function::RoundUp => shifted.ceil(),
        Function::Int => shifted.floor(),
        _ => shifted.trunc(),
    };
    // Near its boundary, binary arithmetic may fall on the other side; a stored value cannot.
    let edge = match how {
        Function::Round => add(shifted.trunc(), Decimal::new(5, 1) * sign(shifted))?,
        _ => round_half_away(shifted, 0),
    };
    let stored = matches!(value, Tree::Area(_) | Tree::Number(_));
    if !stored && near(shifted, edge, Decimal::ZERO) && !shifted.is_zero() {
        e.doubt();
    }
    divide_by(rounded, shift)
}

/// 1, 0 or −1.
fn sign(value: Decimal) -> Decimal {
    match value.cmp(&Decimal::ZERO) {
        Ordering::Less => Decimal::NEGATIVE_ONE,
        Ordering::Equal => Decimal::ZERO,
        Ordering::Greater => Decimal::ONE,
    }
}

fn modulo(e: &mut Evaluator, a: &Tree, b: &Tree) -> Step<Decimal> {
    let (a, b) = (e.number(a)?, e.number(b)?);
    if !a.fract().is_zero() || !b.fract().is_zero() {
        return Err(UNSUPPORTED);
    }
    let quotient = divide_by(a, b)?.floor();
    add(a, -multiply(b, quotient)?)
}

fn all_or_any(e: &mut Evaluator, arguments: &[Tree], all: bool) -> Step<bool> {
    let mut result = all;
    for argument in arguments {
        if matches!(argument, Tree::Area(area) if !area.is_cell()) {
            return Err(UNSUPPORTED);
        }
        let value = e.truth(argument)?;
        if value != all {
            result = !all;
        }
    }
    Ok(result)
}

fn slice(
    e: &mut Evaluator,
    function: Function,
    value: &Tree,
    length: Option<&Tree>,
) -> Step<String> {
    let value = e.text(value)?;
    let length = match length {
        Some(length) => whole(e, length)?,
        None => 1,
    };
    let length = usize::try_from(length).map_err(|_| WRONG_VALUE)?;
    let total = value.chars().count();
    let skipped = if function == Function::Right { total.saturating_sub(length) } else { 0 };
    Ok(value.chars().skip(skipped).take(length).collect())
}

/// The first cell of a range that equals `wanted`.
fn find(e: &mut Evaluator, wanted: &Computed, sheet: u32, range: Range) -> Step<CellRef> {
    if *wanted == Computed::Blank
        || matches!(wanted, Computed::Text(t) if t.contains(['*', '?', '~']))
    {
        return Err(UNSUPPORTED);
    }
    if let Some(found) = lookups::find(e, wanted, sheet, range) {
        return found;
    }
    let mut found = None;
    let mut last = Stop::Error(CellError::NotAvailable);
    let outcome = e.each_cell(sheet, range, |e, cell, value| {
        let same_kind = std::mem::discriminant(&value) == std::mem::discriminant(wanted);
        if same_kind && e.compare(Comparison::Equal, &value, wanted)? {
            found = Some(cell);
            // Stops the walk; told from real errors by `found`.
            return Err(NOT_AVAILABLE);
        }
        Ok(())
    });
    if let Some(cell) = found {
        return Ok(cell);
    }
    if let Err(stop) = outcome {
        last = stop;
    }
    Err(last)
}

/// What a cell that was looked up shows.
fn read(e: &mut Evaluator, sheet: u32, cell: CellRef) -> Step<Computed> {
    match e.cell(sheet, cell)? {
        Computed::Error(error) => Err(Stop::Error(error)),
        value => Ok(value),
    }
}

fn index(e: &mut Evaluator, area: &Area, rest: &[Tree]) -> Step<Computed> {
    let (sheet, range) = e.resolve(area)?;
    let (rows, columns) = range.size();
    let first = whole(e, &rest[0])?;
    let (row, column) = match rest.get(1) {
        Some(second) => (first, whole(e, second)?),
        None if rows == 1 => (1, first),
        None if columns == 1 => (first, 1),
        None => return Err(UNSUPPORTED),
    };
    if row < 1 || column < 1 {
        return Err(UNSUPPORTED);
    }
    if row as u32 > rows || column as u32 > columns {
        return Err(Stop::Error(CellError::Reference));
    }
    let cell =
        CellRef::new(range.start.row + row as u32 - 1, range.start.column + column as u32 - 1);
    read(e, sheet, cell)
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::to_number;
    use super::*;

    #[test]
    fn texts_become_numbers_only_when_plain() {
        let text = |text: &str| to_number(&Computed::Text(text.into()));
        assert_eq!(text("12.5"), Ok(Decimal::new(125, 1)));
        assert_eq!(text("合计"), Err(WRONG_VALUE));
        assert_eq!(text("2021-01-01"), Err(UNSUPPORTED));
    }
}
