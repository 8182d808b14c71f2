//! Names of projects as they are compared: without year, punctuation and the suffixes that say nothing, short forms written
//! out.

use std::collections::{BTreeMap, BTreeSet};

use super::words;

/// How names are compared: what the rulebook says of them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Short forms and what they stand for, longest first.
    short: Vec<(String, String)>,
    /// The characters of each short form, as bits.
    marks: Vec<u64>,
    /// Endings that do not tell things apart.
    endings: Vec<String>,
    /// What stands in front of a name and is no part of it: 其中.
    of_which: Vec<String>,
    /// What people decided of names.
    decided: Decided,
}

/// Which names are one project's or are not, by a person's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Two names or more, as they are written in the tables.
    pub names: Vec<String>,
    /// All of them are one project; else each is another.
    pub same: bool,
    /// Why.
    pub reason: Option<String>,
    /// Who said so.
    pub by: Option<String>,
    /// When, as it was written.
    pub on: Option<String>,
}

impl Decision {
    /// What a person's word for it means; `None` for other words and for none.
    pub fn word(word: &str) -> Option<bool> {
        match word.trim().to_lowercase().as_str() {
            "是" | "同一" | "同一项目" | "yes" | "true" => Some(true),
            "否" | "不是" | "不同" | "no" | "false" => Some(false),
            _ => None,
        }
    }
}

/// The decisions, by names as written but for spaces and punctuation.
#[derive(Clone, Debug, Default)]
struct Decided {
    /// Each with its names as they are compared here.
    all: Vec<(Vec<String>, Decision)>,
    /// What a name is compared as, where that was decided.
    keys: BTreeMap<String, Key>,
    /// Names as compared that are different projects, the smaller first.
    apart: BTreeSet<(String, String)>,
}

/// A name as compared, and the year in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Two names with the same are one project, years and amounts permitting.
    pub name: String,
    /// The year in the name: other years are other projects, unless the amounts agree.
    pub year: Option<i32>,
}

impl Names {
    /// What is known of names: short forms with what they stand for, endings, and words in front.
    pub fn new(
        short: impl IntoIterator<Item = (String, String)>,
        endings: impl IntoIterator<Item = String>,
        of_which: Vec<String>,
    ) -> Self {
        let short = short.into_iter().map(|(short, long)| (plain(&short), plain(&long)));
        let mut short: Vec<(String, String)> = short.collect();
        short.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        let marks = short.iter().map(|(short, _)| bits(short)).collect();
        let endings = endings.into_iter().map(|word| plain(&word)).collect();
        Self { short, marks, endings, of_which, decided: Decided::default() }
    }

    /// The same with what people decided; later decisions go before earlier ones.
    ///
    /// Names that are one project are compared as the first of them. Names that are not are told apart even where their short
    /// forms are written out alike, and are never like each other.
    #[must_use]
    pub fn with_decisions(&self, decisions: &[Decision]) -> Self {
        let mut known = self.clone();
        for decision in decisions {
            let named: Vec<(String, Key)> = decision
                .names
                .iter()
                .map(|name| (known.written(name), known.key(name)))
                .filter(|(written, _)| !written.is_empty())
                .collect();
            if decision.same {
                known.join(&named);
            } else {
                known.part(named);
            }
            let names = decision.names.iter().map(|name| known.written(name)).collect();
            known.decided.all.push((names, decision.clone()));
        }
        known
    }

    fn join(&mut self, named: &[(String, Key)]) {
        let Some((_, first)) = named.first() else { return };
        let Decided { keys, apart, .. } = &mut self.decided;
        let joined: Vec<&Key> = named.iter().map(|(_, key)| key).collect();
        let is_joined = |name: &str| joined.iter().any(|key| key.name == name);
        apart.retain(|(a, b)| !(is_joined(a) && is_joined(b)));
        // What was decided to be one with one of them is one with all.
        for key in keys.values_mut().filter(|key| joined.contains(&&**key)) {
            *key = first.clone();
        }
        keys.extend(named.iter().map(|(written, _)| (written.clone(), first.clone())));
    }

    fn part(&mut self, mut named: Vec<(String, Key)>) {
        let Decided { keys, apart, .. } = &mut self.decided;
        let all: Vec<String> = named.iter().map(|(_, key)| key.name.clone()).collect();
        for (written, key) in &mut named {
            if all.iter().filter(|name| **name == key.name).count() > 1 {
                key.name.clone_from(written);
                keys.insert(written.clone(), key.clone());
            }
        }
        for (at, (_, key)) in named.iter().enumerate() {
            let others = named[..at].iter().map(|(_, other)| other.name.as_str());
            let others = others.filter(|other| *other != key.name);
            apart.extend(others.map(|other| ordered(other, &key.name)));
        }
    }

    /// What was decided last of two names as written.
    pub fn decision(&self, a: &str, b: &str) -> Option<&Decision> {
        // Asked of every pair of names, and mostly nothing was decided.
        if self.decided.all.is_empty() {
            return None;
        }
        let both = [self.written(a), self.written(b)];
        let mut last = self.decided.all.iter().rev();
        last.find(|(names, _)| both.iter().all(|name| names.contains(name))).map(|(_, one)| one)
    }

