//! The sheets of the working paper: what each is, its index number, its name, and what is said of it on the index.

use crate::model::{Language, PaperSheet as Part};

/// All of them, in the order of a paper that nobody ordered otherwise.
pub(super) const PARTS: [Part; 17] = [
    Part::Cover,
    Part::Index,
    Part::Overview,
    Part::Checks,
    Part::Differences,
    Part::Feedback,
    Part::Lead,
    Part::Between,
    Part::Money,
    Part::Projects,
    Part::Assets,
    Part::Targets,
    Part::Vouchers,
    Part::Drafts,
    Part::Coverage,
    Part::Rules,
    Part::Tables,
];

impl Part {
    /// The index number; of the kinds of sheets, the letter before the number.
    pub(super) fn index(self) -> &'static str {
        match self {
            Self::Cover => "A-0",
            Self::Index => "A",
            Self::Overview => "A-1",
            Self::Checks => "B",
            Self::Differences => "C",
            Self::Feedback => "C-F",
            Self::Lead => "D",
            Self::Between => "E",
            Self::Money => "F",
            Self::Assets => "G",
            Self::Targets => "H",
            Self::Projects => "I",
            Self::Vouchers => "J",
            Self::Drafts => "K",
            Self::Coverage => "Y",
            Self::Rules => "Z",
            Self::Tables => "T",
        }
    }

    /// Its name, where the house has no other; kinds of sheets are named after their tables.
    pub(super) fn name(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Cover => ("封面", "Cover"),
            Self::Index => ("索引目录", "Index"),
            Self::Overview => ("总览", "Overview"),
            Self::Checks => ("核对总表", "All checks"),
            Self::Differences => ("差异清单", "Differences"),
            Self::Feedback => ("问题核实反馈单", "Questions to the unit"),
            Self::Lead => ("审核表", "Lead"),
            Self::Between => ("表间勾稽", "Between tables"),
            Self::Money => ("资金流向", "Money flow"),
            Self::Projects => ("项目对照", "Projects"),
            Self::Assets => ("资产核对", "Assets"),
            Self::Targets => ("绩效指标与评分", "Targets and scores"),
            Self::Vouchers => ("凭证线索", "Vouchers to draw"),
            Self::Drafts => ("前后稿对比", "Drafts compared"),
            Self::Coverage => ("覆盖情况", "Coverage"),
            Self::Rules => ("标识说明及规则", "Marks and rules"),
            Self::Tables => ("规范表", "Table"),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// What it holds, and why a paper may be without it.
    pub(super) fn about(self, language: Language) -> (&'static str, &'static str) {
        let (zh, en): ((&str, &str), (&str, &str)) = match self {
            Self::Cover => (
                ("被评价单位、年度、编制与复核、报送文件", ""),
                ("whose packet, by whom, reviewed by whom, the files", ""),
            ),
            Self::Index => (("各表的索引号和链接", ""), ("index numbers and links", "")),
            Self::Overview => (
                ("结论、主要数字、重大事项、图", ""),
                ("verdict, key figures, major matters, charts", ""),
            ),
            Self::Checks => (
                ("全部核对，包括相符的，公式可重算", "没有可以核对的关系"),
                ("every check, with live formulas", "nothing could be checked"),
            ),
            Self::Differences => (
                ("须更正、须说明的差异，带位置、疑似原因和复核意见", "没有差异"),
                ("what to correct or explain: places, causes, conclusions", "no differences"),
            ),
            Self::Feedback => (
                ("请单位逐项核实、答复并盖章", "没有需要单位核实的问题"),
                ("for the unit to answer point by point", "nothing to ask the unit"),
            ),
            Self::Lead => (
                ("各表申报数、重算数、差异和标识", "各表都没有可以重算的数"),
                (
                    "each table: submitted, recomputed, difference, mark",
                    "no table can be recomputed",
                ),
            ),
            Self::Between => (
                ("不同表之间的勾稽关系", "没有表与表之间的核对"),
                ("checks between tables", "no check joins two tables"),
            ),
            Self::Money => (
                ("年初预算、调整、支出、结转，及各项目资金", "报送表中没有预算、调整、支出的金额"),
                (
                    "budget, adjustment, expenditure, balance; each project",
                    "no table states a budget, an adjustment or expenditure",
                ),
            ),
            Self::Projects => (
                ("各项目在各表中的名称、金额和位置，及疑似同一项目", "报送表中没有项目"),
                (
                    "each project's names, amounts and places; names that may be one",
                    "no table names projects",
                ),
            ),
            Self::Assets => (
                ("资产表的核对与试算", "没有资产表"),
                ("checks of the asset tables, and trials", "no table of assets"),
            ),
            Self::Targets => (
                ("绩效指标、分值与等级", "没有绩效目标或自评表"),
                ("targets, scores and grade", "no table of targets or scores"),
            ),
            Self::Vouchers => (
                ("建议抽查凭证的支出，及理由", "支出表没有可抽查的明细"),
                (
                    "expenditure whose vouchers are worth drawing, and why",
                    "no expenditure line by line",
                ),
            ),
            Self::Drafts => (
                ("与上一稿相比：已改正、未改正、新出现", "没有给出上一稿（--previous）"),
                (
                    "against the last draft: mended, open, new",
                    "no last draft was given (--previous)",
                ),
            ),
            Self::Coverage => (
                ("读了什么，哪些数字没有核对，为什么", ""),
                ("what was read, what was not checked and why", ""),
            ),
            Self::Rules => (
                ("标识、判断方法、规则及制度依据", ""),
                ("marks, how agreement is judged, rules and their sources", ""),
            ),
            Self::Tables => (
                ("报送的表，逐行照录", "没有识别出表格"),
                ("a table as submitted, line by line", "no table was recognized"),
            ),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}
