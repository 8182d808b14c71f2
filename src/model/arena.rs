//! The figures of a packet's tables, taken out of their sheets once, so that every stage looks at them without looking them
//! up: sixteen bytes a figure, column by column, a piece of the lines at a time and not before it is asked for.

use std::sync::OnceLock;

use super::figure::{Figure, State};
use super::narrow::Narrow;
use super::packet::Packet;
use super::place::{CellRef, Place};
use super::plain::Plain;
use super::table::{FieldRole, Table};
use crate::number::{Decimal, Placeholder};

/// A figure in sixteen bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    /// The digits of the number, without its point: the lower 64 bits.
    low: u64,
    /// And the upper 32.
    high: u32,
    /// Decimals of the number; the upper bit says that it is negative.
    scale: u8,
    decimals: i8,
    state: u8,
    flags: u8,
}

const NEGATIVE: u8 = 0x80;
const FROM_TEXT: u8 = 1;
const EXACT: u8 = 2;
const FIVES: u8 = 4;

const NUMBER: u8 = 0;
const BLANK: u8 = 1;
const NOT_CALCULATED: u8 = 2;
const ERROR: u8 = 3;
const UNREADABLE: u8 = 4;
/// A figure that does not fit, to be looked up.
const ODD: u8 = 5;
/// And [`Placeholder`] from here on.
const PLACEHOLDER: u8 = 8;

impl Packed {
    pub(crate) fn new(figure: Figure) -> Self {
        let mut packed = Self {
            low: 0,
            high: 0,
            scale: 0,
            decimals: 0,
            state: match figure.state {
                State::Number(_) => NUMBER,
                State::Blank => BLANK,
                State::NotCalculated => NOT_CALCULATED,
                State::Error => ERROR,
                State::Unreadable => UNREADABLE,
                State::Placeholder(Placeholder::Dash) => PLACEHOLDER,
                State::Placeholder(Placeholder::Slash) => PLACEHOLDER + 1,
                State::Placeholder(Placeholder::None) => PLACEHOLDER + 2,
                State::Placeholder(Placeholder::Withheld) => PLACEHOLDER + 3,
            },
            flags: (u8::from(figure.from_text) * FROM_TEXT)
                | (u8::from(figure.exact) * EXACT)
                | (u8::from(figure.fives) * FIVES),
        };
        if let State::Number(number) = figure.state {
            let digits = number.mantissa().unsigned_abs();
            packed.low = digits as u64;
            packed.high = (digits >> 64) as u32;
            packed.scale = number.scale() as u8 | (u8::from(number.is_sign_negative()) * NEGATIVE);
            if digits == 0 && number.is_sign_negative() {
                packed.state = ODD;
            }
        }
        match i8::try_from(figure.decimals) {
            Ok(decimals) => packed.decimals = decimals,
            Err(_) => packed.state = ODD,
        }
        packed
    }

    fn number(self) -> Decimal {
        let (low, middle) = (self.low as u32, (self.low >> 32) as u32);
        let negative = self.scale & NEGATIVE != 0;
        Decimal::from_parts(low, middle, self.high, negative, u32::from(self.scale & !NEGATIVE))
    }

    /// The figure; `None` where it did not fit.
    #[inline]
    pub(crate) fn figure(self) -> Option<Figure> {
        let state = match self.state {
            NUMBER => State::Number(self.number()),
            BLANK => State::Blank,
            NOT_CALCULATED => State::NotCalculated,
            ERROR => State::Error,
            UNREADABLE => State::Unreadable,
            ODD => return None,
            PLACEHOLDER => State::Placeholder(Placeholder::Dash),
            9 => State::Placeholder(Placeholder::Slash),
            10 => State::Placeholder(Placeholder::None),
            _ => State::Placeholder(Placeholder::Withheld),
        };
        Some(Figure {
            state,
            decimals: i32::from(self.decimals),
            from_text: self.flags & FROM_TEXT != 0,
            exact: self.flags & EXACT != 0,
            fives: self.flags & FIVES != 0,
        })
    }

    /// Whether it is a number; `None` where it did not fit.
    #[inline]
    pub(crate) fn is_number(self) -> Option<bool> {
        (self.state != ODD).then_some(self.state == NUMBER)
    }

    /// Whether it is a number, where nothing of it was read out of a text; `None` where it was, or did not fit.
    #[inline]
    pub(crate) fn is_typed_number(self) -> Option<bool> {
        (self.flags & FROM_TEXT == 0).then_some(())?;
        self.is_number()
    }

    /// Whether it is a number other than zero; `None` where it did not fit.
    #[inline]
    pub(crate) fn is_nonzero(self) -> Option<bool> {
        (self.state != ODD).then_some(self.state == NUMBER && (self.low != 0 || self.high != 0))
    }

    /// The [significant digits](crate::number::significant_digits) of a number, 0 of anything else; `None` where it did not fit.
    #[inline]
    pub(crate) fn digits(self) -> Option<u128> {
        match (self.state, self.high) {
            (NUMBER, 0) => {
                let mut digits = self.low;
                while digits != 0 && digits.is_multiple_of(10) {
                    digits /= 10;
                }
                Some(digits.into())
            }
            (NUMBER | ODD, _) => None,
            _ => Some(0),
        }
    }

