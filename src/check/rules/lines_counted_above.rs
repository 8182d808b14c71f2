//! T11 `lines-counted-one-level-up`: what one line lacks, the lists of its parts have too much, to the last digit.
//!
//! Statistics print a county under its city and count it at the province. Every one of these checks fails, and none of the
//! figures is wrong: the table's structure is in doubt, which is one remark about the table.
//!
//! ```toml
//! [T11]
//! name = "lines-counted-one-level-up"
//! severity = "warning"
//! source = "Practice of regional statistics: counties under direct administration are listed with their city and counted at the province"
//! zh.title = "上下级归属存疑"
//! zh.source = "地方统计惯例：省直管县同时列在所在市和省级"
//! zh.checks = "上级的差额恰好等于下级明细多列的数时，不逐个报错，只就全表提示一次：可能有的行列在下级、计在上级。"
//! zh.example = "全省 1000 = 本级 300 + 乙市 330 + 丙市 250 + 120；乙市、丙市的明细各多 70、50。"
//! zh.remedy = "核实多列的行属于哪一级，或在表注中说明。"
//! en.title = "lines may be counted one level up"
//! en.checks = "Where what a line lacks is what the lists of its parts have too much, one remark is made about the table, not an error a cell."
//! en.example = "Province 1000 = own 300 + city 330 + city 250 + 120; the cities' lists are 70 and 50 too long."
//! en.remedy = "See to which level the surplus lines belong, or say so in a note."
//! ```

use std::collections::BTreeMap;

use super::{Context, Rule};
use crate::model::{Finding, Objection, Place, Severity, Shape, Text, evaluate};

pub(super) static RULE: Rule = Rule { code: "T11", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut tables: BTreeMap<u32, Doubt> = BTreeMap::new();
    for relation in context.relations {
        let Shape::Lines { table, .. } = relation.shape else { continue };
        for (ordinal, claim) in &relation.claims {
            let Some(Objection::CountedAbove { cells }) = claim.against.first() else { continue };
            let outcome = evaluate(context.packet, relation, *ordinal as usize);
            let target = outcome.target.place;
            // The lists below are doubted with the one above them. One list alone may be read wrongly.
            if cells.contains(&target) || cells.len() < 2 {
                continue;
            }
            let doubt = tables.entry(table).or_default();
            doubt.columns += 1;
            if doubt.above.is_none_or(|known| target < known) {
                doubt.above = Some(target);
                doubt.below.clone_from(cells);
            }
        }
    }
    tables.into_iter().filter_map(|(table, doubt)| finding(context, table, &doubt)).collect()
}

#[derive(Default)]
struct Doubt {
    above: Option<Place>,
    below: Vec<Place>,
    columns: u32,
}

fn finding(context: &Context, table: u32, doubt: &Doubt) -> Option<Finding> {
    let above = doubt.above?;
    let about = context.packet.tables.get(table as usize)?;
    let name = |place: &Place| {
        about.line_at(place.cell.row).map(|line| line.label.trim().to_owned()).unwrap_or_default()
    };
    let below: Vec<String> = doubt.below.iter().take(4).map(name).collect();
    let more = if doubt.below.len() > 4 { "…" } else { "" };
    let mut finding = RULE.at(
        above,
        Text::new(
            format!(
                "“{}”比各分项之和多出的数，恰好是“{}{more}”的明细多列的数（{} 列相同）：可能有的行按上级统计，请核实各行归属",
                name(&above),
                below.join("”“"),
                doubt.columns
            ),
            format!(
                "what “{}” exceeds its parts by is what the lists of “{}{more}” have too much (in {} columns): some lines may be counted one level up",
                name(&above),
                below.join("”, “"),
                doubt.columns
            ),
        ),
    );
    finding.related.clone_from(&doubt.below);
    Some(finding)
}