    /// Whether two names as compared were decided to be different projects.
    pub fn are_apart(&self, a: &str, b: &str) -> bool {
        !self.decided.apart.is_empty() && self.decided.apart.contains(&ordered(a, b))
    }

    /// Likeness of two names as compared; names that were decided to be different are not alike at all.
    pub fn likeness(&self, a: &str, b: &str) -> Likeness {
        if self.are_apart(a, b) { Likeness::default() } else { likeness(a, b) }
    }

    fn written(&self, name: &str) -> String {
        plain(&words::bare_name(name, &self.of_which))
    }

    /// Short forms and what they stand for.
    pub fn short(&self) -> &[(String, String)] {
        &self.short
    }

    /// Endings that do not tell things apart.
    pub fn endings(&self) -> &[String] {
        &self.endings
    }

    /// The name as compared.
    pub fn key(&self, name: &str) -> Key {
        let folded = self.written(name);
        if let Some(key) = self.decided.keys.get(&folded) {
            return key.clone();
        }
        let (mut rest, year) = without_year(&folded);
        let mut held = bits(&rest);
        for ((short, long), marks) in self.short.iter().zip(&self.marks) {
            if held & marks == *marks && rest.contains(short) && !rest.contains(long) {
                rest = rest.replace(short, long);
                held = bits(&rest);
            }
        }
        let mut trimmed = rest.as_str();
        while let Some(shorter) = self
            .endings
            .iter()
            .find_map(|ending| trimmed.strip_suffix(ending.as_str()))
            .filter(|shorter| shorter.chars().count() >= 2)
        {
            trimmed = shorter;
        }
        Key { name: trimmed.to_owned(), year }
    }
}

fn ordered(a: &str, b: &str) -> (String, String) {
    (a.min(b).to_owned(), a.max(b).to_owned())
}

/// A bit for each character of a text, folded: what does not have those of a word does not hold it.
fn bits(text: &str) -> u64 {
    text.chars().fold(0, |bits, c| bits | 1 << (u32::from(c) % 64))
}

/// Letters and digits alone, each in one form.
fn plain(text: &str) -> String {
    words::key(text).chars().filter(|c| c.is_alphanumeric()).collect()
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Likeness {
    /// In hundredths.
    pub score: u32,
    /// Every pair of neighbouring characters of the shorter one is in the longer one.
    pub contained: bool,
    /// Every character of the shorter one stands, in order, in the longer one: 职教中心实训基地 in 中等职业教育中心实训基地.
    pub in_order: bool,
    /// The longest run of characters that both have.
    pub run: usize,
}

/// Likeness of two names as compared, pair of characters by pair of characters.
fn likeness(a: &str, b: &str) -> Likeness {
    if a == b {
        let run = a.chars().count();
        return Likeness { score: 100, contained: true, in_order: true, run };
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
        return Likeness::default();
    }
    let jaccard = common * 100 / all;
    let longest = left.len().max(right.len());
    let distance = strsim::levenshtein(a, b);
    let edit = (longest - distance.min(longest)) * 100 / longest;
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    let mut rest = long.iter();
    let in_order = short.len() >= 4 && short.iter().all(|c| rest.any(|other| other == c));
    let contained = common == one.len().min(other.len()) && fewer >= 3;
    let run = if common == 0 { 0 } else { longest_run(&left, &right) };
    Likeness { score: jaccard.max(edit) as u32, contained, in_order, run }
}

/// The length of the longest run of characters that both have.
fn longest_run(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut longest = 0;
    for one in a {
        let mut now = vec![0; b.len() + 1];
        for (at, other) in b.iter().enumerate() {
            if one == other {
                now[at + 1] = before[at] + 1;
                longest = longest.max(now[at + 1]);
            }
        }
        before = now;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let short = [("经适房".to_owned(), "经济适用房".to_owned())];
        Names::new(short, ["项目".to_owned()], vec!["其中".to_owned()])
    }

    fn decision(names: &[&str], same: bool) -> Decision {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Decision { names, same, reason: None, by: None, on: None }
    }

    #[test]
    fn names_of_one_project_are_compared_as_the_first() {
        let known = names().with_decisions(&[
            decision(&["农村户厕改造", "2023年厕所革命项目"], true),
            decision(&["厕所革命（二期）", "农村户厕改造"], true),
        ]);
        let key = known.key("厕所革命(二期)");
        assert_eq!(known.key("其中：农村户厕改造"), key);
        assert_eq!(known.key("2023年厕所革命项目"), key);
        // Another year was not decided on.
        assert_ne!(known.key("2022年厕所革命项目"), key);
    }

    #[test]
    fn names_of_different_projects_are_told_apart_though_they_are_spelt_alike() {
        let (a, b) = ("柳林经适房B区", "柳林经济适用房B区");
        assert_eq!(names().key(a), names().key(b));
        let known = names().with_decisions(&[decision(&[a, b], false)]);
        let (one, other) = (known.key(a).name, known.key(b).name);
        assert_ne!(one, other);
        assert!(known.are_apart(&other, &one));
        assert_eq!(known.likeness(&one, &other).score, 0);
        assert!(known.decision(b, a).is_some_and(|decision| !decision.same));
        // The last word counts.
        let known = known.with_decisions(&[decision(&[a, b], true)]);
        assert_eq!(known.key(a), known.key(b));
        assert!(!known.are_apart(&one, &other));
    }
}
