//! One worksheet of a BIFF stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::formula::{Dialect, Environment, decompile, error, shared_origin};
use super::text::{self, Charset, Segments};
use super::{Records, record};
use crate::model::{
    CellRef, ColumnFormat, Formula, Note, Range, RowFormat, Sheet, SheetBuilder, Texts, Value,
};
use crate::number::{self, Decimal};
use crate::read::Limits;
use crate::read::bytes::{f64_at, u16_at, u32_at};
use crate::read::error::{Fault, Located, damaged, refuse_contradiction, too_large, truncated};
use crate::read::written::Room;

/// What all sheets have in common.
pub(super) struct Context<'c> {
    pub(super) dialect: Dialect,
    pub(super) stream: &'c [u8],
    pub(super) charset: Charset,
    pub(super) strings: Arc<Vec<Box<str>>>,
    pub(super) environment: &'c Environment,
    pub(super) limits: &'c Limits,
    pub(super) cells: AtomicU64,
    /// A formula asks to be calculated on loading, and its stored 0 is no value.
    pub(super) uncalculated: AtomicBool,
}

/// A formula whose text other cells share.
struct Master<'s> {
    range: Range,
    tokens: &'s [u8],
    extra: &'s [u8],
    array: bool,
}

struct Waiting {
    cell: CellRef,
    origin: (u32, u32),
    cached: bool,
}

struct BiffSheetReader<'c, 's> {
    context: &'c Context<'s>,
    room: Room<'c>,
    builder: SheetBuilder,
    masters: HashMap<(u32, u32), Master<'s>>,
    waiting: Vec<Waiting>,
    /// A formula whose text value follows in a record of its own.
    pending_text: Option<(CellRef, u16)>,
    object: Option<u16>,
    object_texts: HashMap<u16, String>,
    notes: Vec<(CellRef, u16, String)>,
    column_entries: usize,
}

/// Reads the sheet that starts at an offset of the stream.
pub(super) fn read(
    context: &Context,
    room: Room,
    start: usize,
    name: &str,
) -> Result<Sheet, Fault> {
    let mut records = Records::new(context.stream, start);
    if records.next().is_none_or(|(kind, _)| kind != record::BOF) {
        return Err(if start >= context.stream.len() {
            truncated("工作表数据缺失", "the sheet's records are missing")
        } else {
            damaged("工作表没有开头记录", "the sheet has no first record")
        });
    }
    let mut reader = BiffSheetReader {
        context,
        room,
        builder: SheetBuilder::new(name, Texts::over(context.strings.clone())),
        masters: HashMap::new(),
        waiting: Vec::new(),
        pending_text: None,
        object: None,
        object_texts: HashMap::new(),
        notes: Vec::new(),
        column_entries: 0,
    };
    let mut depth = 0_u32;
    let mut counted = 0;
    loop {
        let Some((kind, payload)) = records.next() else {
            return Err(truncated("工作表记录在中途结束", "the sheet's records end in the middle"));
        };
        match kind {
            record::BOF => depth += 1,
            record::EOF if depth == 0 => break,
            record::EOF => depth -= 1,
            // A chart inside the sheet has records of the same kinds.
            _ if depth > 0 => {}
            _ => reader.record(kind, payload, &mut records)?,
        }
        let fresh = reader.builder.len() - counted;
        if fresh > 4096 {
            counted += fresh;
            reader.count(fresh)?;
        }
    }
    reader.count(reader.builder.len() - counted)?;
    reader.finish()
}

