//! What a figure must say of itself before the working paper adds it up: its unit, where others have one, and that it is of the
//! whole year.

use crate::model::{Operand, Packet, Table, Text};
use crate::number::Unit;

/// Why an amount is not taken; nothing where it is.
pub(super) fn refusal(packet: &Packet, cell: &Operand, spent: bool) -> Option<Text> {
    let table = packet.tables.get(cell.table? as usize)?;
    let has_unit = packet.unit(cell.place, cell.table).is_some_and(Unit::is_money);
    if !has_unit && units_are_stated(packet) {
        return Some(Text::new(
            "未取得：所在表未注明金额单位，别的表已注明",
            "not obtained: its table states no unit, others do",
        ));
    }
    let said = spent.then(|| part_of_year(table, cell)).flatten()?;
    Some(Text::new(
        format!("未取得：只有部分月份的数（{said}）"),
        format!("not obtained: stated for a part of the year only ({said})"),
    ))
}

/// Whether any table of the packet states a unit of money.
pub(super) fn units_are_stated(packet: &Packet) -> bool {
    let of_money = |unit: &Option<Unit>| unit.as_ref().is_some_and(Unit::is_money);
    packet.tables.iter().any(|table| {
        of_money(&table.unit) || table.fields.iter().any(|field| of_money(&field.unit))
    })
}

/// The words of the column or the title that say a part of the year.
fn part_of_year(table: &Table, cell: &Operand) -> Option<String> {
    let field = table.field_at(cell.place.cell.column)?;
    let header = field.path.concat();
    match (period(&header), table.title.as_deref().map(period)) {
        (Period::Part, _) => Some(header),
        (Period::Unsaid, Some(Period::Part)) => table.title.clone(),
        (Period::Year | Period::Unsaid, _) => None,
    }
}

/// What a text says of the months that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    /// 1-6月, 上半年, 三季度, 截至11月底
    Part,
    /// 1-12月, 截至12月31日
    Year,
    /// No word of it.
    Unsaid,
}

fn period(text: &str) -> Period {
    let text: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let has = |word: &str| {
        let word: Vec<char> = word.chars().collect();
        text.windows(word.len()).any(|part| part == word)
    };
    if has("半年") || has("季度") {
        return Period::Part;
    }
    let Some(at) = text.iter().rposition(|c| *c == '月') else { return Period::Unsaid };
    let (last, before) = number_before(&text, at);
    let Some(last) = last else { return Period::Unsaid };
    // 1-12月, 1月至12月
    let joined = before.checked_sub(1).filter(|at| "-—–－~～至到".contains(text[*at]));
    let first = joined.and_then(|at| {
        let at = if at > 0 && text[at - 1] == '月' { at - 1 } else { at };
        number_before(&text, at).0
    });
    // The year's last month alone is a month, its last day is the year's end.
    let end =
        text[at + 1..].first().is_some_and(|c| *c == '底' || *c == '末' || c.is_ascii_digit());
    match (first, last) {
        (Some(1), 12) => Period::Year,
        (None, 12) if end => Period::Year,
        (_, 1..=12) => Period::Part,
        _ => Period::Unsaid,
    }
}

/// The number whose digits end before `at`, and where they begin.
fn number_before(text: &[char], at: usize) -> (Option<u32>, usize) {
    let digits = text[..at].iter().rev().take_while(|c| c.is_ascii_digit()).count().min(2);
    let first = at - digits;
    (text[first..at].iter().collect::<String>().parse().ok(), first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_that_are_not_the_whole_year_are_told() {
        for (text, said) in [
            ("2023年1-6月预算执行情况表", Period::Part),
            ("1月至9月支出数", Period::Part),
            ("上半年支出", Period::Part),
            ("三季度执行数", Period::Part),
            ("截至11月底累计支出", Period::Part),
            ("2023年12月支出情况表", Period::Part),
            ("2023年1-12月支出明细表", Period::Year),
            ("截至2023年12月31日支出", Period::Year),
            ("截至12月底执行数", Period::Year),
            ("2023年支出明细表", Period::Unsaid),
            ("支出数", Period::Unsaid),
            ("月均支出", Period::Unsaid),
        ] {
            assert_eq!(period(text), said, "{text}");
        }
    }
}
