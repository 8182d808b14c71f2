//! Whose file it is and of which year, and by what that is known: a cell, a title, a sheet's, file's or folder's name.

use crate::model::{Packet, Table, words};

/// Something known, and by what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known<T> {
    pub(super) value: Option<T>,
    pub(super) source: Option<&'static str>,
}

impl<T> Known<T> {
    fn by(value: Option<T>, source: &'static str) -> Self {
        let source = value.is_some().then_some(source);
        Self { value, source }
    }

    fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self.value.is_some() { self } else { other() }
    }
}

/// The names around a table, outermost last.
pub(super) struct Names<'a> {
    /// The file's name without its ending.
    pub(super) file: &'a str,
    /// Its folders, innermost first; archives among them.
    pub(super) folders: Vec<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn of(path: &'a str) -> Self {
        let mut parts: Vec<&str> =
            path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        let name = parts.pop().unwrap_or_default();
        let stem = |name: &'a str| name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let folders = parts.into_iter().rev().map(|part| part.trim_end_matches('!'));
        let folders = folders.map(|part| if part.contains('.') { stem(part) } else { part });
        Self { file: stem(name), folders: folders.collect() }
    }
}

/// The year of a table.
pub(super) fn year_of(packet: &Packet, table: &Table, names: &Names) -> Known<i32> {
    let sheet = packet.table_sheet(table).map_or("", |sheet| sheet.name.as_str());
    let Some(year) = table.year else { return year_by_names(names) };
    let says = |text: &str| words::year(text) == Some(year);
    let source = if table.title.as_deref().is_some_and(says) {
        "title"
    } else if says(sheet) {
        "sheet"
    } else if says(names.file) {
        "file"
    } else if names.folders.iter().any(|folder| says(folder) || bare_year(folder) == Some(year)) {
        "folder"
    } else {
        "cell"
    };
    Known::by(Some(year), source)
}

pub(super) fn year_by_names(names: &Names) -> Known<i32> {
    let folder = || {
        names.folders.iter().find_map(|folder| words::year(folder).or_else(|| bare_year(folder)))
    };
    Known::by(words::year(names.file).or_else(|| bare_year(names.file)), "file")
        .or(|| Known::by(folder(), "folder"))
}

/// Four digits that are a year and stand alone: 预算2022, 2019; not 20220315.
fn bare_year(text: &str) -> Option<i32> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 4)
        .filter_map(|digits| digits.parse().ok())
        .find(|year| (1978..=2100).contains(year))
}

/// Whose table it is.
pub(super) fn entity_of(packet: &Packet, table: &Table, names: &Names) -> Known<String> {
    let sheet = packet.table_sheet(table).map_or("", |sheet| sheet.name.as_str());
    let folder = || names.folders.iter().find_map(|folder| entity_in(folder));
    Known::by(table.entity.clone(), "cell")
        .or(|| Known::by(table.title.as_deref().and_then(entity_in), "title"))
        .or(|| Known::by(entity_in(sheet), "sheet"))
        .or(|| Known::by(entity_in(names.file), "file"))
        .or(|| Known::by(folder(), "folder"))
}

/// What the tables of a file agree on, else what its names say.
pub(super) fn of_file<'a, T: Clone + PartialEq + 'a>(
    tables: impl Iterator<Item = &'a Known<T>>,
    by_names: impl FnOnce() -> Known<T>,
) -> Known<T> {
    let mut known = tables.filter(|known| known.value.is_some());
    match known.next() {
        Some(first) if known.all(|other| other.value == first.value) => first.clone(),
        // Tables of several units or years: the file as a whole is of none of them.
        Some(_) => Known { value: None, source: None },
        None => by_names(),
    }
}

/// Whose a file without tables is.
pub(super) fn entity_by_names(names: &Names) -> Known<String> {
    let folder = || names.folders.iter().find_map(|folder| entity_in(folder));
    Known::by(entity_in(names.file), "file").or(|| Known::by(folder(), "folder"))
}

/// Words that the name of a unit ends with.
const ENDINGS: &[&str] = &[
    "委员会",
    "办公室",
    "研究院",
    "研究所",
    "卫生院",
    "幼儿园",
    "联合会",
    "事务所",
    "检察院",
    "人民政府",
    "公安局",
    "法院",
    "医院",
    "学院",
    "大学",
    "中学",
    "小学",
    "学校",
    "中心",
    "支队",
    "总队",
    "大队",
    "街道",
    "集团",
    "公司",
    "局",
    "厅",
    "委",
    "办",
    "院",
    "馆",
    "站",
    "所",
    "处",
    "省",
    "市",
    "县",
    "区",
    "镇",
    "乡",
    "旗",
    "州",
    "盟",
    "部",
];

/// The characters that these words end with: most of a text's are none of them.
const LAST: &[char] = &[
    '会', '室', '院', '所', '园', '府', '局', '学', '校', '心', '队', '道', '团', '司', '厅', '委',
    '办', '馆', '站', '处', '省', '市', '县', '区', '镇', '乡', '旗', '州', '盟', '部',
];

