//! A cell's text as a spreadsheet shows it, near enough to recognize it on the screen.
//!
//! Number formats are followed as far as checking knows them: decimals, percent, scale, thousands, dates.

use rust_decimal::RoundingStrategy::MidpointAwayFromZero;

use crate::model::{CellRef, CellStyle, Sheet, Value, moment};
use crate::number::Decimal;

/// What stands in the cell on the screen.
pub(super) fn text(
    sheet: &Sheet,
    style: &CellStyle,
    cell: CellRef,
    value: Value,
    date_1904: bool,
) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Text(id) => sheet.texts.get(id).to_owned(),
        Value::Bool(true) => "TRUE".to_owned(),
        Value::Bool(false) => "FALSE".to_owned(),
        Value::Error(error) => error.text().to_owned(),
        Value::Number(value) => number(value, style, sheet.printed.get(&cell).copied(), date_1904),
    }
}

fn number(value: Decimal, style: &CellStyle, printed: Option<u8>, date_1904: bool) -> String {
    let format = &style.number_format;
    if format.date {
        return moment(value, date_1904, &format.code);
    }
    let mut shown = value;
    if format.percent {
        shown = shown.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(shown);
    }
    if format.scale > 0 {
        shown = shown.checked_div(Decimal::from(10_u64.pow(format.scale.min(18)))).unwrap_or(shown);
    }
    let text = match format.decimals.or(printed.map(u32::from)) {
        Some(decimals) => {
            let decimals = decimals.min(20);
            let rounded = shown.round_dp_with_strategy(decimals, MidpointAwayFromZero);
            format!("{rounded:.*}", decimals as usize)
        }
        None => shown.normalize().to_string(),
    };
    let text = if format.code.contains(",#") || format.code.contains(",0") && format.scale == 0 {
        grouped(&text)
    } else {
        text
    };
    if format.percent { text + "%" } else { text }
}

/// With a comma after every third digit.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NumberFormat;

    fn shown(value: &str, format: NumberFormat) -> String {
        let style = CellStyle { number_format: format, ..CellStyle::default() };
        number(value.parse().unwrap(), &style, None, false)
    }

    #[test]
    fn numbers_show_as_their_format_says() {
        let money =
            NumberFormat { code: "#,##0.00".into(), decimals: Some(2), ..NumberFormat::default() };
        assert_eq!(shown("1234567.5", money.clone()), "1,234,567.50");
        assert_eq!(shown("-0.005", money), "-0.01");
        let share = NumberFormat {
            code: "0.0%".into(),
            decimals: Some(1),
            percent: true,
            ..NumberFormat::default()
        };
        assert_eq!(shown("0.228", share), "22.8%");
        assert_eq!(shown("5706.3900", NumberFormat::default()), "5706.39");
        let date =
            NumberFormat { code: "yyyy-mm-dd".into(), date: true, ..NumberFormat::default() };
        assert_eq!(shown("44926", date.clone()), "2022-12-31");
        assert_eq!(shown("1", date), "1900-01-01");
        let code =
            |code: &str| NumberFormat { code: code.into(), date: true, ..NumberFormat::default() };
        assert_eq!(shown("45292", code("yyyy\"年\"m\"月\"d\"日\"")), "2024年1月1日");
        assert_eq!(shown("45351.5208333333", code("yyyy/m/d h:mm")), "2024/2/29 12:30");
        assert_eq!(shown("0.354166666666667", code("h:mm")), "8:30");
    }
}
