//! V09 `books-not-parallel`: a voucher moves cash in financial accounting, and budget accounting does not follow.
//!
//! ```toml
//! [V09]
//! name = "books-not-parallel"
//! severity = "warning"
//! source = "政府会计制度 (财会〔2017〕25号): cash within the budget is entered in both books; not checked against the text"
//! zh.title = "预算会计未同步"
//! zh.source = "政府会计制度（财会〔2017〕25号）平行记账；未核对原文"
//! zh.checks = "一张凭证财务会计的现金（1001、1002、1011）净增减 = 预算会计资金结存（8001）的净增减。绝大多数凭证都如此时，提出不一致的；只在一套账内收付的（受托代理等）不问。"
//! zh.example = "记-5：银行存款付出 460.00，资金结存付出 640.00。"
//! zh.remedy = "补记或更正预算会计分录。"
//! en.title = "budget accounting does not follow financial accounting"
//! en.checks = "What a voucher moves of cash = what it moves of 8001, asked where nearly all vouchers do."
//! en.example = "460.00 of cash, 640.00 of 8001."
//! en.remedy = "Enter or correct the budget entry."
//! ```

use std::collections::BTreeMap;

use super::entries::{Ledger, ledgers};
use super::{Context, Rule};
use crate::model::{Finding, Line, Place, Severity, Text};
use crate::number::Decimal;

pub(super) static RULE: Rule = Rule { code: "V09", severity: Severity::Warning, check };

/// Cash, bank deposits, quotas of zero-balance accounts; and what stands for them in budget accounting.
const CASH: [&str; 3] = ["1001", "1002", "1011"];
const BUDGET_CASH: &str = "8001";
/// Vouchers that must be parallel, for each that is not.
const PARALLEL: usize = 4;

/// What a voucher moves in either book.
#[derive(Default)]
struct Moves {
    cash: Decimal,
    budget: Decimal,
    /// Both books have an entry.
    both: (bool, bool),
    place: Option<Place>,
    others: Vec<Place>,
}

fn check(context: &Context) -> Vec<Finding> {
    ledgers(context, "journal").flat_map(|journal| of_journal(&journal)).collect()
}

fn of_journal(journal: &Ledger) -> Vec<Finding> {
    let mut vouchers: BTreeMap<(String, String), Moves> = BTreeMap::new();
    for line in journal.entries() {
        let (Some(account), Some(voucher)) =
            (journal.said(line, "account"), journal.said(line, "voucher"))
        else {
            continue;
        };
        let amount = moved(journal, line);
        let date = journal.said(line, "date").unwrap_or_default();
        let moves = vouchers.entry((date, voucher)).or_default();
        if CASH.iter().any(|cash| account.starts_with(cash)) {
            moves.cash += amount;
            moves.both.0 = true;
        } else if account.starts_with(BUDGET_CASH) {
            moves.budget += amount;
            moves.both.1 = true;
        } else {
            continue;
        }
        let place = ["debit", "credit"].into_iter().find_map(|id| {
            journal.amount(line, id)?;
            journal.place(line, id)
        });
        match moves.place {
            None => moves.place = place,
            Some(_) => moves.others.extend(place),
        }
    }
    let both = |moves: &&Moves| moves.both == (true, true);
    let parallel = vouchers.values().filter(both).filter(|one| one.cash == one.budget).count();
    let odd: Vec<(&(String, String), &Moves)> =
        vouchers.iter().filter(|(_, one)| both(one) && one.cash != one.budget).collect();
    if odd.len() * PARALLEL > parallel {
        return Vec::new();
    }
    odd.into_iter()
        .filter_map(|((_, voucher), one)| {
            let (cash, budget) = (one.cash.normalize(), one.budget.normalize());
            let mut finding = RULE.at(
                one.place?,
                Text::new(
                    format!("{voucher}：财务会计现金变动 {cash}，预算会计资金结存变动 {budget}，不同步，请核实"),
                    format!("{voucher}: cash moves by {cash}, budget accounting by {budget}"),
                ),
            );
            finding.related.clone_from(&one.others);
            Some(finding)
        })
        .collect()
}

/// What an entry adds to its account: debits less credits.
fn moved(journal: &Ledger, line: &Line) -> Decimal {
    let amount = |id: &str| journal.amount(line, id).unwrap_or_default();
    amount("debit") - amount("credit")
}
