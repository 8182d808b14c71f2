//! Relations of ledgers: every voucher balances (V01), an account's balances follow from its movements (L01), what the journal
//! books on an account is what the balance table says it moved (L03), and what it books on a project is what was spent (V03).

use std::collections::BTreeMap;

use super::entries::{self, Sum};
use crate::model::{
    CellRef, Field, FieldRole, Item, Line, LineRole, Operand, Operation, Origin, Packet, Place,
    Quantity, Relation, Severity, Shape, Sheet, Stage, Table, Text, Value, Verdict, entry_quantity,
    evaluate,
};
use crate::number::Decimal;

/// Entries past which a journal is not gone through voucher by voucher here.
const ENTRIES: usize = 50_000;
/// Lines that one voucher may have.
const LEGS: usize = 500;

/// The relations of the packet's journals and balance tables.
pub(super) fn relate(packet: &Packet, quantities: &[Vec<Quantity>]) -> Vec<Relation> {
    let of = |kind: &'static str| {
        let small = |table: &&Table| table.lines.len() <= ENTRIES;
        let all = packet.tables.iter().filter(small);
        all.filter(move |table| table.kind.as_deref() == Some(kind))
            .filter_map(|table| Ledger::new(packet, table))
    };
    let mut relations = Vec::new();
    for journal in of("journal") {
        relations.extend(trusted(packet, vouchers(&journal)));
        relations.extend(projects(&journal, quantities));
    }
    for accounts in of("trial_balance") {
        relations.extend(trusted(packet, balances(&accounts)));
        relations.extend(sides(&accounts));
        for journal in of("journal") {
            if is_one_house(accounts.table, journal.table) {
                relations.extend(trusted(packet, movements(&accounts, &journal)));
            }
        }
    }
    relations
}

fn is_one_house(a: &Table, b: &Table) -> bool {
    let fits = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    fits(&a.entity, &b.entity)
        && fits(&a.draft, &b.draft)
        && (a.year.is_none() || b.year.is_none() || a.year == b.year)
}

/// Relations of which most hold: where they do not, the columns were misread, or the ledger is an extract.
fn trusted(packet: &Packet, relations: Vec<Relation>) -> Vec<Relation> {
    let verdict = |relation: &Relation| evaluate(packet, relation, 0).verdict;
    let fails = relations.iter().filter(|one| verdict(one) == Verdict::Fails).count();
    let holds = relations.len() - fails;
    // An entry that is wrong on both its sides is two of few.
    let few = fails <= 2 && fails <= holds;
    if fails * 4 <= holds || few { relations } else { Vec::new() }
}

struct Ledger<'a> {
    packet: &'a Packet,
    table: &'a Table,
    sheet: &'a Sheet,
}

impl<'a> Ledger<'a> {
    fn new(packet: &'a Packet, table: &'a Table) -> Option<Self> {
        Some(Self { packet, table, sheet: packet.table_sheet(table)? })
    }

    fn column(&self, id: &str) -> Option<&'a Field> {
        self.table.fields.iter().find(|field| field.id.as_deref() == Some(id))
    }

    fn money(&self, id: &str) -> Option<&'a Field> {
        self.column(id).filter(|field| field.role == FieldRole::Amount)
    }

    fn operand(&self, line: &Line, field: &Field, coefficient: i32) -> Operand {
        let cell = CellRef::new(line.row, field.column);
        let place = Place { file: self.table.file, sheet: self.table.sheet, cell };
        Operand { place, table: Some(self.table.id), coefficient }
    }

    /// A cell with an amount that is not zero.
    fn amount(&self, line: &Line, field: Option<&Field>, sign: i32) -> Option<Operand> {
        let operand = self.operand(line, field?, sign);
        let number = self.packet.figure(operand.place, operand.table).number()?;
        (!number.is_zero()).then_some(operand)
    }

    /// A text or number, of the cell merged over the line where it is.
    fn said(&self, line: &Line, id: &str) -> Option<String> {
        let cell = CellRef::new(line.row, self.column(id)?.column);
        let merge = self.sheet.merge_over(cell);
        match self.sheet.value(merge.map_or(cell, |merge| merge.start)) {
            Value::Text(text) => {
                let text = self.sheet.texts.get(text).trim();
                (!text.is_empty()).then(|| text.to_owned())
            }
            Value::Number(number) => Some(number.normalize().to_string()),
            _ => None,
        }
    }

    fn entries(&self) -> impl Iterator<Item = &'a Line> + use<'a> {
        self.table.lines.iter().filter(|line| line.role.is_data() && line.total.is_none())
    }
}