    /// What it is to arithmetic on integers, in units of the [`SCALE`]th decimal; `None` where only decimals will do.
    #[inline]
    pub(crate) fn scaled(self) -> Option<Scaled> {
        match self.state {
            NUMBER => {}
            BLANK | PLACEHOLDER.. => return Some(Scaled::Missing),
            ODD => return None,
            _ => return Some(Scaled::Unusable),
        }
        let power = POWERS[SCALE.checked_sub(self.scale & !NEGATIVE)? as usize];
        let value = match (self.high, i64::try_from(self.low)) {
            (0, Ok(value)) => value.checked_mul(power)?,
            _ => return None,
        };
        let half = if self.flags & FIVES != 0 {
            25 * POWERS[SCALE as usize - 1]
        } else if self.flags & EXACT != 0 {
            0
        } else {
            5 * POWERS
                [SCALE.checked_sub(u8::try_from(self.decimals).ok()?.checked_add(1)?)? as usize]
        };
        let value = if self.scale & NEGATIVE == 0 { value } else { -value };
        Some(Scaled::Number { value, half })
    }
}

impl Packed {
    /// The same where the number has more decimals than that, as a stored quotient has: cut down, so that number and half unit
    /// are each up to one unit more; and whether they are.
    #[inline]
    pub(crate) fn rough(self) -> Option<(Scaled, bool)> {
        if let Some(scaled) = self.scaled() {
            return Some((scaled, false));
        }
        let surplus = u32::from((self.scale & !NEGATIVE).checked_sub(SCALE)?);
        if self.state != NUMBER || self.high != 0 {
            return None;
        }
        let size = i64::try_from(self.low).ok()?;
        let value = if self.scale & NEGATIVE == 0 { size } else { -size };
        let value = 10_i64
            .checked_pow(surplus)
            .map_or(-i64::from(value < 0), |power| value.div_euclid(power));
        let decimals = u8::try_from(self.decimals).ok()?.saturating_add(1);
        let half = if self.flags & EXACT != 0 {
            0
        } else {
            SCALE.checked_sub(decimals).map_or(0, |power| 5 * POWERS[power as usize])
        };
        Some((Scaled::Number { value, half }, true))
    }
}

/// Decimals of the scale on which integers are compared: figures of up to nine decimals, and half of their last digit.
const SCALE: u8 = 10;

