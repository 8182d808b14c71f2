//! The words by which clerks say what a row or a column is, in lists that have names.
//!
//! Words are compared with keys: text without spaces, in one width, lower case (`model::words::key`).

use std::ops::Deref;

use serde::Deserialize;

use crate::model::words::{key, may_fold, numbering};
use crate::model::{HeaderWords, Stage, Text, TotalWord};

/// A list of words, as keys.
#[derive(Clone, Debug, Default)]
pub struct List(Vec<String>);

impl List {
    /// Whether a key is one of the words.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|word| word == key)
    }

    /// Whether one of the words stands in a key.
    pub fn stand_in(&self, key: &str) -> bool {
        self.0.iter().any(|word| key.contains(word.as_str()))
    }

    /// Whether a key begins with one of the words.
    pub fn begin(&self, key: &str) -> bool {
        self.0.iter().any(|word| key.starts_with(word.as_str()))
    }

    /// Whether a key ends with one of the words.
    pub fn end(&self, key: &str) -> bool {
        self.0.iter().any(|word| key.ends_with(word.as_str()))
    }

    /// Whether one of the words can be in a text, told from its characters alone: most labels need not be folded to a key.
    pub fn may_be_in(&self, text: &str) -> bool {
        text.contains(|c| may_fold(c) || self.0.iter().any(|word| word.starts_with(c)))
    }

    /// Adds a word; one behind `!` is taken out.
    pub(super) fn add(&mut self, word: &str) {
        let (out, word) = match word.trim().strip_prefix(['!', '！']) {
            Some(word) => (true, key(word)),
            None => (false, key(word)),
        };
        self.0.retain(|known| *known != word);
        if !out {
            self.0.push(word);
        }
    }
}

impl Deref for List {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut list = Self::default();
        for word in Vec::<String>::deserialize(deserializer)? {
            list.add(&word);
        }
        Ok(list)
    }
}

macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        /// Every list of words.
        #[derive(Clone, Debug, Default)]
        pub struct Words {
            $(#[doc = $en] pub $name: List,)*
        }

        impl Words {
            /// The names of the lists.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Every list with its name and what it is for.
            pub fn lists(&self) -> impl Iterator<Item = (&'static str, Text, &List)> {
                [$((stringify!($name), Text::new($zh, $en), &self.$name)),*].into_iter()
            }

            pub(super) fn list(&mut self, name: &str) -> Option<&mut List> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    // Lines.
    subtotals: "小计：行名、列名等于、（中文）以其开头或结尾", "Subtotals: what a label is, or in Chinese begins or ends with";
    totals: "合计：同上", "Totals: as before";
    grand_totals: "总计：同上", "Grand totals: as before";
    plain_totals: "单独成行、不带名称的合计", "Totals that name nothing: a line that is called so and no more";
    of_which: "其中：行名、列名以其开头", "Of which: what a label of parts begins with";
    // Sheets.
    tables: "表：提到表的字样，不是项目", "Names of tables, where no thing is named";
    no_tables: "虽含上述字样也不是表：代表", "No tables though one of those stands there";
    table_names: "表名中的字样", "In the names of tables";
    table_titles: "标题行中的字样", "In titles";
    title_ends: "标题行的结尾", "How titles end";
    title_begins: "标题行的开头", "How titles begin";
    continued: "续表：同一张表在下一页重复表头", "Titles of a table that goes on from the page before";
    meta_heads: "表前说明（冒号之前）的结尾：编制单位、日期", "How the texts before a colon above tables end: who and when";
    entity_heads: "写明编制单位的字样（冒号之前）的结尾", "How the text before the name of a budget unit ends";
    entity_not: "其中不是编制单位的", "Not in it";
    notes: "表后附注、签名的开头", "How notes and signatures below tables begin";
    numbering_rows: "编列号的行、列：栏次、公式", "Rows and columns in which a sheet numbers its columns and lines";
    number_columns: "编行号的列，公式按其编号引用", "Columns of the numbers by which formulas in names call lines";
    // Columns.
    label_headers: "项目名称列的表头所含字样", "In headers of the column of names";
    name_headers: "项目名称列、序号列表头的结尾，见此即为新表", "How the first header of another table ends";
    serial_headers: "序号列的表头", "Headers of columns that count lines";
    serial_marks: "逐行加一的列，表头含此即为序号列", "In headers of serial columns, where the figures count";
    code_headers: "编码列的表头所含字样", "In headers of columns of codes";
    code_levels: "编码列的表头（整个）", "Headers of columns of one level of codes";
    percent_headers: "百分比列的表头所含字样", "In headers of percentages";
    amount_headers: "金额列的表头所含字样，虽有百分比字样仍为金额", "In headers of amounts though a word of percentages stands there, too";
    quantity_headers: "数量列的表头所含字样", "In headers of quantities";
    money_headers: "数量组下的金额列的表头所含字样", "In headers of money under a group of quantities";
    year_headers: "年份列的表头所含字样", "In headers of columns of years";
    remark_headers: "备注列的表头所含字样", "In headers of columns that remark on lines";
    remark_groups: "备注列的各级表头所含字样", "In the same or in a header above";
    total_headers: "除上述合计字样外，合计列的表头", "Headers, besides those with a total word, of columns that add up others";
    not_additive: "各行不可相加的列的表头所含字样：单价、均值、名次", "In headers of columns that do not add up over lines: prices, averages, ranks";
    additive: "虽含上述字样仍可相加", "Additive though one of those stands there";
    share_headers: "占比列的表头所含字样，各行相加为百分之百", "In headers of shares, which add up to the whole";
    rest_headers: "余额、净值一类列的表头所含字样，部分可以大于整体", "In headers of what is left, where a part may exceed the whole";
    price_headers: "单价列的表头所含字样（单价 × 数量 = 金额）", "In headers of prices (price × quantity = amount)";
    counted_headers: "数量列的表头所含字样（同上）", "In headers of what a price is multiplied with";
    product_headers: "金额列的表头所含字样（同上）", "In headers of what it comes to";
    per_unit_headers: "人均、均价一类列的表头所含字样（金额 ÷ 数量）", "In headers of amounts a head (amount ÷ quantity)";
    growth_headers: "增长率列的表头所含字样", "In headers of rates of change";
    rate_lines: "比率、均值行的名称，以此开头或结尾，合计不加", "Lines that are rates or means by how their names begin or end: no total adds them up";
    instead_of_figures: "代替数字的文字，以此开头（详见附表、待定）", "How words in place of a figure begin";
    income_sides: "并列两表中收入一侧的字样（收入总计 = 支出总计）", "Of the side of income, where two sides balance";
    expenditure_sides: "支出一侧的字样", "Of the side of expenditure";
    adjusted_headers: "调整后预算列的表头所含字样", "In headers of the adjusted budget";
    carried_headers: "结转结余列的表头所含字样", "In headers of what is carried over";
    adjustment_headers: "预算调整列的表头所含字样", "In headers of adjustments";
    executed_headers: "支出（执行）列的表头所含字样", "In headers of what was spent";
    initial_headers: "年初预算列的表头所含字样", "In headers of the initial budget";
    rate_headers: "比率列的表头所含字样，不说明资金阶段", "In headers of rates, which are of no stage of money";
    // Whose.
    entity_ends: "预算单位名称的结尾", "How the names of budget units end";
}

/// What the words say together.
impl Words {
    /// The total word a label is, or ends or begins with.
    pub fn total(&self, label: &str) -> Option<TotalWord> {
        let lists = [
            (&self.subtotals, TotalWord::Subtotal),
            (&self.grand_totals, TotalWord::Grand),
            (&self.totals, TotalWord::Total),
        ];
        if !lists.iter().any(|(list, _)| list.may_be_in(label)) {
            return None;
        }
        let folded = key(label);
        let text = folded.trim_matches(|c: char| "：:（）()、,.，。*".contains(c));
        // Numbering in front of a total word: 三、合计.
        let text = numbering(text).map_or(text, |(_, rest)| rest);
        for (words, kind) in lists {
            for word in words.iter().map(String::as_str) {
                if text == word {
                    return Some(kind);
                }
                let chinese = !word.is_ascii();
                if chinese
                    && (text.ends_with(word) || text.starts_with(word))
                    && text.chars().count() <= 24
                {
                    // 合计数 is a column's word; 合计：10 people is a sentence.
                    return Some(kind);
                }
                if chinese {
                    // 本年收入合计（万元）, 合计(A+B)
                    if let Some((head, _)) = text.split_once(['(', '（'])
                        && head.ends_with(word)
                    {
                        return Some(kind);
                    }
                } else if text.len() <= 60 && folded.contains(word) && english_total(label, word) {
                    return Some(kind);
                }
            }
        }
        None
    }

    /// Whether a label begins a list of parts that need not be complete: 其中, 其中：, of which.
    pub fn is_of_which(&self, label: &str) -> bool {
        // Statistics print # for 其中; #1 is a number.
        let marked = label.trim_start().strip_prefix(['#', '＃']).map(str::trim_start);
        if marked.is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic())) {
            return true;
        }
        if !self.of_which.may_be_in(label) {
            return false;
        }
        let text = key(label);
        self.of_which.begin(text.trim_start_matches(|c: char| "-—－·*".contains(c)))
    }

    /// The label without 其中 in front.
    pub fn without_of_which<'a>(&self, label: &'a str) -> &'a str {
        let trimmed = label.trim_start();
        let rest = self.of_which.iter().find_map(|word| trimmed.strip_prefix(word.as_str()));
        rest.map_or(trimmed, |rest| {
            rest.trim_start_matches([':', '：', ' ', '\u{3000}', '，', ','])
        })
    }

    /// What a header, from top to bottom, says of the arithmetic of its column.
    pub fn header(&self, path: &[String]) -> HeaderWords {
        let Some(own) = path.last() else { return HeaderWords::default() };
        let key = key(own);
        HeaderWords {
            total: self.total(own).is_some() || self.total_headers.has(&key),
            of_which: path.iter().any(|text| self.is_of_which(text)),
            not_additive: !self.additive.stand_in(&key) && self.not_additive.stand_in(&key),
        }
    }

    /// The stage of money that a header speaks of.
    pub fn stage(&self, header: &str) -> Option<Stage> {
        let key = key(header);
        if self.rate_headers.stand_in(&key) {
            return None;
        }
        let stages = [
            (&self.adjusted_headers, Stage::Adjusted),
            (&self.carried_headers, Stage::CarriedOver),
            (&self.adjustment_headers, Stage::Adjustment),
            (&self.executed_headers, Stage::Executed),
            (&self.initial_headers, Stage::Initial),
        ];
        stages.iter().find(|(list, _)| list.stand_in(&key)).map(|(_, stage)| *stage)
    }
}

