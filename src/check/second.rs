//! A second pair of eyes: before an alarm is told, the values of its cells are read again by another reader.

use std::collections::BTreeMap;

use crate::model::{
    Finding, Format, Found, Operand, Packet, Place, ReadTwice, Relation, Seen, Severity, Text,
    Value, Wanted, Workbook, evaluate,
};

/// Reads some cells of a file (by its index) again; `None` where that cannot be done.
pub type Again<'a> = dyn Fn(usize, &Wanted) -> Option<Found> + 'a;

/// Says for each finding with a check whether both readers see the same; where they do not it is a remark.
pub fn read_twice(
    packet: &Packet,
    relations: &[Relation],
    findings: &mut [Finding],
    again: &Again<'_>,
) {
    let cells: Vec<Vec<Place>> =
        findings.iter().map(|finding| cells_of(packet, relations, finding)).collect();
    let mut wanted: BTreeMap<u32, Wanted> = BTreeMap::new();
    for place in cells.iter().flatten() {
        let is_xlsx = |book: &Workbook| book.format == Format::Xlsx;
        if packet.workbook(place.file).is_some_and(is_xlsx)
            && let Some(sheet) = packet.sheet_name(*place)
        {
            let sheets = wanted.entry(place.file).or_default();
            sheets.entry(sheet.to_owned()).or_default().insert(place.cell);
        }
    }
    let seen: BTreeMap<u32, Found> = wanted
        .iter()
        .filter_map(|(file, wanted)| Some((*file, again(*file as usize, wanted)?)))
        .collect();
    for (finding, cells) in findings.iter_mut().zip(&cells) {
        if cells.is_empty() || !cells.iter().all(|place| seen.contains_key(&place.file)) {
            continue;
        }
        let differs = cells.iter().find(|place| !is_same(packet, **place, &seen[&place.file]));
        finding.read_twice = Some(match differs {
            None => ReadTwice::Agree,
            Some(place) => {
                doubt(packet, finding, *place, &seen[&place.file]);
                ReadTwice::Differ
            }
        });
    }
}

/// The target and the terms of a finding's check.
fn cells_of(packet: &Packet, relations: &[Relation], finding: &Finding) -> Vec<Place> {
    let Some((relation, ordinal)) = finding.check else { return Vec::new() };
    let outcome = evaluate(packet, &relations[relation as usize], ordinal as usize);
    outcome.terms.iter().chain([&outcome.target]).map(|operand: &Operand| operand.place).collect()
}

fn is_same(packet: &Packet, place: Place, found: &Found) -> bool {
    let Some(sheet) = packet.sheet(place.file, place.sheet) else { return true };
    let seen = found.get(&(sheet.name.clone(), place.cell)).unwrap_or(&Seen::Empty);
    let said = |text: &str| text.split_whitespace().collect::<String>();
    match (sheet.value(place.cell), seen) {
        (Value::Number(own), Seen::Number(other)) => own == *other,
        (Value::Text(id), Seen::Text(other)) => said(sheet.texts.get(id)) == said(other),
        (Value::Text(id), Seen::Empty) => sheet.texts.get(id).trim().is_empty(),
        (Value::Empty, Seen::Text(other)) => other.trim().is_empty(),
        (Value::Empty, Seen::Empty) | (Value::Bool(_) | Value::Error(_), Seen::Other) => true,
        _ => false,
    }
}

fn doubt(packet: &Packet, finding: &mut Finding, place: Place, found: &Found) {
    let sheet = packet.sheet(place.file, place.sheet);
    let name = sheet.map(|sheet| sheet.name.clone()).unwrap_or_default();
    let (zh, en) = match found.get(&(name, place.cell)) {
        Some(Seen::Number(value)) => (value.to_string(), value.to_string()),
        Some(Seen::Text(text)) => {
            let text: String = text.chars().take(20).collect();
            (format!("“{text}”"), format!("“{text}”"))
        }
        Some(Seen::Other) => ("非数值".to_owned(), "no number".to_owned()),
        Some(Seen::Empty) | None => ("空白".to_owned(), "a blank".to_owned()),
    };
    finding.severity = Severity::Info;
    let note = Text::new(
        format!("（两种读取方法读到的数不一致：{} 另读为 {zh}，请打开原表核对）", place.cell),
        format!(
            " (two readers see different values: {} is {en} to the other; look at the sheet)",
            place.cell
        ),
    );
    finding.message.zh.push_str(&note.zh);
    finding.message.en.push_str(&note.en);
}
