//! Table kinds and the relations they declare.

use serde::Deserialize;

use super::language::Formula;
use crate::model::{Measure, Severity, Stage, Text};

/// A table kind: how it is known, what its fields are, what must hold in it.
#[derive(Clone, Debug, Default)]
pub struct TableKind {
    /// `expenditure`
    pub id: String,
    /// 支出明细表
    pub name: String,
    /// The same in English; empty where nobody named it.
    pub english: String,
    /// The first kind that matches a title wins; lower is tried earlier, and what a person adds comes first.
    pub order: i32,
    /// Words of the title: one group of them must be there whole.
    pub title: Vec<Vec<String>>,
    /// Words that a title of this kind does not have.
    pub not_title: Vec<String>,
    /// Fields by their headers.
    pub fields: Vec<KindField>,
    /// Relations inside one table.
    pub relations: Vec<Declared>,
    /// The specific code of a total against its parts in this kind.
    pub total_code: Option<String>,
    /// Of a level below the outermost total against its parts.
    pub level_code: Option<String>,
    /// Of the grand total of one side against that of the other.
    pub balance_code: Option<String>,
    /// Of a total column against its columns.
    pub column_total_code: Option<String>,
    /// Of a 其中 item against its whole.
    pub of_which_code: Option<String>,
    /// Of a share of the total.
    pub share_code: Option<String>,
    /// Of a rate.
    pub ratio_code: Option<String>,
    /// Of a difference.
    pub difference_code: Option<String>,
    /// Of several lines of one name against what another table states of it.
    pub entries_code: Option<String>,
    /// Of what it states against the same in another table.
    pub same_code: Option<String>,
    /// Of a total of scores.
    pub score_code: Option<String>,
    /// The stage of its amounts, where no header, line or title says one.
    pub stage: Option<Stage>,
    /// What its amounts are, where they are no stage of the budget's money: values of assets, balances.
    pub measure: Option<Measure>,
}

/// A field of a kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindField {
    /// `paid`
    pub id: String,
    /// Header words, best first.
    pub headers: Vec<String>,
    /// Stage of money.
    pub stage: Option<Stage>,
}

/// A declared relation.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The rule's code.
    pub code: String,
    /// In the relation language.
    pub relation: String,
    /// The same, parsed.
    pub formula: Formula,
    /// How grave a failure is.
    pub severity: Severity,
    /// Shown where it holds, and silent where it does not: something that the tables need not state may stand between.
    pub only_where_it_holds: bool,
    /// With that: said, too, where one amount is the other with a digit wrong, two swapped, or the point elsewhere.
    pub or_slip: bool,
    /// Declared by a person's own file, not by the program's.
    pub own: bool,
    /// Why, in both languages.
    pub reason: Option<Text>,
}