/// "Total revenue", "Revenue, total", but not "Totally".
fn english_total(label: &str, word: &str) -> bool {
    let lower = label.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.first() == Some(&word) || words.last() == Some(&word)
}

/// A difference that words announce: 净值 = 原值 − 折旧.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// In the header of what is left.
    pub target: List,
    /// Not in it.
    #[serde(default)]
    pub not: List,
    /// In that of what it is taken from.
    pub plus: List,
    /// In that of what comes in.
    #[serde(default)]
    pub more: List,
    /// In that of what is taken.
    pub minus: List,
    /// 逻辑性: nothing can stand between.
    #[serde(default)]
    pub strict: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Rulebook;

    #[test]
    fn every_list_has_words_that_are_keys() {
        let words = Rulebook::default().words;
        for (name, _, list) in words.lists() {
            assert!(!list.is_empty(), "give {name} words in schemas/words.toml");
        }
    }

    #[test]
    fn totals_are_told_from_items() {
        let words = Rulebook::default().words;
        for (label, word) in [
            ("合计", Some(TotalWord::Total)),
            ("合  计", Some(TotalWord::Total)),
            ("总　计", Some(TotalWord::Grand)),
            ("小计", Some(TotalWord::Subtotal)),
            ("本年收入合计", Some(TotalWord::Total)),
            ("支出总计", Some(TotalWord::Grand)),
            ("合计：", Some(TotalWord::Total)),
            ("Total revenue", Some(TotalWord::Total)),
            ("Sub-total", Some(TotalWord::Subtotal)),
            ("基本工资", None),
            ("会计服务", None),
            ("统计调查", None),
        ] {
            assert_eq!(words.total(label), word, "{label}");
        }
    }
}
