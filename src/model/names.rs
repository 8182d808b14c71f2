//! Names of projects as they are compared: without year, punctuation and the suffixes that say nothing, short forms written
//! out.

use std::collections::BTreeSet;

use super::words;

/// Short forms and what they stand for. Longer ones first.
const SHORT: &[(&str, &str)] = &[
    ("经济适用房", "经济适用住房"),
    ("经适房", "经济适用住房"),
    ("公租房", "公共租赁住房"),
    ("廉租房", "廉租住房"),
    ("棚改", "棚户区改造"),
    ("老旧小区改造", "老旧小区基础设施配套改造"),
    ("电梯加装", "加装电梯"),
    ("增装电梯", "加装电梯"),
    ("疾控", "疾病预防控制"),
    ("卫健", "卫生健康"),
    ("公卫", "公共卫生"),
    ("医保", "医疗保险"),
    ("新农合", "新型农村合作医疗"),
    ("农饮", "农村饮水"),
    ("农村饮用水", "农村饮水"),
    ("河湖长制", "河长制"),
    ("水保", "水土保持"),
    ("防汛抗旱", "水旱灾害防御"),
    ("非遗", "非物质文化遗产"),
    ("职教中心", "职业教育中心"),
    ("运维", "运行维护"),
    ("维修（护）", "维修维护"),
];

/// Suffixes that do not tell projects apart.
const SUFFIXES: &[&str] = &["项目", "工程", "经费", "资金", "支出", "费用", "费", "款"];

/// A name as compared, and the year in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Two names with the same are one project, years and amounts permitting.
    pub name: String,
    /// The year in the name: other years are other projects, unless the amounts agree.
    pub year: Option<i32>,
}

/// The name as compared.
pub fn key(name: &str) -> Key {
    let folded: String =
        words::key(&words::bare_name(name)).chars().filter(|c| c.is_alphanumeric()).collect();
    let (mut rest, year) = without_year(&folded);
    for (short, long) in SHORT {
        if !rest.contains(long) {
            rest = rest.replace(short, long);
        }
    }
    let mut trimmed = rest.as_str();
    while let Some(shorter) = SUFFIXES
        .iter()
        .find_map(|suffix| trimmed.strip_suffix(suffix))
        .filter(|shorter| shorter.chars().count() >= 2)
    {
        trimmed = shorter;
    }
    Key { name: trimmed.to_owned(), year }
}

fn without_year(name: &str) -> (String, Option<i32>) {
    let Some(at) = name.find('年') else { return (name.to_owned(), None) };
    let digits = name[..at].chars().rev().take_while(char::is_ascii_digit).count();
    let start = at - digits;
    match name[start..at].parse::<i32>() {
        Ok(year) if (1990..2100).contains(&year) && digits == 4 => {
            let tail = name[at + '年'.len_utf8()..].trim_start_matches('度');
            (format!("{}{tail}", &name[..start]), Some(year))
        }
        _ => (name.to_owned(), None),
    }
}

/// How alike two names as compared are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Likeness {
    /// In hundredths.
    pub score: u32,
    /// Every pair of neighbouring characters of the shorter one is in the longer one.
    pub contained: bool,
    /// Every character of the shorter one stands, in order, in the longer one: 职教中心实训基地 in 中等职业教育中心实训基地.
    pub in_order: bool,
}

/// Likeness of two names as compared, pair of characters by pair of characters.
pub fn likeness(a: &str, b: &str) -> Likeness {
    if a == b {
        return Likeness { score: 100, contained: true, in_order: true };
    }
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let bigrams = |name: &[char]| -> BTreeSet<(char, char)> {
        name.windows(2).map(|pair| (pair[0], pair[1])).collect()
    };
    let (one, other) = (bigrams(&left), bigrams(&right));
    let common = one.intersection(&other).count();
    let all = one.union(&other).count();
    let fewer = left.len().min(right.len());
    if all == 0 || fewer == 0 {
        return Likeness { score: 0, contained: false, in_order: false };
    }
    let jaccard = common * 100 / all;
    let longest = left.len().max(right.len());
    let distance = strsim::levenshtein(a, b);
    let edit = (longest - distance.min(longest)) * 100 / longest;
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    let mut rest = long.iter();
    let in_order = short.len() >= 4 && short.iter().all(|c| rest.any(|other| other == c));
    let contained = common == one.len().min(other.len()) && fewer >= 3;
    Likeness { score: jaccard.max(edit) as u32, contained, in_order }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_project_have_one_key() {
        for (one, other) in [
            ("2022年公租房维修", "公共租赁住房维修项目"),
            ("柳沟经适房B区", "柳沟经济适用房Ｂ区"),
            ("疾控中心能力建设", "疾病预防控制中心能力建设经费"),
            ("（一）河湖长制经费", "河长制"),
        ] {
            assert_eq!(key(one).name, key(other).name, "{one} {other}");
        }
        assert_ne!(key("小学改造").name, key("中学改造").name);
    }
}
