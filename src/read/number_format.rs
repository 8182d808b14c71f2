//! Number formats: from the code a file stores to how many digits a number prints.
//!
//! Only what checking needs is taken out: decimals, percent, scaling by trailing commas and by the 万 trick (`0!.0,`
//! divides by a thousand and plants a literal point before the last digit, so that 12345 prints as 1.2), dates, text,
//! and whether numbers print at all.

use crate::model::NumberFormat;

/// The code of a built-in format; `None` where the number means nothing. 27 to 36 and 50 to 58 are the Chinese dates.
pub(super) fn builtin(id: u32) -> Option<&'static str> {
    Some(match id {
        0 => "",
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 6 => "\"¥\"#,##0;\"¥\"\\-#,##0",
        7 | 8 => "\"¥\"#,##0.00;\"¥\"\\-#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 => "# ?/?",
        13 => "# ??/??",
        14 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        27 | 36 | 50 | 52 | 57 => "yyyy\"年\"m\"月\"",
        28 | 29 | 51 | 53 | 54 | 58 => "m\"月\"d\"日\"",
        30 => "m-d-yy",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 => "h\"时\"mm\"分\"",
        33 => "h\"时\"mm\"分\"ss\"秒\"",
        34 | 55 => "上午/下午h\"时\"mm\"分\"",
        35 | 56 => "上午/下午h\"时\"mm\"分\"ss\"秒\"",
        37 | 38 => "#,##0;-#,##0",
        39 | 40 => "#,##0.00;-#,##0.00",
        41 => "_ * #,##0_ ;_ * \\-#,##0_ ;_ * \"-\"_ ;_ @_ ",
        42 => "_ \"¥\"* #,##0_ ;_ \"¥\"* \\-#,##0_ ;_ \"¥\"* \"-\"_ ;_ @_ ",
        43 => "_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
        44 => "_ \"¥\"* #,##0.00_ ;_ \"¥\"* \\-#,##0.00_ ;_ \"¥\"* \"-\"??_ ;_ @_ ",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        48 => "##0.0E+0",
        49 => "@",
        _ => return None,
    })
}

/// What one section of a code does.
#[derive(Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "a code may do any of these")]
struct Section {
    digits: bool,
    decimals: u32,
    /// Digit places behind a literal point.
    planted: u32,
    commas: u32,
    percent: bool,
    date: bool,
    text: bool,
    general: bool,
    /// A fraction or a power of ten: the digits printed depend on the number.
    floating: bool,
    conditional: bool,
    empty: bool,
}

/// Reads a format's code.
pub(super) fn parse(code: &str) -> NumberFormat {
    let sections: Vec<Section> = split(code).into_iter().map(section).collect();
    let numeric = &sections[..sections.len().min(3)];
    let invisible = numeric.len() >= 2 && numeric.iter().all(|s| s.empty);
    let Some(chosen) = choose(numeric) else {
        return NumberFormat { code: code.to_owned(), ..NumberFormat::default() };
    };
    let plain = chosen.digits && !chosen.date && !chosen.general && !chosen.floating;
    let general = code.eq_ignore_ascii_case("general") || code == "G/通用格式";
    NumberFormat {
        code: if general || invisible && code.is_empty() { String::new() } else { code.to_owned() },
        decimals: plain.then_some(chosen.decimals + chosen.planted),
        percent: chosen.percent && !chosen.date,
        scale: if plain { chosen.commas * 3 + chosen.planted } else { 0 },
        date: chosen.date,
        text: chosen.text && !chosen.digits && !chosen.date,
    }
}

/// Whether a code shows no number at all (`;;;`).
pub(super) fn invisible(code: &str) -> bool {
    let sections = split(code);
    sections.len() >= 2 && sections.iter().take(3).all(|s| section(s).empty)
}

/// The section that speaks for all: the first; among conditional ones the finest, so that no slack is granted that
/// some number would not have.
fn choose(sections: &[Section]) -> Option<&Section> {
    let first = sections.first()?;
    if sections.iter().any(|s| s.conditional) {
        return sections
            .iter()
            .filter(|s| s.digits && !s.date && !s.floating)
            .max_by_key(|s| i64::from(s.decimals) - i64::from(s.commas) * 3)
            .or(Some(first));
    }
    Some(first)
}

