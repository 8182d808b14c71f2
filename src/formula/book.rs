//! All formulas of a workbook: each form parsed once, each cell that was never calculated computed once.

use std::collections::{HashMap, HashSet};

use super::evaluate::Evaluator;
use super::lexer::{Rows, Sample, tokens_and_rows, write_key};
use super::parser::{self, Names};
use crate::model::{
    CellRef, Computed, FormulaBook, Function, InputFile, Packet, QuickMap, Range, Sheet, Text,
    Tree, Value, Workbook, many,
};
use crate::number::Decimal;

impl Packet {
    /// A packet of files, their formulas calculated, their tables yet to be recognized.
    pub fn new(mut files: Vec<InputFile>) -> Self {
        let formulas = files
            .iter_mut()
            .map(|file| {
                let Some(workbook) = &mut file.workbook else { return FormulaBook::default() };
                let book = FormulaBook::new(workbook);
                workbook.remarks.extend(book.left_out());
                book
            })
            .collect();
        Self { files, formulas, ..Self::default() }
    }
}

/// Tokens of all forms past which a form of more than [`LONG`] tokens is not parsed. A million are some hundred thousand
/// ordinary formulas; a small file can hold thousands of a thousand references each.
const TOKENS: usize = 1_000_000;
const LONG: usize = 256;

impl FormulaBook {
    /// Says how many formulas were too long to be parsed.
    fn left_out(&self) -> Option<Text> {
        let count = self.long;
        (count > 0).then(|| {
            Text::new(
                format!("公式过长过多：其中 {count} 个只取存储的值，没有按公式核对"),
                format!(
                    "formulas too long and too many: only the stored values are taken of {}, unchecked",
                    many(count, "formula")
                ),
            )
        })
    }

    /// Parses all formulas and computes those without a stored value.
    pub fn new(workbook: &Workbook) -> Self {
        let mut book = Self::default();
        book.parse(workbook);
        book.calculate(workbook);
        book
    }

    fn parse(&mut self, workbook: &Workbook) {
        let names = Names::of(workbook);
        // A name may mean another thing on another sheet.
        let local_names = workbook.names.iter().any(|name| name.sheet.is_some());
        let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
        let mut list = Vec::new();
        let mut key = Vec::new();
        let mut rows = Rows::default();
        let mut spent = 0_usize;
        let mut long = HashSet::new();
        for (index, sheet) in workbook.sheets.iter().enumerate() {
            let index = index as u32;
            let mut forms = Vec::with_capacity(sheet.formulas.len());
            // The last formula of each column whose text tells which others say the same, and its form.
            let mut samples: QuickMap<u32, (Sample, u32)> = QuickMap::default();
            for (cell, formula) in &sheet.formulas {
                let said = samples.get(&cell.column);
                let said = said.filter(|(sample, _)| sample.is_said_by(&formula.text, cell.row));
                let form = said.map(|(_, form)| *form);
                let is_like = form.is_some();
                if !is_like {
                    key.clear();
                    if tokens_and_rows(&formula.text, *cell, &mut list, &mut rows).is_some() {
                        write_key(&list, &mut key);
                        if local_names {
                            key.extend(index.to_le_bytes());
                        }
                    }
                }
                let form = if let Some(form) = form {
                    form
                } else if let Some(form) = known.get(key.as_slice()) {
                    *form
                } else {
                    let form = self.forms.len() as u32;
                    spent += list.len();
                    let read = if list.len() > LONG && spent > TOKENS {
                        long.insert(form);
                        false
                    } else {
                        !key.is_empty()
                    };
                    let tree = if read { parser::tree(&list, index, &names) } else { None };
                    self.forms.push(tree);
                    known.insert(key.clone(), form);
                    form
                };
                if !is_like
                    && !key.is_empty()
                    && let Some(sample) = Sample::new(&formula.text, cell.row, &rows)
                {
                    samples.insert(cell.column, (sample, form));
                }
                forms.push(form);
                self.long += u64::from(long.contains(&form));
                let tree = self.forms[form as usize].as_ref();
                if matches!(tree, Some(Tree::Call(Function::Subtotal, _))) {
                    self.subtotals.insert((index, *cell));
                }
                if !formula.cached && sheet.stored(*cell) == Value::Empty {
                    self.uncalculated.entry((index, cell.column)).or_default().push(cell.row);
                }
            }
            self.sheets.push(forms);
            self.used.push(extent(sheet));
        }
    }

