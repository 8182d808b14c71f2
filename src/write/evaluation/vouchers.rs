//! 凭证线索: expenditure whose vouchers are worth drawing, with the reasons, and room for what was seen.
//!
//! Nothing here says that anything is wrong. Lines are proposed that a reviewer would draw anyway: those that a finding is about,
//! projects without a basis or over their budget, the same amount twice, round sums, and the largest.

use std::collections::BTreeMap;

use rust_xlsxwriter::{DataValidation, Worksheet, XlsxError};

use super::money::{in_unit, live};
use super::page::Show;
use super::pairs::place;
use super::projects::{Basis, Mention, Project, Role};
use super::review::{self, Subject};
use super::work::Work;
use crate::model::{PaperSheet as Part, Text};
use crate::number::{Decimal, Unit};

/// Lines that are proposed.
const LISTED: usize = 60;
/// The column of the conclusion, and the hidden key after it.
const CONCLUSION: u16 = 9;

/// A line with what speaks for drawing its vouchers.
struct Clue<'a> {
    mention: &'a Mention,
    yuan: Decimal,
    reasons: Vec<Text>,
}

/// Writes the sheet; `None` where no table lists expenditure line by line.
pub(super) fn write(
    work: &Work,
    mentions: &[Mention],
    projects: &[Project],
    unit: &Unit,
) -> Result<Option<Worksheet>, XlsxError> {
    let clues = clues(work, mentions, projects);
    if clues.is_empty() {
        return Ok(None);
    }
    let amount = work.amounts();
    let widths = vec![6, 30, 18, amount, 34, 12, 10, 14, 10, 9];
    let mut page = work.page(Part::Vouchers, widths)?;
    page.line(&format!(
        "{}{}",
        work.t(
            "建议抽查凭证的支出及理由，不表示其有误；凭证号以后各栏由人填写。",
            "Expenditure whose vouchers are worth drawing, and why; it need not be wrong. The last columns are for people. ",
        ),
        work.unit_line(unit),
    ))?;
    page.headings(&[
        work.t("索引号", "Index"),
        work.t("项目", "Line"),
        work.t("位置", "Place"),
        work.t("金额", "Amount"),
        work.t("抽查理由", "Why"),
        work.t("所在表", "Table"),
        work.t("凭证号", "Voucher"),
        work.t("摘要与附件", "Text, papers"),
        work.t("凭证金额", "Its amount"),
        work.t("结论", "Conclusion"),
    ])?;
    let top = page.row;
    page.freeze(2)?;
    for (number, clue) in clues.iter().enumerate() {
        let mention = clue.mention;
        let value = in_unit(clue.yuan, unit).unwrap_or(clue.yuan);
        let formula = mention.amount.as_ref().and_then(|amount| live(work, amount, unit));
        let show = formula.map_or(Show::Number(value), |formula| Show::live(formula, value));
        let reasons: Vec<&str> = clue.reasons.iter().map(|why| why.get(work.language())).collect();
        let about = format!("{}／{}", mention.name, work.place(mention.place));
        let key = review::key(Subject::Voucher, &about, &[Some(clue.yuan)]);
        let [voucher, papers, sum, conclusion] = work.standing(&key);
        page.cells(&[
            (Show::Text(format!("{}-{}", Part::Vouchers.index(), number + 1)), work.style.middle()),
            (Show::text(mention.name.clone()), work.style.text()),
            place(work, mention.table, mention.place),
            (show, work.style.number(2)),
            (Show::Text(reasons.join(work.t("；", "; "))), work.style.text()),
            (Show::Text(kind(work, mention)), work.style.text()),
            (Show::Text(voucher), work.style.text()),
            (Show::Text(papers), work.style.text()),
            (Show::Text(sum), work.style.text()),
            (Show::Text(conclusion), work.style.middle()),
            (Show::Text(key), work.style.plain()),
        ])?;
    }
    page.filter()?;
    let choices =
        [work.t("相符", "agrees"), work.t("不符", "differs"), work.t("待补证", "evidence awaited")];
    let list = DataValidation::new().allow_list_strings(&choices)?;
    page.sheet.add_data_validation(top, CONCLUSION, page.row - 1, CONCLUSION, &list)?;
    page.sheet.set_column_hidden(CONCLUSION + 1)?;
    Ok(Some(page.finish()?))
}

/// The table that the line stands in.
fn kind(work: &Work, mention: &Mention) -> String {
    work.packet()
        .tables
        .get(mention.table as usize)
        .map(|table| work.table_name(table))
        .unwrap_or_default()
}

/// Lines with the most reasons first, then the largest.
fn clues<'a>(work: &Work, mentions: &'a [Mention], projects: &[Project]) -> Vec<Clue<'a>> {
    let spent: Vec<(usize, &Mention, Decimal)> = mentions
        .iter()
        .enumerate()
        .filter(|(_, mention)| mention.role == Role::Executed)
        .filter_map(|(at, mention)| Some((at, mention, mention.amount.as_ref()?.yuan)))
        .filter(|(_, _, yuan)| *yuan > Decimal::ZERO)
        .collect();
    let mut times: BTreeMap<(u32, Decimal), usize> = BTreeMap::new();
    for (_, mention, yuan) in &spent {
        *times.entry((mention.table, yuan.normalize())).or_default() += 1;
    }
    let mut by_size: Vec<Decimal> = spent.iter().map(|(_, _, yuan)| *yuan).collect();
    by_size.sort_unstable();
    let large = by_size.iter().rev().nth(2).copied();
    let mut clues: Vec<Clue> = Vec::new();
    for (at, mention, yuan) in spent {
        let mut reasons = Vec::new();
        if let Some(project) = projects.iter().find(|project| project.members.contains(&at)) {
            if project.basis == Basis::None {
                reasons.push(Text::new(
                    "年初未列、调整未点名，须看立项和拨款依据",
                    "without a basis in budget or adjustment",
                ));
            }
            if let Some(initial) = &project.initial
                && project.spent() > initial.yuan
                && project.basis == Basis::Initial
            {
                reasons.push(Text::new(
                    "项目支出超过年初预算，未见调整",
                    "more than the initial budget, no adjustment",
                ));
            }
        }
        if work.is_in_question(mention.place) {
            reasons.push(Text::new("涉及差异清单中的问题", "a finding is about it"));
        }
        if times.get(&(mention.table, yuan.normalize())).is_some_and(|count| *count > 1) {
            reasons.push(Text::new(
                "同表有相同金额，看是否重复列支",
                "the same amount stands in the table twice",
            ));
        }
        if yuan >= Decimal::from(100_000) && (yuan % Decimal::from(10_000)).is_zero() {
            reasons.push(Text::new(
                "整数金额，看是否预付或以拨代支",
                "a round sum: perhaps an advance",
            ));
        }
        if large.is_some_and(|large| yuan >= large) {
            reasons.push(Text::new("金额最大的几笔之一", "among the largest"));
        }
        if !reasons.is_empty() {
            clues.push(Clue { mention, yuan, reasons });
        }
    }
    clues.sort_by_key(|clue| (std::cmp::Reverse(clue.reasons.len()), std::cmp::Reverse(clue.yuan)));
    clues.truncate(LISTED);
    clues
}