/// Cuts a code at its semicolons.
fn split(code: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let mut start = 0;
    let mut characters = code.char_indices();
    let mut quoted = false;
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\\' | '!' | '_' | '*' => {
                characters.next();
            }
            ';' => {
                sections.push(&code[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    sections.push(&code[start..]);
    sections
}

fn section(code: &str) -> Section {
    let mut section = Section { empty: code.trim().is_empty(), ..Section::default() };
    let mut literals = String::new();
    let mut point = false;
    let mut planted = false;
    let mut commas = 0;
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                let literal: String = characters.by_ref().take_while(|c| *c != '"').collect();
                planted |= literal == "." && section.digits && !point;
            }
            '\\' | '!' => {
                let literal = characters.next();
                planted |= literal == Some('.') && section.digits && !point;
            }
            '_' | '*' => {
                characters.next();
            }
            '[' => {
                let inner: String = characters.by_ref().take_while(|c| *c != ']').collect();
                let lower = inner.to_ascii_lowercase();
                section.conditional |= lower.starts_with(['<', '>', '=']);
                section.date |= !lower.is_empty()
                    && ["h", "m", "s"]
                        .iter()
                        .any(|unit| lower.trim_matches(|c: char| unit.starts_with(c)).is_empty());
            }
            '0' | '#' | '?' => {
                section.digits = true;
                commas = 0;
                if point {
                    section.decimals += 1;
                } else if planted {
                    section.planted += 1;
                }
            }
            '.' if section.digits || matches!(characters.peek(), Some('0' | '#' | '?')) => {
                section.digits = true;
                point = true;
                section.commas += commas;
                commas = 0;
            }
            ',' if section.digits => commas += 1,
            '%' | '％' => section.percent = true,
            '@' => section.text = true,
            '/' if section.digits && !section.date => section.floating = true,
            'E' | 'e' if section.digits && matches!(characters.peek(), Some('+' | '-')) => {
                section.floating = true;
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' | 'e' | 'E' | 'b' | 'B' => {
                literals.push(character);
            }
            'a'..='z' | 'A'..='Z' => literals.push(character),
            _ => {}
        }
    }
    section.commas += commas;
    let word = literals.to_ascii_lowercase();
    if word.contains("general") || word.starts_with('g') && code.contains("通用格式") {
        section.general = true;
        section.digits = true;
    } else if word.chars().any(|c| "ymdhse".contains(c)) || word.contains("aaa") {
        section.date = true;
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_digits_are_known() {
        for (code, decimals, percent, scale) in [
            ("0.00", Some(2), false, 0),
            ("#,##0.00", Some(2), false, 0),
            ("#,##0", Some(0), false, 0),
            ("0.0%", Some(1), true, 0),
            ("0%", Some(0), true, 0),
            ("#,##0,", Some(0), false, 3),
            ("#,##0.00,", Some(2), false, 3),
            ("0.0,,", Some(1), false, 6),
            ("#,##0,.00", Some(2), false, 3),
            ("0!.0,", Some(1), false, 4),
            ("0\\.0,", Some(1), false, 4),
            ("0\".\"0,", Some(1), false, 4),
            ("0!.0000", Some(4), false, 4),
            ("0!.00,万", Some(2), false, 5),
            ("_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ", Some(2), false, 0),
            ("#,##0.00_);[Red](#,##0.00)", Some(2), false, 0),
            ("\"¥\"#,##0.00", Some(2), false, 0),
            ("[$¥-804]#,##0.0", Some(1), false, 0),
            ("0.00\"万元\"", Some(2), false, 0),
            ("0.##", Some(2), false, 0),
            (".00", Some(2), false, 0),
            ("0.00_ ", Some(2), false, 0),
            ("000000", Some(0), false, 0),
            ("0.00E+00", None, false, 0),
            ("# ?/?", None, false, 0),
            ("General", None, false, 0),
            ("", None, false, 0),
            ("G/通用格式", None, false, 0),
            ("[DBNum1][$-804]General", None, false, 0),
            ("G/通用格式\"元\"", None, false, 0),
            ("@", None, false, 0),
            ("[>=100000000]0.00,,\"亿\";[>=10000]0!.0,\"万\";0", Some(0), false, 0),
        ] {
            let format = parse(code);
            assert_eq!(
                (format.decimals, format.percent, format.scale, format.date),
                (decimals, percent, scale, false),
                "{code}"
            );
        }
    }

    #[test]
    fn dates_are_no_amounts() {
        for code in [
            "yyyy/m/d",
            "yyyy\"年\"m\"月\"",
            "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
            "h:mm AM/PM",
            "[h]:mm:ss",
            "mm:ss.0",
            "上午/下午h\"时\"mm\"分\"",
            "[$-804]aaaa;@",
            "e/m/d",
            "yyyy-mm-dd;@",
            "[DBNum1][$-804]yyyy\"年\"m\"月\";@",
        ] {
            let format = parse(code);
            assert!(format.date && format.decimals.is_none(), "{code}: {format:?}");
        }
        for code in ["[Red]0.00", "[蓝色]0.0", "0\"days\"", "0.0\\d", "_d0", "#,##0.00;[DarkRed]-0"]
        {
            assert!(!parse(code).date, "{code}");
        }
        assert!(parse("@").text && invisible(";;;") && invisible(";;") && !invisible("0;;"));
        assert!(!invisible("") && !invisible("0.00"));
    }
}
