//! The lines of ledgers (序时账, 支付明细, 往来, 资金流向) by the fields of their kind: what rules about entries share.

use super::Context;
use crate::model::{CellRef, Field, FieldRole, Line, Place, Sheet, Table, Value, civil_days};
use crate::number::Decimal;

/// A table whose lines are entries.
pub(super) struct Ledger<'a> {
    context: &'a Context<'a>,
    pub(super) table: &'a Table,
    sheet: &'a Sheet,
}

/// The tables of a kind.
pub(super) fn ledgers<'a>(
    context: &'a Context<'a>,
    kind: &'a str,
) -> impl Iterator<Item = Ledger<'a>> + 'a {
    context
        .tables()
        .filter(move |(table, _)| table.kind.as_deref() == Some(kind))
        .map(move |(table, sheet)| Ledger { context, table, sheet })
}

impl<'a> Ledger<'a> {
    pub(super) fn field(&self, id: &str) -> Option<&'a Field> {
        self.table.fields.iter().find(|field| field.id.as_deref() == Some(id))
    }

    /// The lines that are entries, not sums of them.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'a Line> + use<'a> {
        self.table.lines.iter().filter(|line| line.role.is_data() && line.total.is_none())
    }

    pub(super) fn place(&self, line: &Line, id: &str) -> Option<Place> {
        let cell = CellRef::new(line.row, self.field(id)?.column);
        Some(Place { file: self.table.file, sheet: self.table.sheet, cell })
    }

    /// What a cell says, or the cell merged over it.
    pub(super) fn said(&self, line: &Line, id: &str) -> Option<String> {
        let cell = self.place(line, id)?.cell;
        let merge = self.sheet.merge_over(cell);
        let cell = merge.map_or(cell, |merge| merge.start);
        let text = match self.sheet.value(cell) {
            Value::Text(id) => self.sheet.texts.get(id).trim().to_owned(),
            Value::Number(number) => {
                let book = self.context.packet.workbook(self.table.file)?;
                let style = self.sheet.style(cell).map(|style| book.style(style));
                if style.is_some_and(|style| style.number_format.percent) {
                    format!("{}%", (number * Decimal::ONE_HUNDRED).normalize())
                } else {
                    number.normalize().to_string()
                }
            }
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// An amount that is there and not zero.
    pub(super) fn amount(&self, line: &Line, id: &str) -> Option<Decimal> {
        let field = self.field(id).filter(|field| field.role == FieldRole::Amount)?;
        let place = self.place(line, field.id.as_deref()?)?;
        let number = self.context.packet.figure(place, Some(self.table.id)).number()?;
        (!number.is_zero()).then_some(number)
    }

    /// A figure of any kind, zero included.
    pub(super) fn figure(&self, line: &Line, id: &str) -> Option<Decimal> {
        let place = self.place(line, id)?;
        self.context.packet.figure(place, Some(self.table.id)).number()
    }

    /// The unit of a column, as a message says it.
    pub(super) fn unit(&self, id: &str) -> String {
        let unit = self.field(id).and_then(|field| field.unit.clone());
        unit.or_else(|| self.table.unit.clone()).map(|unit| unit.to_string()).unwrap_or_default()
    }

    /// The day of an entry, counted from 1970.
    pub(super) fn day(&self, line: &Line, id: &str) -> Option<i64> {
        let cell = self.place(line, id)?.cell;
        if let Value::Number(serial) = self.sheet.value(cell)
            && serial >= Decimal::from(FIRST_SERIAL)
            && serial <= Decimal::from(LAST_SERIAL)
        {
            let book = self.context.packet.workbook(self.table.file)?;
            let start = if book.date_1904 { 24_107 } else { 25_569 };
            return i64::try_from(serial.trunc().mantissa()).ok().map(|days| days - start);
        }
        day(&self.said(line, id)?)
    }
}

/// What spreadsheets count for days of 1990 and 2100.
const FIRST_SERIAL: i64 = 32_874;
const LAST_SERIAL: i64 = 73_415;

/// 2024-03-05, 2024年3月5日, 2024.3.5, 20240305.
fn day(text: &str) -> Option<i64> {
    let numbers: Vec<u32> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map_while(|part| part.parse().ok())
        .collect();
    let (year, month, day) = match numbers.as_slice() {
        [only] if (19_900_101..=21_001_231).contains(only) => {
            (only / 10_000, only / 100 % 100, only % 100)
        }
        [year, month] => (*year, *month, 1),
        [year, month, day, ..] => (*year, *month, *day),
        _ => return None,
    };
    if !(1990..=2100).contains(&year) {
        return None;
    }
    civil_days(year as i32, month, day)
}
