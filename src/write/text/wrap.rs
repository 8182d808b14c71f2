//! Widths and line breaks of mixed Chinese and Latin text on a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::write::clean::clean;

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text in exactly `columns` columns: padded, or cut with `…`.
pub(super) fn fit(text: &str, columns: usize, right: bool) -> String {
    // What acts on a screen is printed as a sign that has a width.
    let text = cut(&clean(text), columns);
    let gap = " ".repeat(columns.saturating_sub(width(&text)));
    if right { gap + &text } else { text + &gap }
}

/// The text in at most `columns` columns, cut with `…`.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let next = c.width().unwrap_or(1);
        if used + next + 1 > columns {
            break;
        }
        kept.push(c);
        used += next;
    }
    kept.push('…');
    kept
}

/// The text in lines of at most `columns`, broken at spaces and between Chinese characters.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    fill(&words(text), columns)
}

/// The pieces one after another in lines of at most `columns`; a piece longer than a line is broken as [`wrap`] does.
pub(super) fn wrap_pieces(pieces: &[String], columns: usize) -> Vec<String> {
    let mut words_of = Vec::new();
    for piece in pieces {
        if width(piece.trim_end()) > columns {
            words_of.extend(words(piece));
        } else {
            words_of.push(piece.as_str());
        }
    }
    fill(&words_of, columns)
}

fn fill(pieces: &[&str], columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in pieces {
        let own = width(word.trim_end());
        if used > 0 && used + own > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
        used += width(word);
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// Pieces between which a line may break; each keeps the spaces behind it.
fn words(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        if previous.is_some_and(|previous| may_break(previous, c)) {
            pieces.push(&text[start..at]);
            start = at;
        }
        previous = Some(c);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn may_break(before: char, after: char) -> bool {
    const OPENING: &str = "（“《【(‘";
    const CLOSING: &str = "，。；：、）”》】!？！?)’%";
    if after == ' ' || OPENING.contains(before) || CLOSING.contains(after) {
        return false;
    }
    before == ' ' || wide(before) || wide(after)
}

fn wide(c: char) -> bool {
    c.width() == Some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_chinese_characters_twice() {
        assert_eq!(fit("合计", 6, false), "合计  ");
        assert_eq!(fit("358.78", 8, true), "  358.78");
        assert_eq!(fit("通用设备及其他", 8, false), "通用设… ");
        assert_eq!(width(&fit("abcdefgh", 5, true)), 5);
        // Widths are those of the signs that stand for what acts on a screen, and no text is wider than its column can tell.
        assert_eq!(fit("\u{1b}]8;;\u{7}项", 8, false), "␛]8;;␇项");
        assert_eq!(width(&fit("a\u{7f}\u{202e}\0\u{7f}\u{7f}\u{7f}\u{7f}", 5, true)), 5);
        assert_eq!(fit("一", 0, false), "…");
    }

    #[test]
    fn lines_break_between_words_and_never_before_punctuation() {
        assert_eq!(wrap("原值、在用两列均相符，且", 21), ["原值、在用两列均相", "符，且"]);
        assert_eq!(wrap("C12 125.03 + C18 138.18", 12), ["C12 125.03 +", "C18 138.18"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("averyveryverylongword", 5), ["averyveryverylongword"]);
    }
}
