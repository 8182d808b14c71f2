//! Names of projects as they are compared: without year, punctuation and the suffixes that say nothing, short forms written
//! out.

use std::collections::BTreeSet;

use super::words;

/// How names are compared: what the rulebook says of them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Short forms and what they stand for, longest first.
    short: Vec<(String, String)>,
    /// Endings that do not tell things apart.
    endings: Vec<String>,
    /// What stands in front of a name and is no part of it: 其中.
    of_which: Vec<String>,
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
        Self { short, endings: endings.into_iter().map(|word| plain(&word)).collect(), of_which }
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
        let folded = plain(&words::bare_name(name, &self.of_which));
        let (mut rest, year) = without_year(&folded);
        for (short, long) in &self.short {
            if rest.contains(short) && !rest.contains(long) {
                rest = rest.replace(short, long);
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
pub fn likeness(a: &str, b: &str) -> Likeness {
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
        return Likeness { score: 0, contained: false, in_order: false, run: 0 };
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