const POWERS: [i64; SCALE as usize + 1] = {
    let mut powers = [1; SCALE as usize + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A figure as integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scaled {
    /// Its number, and half a unit of its last printed digit.
    Number {
        /// The number.
        value: i64,
        /// Half a unit of its last printed digit; zero when exact.
        half: i64,
    },
    /// A blank, or a word that stands for no figure.
    Missing,
    /// What no check can be trusted with.
    Unusable,
}

impl Scaled {
    /// One.
    pub(crate) const ONE: i128 = 10_i128.pow(SCALE as u32);

    /// A number in these units as a decimal.
    pub(crate) fn decimal(number: i128) -> Option<Decimal> {
        Decimal::try_from_i128_with_scale(number, u32::from(SCALE)).ok()
    }
}

/// The figures of one table.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    file: u32,
    sheet: u32,
    /// The sheet's row of the first line, where the rows of all lines follow each other.
    first_row: Option<u32>,
    lines: usize,
    first_column: u32,
    /// Of each of the sheet's columns from the first on, which of the figure columns it is; [`NONE`] for others.
    columns: Vec<u16>,
    /// Some line has a unit of its own.
    pub(crate) units_by_line: bool,
    pieces: Vec<OnceLock<Box<[Packed]>>>,
    /// The same of each figure column as integers, where they have one half unit.
    narrow: Vec<OnceLock<Option<Narrow>>>,
}

const NONE: u16 = u16::MAX;

impl Arena {
    /// Lines taken out in one go.
    pub(crate) const PIECE: usize = 4096;

    /// For a table whose meaning is settled.
    pub(crate) fn new(table: &Table) -> Self {
        let first_column = table.fields.first().map_or(0, |field| field.column);
        let mut columns = Vec::new();
        let mut figures = 0;
        for field in &table.fields {
            columns.resize(field.column.saturating_sub(first_column) as usize, NONE);
            if field.role.is_figure() && figures < NONE {
                columns.push(figures);
                figures += 1;
            } else {
                columns.push(NONE);
            }
        }
        let first_row = table.lines.first().map(|line| line.row).filter(|first| {
            table.lines.iter().enumerate().all(|(at, line)| line.row == first + at as u32)
        });
        Self {
            file: table.file,
            sheet: table.sheet,
            first_row,
            lines: table.lines.len(),
            first_column,
            columns,
            units_by_line: table.lines.iter().any(|line| line.unit.is_some()),
            pieces: vec![OnceLock::new(); table.lines.len().div_ceil(Self::PIECE)],
            narrow: vec![
                OnceLock::new();
                table.lines.len().div_ceil(Self::PIECE) * usize::from(figures)
            ],
        }
    }

    /// How many figure columns there are.
    pub(crate) fn width(&self) -> usize {
        self.columns.iter().filter(|column| **column != NONE).count()
    }

    /// Where a cell's figure lies; `None` where it lies in no figure column of the table, or in none of its lines.
    #[inline]
    pub(crate) fn index(&self, table: &Table, place: Place) -> Option<(usize, usize)> {
        if (place.file, place.sheet) != (self.file, self.sheet) {
            return None;
        }
        let column = self.column(place.cell.column)?;
        Some((self.line(table, place.cell.row)?, column))
    }

    /// Which of the figure columns one of the sheet's columns is.
    #[inline]
    pub(crate) fn column(&self, column: u32) -> Option<usize> {
        let at = column.checked_sub(self.first_column)? as usize;
        self.columns.get(at).filter(|column| **column != NONE).map(|column| usize::from(*column))
    }

    /// The line in one of the sheet's rows.
    #[inline]
    pub(crate) fn line(&self, table: &Table, row: u32) -> Option<usize> {
        match self.first_row {
            Some(first) => {
                let line = row.checked_sub(first)? as usize;
                (line < self.lines).then_some(line)
            }
            None => table.line_index(row),
        }
    }

    /// The figure of a line and a figure column.
    #[inline]
    pub(crate) fn at(
        &self,
        packet: &Packet,
        table: &Table,
        (line, column): (usize, usize),
    ) -> Packed {
        let OneLine { figures, length, line } = self.of_line(packet, table, line);
        figures[column * length + line]
    }

    /// The figures of the line in one of the sheet's rows; `None` where there is no such line.
    #[inline]
    pub(crate) fn line_at(&self, packet: &Packet, table: &Table, row: u32) -> Option<OneLine<'_>> {
        Some(self.of_line(packet, table, self.line(table, row)?))
    }

    #[inline]
    fn of_line(&self, packet: &Packet, table: &Table, line: usize) -> OneLine<'_> {
        let piece = line / Self::PIECE;
        let length = (self.lines - piece * Self::PIECE).min(Self::PIECE);
        let figures = self.pieces[piece].get_or_init(|| self.piece(packet, table, piece));
        OneLine { figures, length, line: line % Self::PIECE }
    }

    /// The figures of a figure column in a piece of the lines as integers; `None` where their half units differ.
    #[inline]
    pub(crate) fn narrow(
        &self,
        packet: &Packet,
        table: &Table,
        (piece, column): (usize, usize),
    ) -> Option<&Narrow> {
        let at = piece + column * self.pieces.len();
        let narrow = self.narrow[at].get_or_init(|| {
            let OneLine { figures, length, .. } = self.of_line(packet, table, piece * Self::PIECE);
            let figures = &figures[column * length..(column + 1) * length];
            Narrow::new(figures.iter().map(|figure| figure.scaled()))
        });
        narrow.as_ref()
    }

    #[cold]
    fn piece(&self, packet: &Packet, table: &Table, piece: usize) -> Box<[Packed]> {
        let from = piece * Self::PIECE;
        let lines = &table.lines[from..self.lines.min(from + Self::PIECE)];
        let width = self.width();
        let blank = Packed::new(Figure {
            state: State::Blank,
            decimals: 0,
            from_text: false,
            exact: false,
            fives: false,
        });
        let mut figures = vec![blank; lines.len() * width];
        let plain = packet.sheet(self.file, self.sheet).zip(Plain::new(packet, table));
        // Line by line, as the sheet lies in memory.
        for (at, line) in lines.iter().enumerate() {
            if let Some((sheet, plain)) = &plain {
                for (column, value, style) in sheet.row(line.row) {
                    let Some(own) = self.column(column) else { continue };
                    let figure = plain.figure(line, column, value, style).unwrap_or_else(|| {
                        packet.look_up_in(table, CellRef::new(line.row, column))
                    });
                    figures[own * lines.len() + at] = Packed::new(figure);
                }
                continue;
            }
            for (offset, column) in self.columns.iter().enumerate() {
                if *column != NONE {
                    let cell = CellRef::new(line.row, self.first_column + offset as u32);
                    figures[usize::from(*column) * lines.len() + at] =
                        Packed::new(packet.look_up_in(table, cell));
                }
            }
        }
        figures.into_boxed_slice()
    }
}

/// The figures of one line.
pub(crate) struct OneLine<'a> {
    figures: &'a [Packed],
    length: usize,
    line: usize,
}

impl OneLine<'_> {
    /// The figure in one of the figure columns.
    #[inline]
    pub(crate) fn at(&self, column: usize) -> Packed {
        self.figures[column * self.length + self.line]
    }
}

/// Whether the units of all cells of a column are one, whatever their line.
pub(crate) fn has_own_unit(table: &Table, column: u32) -> bool {
    table
        .field_at(column)
        .is_some_and(|field| field.unit.is_some() || field.role == FieldRole::Percent)
}