/// V01: what a voucher debits and what it credits.
fn vouchers(journal: &Ledger) -> Vec<Relation> {
    let (Some(debit), Some(credit)) = (journal.money("debit"), journal.money("credit")) else {
        return Vec::new();
    };
    if journal.column("voucher").is_none() {
        return Vec::new();
    }
    // A voucher's number stands on each of its lines, or on the first; numbers begin anew each month.
    let mut vouchers: Vec<(String, Vec<&Line>)> = Vec::new();
    for line in journal.entries() {
        let number = journal.said(line, "voucher");
        let date = journal.said(line, "date").unwrap_or_default();
        match (number, vouchers.last_mut()) {
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
            (Some(number), last) => {
                let key = format!("{date}/{number}");
                match last {
                    Some((known, lines)) if *known == key => lines.push(line),
                    _ => vouchers.push((key, vec![line])),
                }
            }
        }
    }
    let mut relations = Vec::new();
    for (_, lines) in vouchers.iter().filter(|(_, lines)| lines.len() <= LEGS) {
        let debits = lines.iter().filter_map(|line| journal.amount(line, Some(debit), 1));
        let credits: Vec<Operand> =
            lines.iter().filter_map(|line| journal.amount(line, Some(credit), 1)).collect();
        let mut debits: Vec<Operand> = debits.collect();
        if debits.is_empty() || credits.is_empty() {
            continue;
        }
        let target = debits.remove(0);
        let others = debits.into_iter().map(|one| Operand { coefficient: -1, ..one });
        let terms: Vec<Operand> = credits.into_iter().chain(others).collect();
        relations.push(made(
            "V01",
            Severity::Error,
            target,
            terms,
            ("一张凭证的借方合计应等于贷方合计", "the debits of a voucher are its credits"),
        ));
    }
    relations
}

/// V03: what is booked on a project against what another table says was spent on it. Of the two books the one that budgets
/// are kept in counts where there is one.
fn projects(journal: &Ledger, quantities: &[Vec<Quantity>]) -> Vec<Relation> {
    let packet = journal.packet;
    let (Some(debit), Some(_)) = (journal.money("debit"), journal.column("project")) else {
        return Vec::new();
    };
    let mut books: [BTreeMap<Item, Vec<Quantity>>; 2] = Default::default();
    for (at, line) in journal.table.lines.iter().enumerate() {
        let book = match journal.said(line, "account").and_then(|account| account.chars().next()) {
            Some('7') => 0,
            Some('5') => 1,
            _ => continue,
        };
        let entry = line.role.is_data() && line.total.is_none();
        let Some(project) = journal.said(line, "project").filter(|_| entry) else { continue };
        let item = Item::Named(packet.names.key(&project).name);
        let place = (at, debit.column);
        let one = entry_quantity(packet, journal.table, place, Stage::Executed, item.clone());
        if let Some(one) = one.filter(|one| !one.amount.is_zero()) {
            books[book].entry(item).or_default().push(one);
        }
    }
    let Some(book) = books.iter().find(|book| !book.is_empty()) else { return Vec::new() };
    let sums: Vec<Sum> = book
        .iter()
        .filter(|(_, lines)| lines.len() <= LEGS)
        .map(|(item, lines)| Sum::of(item, lines.iter().collect()))
        .collect();
    let Some(like) = book.values().flatten().next() else { return Vec::new() };
    let mut relations = Vec::new();
    for (other, theirs) in quantities.iter().enumerate() {
        let table = &packet.tables[other];
        let ledger =
            table.kind.as_deref().is_some_and(|kind| matches!(kind, "payments" | "journal"));
        if table.id == journal.table.id || ledger || !is_one_house(table, journal.table) {
            continue;
        }
        let stated = entries::stated(packet, other, theirs, Stage::Executed, like);
        relations.extend(entries::compared(&packet.names, &sums, &stated, "V03"));
    }
    relations
}

