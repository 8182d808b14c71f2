//! The words by which clerks say what a row or a column is, in lists that have names.
//!
//! Words are compared with keys: text without spaces, in one width, lower case (`model::words::key`).

use std::ops::Deref;
use std::sync::OnceLock;

use serde::Deserialize;

use super::firsts::Firsts;
use crate::model::words::{self, key, may_fold, numbering, without};
use crate::model::{HeaderWords, Stage, Text, TotalWord};
use crate::number::Unit;

/// A list of words, as keys.
#[derive(Clone, Debug, Default)]
pub struct List {
    words: Vec<String>,
    /// What they begin with, sorted, and as bits.
    beginnings: Vec<char>,
    firsts: Firsts,
    /// What they end with.
    lasts: Firsts,
    /// Bytes of the longest.
    longest: usize,
}

impl List {
    /// Whether a key is one of the words.
    pub fn has(&self, key: &str) -> bool {
        self.may_start(key) && self.words.iter().any(|word| word == key)
    }

    /// Whether one of the words stands in a key.
    pub fn stand_in(&self, key: &str) -> bool {
        // Most characters begin no word: only behind those that may is a word looked for.
        key.char_indices().any(|(at, c)| self.firsts.may_hold(c) && self.start(&key[at..]))
    }

    /// Whether one of the words that begin with no letter of the Latin alphabet stands in a key.
    pub fn stand_apart_in(&self, key: &str) -> bool {
        key.char_indices().any(|(at, c)| {
            !c.is_ascii_lowercase() && self.firsts.may_hold(c) && self.start(&key[at..])
        })
    }

    /// Whether a key begins with one of the words.
    pub fn begin(&self, key: &str) -> bool {
        self.may_start(key) && self.start(key)
    }

    /// Whether a key ends with one of the words.
    pub fn end(&self, key: &str) -> bool {
        key.chars().next_back().is_some_and(|c| self.lasts.may_hold(c))
            && self.words.iter().any(|word| key.ends_with(word.as_str()))
    }

    fn start(&self, key: &str) -> bool {
        self.words.iter().any(|word| key.starts_with(word.as_str()))
    }

    /// Whether a word may begin as a key does.
    fn may_start(&self, key: &str) -> bool {
        key.chars().next().is_some_and(|c| self.firsts.may_hold(c))
    }

    /// The length of the longest word that a key begins with.
    pub fn beginning(&self, key: &str) -> Option<usize> {
        self.words.iter().filter(|word| key.starts_with(word.as_str())).map(String::len).max()
    }

    /// A key without the longest word that it ends with.
    pub fn without_end<'a>(&self, key: &'a str) -> Option<&'a str> {
        self.words
            .iter()
            .filter_map(|word| key.strip_suffix(word.as_str()))
            .min_by_key(|rest| rest.len())
    }

    /// Whether one of the words can be in a text, told from its characters alone: most labels need not be folded to a key.
    pub fn may_be_in(&self, text: &str) -> bool {
        text.contains(|c| self.may_begin_with(c))
    }

    /// Whether one of the words can begin with a character, or what it folds to.
    pub fn may_begin_with(&self, c: char) -> bool {
        may_fold(c) || self.firsts.may_hold(c) && self.beginnings.binary_search(&c).is_ok()
    }

    /// Whether a text may be one of the words when folded, told from how long it is.
    pub fn may_be(&self, text: &str) -> bool {
        // What cannot fold stays as it is.
        let stays = |c: &char| !may_fold(*c) && !c.is_whitespace();
        let mut length = 0;
        text.chars().filter(stays).all(|c| {
            length += c.len_utf8();
            length <= self.longest
        })
    }

    /// Adds words; one behind `!` is taken out.
    pub(super) fn extend(&mut self, words: &[String]) {
        for word in words {
            let (out, word) = match word.trim().strip_prefix(['!', '！']) {
                Some(word) => (true, key(word)),
                None => (false, key(word)),
            };
            if let Some(known) = self.words.iter().position(|known| *known == word) {
                self.words.remove(known);
            }
            if !out && !word.is_empty() {
                self.words.push(word.into_owned());
            }
        }
        self.beginnings = self.words.iter().filter_map(|word| word.chars().next()).collect();
        self.beginnings.sort_unstable();
        self.beginnings.dedup();
        for first in &self.beginnings {
            self.firsts.add(*first);
        }
        for last in self.words.iter().filter_map(|word| word.chars().next_back()) {
            self.lasts.add(last);
        }
        self.longest = self.words.iter().map(String::len).max().unwrap_or(0);
    }
}