    /// Computes what was never calculated, terms before what they are terms of; cycles stay unknown.
    fn calculate(&mut self, workbook: &Workbook) {
        if self.uncalculated.is_empty() {
            return;
        }
        let mut cells: Vec<(u32, CellRef)> = self
            .uncalculated
            .iter()
            .flat_map(|((sheet, column), rows)| {
                rows.iter().map(move |row| (*sheet, CellRef::new(*row, *column)))
            })
            .collect();
        cells.sort_unstable();
        let mut evaluator = Evaluator::new(workbook, self);
        let mut state: HashMap<(u32, CellRef), State> = HashMap::with_capacity(cells.len());
        let mut stack = Vec::new();
        for cell in cells {
            stack.push(cell);
            while let Some(&(sheet, cell)) = stack.last() {
                match state.get(&(sheet, cell)) {
                    Some(State::Done) => {
                        stack.pop();
                        continue;
                    }
                    Some(State::Waiting) => {}
                    None => {
                        state.insert((sheet, cell), State::Waiting);
                        let before = stack.len();
                        self.uncalculated_terms(workbook, (sheet, cell), &mut evaluator, |term| {
                            match state.get(&term) {
                                None => stack.push(term),
                                // A term that waits for this cell closes a circle; it stays unknown, and so does this.
                                Some(State::Waiting | State::Done) => {}
                            }
                        });
                        if stack.len() > before {
                            continue;
                        }
                    }
                }
                stack.pop();
                state.insert((sheet, cell), State::Done);
                let tree = self.form_at(workbook, sheet, cell).and_then(|form| self.tree(form));
                let Some(tree) = tree else { continue };
                if let Ok(evaluation) = evaluator.evaluate(tree, sheet, cell) {
                    evaluator.known.insert((sheet, cell), significant(evaluation.value));
                }
            }
        }
        let known = std::mem::take(&mut evaluator.known);
        self.computed = known.into_iter().collect();
    }

