//! Figures, cells and labels in the words of findings and diagnoses.

use crate::model::{FieldRole, Figure, Operand, Packet, Place, Text, words};
use crate::number::{Decimal, Unit, round_half_away};

/// A figure with its printed digits; a percentage as 22.8%, with the digits of the sheet unless it would read like another
/// one that the cell holds.
pub(super) fn figure(value: Decimal, like: &Figure, percent: bool) -> String {
    let printed = like.decimals.max(0).cast_unsigned();
    let decimals = printed.max(value.normalize().scale().min(6));
    if percent {
        let short = round_half_away(value, printed);
        let alike = short.is_zero() && !value.is_zero()
            || like
                .number()
                .is_some_and(|own| own != value && round_half_away(own, printed) == short);
        let decimals = if alike { decimals } else { printed };
        return spell(value * Decimal::ONE_HUNDRED, decimals.saturating_sub(2)) + "%";
    }
    spell(value, decimals)
}

/// A value with so many decimals, trailing ones kept.
pub(super) fn spell(value: Decimal, decimals: u32) -> String {
    let mut value = round_half_away(value, decimals);
    value.rescale(decimals);
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    value.to_string()
}

/// Whether a cell holds a share or rate.
pub(super) fn is_percent(packet: &Packet, operand: &Operand) -> bool {
    packet.unit(operand.place, operand.table) == Some(&Unit::Percent)
}

/// The unit that is said after an amount: ` 万元`; nothing for percentages and unknown units.
pub(super) fn unit(packet: &Packet, operand: &Operand) -> Text {
    let Some(unit) = packet.unit(operand.place, operand.table) else { return Text::default() };
    let english = match unit {
        Unit::Percent => return Text::default(),
        Unit::Yuan => "yuan",
        Unit::ThousandYuan => "thousand yuan",
        Unit::TenThousandYuan => "ten thousand yuan",
        Unit::MillionYuan => "million yuan",
        Unit::HundredMillionYuan => "hundred million yuan",
        Unit::Other(word) => word,
    };
    Text::new(format!(" {unit}"), format!(" {english}"))
}

/// The name of a line, its numbering kept.
pub(super) fn line(packet: &Packet, operand: &Operand) -> String {
    let table = operand.table.map(|table| &packet.tables[table as usize]);
    table
        .and_then(|table| table.line_at(operand.place.cell.row))
        .map(|line| words::named(&line.label))
        .unwrap_or_default()
}

/// The name of a column.
pub(super) fn field(packet: &Packet, operand: &Operand) -> String {
    let table = operand.table.map(|table| &packet.tables[table as usize]);
    table
        .and_then(|table| table.field_at(operand.place.cell.column))
        .filter(|field| field.role != FieldRole::Label)
        .map(|field| words::named(&field.label))
        .unwrap_or_default()
}

/// Line and column, or the cell where neither has a name; the column goes without saying where it is the only one.
pub(super) fn both(packet: &Packet, operand: &Operand) -> String {
    let table = operand.table.map(|table| &packet.tables[table as usize]);
    let only = table.is_some_and(|table| table.figure_fields().take(2).count() == 1);
    let named = line(packet, operand);
    if only && !named.is_empty() {
        return named;
    }
    match (line(packet, operand), field(packet, operand)) {
        (line, field) if line.is_empty() && field.is_empty() => operand.place.cell.to_string(),
        (line, field) if line.is_empty() => field,
        (line, field) if field.is_empty() => line,
        (line, field) if line.is_ascii() => format!("{line} “{field}”"),
        (line, field) => format!("{line}“{field}”"),
    }
}

/// A file's name; its path where another file of the packet is called the same.
fn file(packet: &Packet, at: u32) -> &str {
    let name =
        |path: &str| path.rsplit(['/', '\\']).next().map_or(0, |name| path.len() - name.len());
    let path = packet.files[at as usize].path.as_str();
    let own = &path[name(path)..];
    let alone = |(other, file): (usize, &crate::model::InputFile)| {
        other == at as usize || &file.path[name(&file.path)..] != own
    };
    if packet.files.iter().enumerate().all(alone) { own } else { path }
}

/// C18, or 表二!C18 where it is on another sheet than `from`.
pub(super) fn cell(packet: &Packet, place: Place, from: Place) -> String {
    let mut text = String::new();
    if place.file != from.file {
        text.push_str(file(packet, place.file));
        text.push('!');
    }
    if (place.file, place.sheet) != (from.file, from.sheet)
        && let Some(sheet) = packet.sheet_name(place)
    {
        text.push_str(sheet);
        text.push('!');
    }
    text + &place.cell.to_string()
}
