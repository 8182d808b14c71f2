//! Cells and amounts as a person sees them: the digits, separators and signs of the sheet.

use crate::model::{
    CellRef, Finding, Language, Packet, Place, Report, Sheet, Value, Workbook, moment,
};
use crate::number::{Decimal, round_half_away};

/// Other cells of a matter that are named.
const ALSO: usize = 12;

/// How a cell prints its number, so that other numbers can be printed beside it in the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Decimals printed, of the number as printed.
    pub decimals: u32,
    /// With thousands separators.
    pub grouped: bool,
    /// Held as a fraction and shown × 100.
    pub percent: bool,
    /// A % stands behind it; not so under a header that says %.
    pub sign: bool,
    /// Powers of ten it is divided by when shown.
    pub scale: u32,
}

/// The look of a figure: its cell's format, or what its text shows.
pub fn look(packet: &Packet, place: Place, table: Option<u32>) -> Look {
    let figure = packet.figure(place, table);
    let mut look = Look::default();
    if let Some((workbook, sheet)) =
        packet.workbook(place.file).zip(packet.sheet(place.file, place.sheet))
    {
        if let Some(text) = sheet.text(place.cell) {
            look.grouped = text.contains([',', '，']);
            look.sign = text.contains(['%', '％']);
        } else {
            let format = &workbook.style(sheet.style(place.cell).unwrap_or(0)).number_format;
            look.grouped = grouped(&format.code);
            look.sign = format.percent;
            look.scale = format.scale;
        }
    }
    let field = table
        .and_then(|id| packet.tables.get(id as usize))
        .and_then(|table| table.field_at(place.cell.column));
    look.percent = look.sign || field.is_some_and(|field| field.hundredths);
    let shift = look.scale.cast_signed() - if look.percent { 2 } else { 0 };
    look.decimals = (figure.decimals + shift).clamp(0, 20).cast_unsigned();
    look
}

impl Look {
    /// The same with at least as many decimals as `value` needs, but no more than `more` beyond the sheet's own.
    #[must_use]
    pub fn fitting(self, value: Decimal, more: u32) -> Self {
        let needed = self.scaled(value).map_or(0, |value| value.normalize().scale());
        Self { decimals: self.decimals.max(needed.min(self.decimals + more)), ..self }
    }

    /// The look of a value beside another of the same cell: percentages keep the digits of the sheet, and more are shown
    /// only where the two would read alike.
    #[must_use]
    pub fn beside(self, other: Decimal, value: Decimal) -> Self {
        if self.percent && (self.show(value) != self.show(other) || value == other) {
            return self;
        }
        self.fitting(value, 4)
    }

    /// The value as the sheet would show it.
    pub fn show(self, value: Decimal) -> String {
        let Some(value) = self.scaled(value) else { return value.normalize().to_string() };
        let mut text = plain(value, self.decimals, self.grouped);
        if self.sign {
            text.push('%');
        }
        text
    }

    /// Rounded to the digits shown, in the value's own measure.
    pub fn round(self, value: Decimal) -> Decimal {
        let decimals = self.decimals + if self.percent { 2 } else { 0 };
        match decimals.checked_sub(self.scale) {
            Some(decimals) => round_half_away(value, decimals),
            None => value,
        }
    }

    fn scaled(self, value: Decimal) -> Option<Decimal> {
        let value = if self.percent { value.checked_mul(Decimal::ONE_HUNDRED)? } else { value };
        value.checked_mul(Decimal::new(1, self.scale.min(28)))
    }
}

/// A number with exactly so many decimals, and thousands separators if wanted.
pub fn plain(value: Decimal, decimals: u32, grouped: bool) -> String {
    let value = round_half_away(value, decimals);
    let digits = format!("{:.*}", decimals as usize, value.abs());
    let (whole, fraction) =
        digits.split_once('.').map_or((digits.as_str(), None), |(w, f)| (w, Some(f)));
    let mut text = String::with_capacity(digits.len() + 8);
    if value.is_sign_negative() && !value.is_zero() {
        text.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if grouped && at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Where else the matter of a finding is seen, and what is wrong only because of it; for places where one finding tells
/// of all.
pub fn also(report: &Report, finding: &Finding, language: Language) -> String {
    let name = |place: &Place| {
        let home = finding.place.map(|home| (home.file, home.sheet));
        match report.packet.sheet_name(*place) {
            Some(sheet) if home != Some((place.file, place.sheet)) => {
                format!("{sheet}!{}", place.cell)
            }
            _ => place.cell.to_string(),
        }
    };
    let named = |places: &[Place]| {
        let mut names: Vec<String> = places.iter().take(ALSO).map(name).collect();
        if places.len() > ALSO {
            names.push("…".to_owned());
        }
        names.join(match language {
            Language::Zh => "、",
            Language::En => ", ",
        })
    };
    let others: Vec<Place> = report.also(finding).filter_map(|other| other.place).collect();
    let after = report.matter(finding).map_or(&[][..], |matter| &matter.consequences);
    let mut text = String::new();
    if !others.is_empty() {
        text += &match language {
            Language::Zh => {
                format!("；同一原因共 {} 处，另见 {}", others.len() + 1, named(&others))
            }
            Language::En => {
                format!("; one cause in {} places, see {}", others.len() + 1, named(&others))
            }
        };
    }
    if !after.is_empty() {
        text += &match language {
            Language::Zh => format!("；{} 同由此而不符", named(after)),
            Language::En => format!("; {} disagree because of it", named(after)),
        };
    }
    text
}

/// What a cell shows: one line, without surrounding spaces.
pub fn cell(workbook: &Workbook, sheet: &Sheet, cell: CellRef) -> String {
    match sheet.value(cell) {
        Value::Empty => String::new(),
        Value::Bool(value) => if value { "TRUE" } else { "FALSE" }.to_owned(),
        Value::Error(error) => error.text().to_owned(),
        Value::Text(id) => sheet.texts.get(id).split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(value) => {
            let format = &workbook.style(sheet.style(cell).unwrap_or(0)).number_format;
            if format.date {
                return moment(value, workbook.date_1904, &format.code);
            }
            let look = Look {
                decimals: format.decimals.unwrap_or_else(|| {
                    sheet.printed.get(&cell).map_or(value.normalize().scale(), |d| u32::from(*d))
                }),
                grouped: grouped(&format.code),
                percent: format.percent,
                sign: format.percent,
                scale: format.scale,
            };
            look.show(value)
        }
    }
}

fn grouped(code: &str) -> bool {
    code.split(';').next().unwrap_or_default().contains("#,#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_as_the_sheet_prints_them() {
        let amount = |text: &str| text.parse::<Decimal>().unwrap();
        let money = Look { decimals: 2, grouped: true, ..Look::default() };
        assert_eq!(money.show(amount("14534.5")), "14,534.50");
        assert_eq!(money.show(amount("-0.001")), "0.00");
        assert_eq!(money.show(amount("-1234567.895")), "-1,234,567.90");
        let share = Look { decimals: 1, percent: true, sign: true, ..Look::default() };
        assert_eq!(share.show(amount("0.228")), "22.8%");
        assert_eq!(share.fitting(amount("0.22858377"), 1).show(amount("0.22858377")), "22.86%");
        assert_eq!(share.round(amount("0.22858377")), amount("0.229"));
        let thousands = Look { decimals: 1, scale: 3, ..Look::default() };
        assert_eq!(thousands.show(amount("1234567")), "1234.6");
    }
}
