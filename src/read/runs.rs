//! A text of several runs, and what of it is no part of its value: what is struck through, and raised marks of notes.
//!
//! A person reads 50 where 99 is struck and 50 written behind it, and 50 where a small raised 1 points to a note. Put
//! together they would be 9950 and 501.

use crate::model::Text;
use crate::number;

/// How a run is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    #[default]
    Plain,
    Struck,
    /// Raised or lowered.
    Raised,
}

/// The runs of one text.
#[derive(Debug, Default)]
pub(super) struct Runs {
    pieces: Vec<(String, Mark)>,
}

impl Runs {
    /// Adds text to the last run, if it is written in the same way.
    pub(super) fn push(&mut self, text: &str, mark: Mark) {
        match self.pieces.last_mut() {
            Some((last, same)) if *same == mark => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push((text.to_owned(), mark)),
        }
    }

    /// The value, and whether it is less than all runs put together.
    pub(super) fn value(self) -> (String, bool) {
        if self.pieces.iter().all(|(_, mark)| *mark == Mark::Plain) {
            return (self.pieces.into_iter().map(|(text, _)| text).collect(), false);
        }
        let whole: String = self.pieces.iter().map(|(text, _)| text.as_str()).collect();
        let kept = self.pieces.iter().filter(|(_, mark)| *mark != Mark::Struck);
        // What is struck through from end to end stands as it is: nothing replaces it, and a sum counts it.
        if kept.clone().all(|(text, _)| text.trim().is_empty()) {
            return (whole, false);
        }
        let mut value = String::new();
        for (text, mark) in kept {
            if *mark != Mark::Raised || !is_note(&value, text) {
                value.push_str(text);
            }
        }
        let less = value != whole;
        (value, less)
    }
}

/// Whether a raised text behind `before` points to a note; the 2 of m² does not, nor does a power of ten.
fn is_note(before: &str, raised: &str) -> bool {
    let Some(last) = before.trim_end().chars().next_back() else { return false };
    if last.is_ascii_alphabetic() || before.contains(['×', '^']) {
        return false;
    }
    let sign = |c: char| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || "()[]（）［］【】〔〕注*＊#†‡,，、.-".contains(c)
            || matches!(c, '①'..='⑳' | '⑴'..='⒇' | '０'..='９')
    };
    raised.chars().all(sign)
        || number::parse(before).is_some() && number::parse(&format!("{before}{raised}")).is_none()
}

/// Says that texts were read without some of their runs.
pub(super) fn remark(texts: u64) -> Option<Text> {
    (texts > 0).then(|| {
        Text::new(
            format!("{texts} 处文字中带删除线、隐藏或上标的部分不计入内容"),
            format!("parts of {texts} texts that are struck through, hidden or raised do not count as content"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn struck_and_raised_runs_are_no_part_of_a_value() {
        use Mark::{Plain, Raised, Struck};
        for (pieces, value) in [
            (&[("90", Struck), ("50", Plain)][..], "50"),
            (&[("50", Plain), ("1", Raised)], "50"),
            (&[("项目支出", Plain), ("注2", Raised)], "项目支出"),
            (&[("面积（m", Plain), ("2", Raised), ("）", Plain)], "面积（m2）"),
            (&[("2.5×10", Plain), ("4", Raised)], "2.5×104"),
            (&[("900", Struck)], "900"),
            (&[("1", Raised)], "1"),
            (&[("1,0", Plain), ("00", Plain)], "1,000"),
            (&[("100", Plain), ("a", Raised)], "100"),
            (&[("第1", Plain), ("st", Raised)], "第1st"),
        ] {
            let mut runs = Runs::default();
            for (text, mark) in pieces {
                runs.push(text, *mark);
            }
            assert_eq!(runs.value().0, value, "{pieces:?}");
        }
    }
}