    /// Calls `visit` with the cells that a formula needs and that were never calculated.
    fn uncalculated_terms(
        &self,
        workbook: &Workbook,
        (sheet, cell): (u32, CellRef),
        evaluator: &mut Evaluator,
        mut visit: impl FnMut((u32, CellRef)),
    ) {
        let tree = self.form_at(workbook, sheet, cell).and_then(|form| self.tree(form));
        let Some(tree) = tree else { return };
        tree.each(&mut |part| {
            let Tree::Area(area) = part else { return };
            let Some((sheet, range)) = area.resolve(sheet, cell) else { return };
            let Some(range) = self.clip(sheet, range) else { return };
            for column in range.start.column..=range.end.column {
                let Some(rows) = self.uncalculated.get(&(sheet, column)) else { continue };
                let from = rows.partition_point(|row| *row < range.start.row);
                for row in rows[from..].iter().take_while(|row| **row <= range.end.row) {
                    if !evaluator.spend(1) {
                        return;
                    }
                    visit((sheet, CellRef::new(*row, column)));
                }
            }
        });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its terms are being computed.
    Waiting,
    Done,
}

/// The used rectangle, cells with nothing but a formula included.
fn extent(sheet: &Sheet) -> Option<Range> {
    let mut extent = sheet.used();
    for (cell, _) in &sheet.formulas {
        let range = extent.get_or_insert(Range::new(*cell, *cell));
        range.start =
            CellRef::new(range.start.row.min(cell.row), range.start.column.min(cell.column));
        range.end = CellRef::new(range.end.row.max(cell.row), range.end.column.max(cell.column));
    }
    extent
}

/// A number at 15 significant digits, as Excel would have stored and shown it.
fn significant(value: Computed) -> Computed {
    match value {
        Computed::Number(value) => {
            Computed::Number(value.round_sf(15).map_or(value, |value: Decimal| value.normalize()))
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DefinedName, Format, Formula, SheetBuilder, Texts};
    use crate::number;

    /// A sheet 表 of cells and formulas; a formula begins with `=` and has no stored value.
    fn workbook(cells: &[(&str, &str)]) -> Workbook {
        let mut builder = SheetBuilder::new("表", Texts::default());
        let mut cells: Vec<(CellRef, &str)> =
            cells.iter().map(|(name, text)| (name.parse().unwrap(), *text)).collect();
        cells.sort();
        for (cell, text) in cells {
            if let Some(formula) = text.strip_prefix('=') {
                builder.push(cell, Value::Empty, 0);
                let formula = Formula { text: formula.into(), cached: false, array: false };
                builder.sheet.formulas.push((cell, formula));
            } else if let Some(value) = number::exact_text(text) {
                builder.push(cell, Value::Number(value), 0);
            } else {
                builder.push_text(cell, text.trim_start_matches('\''), 0);
            }
        }
        Workbook {
            sheets: vec![builder.finish()],
            names: vec![DefinedName {
                name: "总额".into(),
                formula: "表!$A$1".into(),
                sheet: None,
                hidden: false,
            }],
            ..Workbook::empty(Format::Xlsx)
        }
    }

    /// What `formula` in C9 comes to over a small sheet; `?` where it is not known.
    fn result(formula: &str) -> String {
        let book = workbook(&[
            ("A1", "10"),
            ("A2", "20.5"),
            ("A3", "-3"),
            ("A4", "'12"),
            ("B1", "人员经费"),
            ("B2", "公用经费"),
            ("B3", "人员经费"),
            ("B4", "合计"),
            ("D1", "2"),
            ("D2", "3"),
            ("D3", "0"),
            ("E1", "=D1*2"),
            ("E2", "=E1+D2"),
            ("C9", &format!("={formula}")),
        ]);
        let formulas = FormulaBook::new(&book);
        match formulas.computed(0, "C9".parse().unwrap()) {
            None => "?".into(),
            Some(Computed::Number(value)) => value.to_string(),
            Some(Computed::Text(text)) => format!("\"{text}\""),
            Some(Computed::Bool(value)) => value.to_string(),
            Some(Computed::Error(error)) => error.text().into(),
            Some(Computed::Blank) => "blank".into(),
        }
    }

    #[test]
    fn what_is_looked_up_in_a_long_column_is_the_first_that_a_walk_meets() {
        let rows = 1..=200;
        let names: Vec<(String, String)> = rows
            .flat_map(|row: u32| {
                let name = match row {
                    150 => String::new(),
                    120 => "Unit30".to_owned(),
                    _ if row.is_multiple_of(7) => (row * 3 / 2).to_string(),
                    _ => format!("unit{}", row / 2),
                };
                [(format!("A{row}"), name), (format!("B{row}"), row.to_string())]
            })
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let come_to = |formula: &str| {
            let formula = format!("={formula}");
            let mut cells: Vec<(&str, &str)> =
                names.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            cells.push(("D1", &formula));
            let book = workbook(&cells);
            match FormulaBook::new(&book).computed(0, "D1".parse().unwrap()) {
                Some(Computed::Number(value)) => value.to_string(),
                Some(Computed::Error(error)) => error.text().into(),
                other => format!("{other:?}"),
            }
        };
        for (formula, expected) in [
            ("VLOOKUP(\"unit30\",A:B,2,0)", "60"),
            ("VLOOKUP(\"UNIT30\",A62:B200,2,FALSE)", "120"),
            ("VLOOKUP(\"unit30\",A121:B200,2,0)", "#N/A"),
            ("VLOOKUP(\"unit30\",A1:B59,2,0)", "#N/A"),
            ("VLOOKUP(21,A:B,2,0)", "14"),
            ("VLOOKUP(20,A:B,2,0)", "#N/A"),
            ("VLOOKUP(\"21\",A:B,2,0)", "#N/A"),
            ("MATCH(\"unit99\",A90:A200,0)", "109"),
            ("MATCH(31.0,A10:A200,0)", "12"),
        ] {
            assert_eq!(come_to(formula), expected, "{formula}");
        }
    }

    #[test]
    fn formulas_come_to_what_excel_gives() {
        for (formula, expected) in [
            ("SUM(A1:A4)", "27.5"),
            ("sum(A:A)", "27.5"),
            ("SUM(表!A1,'表'!$A$2)", "30.5"),
            ("SUM(1:1)", "16"),
            ("A1+A2-A3", "33.5"),
            ("A1+A4", "22"),
            ("A1+B1", "#VALUE!"),
            ("A1/D3", "#DIV/0!"),
            ("-2^2", "4"),
            ("2+3*4^2/8-1", "7"),
            ("10%*A1", "1"),
            ("(A1-D1)/D1", "4"),
            ("ROUND(A2/3,2)", "6.83"),
            ("ROUND(-2.5,0)", "-3"),
            ("ROUND(1250,-2)", "1300"),
            ("ROUNDUP(1.21,1)", "1.3"),
            ("ROUNDDOWN(-1.29,1)", "-1.2"),
            ("INT(-1.5)", "-2"),
            ("TRUNC(-1.5)", "-1"),
            ("ABS(A3)", "3"),
            ("MAX(A1:A4)-MIN(A1:A4)", "23.5"),
            ("AVERAGE(A1:A3)", "9.16666666666667"),
            ("COUNT(A1:B4)", "3"),
            ("COUNTA(A1:B4)", "8"),
            ("SUMIF(B1:B4,\"人员*\",A1:A4)", "7"),
            ("SUMIF(A1:A3,\">0\")", "30.5"),
            ("SUMIFS(A1:A4,B1:B4,B1,A1:A4,\">0\")", "10"),
            ("COUNTIF(B1:B4,\"<>合计\")", "?"),
            ("COUNTIF(B1:B4,\"人员经费\")", "2"),
            ("SUMPRODUCT(A1:A3,D1:D3)", "81.5"),
            ("SUMPRODUCT((B1:B3=\"人员经费\")*A1:A3)", "?"),
            ("IF(A1>D1,A1,D1)", "10"),
            ("IF(D3=0,\"\",A1/D3)", "\"\""),
            ("IF(A1,,1)", "0"),
            ("IFERROR(A1/D3,0)", "0"),
            ("IF(AND(A1>0,OR(A2<0,NOT(A3>0))),1,2)", "1"),
            ("A1&\"万元\"", "\"10万元\""),
            ("IF(B1=\"人员经费\",1,0)", "1"),
            ("VLOOKUP(\"公用经费\",B1:D4,3,FALSE)", "3"),
            ("VLOOKUP(\"其他\",B1:D4,3,0)", "#N/A"),
            ("INDEX(A1:A3,MATCH(\"公用经费\",B1:B4,0))", "20.5"),
            ("总额*2", "20"),
            ("E2*10", "70"),
            ("SUBTOTAL(9,A1:A3)", "27.5"),
            ("C9+1", "?"),
            ("[1]表!A1+1", "?"),
            ("'[上年.xlsx]表'!A1", "?"),
            ("没有!A1", "#REF!"),
            ("#REF!+1", "#REF!"),
            ("NPV(0.1,A1)", "?"),
            ("Table1[[#This Row],[金额]]", "?"),
            ("1E3+.5", "1000.5"),
            ("LEFT(B1,2)&LEN(B1)", "\"人员4\""),
            ("SUM(A1:A2", "?"),
            ("SUM(A1 A2)", "?"),
            ("of:=SUM([.A1:.A3];[$表.D1])", "29.5"),
            ("of:=['file:///上年.ods'#$表.A1]", "?"),
            ("MOD(7,A3)", "-2"),
            ("TRUE+1", "2"),
            ("SUM(C9,A1)", "?"),
            ("$A1+A$2+$A$3", "27.5"),
            ("IF(A1/D3>1,1,2)", "#DIV/0!"),
            ("A1=10", "true"),
            ("0.1+0.2=0.3", "true"),
        ] {
            assert_eq!(result(formula), expected, "{formula}");
        }
    }

    #[test]
    fn a_filled_column_is_one_form() {
        let book = workbook(&[
            ("A1", "1"),
            ("A2", "2"),
            ("B1", "=A1*2"),
            ("B2", "=A2*2"),
            ("C1", "=SUM($A$1:A1)"),
            ("C2", "=SUM($A$1:A2)"),
            ("D1", "=B1"),
        ]);
        let formulas = FormulaBook::new(&book);
        assert_eq!(formulas.form_count(), 3);
        assert_eq!(formulas.computed(0, "C2".parse().unwrap()), Some(&Computed::Number(3.into())));
    }

    #[test]
    fn long_chains_and_circles_are_bounded() {
        let names: Vec<String> = (1..=20_000).map(|row| format!("A{row}")).collect();
        let formulas: Vec<String> = (1..=20_000).map(|row| format!("=A{}+1", row + 1)).collect();
        let cells: Vec<(&str, &str)> =
            names.iter().zip(&formulas).map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let book = FormulaBook::new(&workbook(&cells));
        assert_eq!(book.computed(0, CellRef::new(0, 0)), Some(&Computed::Number(20_000.into())));
        let circle = FormulaBook::new(&workbook(&[("A1", "=A2"), ("A2", "=A1"), ("A3", "=A1+1")]));
        assert_eq!(circle.all_computed().count(), 0);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-+*/^&%=<>(),;:!'\"#\\[\\]{}$A-C1-3.表 ]{0,40}|\\PC{0,30}") {
            let _ = result(&text);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        for text in [
            "(".repeat(8000),
            "-".repeat(8000) + "1",
            "SUM(".repeat(3000),
            "1".to_owned() + &"+A1".repeat(2500),
            "1".to_owned() + &"%".repeat(5000),
            "1".to_owned() + &"=1".repeat(5000),
        ] {
            let _ = result(&text);
        }
    }
}