impl Deref for List {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.words
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut list = Self::default();
        list.extend(&Vec::<String>::deserialize(deserializer)?);
        Ok(list)
    }
}

macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        /// Every list of words.
        #[derive(Clone, Debug, Default)]
        pub struct Words {
            $(#[doc = $en] pub $name: List,)*
            arithmetic: OnceLock<Beginnings>,
            totalling: OnceLock<Beginnings>,
        }

        impl Words {
            /// The names of the lists.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Every list with its name and what it is for.
            pub fn lists(&self) -> impl Iterator<Item = (&'static str, Text, &List)> {
                [$((stringify!($name), Text::new($zh, $en), &self.$name)),*].into_iter()
            }

            pub(super) fn list(&mut self, name: &str) -> Option<&mut List> {
                // What was known of the lists together may hold no longer.
                (self.arithmetic, self.totalling) = Default::default();
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
    lone_totals: "合计：只在行名、列名就是它时", "Totals: only where a label is nothing else";
    plain_totals: "单独成行、不带名称的合计", "Totals that name nothing: a line that is called so and no more";
    of_which: "其中：行名、列名以其开头", "Of which: what a label of parts begins with";
    deducted: "减：行名以其开头", "Less: what a line that is taken away begins with";
    added: "加：行名以其开头", "Add: what a line that is put to the one above begins with";
    outcomes: "加减各行之后，结果行的名称所含字样：调节后余额、利润总额", "In names of what lines that are added and taken away come to";
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
    period_heads: "为各列的期间编号的行的名称（整个）：年份、期数", "What a row is called that counts the periods over columns: year, period";
    numbering_rows: "编列号的行、列：栏次、公式", "Rows and columns in which a sheet numbers its columns and lines";
    line_numbers: "给表中每一行编号的列，不分层次：行次", "Headers of columns that number all lines, whatever their level";
    number_columns: "编行号的列，公式按其编号引用", "Columns of the numbers by which formulas in names call lines";
    // Columns.
    label_headers: "项目名称列的表头所含字样", "In headers of the column of names";
    name_headers: "项目名称列、序号列表头的结尾，见此即为新表", "How the first header of another table ends";
    serial_headers: "序号列的表头", "Headers of columns that count lines";
    serial_marks: "逐行加一的列，表头含此即为序号列", "In headers of serial columns, where the figures count";
    code_headers: "编码列的表头所含字样", "In headers of columns of codes";
    coded_headers: "其下全是编码时即为编码列的表头（结尾）", "How headers end over columns of codes alone";
    code_levels: "编码列的表头（整个）", "Headers of columns of one level of codes";
    percent_headers: "百分比列的表头所含字样", "In headers of percentages";
    amount_headers: "金额列的表头所含字样，虽有百分比字样仍为金额", "In headers of amounts though a word of percentages stands there, too";
    quantity_headers: "数量列的表头所含字样", "In headers of quantities";
    money_headers: "数量组下的金额列的表头所含字样", "In headers of money under a group of quantities";
    year_headers: "年份列的表头所含字样", "In headers of columns of years";
    year_names: "年份列的表头（整个），其下全是年份", "Headers of columns of years, where all figures are years";
    remark_headers: "备注列的表头所含字样", "In headers of columns that remark on lines";
    remark_groups: "备注列的各级表头所含字样", "In the same or in a header above";
    note_numbers: "附注号、文献号列的表头（整个）", "Headers of columns of numbers of notes and references";
    total_headers: "除上述合计字样外，合计列的表头", "Headers, besides those with a total word, of columns that add up others";
    not_additive: "各行不可相加的列的表头所含字样：单价、均值、名次", "In headers of columns that do not add up over lines: prices, averages, ranks";
    number_ends: "各行不可相加的号码列的表头的结尾：物料号、合同号", "How headers end over numbers that name things: material no., contract no.";
    apiece_marks: "单价：行名、表头含此即为单位价格、单位成本", "In labels and headers of what one unit costs";
    additive: "虽含上述字样仍可相加", "Additive though one of those stands there";
    share_headers: "占比列的表头所含字样，各行相加为百分之百", "In headers of shares, which add up to the whole";
    rest_headers: "余额、净值一类列的表头所含字样，部分可以大于整体", "In headers of what is left, where a part may exceed the whole";
    price_headers: "单价列的表头所含字样（单价 × 数量 = 金额）", "In headers of prices (price × quantity = amount)";
    counted_headers: "数量列的表头所含字样（同上）", "In headers of what a price is multiplied with";
    product_headers: "金额列的表头所含字样（同上）", "In headers of what it comes to";
    mean_marks: "列名含此字即为均值", "What tells by itself, in the name of a column, that it holds means";
    no_means: "列名含此字样即不是均值（均衡性转移支付）", "What such a name says where the column holds no means";
    per_unit_headers: "人均、均价一类列的表头所含字样（金额 ÷ 数量）", "In headers of amounts a head (amount ÷ quantity)";
    growth_headers: "增长率列的表头所含字样", "In headers of rates of change";
    rate_lines: "比率、均值行的名称，以此开头或结尾，合计不加", "Lines that are rates or means by how their names begin or end: no total adds them up";
    extreme_lines: "最大、最小、中位、离散一类的行，名称全由这些词组成：各列的这种数横向不相加", "The words of which the names of lines of greatest, least or middle figures and of deviations are made: they do not add up across columns";
    taken_off: "从合计中扣除的行的名称，以此开头", "Lines that are taken off: how their names begin";
    net_wholes: "收支相抵后的净额行的名称，其中数可以大于它", "Lines that are what is left of several that partly cancel out: a part may be more";
    instead_of_figures: "代替数字的文字，以此开头（详见附表、待定）", "How words in place of a figure begin";
    income_sides: "并列两表中收入一侧的字样（收入总计 = 支出总计）", "Of the side of income, where two sides balance";
    expenditure_sides: "支出一侧的字样", "Of the side of expenditure";
    adjusted_headers: "调整后预算列的表头所含字样", "In headers of the adjusted budget";
    carried_headers: "结转结余列的表头所含字样", "In headers of what is carried over";
    adjustment_headers: "预算调整列的表头所含字样", "In headers of adjustments";
    executed_headers: "支出（执行）列的表头所含字样", "In headers of what was spent";
    initial_headers: "年初预算列的表头所含字样", "In headers of the initial budget";
    rate_headers: "比率列的表头所含字样，不说明资金阶段", "In headers of rates, which are of no stage of money";
    // Units and measures.
    unit_columns: "逐行写明计量单位的列的表头（整个）", "Headers of the column that says what each line is measured in";
    unit_heads: "金额单位之前的字样：单位：万元", "In front of a unit of money: 单位：万元";
    measures: "计量单位（整个）：房屋（平方米）、单价（元/台）", "Measures, whole: in brackets behind a name, or behind the unit of a price";
    measured: "计量单位、表头含此即不是一个一个数的：面积、重量、长度", "In measures and headers of what does not come whole: areas, weights, lengths";
    scaled_measures: "计量单位含此即为概数：万人", "In measures of rounded counts: 万人";
    whole_measures: "一个一个数的计量单位（整个），数字是精确的：人、台、户", "Measures, whole, of what comes whole: its figures are exact";
    counted: "表头含此且按个数的，数字是精确的：人数、台数", "In headers of what comes whole: its figures are exact";
    money_titles: "标题、表头含此即为金额表，应当注明单位", "In titles and headers of money, which must state its unit";
    money_columns: "表头含此即为金额列，其中读不出的金额要提示", "In headers of columns whose amounts are missed where they cannot be read";
    periods: "含此即为期间，不是金额：年、月、季", "In spans of time, which are no amounts";
    times: "期间的英文单位（整个）：year、month", "English spans of time, whole: year, month";
    balanced: "并列两侧的末行名称含此且相同，两侧应相等：调节后余额", "In names that the last lines of two sides share where they must be equal: adjusted balance";
    class_heads: "收支分类的大类：没有编号和缩进时，其后各行是它的明细", "Classes of revenue and expenditure, under which lines stand that look like them";
    dates: "其后一格是日期的名称的结尾：购置日期、启用时间", "How a name ends beside which a day stands";
    // Titles.
    not_titles: "单位行中含此即不是表名", "Not in a title beside a unit";
    listings: "标题含此即逐项列示：支出明细表列的是支出", "In titles of lists: a list of expenditure says what was spent";
    both_sides: "收入和支出的合称", "Income and expenditure in one word";
    other_funds: "与财政拨款并列的表头：其他", "Headers beside appropriations that are money from elsewhere";
    measure_ends: "名称以此结尾即为度量：预计执行数", "How labels end that are measures, not things";
    project_heads: "项目名称之前的字样", "In front of the name of the project that a form is about";
    // Points and grades.
    point_units: "分数的单位", "The unit of points";
    budget_points: "自评表中预算执行分所在的说明含此", "In what names the points for carrying out the budget";
    score_totals: "总分行的名称", "Lines of a total score";
    score_headers: "得分列的表头所含字样", "In headers of scores";
    weight_headers: "分值列的表头所含字样", "In headers of the points that can be had";
    grades_excellent: "等次：优（90 分及以上）", "Grades of 90 points and more";
    grades_good: "等次：良（80 分及以上）", "Grades of 80 points and more";
    grades_fair: "等次：中（60 分及以上）", "Grades of 60 points and more";
    grades_poor: "等次：差", "Grades below";
    // Sentences of reports and reasons.
    list_begins: "列举项目的开头：包括", "How a list of names begins";
    list_ends: "列举项目的结尾：等项目", "How it ends";
    received_words: "文中收到资金的字样：收到", "In a sentence: money that came in";
    used_words: "文中资金用途之前的字样：支出到", "In a sentence: in front of what money was used for";
    apiece_words: "文中每套、每户的字样", "In a sentence: of one of them";
    vehicle_words: "文中车辆的字样", "In a sentence: vehicles";
    vehicle_nouns: "文中辆、台之后的车", "In a sentence: vehicles, behind their number";
    project_nouns: "文中个、项之后的项目", "In a sentence: projects, behind their number";
    investment_words: "文中投资额的字样：总投资", "In a sentence: an investment";
    share_words: "文中比例之前的字样：占", "In front of a share in a sentence";
    share_not: "虽有上述字样也不是占比", "Not in front of it";
    execution_words: "文中含此的比例是执行率", "In front of a rate of execution";
    execution_rates: "预算执行率的说法（整个）", "What the rate of execution of the whole budget is called";
    particles: "数字之前的虚词：为、达", "Between a name and its figure in a sentence";
    // What the numbers of a row or column may be of each other.
    sum_words: "自动发现规律时，行名、列名里表示合计的字样（英文须是整词）", "In labels, English ones whole: sums of others";
    mean_words: "表示平均的字样（同上）", "Means (as before)";
    quotient_words: "表示比率、人均的字样（同上）", "Quotients (as before)";
    change_words: "表示增减变动的字样（同上）", "Changes (as before)";
    rest_words: "表示余额、净值、差额的字样（同上）", "What is left (as before)";
    percent_words: "表示百分比的字样（同上）", "Percentages (as before)";
    opening_words: "期初余额行名称所含字样（年初、期初）", "In names of lines of what there was at first";
    closing_words: "期末余额行名称所含字样（年末、期末）", "In names of lines of what there is in the end";
    running_words: "表示累计数的字样（同上）", "Words of what is added up so far (as before)";
    check_words: "表示两数应相等、差额应为零的字样（同上）", "Words of what must come to nought (as before)";
    // Basic expenditure by economic class.
    staff_items: "人员经费的经济分类名称（301、303）", "Economic classes of staff and benefits (301, 303)";
    operating_items: "公用经费的经济分类名称（302、310）", "Economic classes of operating expenditure (302, 310)";
    // Whose.
    entity_follows: "标题中单位名称之后的字样：某局部门预算", "What follows the name of a budget unit in a title";
    drafts: "文件名中稿次的结尾：二稿", "How names of drafts end";
    draft_words: "稿次之前的字：第、初、送、审", "What names of drafts are made of, beside numerals";
    entity_ends: "预算单位名称的结尾", "How the names of budget units end";
    // Performance and assets.
    at_least: "指标值的开头：不低于", "How targets of at least so much begin";
    at_least_ends: "指标值的结尾：以上", "How they end";
    at_most: "指标值的开头：不超过", "How targets of at most so much begin";
    at_most_ends: "指标值的结尾：以内", "How they end";
    year_parts: "一年之中的期间：月、季度", "In headers of parts of a year";
    rising: "文字中表示增加的字样", "In texts: words of a rise";
    falling: "文字中表示减少的字样", "In texts: words of a fall";
    unchanged: "文字中表示没有增减的字样", "In texts: words of no change";
    compared_years: "文字中与上年相比的字样", "In texts: words that compare with the year before";
    cumulative: "累计数的字样", "Words of cumulative figures";
    empty_notes: "注明本表为空的字样", "Notes that a table is empty";
    execution_headers: "预算执行率列的表头所含字样", "In headers of rates of execution";
    whole_forms: "部门整体支出绩效表的字样，不按项目的维度", "In titles of forms of a whole department, which have other dimensions";
    output_words: "产出指标的字样", "Indicators of output";
    effect_words: "效益指标的字样", "Indicators of effect";
    satisfaction_words: "满意度指标的字样", "Indicators of satisfaction";
    disposed: "车辆、资产已不在的字样", "States of assets that are gone";
    receivable: "应收、暂付的往来表名", "In titles of what is owed to a unit";
    payable: "应付、暂存的往来表名", "In titles of what a unit owes";
    not_disposed: "其中尚未办理的", "Not gone yet";
    not_depreciated: "不提折旧的资产", "Assets that are not depreciated";
    fixed_assets: "固定资产表名的字样", "In titles of tables of fixed assets";
    intangible: "无形资产的字样", "Intangible assets";
}

/// What the words say together.
impl Words {
    /// What the words begin with that say what the numbers of a row or column may be of each other.
    pub fn arithmetic(&self) -> &Beginnings {
        self.arithmetic.get_or_init(|| {
            Beginnings::of([
                &self.sum_words,
                &self.mean_words,
                &self.quotient_words,
                &self.change_words,
                &self.rest_words,
                &self.percent_words,
                &self.running_words,
                &self.check_words,
            ])
        })
    }

    /// What the words begin with that say that a label is a total.
    fn totalling(&self) -> &Beginnings {
        self.totalling.get_or_init(|| {
            let lists = [&self.subtotals, &self.grand_totals, &self.totals, &self.lone_totals];
            Beginnings::of(lists)
        })
    }

    /// The total word a label is, or ends or begins with.
    pub fn total(&self, label: &str) -> Option<TotalWord> {
        let lists = [
            (&self.subtotals, TotalWord::Subtotal),
            (&self.grand_totals, TotalWord::Grand),
            (&self.totals, TotalWord::Total),
        ];
        if !self.totalling().may_be_in(label) {
            return None;
        }
        let folded = key(label);
        let is_mark = |c: char| {
            matches!(c, '：' | ':' | '（' | '）' | '(' | ')' | '、' | ',' | '.' | '，' | '。' | '*')
        };
        let text = folded.trim_matches(is_mark);
        // Numbering in front of a total word: 三、合计.
        let text = numbering(text).map_or(text, |(_, rest)| rest);
        // 本年收入合计（万元）, 合计(A+B)
        let head = text.split_once(['(', '（']).map(|(head, _)| head);
        let latin = folded.bytes().any(|byte| byte.is_ascii_alphabetic());
        if self.lone_totals.has(head.unwrap_or(text)) {
            return Some(TotalWord::Total);
        }
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
                    if head.is_some_and(|head| head.ends_with(word)) {
                        return Some(kind);
                    }
                } else if (latin || !word.starts_with(|c: char| c.is_ascii_alphabetic()))
                    && text.len() <= 60
                    && folded.contains(word)
                    && english_total(label, word)
                {
                    return Some(kind);
                }
            }
        }
        None
    }

    /// Whether a label begins a list of parts that need not be complete: 其中, 其中：, of which.
    pub fn is_of_which(&self, label: &str) -> bool {
        // Statistics print # for 其中; #1 is a number, and # of cases is how many.
        let marked = label.trim_start().strip_prefix(['#', '＃']).map(str::trim_start);
        let is_count = |name: &str| name.get(..3).is_some_and(|of| of.eq_ignore_ascii_case("of "));
        if marked.is_some_and(|name| name.starts_with(char::is_alphabetic) && !is_count(name)) {
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
        without(label, &self.of_which)
    }

    /// What a header, from top to bottom, says of the arithmetic of its column, whose figures have this measure.
    pub fn header(&self, path: &[String], measure: &str) -> HeaderWords {
        let Some(own) = path.last() else { return HeaderWords::default() };
        let (key, measure) = (key(own), key(measure));
        let measured = self.measured.stand_in(&measure);
        let scaled = measured || self.scaled_measures.stand_in(&measure);
        HeaderWords {
            measured: measured || self.measured.stand_in(&key),
            counted: !scaled
                && (self.counted.stand_in(&key)
                    || self.whole_measures.has(&measure)
                    || !self.money_headers.stand_in(&key) && self.is_under_count(path)),
            total: self.total(own).is_some() || self.total_headers.has(&key),
            of_which: path.iter().any(|text| self.is_of_which(text)),
            not_additive: !self.additive.stand_in(&key)
                && (self.not_additive.stand_in(&key)
                    || self.number_ends.end(&key)
                    || !self.amount_headers.stand_in(&key)
                        && path.iter().any(|text| self.is_apiece(text))),
            of_month: self.is_month(&key),
        }
    }

    /// Whether a label or a header says what one of something costs, by its words or by its unit: 单价, cost per order, 元/吨.
    pub fn is_apiece(&self, text: &str) -> bool {
        if self.apiece_marks.may_be_in(text) && self.apiece_marks.stand_in(&key(text)) {
            return true;
        }
        if !text.contains(['/', '／']) {
            return false;
        }
        let text = key(text);
        // 元/年 is what something costs in a year, and adds up.
        let is_time = |thing: &str| self.periods.stand_in(thing) || self.times.has(thing);
        text.split(['(', ')', '[', ']', '：', ':', ',', '，']).any(|part| {
            // 千瓦时、元/千瓦时 tells what all columns are measured in.
            !part.contains('、')
                && part.split_once('/').is_some_and(|(money, thing)| {
                    let unit = thing.chars().count() <= 6 && thing.chars().any(char::is_alphabetic);
                    unit && !is_time(thing) && MONEYS.iter().any(|own| money.ends_with(own))
                })
        })
    }

    /// Whether a group that counts things stands over a column: 实有人数 over 小计, 行政, 事业.
    fn is_under_count(&self, path: &[String]) -> bool {
        path.iter()
            .rev()
            .skip(1)
            .map(|text| key(text))
            .any(|group| self.counted.begin(&group) || self.counted.end(&group))
    }

    /// Whether a header's key is one month or quarter and nothing else: 3月, 三月份, 第二季度.
    fn is_month(&self, key: &str) -> bool {
        let text = key.strip_suffix('份').unwrap_or(key).trim_start_matches('第');
        let number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
        let word = text.trim_start_matches(number);
        word.len() < text.len() && self.year_parts.has(word)
    }

    /// Whether a line states the greatest, least or middle figure above it, or how far they spread: Max, Std. Dev., 中位数.
    pub fn is_of_extremes(&self, label: &str) -> bool {
        let mut words = label.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let says = |word: &str| self.extreme_lines.has(&key(word));
        words.next().is_some_and(says)
            && words.all(|word| says(word) || self.rate_lines.has(&key(word)))
    }

    /// The unit that a line declares: see [`words::declared_unit`].
    pub fn declared_unit(&self, text: &str) -> Option<Unit> {
        // Nearly every text of a sheet is asked, and nearly none has a head.
        let may = self.unit_heads.may_be_in(text);
        if may { words::declared_unit(text, &self.unit_heads) } else { None }
    }

    /// What a line says that a table counts: see [`words::declared_measure`].
    pub fn declared_measure(&self, text: &str) -> Option<Unit> {
        let may = self.unit_heads.may_be_in(text);
        if may { words::declared_measure(text, &self.unit_heads, &self.measures) } else { None }
    }

    /// The unit that a header or a label has in brackets or at its end: see [`words::bracketed_unit`].
    pub fn bracketed_unit(&self, text: &str) -> Option<Unit> {
        words::bracketed_unit(text, &self.unit_heads, &self.measures)
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

/// Units of money as they stand before what one of something costs.
const MONEYS: [&str; 11] = ["元", "usd", "us$", "$", "rmb", "cny", "eur", "€", "gbp", "£", "¥"];

/// What tells of a label by its characters, in one go, what it is not.
pub struct Signs {
    total: Beginnings,
    of_which: Beginnings,
}

/// What the words of some lists may begin with.
#[derive(Clone, Debug)]
pub struct Beginnings {
    firsts: Firsts,
    all: Vec<char>,
}

impl Beginnings {
    /// Those of some lists together.
    pub fn of<'l>(lists: impl IntoIterator<Item = &'l List>) -> Self {
        let mut all: Vec<char> =
            lists.into_iter().flat_map(|list| list.beginnings.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let mut firsts = Firsts::default();
        for first in &all {
            firsts.add(*first);
        }
        Self { firsts, all }
    }

    /// As [`List::may_be_in`], of all of them at once.
    pub fn may_be_in(&self, text: &str) -> bool {
        text.chars().any(|c| self.may_begin_with(c))
    }

    /// As [`List::may_begin_with`], of all of them at once.
    #[inline]
    pub fn may_begin_with(&self, c: char) -> bool {
        may_fold(c) || self.may_hold(c)
    }

    #[inline]
    fn may_hold(&self, c: char) -> bool {
        self.firsts.may_hold(c) && self.all.binary_search(&c).is_ok()
    }
}

/// What the characters of a label tell of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "signs that are there or not, each by itself")]
pub struct Told {
    /// There are spaces in it.
    pub spaces: bool,
    /// It may be a [`Words::total`].
    pub total: bool,
    /// It [`Words::is_of_which`], perhaps.
    pub of_which: bool,
    /// It may have a [`Words::bracketed_unit`].
    pub unit: bool,
}

impl Signs {
    /// What the characters of a label tell.
    pub fn told(&self, label: &str) -> Told {
        let mut told = Told::default();
        for c in label.chars() {
            if may_fold(c) {
                (told.total, told.of_which, told.unit) = (true, true, true);
                told.spaces |= c.is_whitespace();
                continue;
            }
            told.spaces |= c.is_ascii() && c.is_whitespace();
            told.of_which |= c == '#' || self.of_which.may_hold(c);
            told.total |= self.total.may_hold(c);
            told.unit |= words::is_unit_mark(c);
        }
        told
    }
}

impl Words {
    /// What tells of most labels what they are not.
    pub fn signs(&self) -> Signs {
        Signs { total: self.totalling().clone(), of_which: Beginnings::of([&self.of_which]) }
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
    fn a_word_may_be_told_from_its_length() {
        let mut list = List::default();
        list.extend(&["栏次", "no.", "行次"].map(str::to_owned));
        for text in ["栏次", " 行　次 ", "ＮＯ．", "No ."] {
            assert!(list.has(&key(text)) && list.may_be(text), "{text}");
        }
        assert!(!list.may_be("教学设备购置项目"));
    }

    #[test]
    fn every_list_has_words_that_are_keys() {
        let words = Rulebook::default().words;
        for (name, _, list) in words.lists() {
            assert!(!list.is_empty(), "give {name} words in schemas/words.toml");
        }
    }

    #[test]
    fn what_a_label_says_is_told_by_its_characters() {
        let known = Rulebook::default().words;
        let signs = known.signs();
        let mut labels: Vec<String> = [
            "（万元）",
            "合　计",
            "其中：甲",
            "＃甲",
            " #甲",
            "单价/元",
            "1-元",
            "预算数万元",
            "a b",
            "甲\u{a0}乙",
            "甲\u{200b}乙",
            "某县第3小学维修项目12",
            "總額（萬元）",
            "",
        ]
        .map(str::to_owned)
        .into();
        for list in [&known.totals, &known.subtotals, &known.grand_totals, &known.lone_totals] {
            labels.extend(list.iter().flat_map(|word| [word.clone(), format!("某项{word}")]));
        }
        labels.extend(known.of_which.iter().map(|word| format!("{word}甲")));
        for label in labels {
            let told = signs.told(&label);
            assert!(told.total || known.total(&label).is_none(), "{label}");
            assert!(told.of_which || !known.is_of_which(&label), "{label}");
            assert!(told.unit || known.bracketed_unit(&label).is_none(), "{label}");
            assert_eq!(told.spaces, label.contains(char::is_whitespace), "{label}");
        }
    }

    #[test]
    fn units_are_found() {
        let known = Rulebook::default().words;
        assert_eq!(
            known.declared_unit("编制单位：某局 　金额单位：万元"),
            Some(Unit::TenThousandYuan)
        );
        assert_eq!(known.declared_unit("单位：某局"), None);
        assert_eq!(known.bracketed_unit("金额（元）"), Some(Unit::Yuan));
        assert_eq!(known.bracketed_unit("单价/元"), Some(Unit::Yuan));
        assert_eq!(known.bracketed_unit("单价【元/台】"), Some(Unit::Yuan));
        assert_eq!(known.bracketed_unit("金额：万元"), Some(Unit::TenThousandYuan));
        assert_eq!(known.bracketed_unit("预算数万元"), Some(Unit::TenThousandYuan));
        assert_eq!(known.bracketed_unit("总投资100万元"), None);
        assert_eq!(known.bracketed_unit("总投资一百万元"), None);
        assert_eq!(known.bracketed_unit("多元"), None);
        assert_eq!(
            known.bracketed_unit("2.房屋（平方米）"),
            Some(Unit::Other("平方米".to_owned()))
        );
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
            ("總額（萬元）", Some(TotalWord::Total)),
            ("資產總額", None),
            ("支出合共", Some(TotalWord::Total)),
            ("统计调查", None),
        ] {
            assert_eq!(words.total(label), word, "{label}");
        }
    }
}
