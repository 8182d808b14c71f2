//! 结余 = 预算 − 支出, 净值 = 原值 − 折旧, 调整后 = 年初 + 增 − 减: differences that words announce.

use super::neighbours::signed_windows;
use super::{Parts, Proposer};
use crate::model::words;
use crate::model::{Operation, Relation, Severity};

impl Proposer<'_> {
    /// 结余 = 预算 − 支出, 净值 = 原值 − 折旧, 调整后 = 年初 + 增 − 减, 增减额 = 本年 − 上年.
    pub(super) fn differences(&self) -> Vec<Relation> {
        let amounts = self.amounts();
        let mut relations = Vec::new();
        for &target in &amounts {
            let key = self.key(target);
            let Some(form) = DIFFERENCES.iter().find(|form| {
                form.target.iter().any(|word| key.contains(word))
                    && !form.not.iter().any(|word| key.contains(word))
            }) else {
                continue;
            };
            let with = |list: &[&str]| -> Vec<usize> {
                amounts
                    .iter()
                    .copied()
                    .filter(|at| *at != target && self.same_measure(*at, target))
                    .filter(|at| {
                        let key = words::key(&self.fields()[*at].path.concat());
                        list.iter().any(|word| key.contains(word))
                    })
                    .collect()
            };
            let (plus, minus) = (with(form.plus), with(form.minus));
            let more = with(form.more);
            let mut proposals: Vec<Parts> = Vec::new();
            // The fullest reading first: a column of zeros is part of it all the same.
            for &a in &plus {
                for &b in more.iter().filter(|b| **b != a) {
                    for &c in minus.iter().filter(|c| **c != a && **c != b) {
                        proposals.push(vec![(a, 1), (b, 1), (c, -1)]);
                    }
                }
            }
            for &a in &plus {
                proposals.extend(minus.iter().filter(|b| **b != a).map(|b| vec![(a, 1), (*b, -1)]));
                proposals.extend(more.iter().filter(|b| **b != a).map(|b| vec![(a, 1), (*b, 1)]));
            }
            proposals.truncate(400);
            for parts in &mut proposals {
                parts.sort_unstable();
            }
            let beside: Vec<usize> = amounts
                .iter()
                .copied()
                .filter(|at| *at != target && self.same_measure(*at, target))
                .collect();
            let windows: Vec<Parts> = signed_windows(&beside, target)
                .into_iter()
                .filter(|parts| self.every_part_counts(parts))
                .collect();
            // 原值, 折旧, 净值, each once: what the words define needs no majority of rows.
            let defined = form.strict && plus.len() == 1 && minus.len() == 1;
            let worded = proposals.clone();
            proposals.extend(windows);
            if let Some((parts, score)) = self.best(target, proposals)
                && (score.convinces()
                    || defined && worded.contains(&parts) && score.worded() >= score.fails)
                && score.worded() > 0
            {
                let severity = if form.strict || score.fails <= 1 && score.holds >= 3 {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                relations.extend(self.fields_relation(
                    "T03",
                    severity,
                    Operation::Sum,
                    target,
                    parts,
                    &score,
                ));
            }
        }
        relations
    }
}

/// A difference that words announce.
pub(super) struct Difference {
    pub(super) target: &'static [&'static str],
    not: &'static [&'static str],
    plus: &'static [&'static str],
    more: &'static [&'static str],
    minus: &'static [&'static str],
    /// 逻辑性: nothing can stand between.
    strict: bool,
}

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        target: &["净值", "账面价值", "净额"],
        not: &[],
        plus: &["原值", "原价", "账面余额"],
        more: &[],
        minus: &["折旧", "摊销", "减值"],
        strict: true,
    },
    Difference {
        target: &["调整后", "调整预算", "变动后", "预算调整数", "全年预算", "现预算"],
        not: &["%", "率", "增", "减"],
        plus: &["年初", "原预算", "批复", "当初", "期初", "上年", "预算数"],
        more: &["调增", "增加", "追加", "调整", "变动", "结转", "增减"],
        minus: &["调减", "减少", "追减", "核减", "压减", "收回", "交回", "盘活", "统筹"],
        strict: true,
    },
    Difference {
        target: &["年末", "期末", "余额", "期末数", "年末数"],
        not: &["限额", "%", "率"],
        plus: &["年初", "期初", "上年末", "上年结转", "年初数"],
        more: &["增加", "收入", "借方", "新增", "本年", "本期"],
        minus: &["减少", "支出", "贷方", "偿还", "还本", "处置"],
        strict: true,
    },
    Difference {
        target: &[
            "结余",
            "结转",
            "余额",
            "剩余",
            "未支",
            "未执行",
            "差额",
            "节余",
            "未完成",
            "可用",
        ],
        not: &["%", "率", "上年", "年初", "期初"],
        plus: &[
            "预算",
            "收入",
            "指标",
            "下达",
            "计划",
            "拨款",
            "到位",
            "安排",
            "调整后",
            "可支配",
            "合同",
        ],
        more: &["上年结转", "年初结转", "上年结余", "收入", "年初结余"],
        minus: &["支出", "执行", "支付", "决算", "使用", "付款", "实际"],
        strict: false,
    },
    Difference {
        target: &[
            "增减",
            "增加额",
            "增长额",
            "变动",
            "差异",
            "差额",
            "比上年",
            "较上年",
            "增（减）",
            "增(减)",
            "超支",
            "净增",
            "调整数",
            "调增数",
        ],
        not: &["%", "率", "幅"],
        plus: &[
            "本年",
            "今年",
            "决算",
            "执行",
            "调整后",
            "当年",
            "实际",
            "年末",
            "期末",
            "支出",
            "预算",
            "完成",
        ],
        more: &[],
        minus: &["上年", "去年", "预算", "年初", "期初", "上期", "计划", "目标", "决算"],
        strict: false,
    },
];
