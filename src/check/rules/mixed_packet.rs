//! X03 `entity-or-year-differs`: a file of another entity or another year among the rest.
//!
//! Tables of one file may well speak of two years (last year's execution beside this year's budget), and a department's
//! summary stands beside its units. So only whole files are compared, by what all their tables say, and only one file that
//! is alone against two or more that agree is named.
//!
//! ```toml
//! [X03]
//! name = "entity-or-year-differs"
//! severity = "warning"
//! source = "Titles and headings of the packet's tables"
//! zh.title = "单位或年度不一致"
//! zh.source = "报送材料各表的标题和表头"
//! zh.checks = "一次给出的材料里混有不同单位或不同年度的表。部门汇总表与所属单位表同时出现是正常的。"
//! zh.example = "五张表为 2022 年度，一张为 2021 年度。"
//! zh.remedy = "换成正确年度、单位的表；确要放在一起的，请分开核对。"
//! en.title = "entities or years are mixed"
//! en.checks = "A packet whose tables are of different entities or years. A department's consolidated tables beside its units' are normal."
//! en.example = "Five tables of 2022 and one of 2021."
//! en.remedy = "Replace the odd table, or check the packets apart."
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Rule};
use crate::model::{Finding, Severity, Table, Text};

pub(super) static RULE: Rule = Rule { code: "X03", severity: Severity::Warning, check };

fn check(context: &Context) -> Vec<Finding> {
    let mut findings = stray(
        context,
        |table| table.year.map(|year| year.to_string()),
        &Words { zh: "年度", en: "year" },
    );
    findings.extend(stray(
        context,
        |table| table.entity.clone(),
        &Words { zh: "单位", en: "entity" },
    ));
    findings
}

struct Words {
    zh: &'static str,
    en: &'static str,
}

/// The files whose only value of `key` is no other file's, while the others agree on one.
fn stray(context: &Context, key: impl Fn(&Table) -> Option<String>, words: &Words) -> Vec<Finding> {
    let mut values: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for table in &context.packet.tables {
        if let Some(value) = key(table) {
            values.entry(table.file).or_default().insert(value);
        }
    }
    let mut files: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (file, values) in &values {
        for value in values {
            files.entry(value).or_default().push(*file);
        }
    }
    // The value that all but one file share.
    let Some((common, sharing)) = files.iter().max_by_key(|(_, files)| files.len()) else {
        return Vec::new();
    };
    if sharing.len() < 2 || values.len() - sharing.len() != 1 {
        return Vec::new();
    }
    let Some((file, own)) = values.iter().find(|(file, _)| !sharing.contains(file)) else {
        return Vec::new();
    };
    // Part of a name (某局 and 某局机关) is the same house.
    let related = own.iter().any(|value| value.contains(common) || common.contains(value.as_str()));
    let Some(only) = own.first().filter(|_| own.len() == 1 && !related) else { return Vec::new() };
    let message = Text::new(
        format!(
            "本文件的{}为“{only}”，其余 {} 个文件为“{common}”，请核实是否放错",
            words.zh,
            sharing.len()
        ),
        format!(
            "the {} of this file is {only}, that of the other {} is {common}: is it the right file?",
            words.en,
            sharing.len()
        ),
    );
    vec![RULE.about(Some(*file), message)]
}
