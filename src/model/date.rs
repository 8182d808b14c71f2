//! Days of the calendar, counted from 1970-01-01; what spreadsheets count is told from it where they do.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};

use crate::number::{Decimal, round_half_away};

/// 1970-01-01 counted from the first day of year 1.
const EPOCH: i64 = 719_163;

/// Year, month and day of a day.
pub(crate) fn civil(days: i64) -> Option<(i32, u32, u32)> {
    let date = NaiveDate::from_num_days_from_ce_opt(i32::try_from(days + EPOCH).ok()?)?;
    Some((date.year(), date.month(), date.day()))
}

/// The day of a date; `None` where there is no such date.
pub(crate) fn days(year: i32, month: u32, day: u32) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    Some(i64::from(date.num_days_from_ce()) - EPOCH)
}

/// A serial number of a sheet as the sheet shows it: by the code of its format, and where that is none or one that asks for
/// more than digits and names (weekdays, eras, hours beyond a day), as 2022-12-31, 2022-12-31 08:30 or 08:30.
pub(crate) fn moment(serial: Decimal, date_1904: bool, code: &str) -> String {
    let plain = || serial.normalize().to_string();
    let whole = serial.floor();
    let seconds = round_half_away((serial - whole) * Decimal::from(86_400), 0);
    let (Ok(days), Ok(seconds)) = (i64::try_from(whole), u32::try_from(seconds)) else {
        return plain();
    };
    // Excel's day 60 is a 29 February 1900 that never was.
    let since_1970 = days - 25_569 + if date_1904 { 1462 } else { i64::from(days < 60) };
    let Some(date) = civil(since_1970) else { return plain() };
    let moment = Moment { date, time: (seconds / 3600, seconds / 60 % 60, seconds % 60) };
    if let Some(text) = moment.by_code(code) {
        return text;
    }
    let (year, month, day) = date;
    let minutes = (seconds + 30) / 60;
    let clock = || format!("{:02}:{:02}", minutes / 60, minutes % 60);
    match (days, minutes) {
        (0, 1..) => clock(),
        (_, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {}", clock()),
    }
}

struct Moment {
    date: (i32, u32, u32),
    /// Hour, minute, second.
    time: (u32, u32, u32),
}

impl Moment {
    fn by_code(&self, code: &str) -> Option<String> {
        let (mut text, mut any) = (String::new(), false);
        let mut rest = code;
        // Behind hours, and before seconds, m is a minute.
        let mut hours = false;
        while let Some(first) = rest.chars().next() {
            let after = &rest[first.len_utf8()..];
            match first {
                ';' => break,
                '"' => {
                    let (quoted, behind) = after.split_once('"')?;
                    text.push_str(quoted);
                    rest = behind;
                    continue;
                }
                '\\' => {
                    let literal = after.chars().next()?;
                    text.push(literal);
                    rest = &after[literal.len_utf8()..];
                    continue;
                }
                '_' | '*' => {
                    rest = after.chars().next().map_or("", |next| &after[next.len_utf8()..]);
                    continue;
                }
                '[' => {
                    let (inside, behind) = after.split_once(']')?;
                    // A language; what else stands there asks for more than is known here.
                    inside.strip_prefix("$-")?;
                    rest = behind;
                    continue;
                }
                _ => {}
            }
            if let Some((word, behind)) = half_day(rest, self.time.0 >= 12) {
                text.push_str(word);
                rest = behind;
                continue;
            }
            let letter = first.to_ascii_lowercase();
            let length = rest.chars().take_while(|c| c.to_ascii_lowercase() == letter).count();
            if !first.is_ascii_alphabetic() {
                if "0#?@%".contains(first) {
                    return None;
                }
                text.push(first);
                rest = after;
                continue;
            }
            rest = &rest[length..];
            let minute = letter == 'm' && length <= 2 && (hours || before_seconds(rest));
            let number = match letter {
                'y' if length > 2 => self.date.0.unsigned_abs(),
                'y' => self.date.0.unsigned_abs() % 100,
                'm' if minute => self.time.1,
                'm' if length <= 2 => self.date.1,
                'm' if length == 3 => {
                    text.push_str(MONTHS.get(self.date.1 as usize - 1)?);
                    any = true;
                    continue;
                }
                'd' if length <= 2 => self.date.2,
                'h' if is_halved(code) => (self.time.0 + 11) % 12 + 1,
                'h' => self.time.0,
                's' => self.time.2,
                _ => return None,
            };
            hours = letter == 'h';
            any = true;
            let width = if letter == 'y' { length.max(2) } else { length.min(2) };
            let _ = write!(text, "{number:0width$}");
        }
        any.then_some(text)
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The words for halves of a day that a code begins with: the one of them, and what follows.
fn half_day(code: &str, afternoon: bool) -> Option<(&'static str, &str)> {
    for (words, before, after) in [("AM/PM", "AM", "PM"), ("上午/下午", "上午", "下午")] {
        let begins = code.get(..words.len()).is_some_and(|own| own.eq_ignore_ascii_case(words));
        if begins {
            return Some((if afternoon { after } else { before }, &code[words.len()..]));
        }
    }
    None
}

fn is_halved(code: &str) -> bool {
    code.to_ascii_uppercase().contains("AM/PM") || code.contains("上午/下午")
}

/// Whether the next letters of a code are seconds.
fn before_seconds(code: &str) -> bool {
    code.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).starts_with(['s', 'S'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_as_their_format_says() {
        for (serial, code, shown) in [
            ("1", "", "1900-01-01"),
            ("59", "General", "1900-02-28"),
            ("61", "", "1900-03-01"),
            ("44926", "", "2022-12-31"),
            ("45351.5", "", "2024-02-29 12:00"),
            ("0.354166666666667", "", "08:30"),
            ("45292", "yyyy/m/d", "2024/1/1"),
            ("45292", "yyyy\"年\"m\"月\"d\"日\";@", "2024年1月1日"),
            ("45292", "[$-804]yyyy\\-mm\\-dd", "2024-01-01"),
            ("45292", "mmm-yy", "Jan-24"),
            ("45292", "d-mmm", "1-Jan"),
            ("45351.5208333333", "yyyy/m/d h:mm", "2024/2/29 12:30"),
            ("0.770949074074074", "h:mm:ss AM/PM", "6:30:10 PM"),
            ("0.0208333333333333", "上午/下午h\"时\"mm\"分\"", "上午12时30分"),
            ("1.5", "[h]:mm", "1900-01-01 12:00"),
            ("45292", "[DBNum1]yyyy\"年\"", "2024-01-01"),
            ("45292", "aaaa", "2024-01-01"),
            ("45292", "0.00", "2024-01-01"),
        ] {
            assert_eq!(moment(serial.parse().unwrap(), false, code), shown, "{serial} {code}");
        }
        assert_eq!(moment(Decimal::ZERO, true, ""), "1904-01-01");
    }
}