/// L01: 期初 ± 发生 = 期末, account by account.
fn balances(accounts: &Ledger) -> Vec<Relation> {
    let of = |id: &str| accounts.money(id);
    let two = (of("closing_debit"), of("closing_credit"));
    let one = (of("opening"), of("closing"));
    let moved = (of("debit"), of("credit"));
    let (Some(debit), Some(credit)) = moved else { return Vec::new() };
    let mut relations = Vec::new();
    for line in accounts.table.lines.iter().filter(|line| line.role.is_data()) {
        let relation = match (two, one) {
            ((Some(left), Some(right)), _) => {
                let (target, sign) = match (
                    accounts.amount(line, Some(left), 1),
                    accounts.amount(line, Some(right), 1),
                ) {
                    (Some(target), None) => (target, 1),
                    (None, Some(target)) => (target, -1),
                    _ => continue,
                };
                let terms: Vec<Operand> = [
                    (of("opening_debit"), sign),
                    (of("opening_credit"), -sign),
                    (Some(debit), sign),
                    (Some(credit), -sign),
                ]
                .into_iter()
                .filter_map(|(field, sign)| accounts.amount(line, field, sign))
                .collect();
                Some((target, terms))
            }
            (_, (Some(opening), Some(closing))) => {
                let Some(target) = accounts.amount(line, Some(closing), 1) else { continue };
                let terms = |sign: i32| -> Vec<Operand> {
                    [(opening, 1), (debit, sign), (credit, -sign)]
                        .into_iter()
                        .filter_map(|(field, sign)| accounts.amount(line, Some(field), sign))
                        .collect()
                };
                let number = |operand: &Operand| {
                    accounts.packet.figure(operand.place, operand.table).number()
                };
                let sum = |terms: &[Operand]| -> Decimal {
                    terms
                        .iter()
                        .filter_map(|one| Some(number(one)? * Decimal::from(one.coefficient)))
                        .sum()
                };
                // Which side an account grows on is seen from its figures; where neither fits, from its first digit.
                let (up, down) = (terms(1), terms(-1));
                let closing = number(&target).unwrap_or_default();
                let grows_by_debit = || line.code.as_deref().is_none_or(grows_by_debit);
                let debit = sum(&up) == closing || sum(&down) != closing && grows_by_debit();
                Some((target, if debit { up } else { down }))
            }
            _ => None,
        };
        let Some((target, terms)) = relation.filter(|(_, terms)| !terms.is_empty()) else {
            continue;
        };
        relations.push(made(
            "L01",
            Severity::Error,
            target,
            terms,
            (
                "期初余额加减本期发生额应为期末余额",
                "opening and movement come to the closing balance",
            ),
        ));
    }
    relations
}

/// 资产 1, 费用 5, 预算支出 7: accounts of these classes grow on the debit side (政府会计制度).
fn grows_by_debit(code: &str) -> bool {
    code.starts_with(['1', '5', '7'])
}

/// L01: the debits and credits of the whole table.
fn sides(accounts: &Ledger) -> Vec<Relation> {
    let Some(total) = accounts.table.lines.iter().rfind(|line| line.role == LineRole::Total) else {
        return Vec::new();
    };
    [("opening_debit", "opening_credit"), ("debit", "credit"), ("closing_debit", "closing_credit")]
        .into_iter()
        .filter_map(|(left, right)| {
            let target = accounts.amount(total, accounts.money(left), 1)?;
            let term = accounts.amount(total, accounts.money(right), 1)?;
            Some(made(
                "L01",
                Severity::Error,
                target,
                vec![term],
                (
                    "科目余额表借方合计应等于贷方合计",
                    "the debits of all accounts are their credits",
                ),
            ))
        })
        .collect()
}

/// L03: the entries of an account, and what the balance table says it moved.
fn movements(accounts: &Ledger, journal: &Ledger) -> Vec<Relation> {
    let mut entries: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    for line in journal.entries() {
        let code = journal.said(line, "account").and_then(|account| code(&account));
        if let Some(code) = code {
            entries.entry(code).or_default().push(line);
        }
    }
    let mut relations = Vec::new();
    for side in ["debit", "credit"] {
        let (Some(moved), Some(booked)) = (accounts.money(side), journal.money(side)) else {
            continue;
        };
        for line in accounts.entries() {
            let Some(lines) = line.code.as_ref().and_then(|code| entries.get(code)) else {
                continue;
            };
            let Some(target) = accounts.amount(line, Some(moved), 1) else { continue };
            let terms: Vec<Operand> =
                lines.iter().filter_map(|line| journal.amount(line, Some(booked), 1)).collect();
            if terms.is_empty() || terms.len() > LEGS {
                continue;
            }
            relations.push(made(
                "L03",
                Severity::Error,
                target,
                terms,
                (
                    "科目余额表的发生额应为序时账该科目各笔之和",
                    "the movement of an account is the sum of its entries",
                ),
            ));
        }
    }
    relations
}

/// 1002 银行存款 → 1002
fn code(account: &str) -> Option<String> {
    let digits: String = account
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .filter(|c| *c != '.')
        .collect();
    (digits.len() >= 3).then_some(digits)
}

fn made(
    code: &str,
    severity: Severity,
    target: Operand,
    terms: Vec<Operand>,
    reason: (&str, &str),
) -> Relation {
    let plain = terms.len() == 1 && terms[0].coefficient == 1;
    let operation = if plain { Operation::Equal } else { Operation::Sum };
    Relation::new(code, operation, Shape::Cells { target, terms }, Origin::Kind)
        .of_severity(severity)
        .because(Text::new(reason.0, reason.1))
}