/// Names of a kind of place, of no one place.
const KINDS: &[&str] = &["自治区", "自治州", "自治县", "直辖市", "地级市", "县级市", "市辖区"];

/// Whether a column's text is a unit's name, a code in front of it or not: 203001-省教育厅本级; not 卫生, nor 合计.
pub(super) fn is_unit(text: &str) -> bool {
    let name = words::glued_code(text).map_or(text, |(_, name)| name).trim();
    let name = name.strip_suffix("本级").unwrap_or(name).trim_end_matches(['（', '）', '(', ')']);
    name.chars().count() >= 3 && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// What may follow the name of a unit: more about it, or what a table is of.
const FOLLOWERS: &[&str] = &[
    "部门",
    "单位",
    "本级",
    "（",
    "(",
    "-",
    "_",
    " ",
    "—",
    "二〇",
    "收支",
    "收入",
    "支出",
    "预算",
    "决算",
    "一般公共",
    "政府性基金",
    "财政拨款",
    "国有资产",
    "国有资本",
    "固定资产",
    "项目",
    "“三公”",
    "三公",
    "绩效",
    "政府",
    "地方政府",
    "省级",
    "市级",
    "县级",
    "区级",
];

/// What is not one unit but many, or a way to tell them apart: 各地区收入, 分市县支出, 全自治区.
const MANY: &[char] = &['各', '全', '分', '按', '本'];

/// The unit that a title or name begins with: 某县教育局 of 某县教育局2022年部门预算表.
///
/// Only where a year, 部门, a bracket or the end follows its last word: a guess here would put a figure under the wrong name.
pub(super) fn entity_in(text: &str) -> Option<String> {
    let text = text.trim();
    let start = text.find(|c: char| !(c.is_ascii_digit() || "年度末、.．-_ 　".contains(c)))?;
    let text = &text[start..];
    let ends = text.char_indices().rev().filter_map(|(at, last)| {
        let end = at + last.len_utf8();
        let is_end = |ending: &&str| text[..end].ends_with(*ending);
        (LAST.contains(&last) && ENDINGS.iter().any(is_end)).then_some(end)
    });
    let end = { ends }.find(|end| {
        let (name, rest) = text.split_at(*end);
        let follows = rest.is_empty()
            || rest.starts_with(|c: char| c.is_ascii_digit())
            || FOLLOWERS.iter().any(|word| rest.starts_with(word));
        let is_name =
            name.chars().all(|c| c.is_alphabetic() || matches!(c, '（' | '）' | '(' | ')' | '·'));
        let about_money =
            ["表", "算", "支出", "收入", "资金", "情况", "明细", "项目", "关于", "年", "工作"];
        follows
            && is_name
            && !name.starts_with(MANY)
            && !KINDS.contains(&name)
            && (3..=30).contains(&name.chars().count())
            && !about_money.iter().any(|word| name.contains(word))
    })?;
    Some(text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_where_nothing_else_can_be_meant() {
        for (text, unit) in [
            ("柳河县教育局2022年部门预算表", Some("柳河县教育局")),
            ("2023年柳河县教育局部门决算", Some("柳河县教育局")),
            ("柳河省2022年一般公共预算收入表", Some("柳河省")),
            ("柳河县第一中学", Some("柳河县第一中学")),
            ("柳河县教育局收支情况表", Some("柳河县教育局")),
            ("2021年柳河省省级政府性基金预算收入表", Some("柳河省")),
            ("2024年末柳河市地方政府债务余额表", Some("柳河市")),
            ("2024年柳河盟政府专项债务情况表", Some("柳河盟")),
            ("2020年自治区地方政府债务限额表", None),
            ("各地区收入表", None),
            ("分市县支出表", None),
            ("柳河市卫生健康委员会（本级）", Some("柳河市卫生健康委员会")),
            ("一般公共预算支出表", None),
            ("部门预算", None),
            ("项目支出表", None),
            ("全市", None),
            ("2022", None),
            ("地区生产总值", None),
        ] {
            assert_eq!(entity_in(text).as_deref(), unit, "{text}");
        }
    }

    #[test]
    fn every_last_character_is_known() {
        assert!(ENDINGS.iter().all(|ending| ending.ends_with(LAST)));
    }

    #[test]
    fn a_column_names_units_or_fields_of_work() {
        for text in ["教育局", "203001-省教育厅本级", "柳河县人民医院", "五河市保障服务中心"]
        {
            assert!(is_unit(text), "{text}");
        }
        for text in ["卫生", "其他部门", "合计", "建设", "123001"] {
            assert!(!is_unit(text), "{text}");
        }
    }

    #[test]
    fn names_give_a_year_only_where_four_digits_stand_alone() {
        for (path, year, source) in [
            ("旧档/2019/预算.xls", Some(2019), Some("folder")),
            ("旧档/预算2021.xls", Some(2021), Some("file")),
            ("旧档.zip!/2018年/预算20220315.xls", Some(2018), Some("folder")),
            ("旧档/预算.xls", None, None),
        ] {
            let known = year_by_names(&Names::of(path));
            assert_eq!((known.value, known.source), (year, source), "{path}");
        }
    }
}