impl<'s> BiffSheetReader<'_, 's> {
    fn count(&self, fresh: usize) -> Result<(), Fault> {
        let fresh = fresh as u64;
        let limit = self.context.limits.cells;
        if self.context.cells.fetch_add(fresh, Ordering::Relaxed) + fresh > limit {
            return Err(too_large(("单元格数", "cells"), limit, "--max-cells"));
        }
        Ok(())
    }

    fn record(
        &mut self,
        kind: u16,
        payload: &'s [u8],
        records: &mut Records<'s>,
    ) -> Result<(), Fault> {
        let short = || damaged("单元格记录太短", "a cell's record is too short");
        match kind {
            record::NUMBER => {
                let (cell, style) = head(payload).ok_or_else(short)?;
                let value = self.number(cell, f64_at(payload, 6).ok_or_else(short)?);
                self.push(cell, value, style)?;
            }
            record::RK => {
                let (cell, style) = head(payload).ok_or_else(short)?;
                let value = self.rk(cell, u32_at(payload, 6).ok_or_else(short)?);
                self.push(cell, value, style)?;
            }
            record::MULRK => {
                let (first, _) = head(payload).ok_or_else(short)?;
                let body = payload.get(4..payload.len() - 2).ok_or_else(short)?;
                for (index, entry) in body.chunks_exact(6).enumerate() {
                    let style = u16_at(entry, 0).unwrap_or(0);
                    let cell = CellRef::new(first.row, first.column + index as u32);
                    let value = self.rk(cell, u32_at(entry, 2).unwrap_or(0));
                    self.push(cell, value, style)?;
                }
            }
            record::BLANK => {
                let (cell, style) = head(payload).ok_or_else(short)?;
                self.push(cell, Value::Empty, style)?;
            }
            record::MULBLANK => {
                let (first, _) = head(payload).ok_or_else(short)?;
                let body = payload.get(4..payload.len() - 2).ok_or_else(short)?;
                for (index, entry) in body.chunks_exact(2).enumerate() {
                    let style = u16_at(entry, 0).unwrap_or(0);
                    let cell = CellRef::new(first.row, first.column + index as u32);
                    self.push(cell, Value::Empty, style)?;
                }
            }
            record::LABELSST => {
                let (cell, style) = head(payload).ok_or_else(short)?;
                let index = u32_at(payload, 6).ok_or_else(short)? as usize;
                let id = self.builder.sheet.texts.shared(index).ok_or_else(|| {
                    damaged(
                        format!("引用了不存在的第 {index} 个共享字符串"),
                        format!("it refers to shared string {index}, which does not exist"),
                    )
                    .at_cell(cell)
                })?;
                self.push(cell, Value::Text(id), style)?;
            }
            record::LABEL | record::RSTRING => {
                let (cell, style) = head(payload).ok_or_else(short)?;
                let text = self.text(&payload[6..])?;
                self.push_text(cell, text, style)?;
            }
            record::BOOLERR => {
                let (cell, style) = head(payload).ok_or_else(short)?;
                let (Some(code), Some(is_error)) = (payload.get(6), payload.get(7)) else {
                    return Err(short());
                };
                let value = if *is_error == 0 {
                    Value::Bool(*code != 0)
                } else {
                    Value::Error(error(*code))
                };
                self.push(cell, value, style)?;
            }
            record::FORMULA | record::FORMULA_3 | record::FORMULA_4 => self.formula(payload)?,
            record::STRING => {
                if let Some((cell, style)) = self.pending_text.take() {
                    let mut pieces = vec![payload];
                    pieces.extend(records.continued());
                    let text = if self.context.dialect == Dialect::Biff5 {
                        self.text(payload)?
                    } else {
                        Segments::new(&pieces, 0).string().unwrap_or_default()
                    };
                    self.push_text(cell, text, style)?;
                }
            }
            record::SHRFMLA => self.shared(payload),
            record::ARRAY => self.array(payload),
            record::TABLE => {}
            _ => self.surroundings(kind, payload, records),
        }
        Ok(())
    }

    fn surroundings(&mut self, kind: u16, payload: &'s [u8], records: &mut Records<'s>) {
        let sheet = &mut self.builder.sheet;
        match kind {
            record::ROW => {
                let (Some(row), Some(height), Some(flags)) =
                    (u16_at(payload, 0), u16_at(payload, 6), u32_at(payload, 12))
                else {
                    return;
                };
                let format = RowFormat {
                    hidden: flags & 0x20 != 0,
                    outline: (flags & 7) as u8,
                    height: (flags & 0x40 != 0).then(|| twentieths(height & 0x7FFF)),
                };
                if format != RowFormat::default() {
                    sheet.rows.insert(u32::from(row), format);
                }
            }
            record::COLINFO => {
                let (Some(first), Some(last), Some(width), Some(flags)) = (
                    u16_at(payload, 0),
                    u16_at(payload, 2),
                    u16_at(payload, 4),
                    u16_at(payload, 8),
                ) else {
                    return;
                };
                let format = ColumnFormat {
                    hidden: flags & 1 != 0,
                    outline: (flags >> 8 & 7) as u8,
                    width: Some(characters(width)),
                };
                self.column_entries += usize::from((last.min(255) + 1).saturating_sub(first));
                if self.column_entries > 1 << 20 {
                    return;
                }
                for column in first..=last.min(255) {
                    sheet.columns.insert(u32::from(column), format);
                }
            }
            record::MERGECELLS => {
                for entry in payload.get(2..).unwrap_or_default().chunks_exact(8) {
                    let word = |at: usize| u32::from(u16_at(entry, at).unwrap_or(0));
                    let (top, bottom, left, right) = (word(0), word(2), word(4), word(6));
                    if top <= bottom && left <= right && right < 256 {
                        sheet
                            .merges
                            .push(Range::new(CellRef::new(top, left), CellRef::new(bottom, right)));
                    }
                }
            }
            record::PROTECT => sheet.protected = u16_at(payload, 0) == Some(1),
            // The range is that of a hidden name, put here when names are placed.
            record::AUTOFILTERINFO => {
                sheet.filter = Some(Range::new(CellRef::new(0, 0), CellRef::new(0, 0)));
            }
            record::OBJECT => {
                self.object = (u16_at(payload, 0) == Some(0x15)
                    && u16_at(payload, 4) == Some(0x19))
                .then(|| u16_at(payload, 6))
                .flatten();
            }
            record::TXO => {
                let length = usize::from(u16_at(payload, 10).unwrap_or(0));
                let pieces = records.continued();
                if let (Some(object), Some(first)) = (self.object.take(), pieces.first()) {
                    let wide = first.first().is_some_and(|flags| flags & 1 != 0);
                    let text = Segments::new(&pieces, 1).characters(length, wide);
                    self.object_texts.insert(object, text.unwrap_or_default());
                }
            }
            record::NOTE => self.note(payload),
            _ => {}
        }
    }

    fn note(&mut self, payload: &[u8]) {
        let (Some(row), Some(column)) = (u16_at(payload, 0), u16_at(payload, 2)) else { return };
        let cell = CellRef::new(u32::from(row), u32::from(column));
        if self.notes.len() as u64 >= self.context.limits.notes {
            return;
        }
        if self.context.dialect == Dialect::Biff5 {
            let raw = payload.get(6..).unwrap_or_default();
            if let Ok(text) = self.context.charset.decode(raw)
                && row != 0xFFFF
            {
                let note = Note { author: String::new(), text, threaded: false };
                self.builder.sheet.notes.insert(cell, note);
            }
            return;
        }
        if let Some(object) = u16_at(payload, 6) {
            let author = payload.get(8..).and_then(text::unicode).unwrap_or_default();
            self.notes.push((cell, object, author));
        }
    }

    fn text(&self, payload: &[u8]) -> Result<String, Fault> {
        if self.context.dialect == Dialect::Biff5 {
            let length = usize::from(u16_at(payload, 0).unwrap_or(0));
            let raw = payload.get(2..).unwrap_or_default();
            return self.context.charset.decode(&raw[..raw.len().min(length)]);
        }
        Ok(text::unicode(payload).unwrap_or_default())
    }

    fn number(&mut self, cell: CellRef, number: f64) -> Value {
        double(number, cell, &mut self.builder)
    }

    fn rk(&mut self, cell: CellRef, raw: u32) -> Value {
        rk(raw, cell, &mut self.builder)
    }

    fn push(&mut self, cell: CellRef, value: Value, style: u16) -> Result<(), Fault> {
        if !cell.on_grid() {
            return Err(
                damaged("单元格不在表格范围内", "the cell is not on the grid").at_cell(cell)
            );
        }
        self.builder.push(cell, value, style);
        Ok(())
    }

    fn push_text(&mut self, cell: CellRef, text: String, style: u16) -> Result<(), Fault> {
        let id = self.builder.sheet.texts.add(text);
        self.push(cell, Value::Text(id), style)
    }

    fn formula(&mut self, payload: &'s [u8]) -> Result<(), Fault> {
        let short = || damaged("公式记录太短", "a formula's record is too short");
        let (cell, style) = head(payload).ok_or_else(short)?;
        let result = payload.get(6..14).ok_or_else(short)?;
        let flags = u16_at(payload, 14).ok_or_else(short)?;
        let mut value = Value::Empty;
        if result[6..8] == [0xFF, 0xFF] {
            match result[0] {
                0 => self.pending_text = Some((cell, style)),
                1 => value = Value::Bool(result[2] != 0),
                2 => value = Value::Error(error(result[2])),
                _ => value = Value::Text(self.builder.sheet.texts.add("")),
            }
        } else {
            value = self.number(cell, f64_at(result, 0).unwrap_or(0.0));
        }
        // Programs that cannot calculate store 0 and ask for it to be done on loading.
        if flags & 2 != 0 && value == Value::Number(Decimal::ZERO) {
            value = Value::Empty;
            self.context.uncalculated.store(true, Ordering::Relaxed);
        }
        let cached = value != Value::Empty || self.pending_text.is_some_and(|(at, _)| at == cell);
        if self.pending_text.is_none_or(|(at, _)| at != cell) {
            self.push(cell, value, style)?;
        }
        let size = usize::from(u16_at(payload, 20).ok_or_else(short)?);
        let tokens = payload.get(22..22 + size).ok_or_else(short)?;
        let extra = &payload[22 + size..];
        if let Some((row, column)) = shared_origin(self.context.dialect, tokens) {
            let origin = (row, column.unwrap_or(0));
            self.waiting.push(Waiting { cell, origin, cached });
            return Ok(());
        }
        self.keep_formula(cell, tokens, extra, cached, false);
        Ok(())
    }

    fn keep_formula(
        &mut self,
        cell: CellRef,
        tokens: &[u8],
        extra: &[u8],
        cached: bool,
        array: bool,
    ) {
        let context = self.context;
        if self.room.is_full() {
            return;
        }
        let text = decompile(context.dialect, tokens, extra, cell, context.environment);
        if let Some(text) = self.room.keep(text) {
            self.builder.sheet.formulas.push((cell, Formula { text, cached, array }));
        }
    }

    fn shared(&mut self, payload: &'s [u8]) {
        let Some(range) = short_range(payload) else { return };
        let Some(size) = u16_at(payload, 8) else { return };
        let Some(tokens) = payload.get(10..10 + usize::from(size)) else { return };
        let extra = &payload[10 + usize::from(size)..];
        self.remember(Master { range, tokens, extra, array: false });
    }

    fn array(&mut self, payload: &'s [u8]) {
        let Some(range) = short_range(payload) else { return };
        let Some(size) = u16_at(payload, 12) else { return };
        let Some(tokens) = payload.get(14..14 + usize::from(size)) else { return };
        let extra = &payload[14 + usize::from(size)..];
        self.remember(Master { range, tokens, extra, array: true });
    }

    /// The record follows the first cell that uses it, whose place the others name.
    fn remember(&mut self, master: Master<'s>) {
        let key = self
            .waiting
            .last()
            .map_or((master.range.start.row, master.range.start.column), |waiting| waiting.origin);
        self.masters.insert(key, master);
    }

    fn finish(mut self) -> Result<Sheet, Fault> {
        for waiting in std::mem::take(&mut self.waiting) {
            let master = self.masters.get(&waiting.origin);
            let Some(master) = master.filter(|master| master.range.contains(waiting.cell)) else {
                // Data tables refer to themselves in this way too: the value stands, the formula is not known.
                let formula =
                    Formula { text: UNREADABLE.into(), cached: waiting.cached, array: false };
                self.builder.sheet.formulas.push((waiting.cell, formula));
                continue;
            };
            let (tokens, extra, array) = (master.tokens, master.extra, master.array);
            self.keep_formula(waiting.cell, tokens, extra, waiting.cached, array);
        }
        for (cell, object, author) in std::mem::take(&mut self.notes) {
            let text = self.object_texts.get(&object).cloned().unwrap_or_default();
            self.builder.sheet.notes.insert(cell, Note { author, text, threaded: false });
        }
        refuse_contradiction(&self.builder)?;
        let mut sheet = self.builder.finish();
        let last = sheet.used().map_or(0, |used| used.end.column);
        sheet.columns.split_off(&(last + 2));
        Ok(sheet)
    }
}

