//! The types in which the stages meet.
//!
//! [`Workbook`] is what was read; [`Table`] what was recognized on a sheet; [`Packet`] all of it with its meaning;
//! [`Relation`] a family of checks; [`Outcome`] one check's result; [`Finding`] what is worth a person's time;
//! [`Report`] everything that a writer needs. Every figure keeps its [`Place`].

mod arena;
mod cell;
mod claim;
mod date;
mod entry;
mod figure;
mod finding;
mod flow;
mod formula;
mod hexadecimal;
mod house;
mod judge;
mod meaning;
mod merges;
pub mod names;
mod narrative;
mod narrow;
mod outcome;
mod packet;
mod place;
mod plain;
mod points;
mod quantity;
mod quick;
mod relation;
mod report;
mod rule;
mod second;
mod suppression;
mod table;
mod traditional;
mod trust;
pub mod words;
mod workbook;

pub(crate) use arena::{Arena, Packed, Scaled};
pub use cell::{CellError, CellStyle, HorizontalAlignment, NumberFormat, Value};
pub use claim::{Claim, Objection, Source, Witness};
pub(crate) use date::{civil, days as civil_days, moment};
pub use figure::{Figure, State, half_unit};
pub use finding::{Change, Diagnosis, DiagnosisKind, Finding, Matter, ReadTwice, Text, many};
pub use flow::{Flow, Known, Scope, Step, flows};
pub use formula::{
    Area, Comparison, Computed, Coordinate, FormulaBook, Function, SheetReference, Tree,
};
pub(crate) use hexadecimal::bytes_of as bytes_of_hexadecimal;
pub use hexadecimal::hexadecimal;
pub use house::{Colours, Fonts, House, Marks, PaperSheet, Phrases, rgb};
pub(crate) use judge::Judge;
pub use meaning::{Class, Facet, Funds, Item, Meaning, Measure, ReadFrom, Reading, Side, Sureness};
pub use names::{Decision, Names};
pub use narrative::{CountMeasure, Counted, Mention, Narrative};
pub(crate) use narrow::{Narrow, PlainSum};
pub use outcome::{Outcome, Verdict, evaluate, evaluate_with, why_unverifiable};
pub use packet::{InputFile, Packet, Status};
pub(crate) use place::LAST;
pub use place::{CellRef, Place, Range};
pub use points::counted_rows;
pub(crate) use quantity::{Quantity, by_scope, entry_quantity, quantities};
pub(crate) use quick::{QuickMap, QuickSet};
pub use relation::{Evidence, EvidenceSet, Operand, Operation, Origin, Relation, Shape};
pub use report::{Coverage, KindName, Language, Override, Report, Summary, Supposition};
pub use rule::{RaisedBy, RuleCard, RuleText, Severity};
pub use second::{Found, Seen, Wanted};
pub use suppression::Suppression;
pub(crate) use table::UNIT_OF_FIGURES;
pub use table::{Beside, Field, FieldRole, HeaderWords, Line, LineRole, Stage, Table, TotalWord};
pub use trust::{Trust, TrustLevel, TrustRule};
pub use workbook::{
    ColumnFormat, DefinedName, Format, Formula, LARGEST_MERGE, Note, ReadError, ReadErrorCode,
    RowFormat, Sheet, SheetBuilder, SheetError, TextId, Texts, Visibility, Workbook,
};