/// What stands for a formula whose tokens are not understood: no evaluator takes it for one.
pub(in crate::read) const UNREADABLE: &str = "?";

fn head(payload: &[u8]) -> Option<(CellRef, u16)> {
    let (row, column) = (u16_at(payload, 0)?, u16_at(payload, 2)?);
    let style = u16_at(payload, 4)?;
    Some((CellRef::new(u32::from(row), u32::from(column)), style))
}

fn short_range(payload: &[u8]) -> Option<Range> {
    let (top, bottom) = (u16_at(payload, 0)?, u16_at(payload, 2)?);
    let (left, right) = (*payload.get(4)?, *payload.get(5)?);
    Some(Range::new(
        CellRef::new(u32::from(top), u32::from(left)),
        CellRef::new(u32::from(bottom), u32::from(right)),
    ))
}

/// A double as a value; one beyond what money can be is kept as text.
pub(in crate::read) fn double(number: f64, cell: CellRef, builder: &mut SheetBuilder) -> Value {
    if let Some(number) = number::stored(number) {
        return Value::Number(number);
    }
    builder.note_oversized(cell);
    Value::Text(builder.sheet.texts.add(number.to_string()))
}

/// A number in 30 bits: whole, or the upper part of a double, either perhaps in hundredths.
pub(in crate::read) fn rk(raw: u32, cell: CellRef, builder: &mut SheetBuilder) -> Value {
    let hundredths = raw & 1 != 0;
    if raw & 2 != 0 {
        let whole = i64::from(raw.cast_signed() >> 2);
        return Value::Number(Decimal::new(whole, if hundredths { 2 } else { 0 }).normalize());
    }
    match double(f64::from_bits(u64::from(raw & !3) << 32), cell, builder) {
        Value::Number(number) if hundredths => {
            Value::Number((number.normalize() * Decimal::new(1, 2)).normalize())
        }
        value => value,
    }
}

#[expect(clippy::float_arithmetic, reason = "heights of rows are no amounts")]
pub(in crate::read) fn twentieths(height: u16) -> f32 {
    f32::from(height) / 20.0
}

#[expect(clippy::float_arithmetic, reason = "widths of columns are no amounts")]
pub(in crate::read) fn characters(width: u16) -> f32 {
    f32::from(width) / 256.0
}
