//! Names of results, made from what was submitted but never able to leave their folder.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

/// Bytes that a name may have on the file systems we meet.
const LONGEST: usize = 200;

/// Names that Windows keeps for devices, whatever their extension.
const RESERVED: &[&str] = &["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// The last part of a path as submitted, made harmless: no separators, controls, drives, devices or hidden files.
pub(super) fn safe(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last
        .nfc()
        .map(
            |c| if c.is_control() || is_invisible(c) || r#":*?"<>|"#.contains(c) { '_' } else { c },
        )
        .collect();
    let mut name = name.trim().trim_end_matches(['.', ' ']).trim_start_matches('.').to_owned();
    if name.is_empty() {
        return "工作簿".to_owned();
    }
    if is_device(&name) {
        name.insert(0, '_');
    }
    shorten(name)
}

/// The submitted name without its extension, and with `ending` instead (`预算` + `（核对）.xlsx`).
pub(super) fn derived(path: &str, ending: &str) -> String {
    let name = safe(path);
    let stem = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 5 => stem,
        _ => &name,
    };
    let mut cut = stem;
    while cut.len() + ending.len() > LONGEST {
        let Some((at, _)) = cut.char_indices().next_back() else { break };
        cut = &cut[..at];
    }
    format!("{cut}{ending}")
}

/// Makes a name differ from all in `taken`, letter case aside, and takes it.
pub(super) fn distinct(name: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(name.to_lowercase()) {
        return name;
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) => (stem.to_owned(), format!(".{extension}")),
        None => (name, String::new()),
    };
    // More numbers than there can be names.
    (2..=taken.len() + 2)
        .map(|number| format!("{stem}({number}){extension}"))
        .find(|name| taken.insert(name.to_lowercase()))
        .unwrap_or_default()
}

/// Marks that change the direction or the look of what stands beside them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            rest.chars().count() == 1 && rest.chars().all(|c| "0123456789¹²³".contains(c))
        })
    };
    RESERVED.contains(&stem.as_str()) || numbered("COM") || numbered("LPT")
}

fn shorten(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 8 => (stem, format!(".{extension}")),
        _ => (name.as_str(), String::new()),
    };
    let mut end = LONGEST - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_folder() {
        for (given, safe_name) in [
            ("预算.xlsx", "预算.xlsx"),
            ("a/b\\c.xlsx", "c.xlsx"),
            ("../../etc/passwd", "passwd"),
            ("..", "工作簿"),
            ("", "工作簿"),
            ("C:\\x\\y.xls", "y.xls"),
            ("C:evil.xls", "C_evil.xls"),
            ("CON.xlsx", "_CON.xlsx"),
            ("com1", "_com1"),
            ("a\0b\n.xlsx", "a_b_.xlsx"),
            ("x\u{202e}xslx.exe", "x_xslx.exe"),
            ("name. . ", "name"),
            (".htaccess", "htaccess"),
            ("a.zip!/in/it.xlsx", "it.xlsx"),
        ] {
            assert_eq!(safe(given), safe_name, "{given:?}");
        }
        let long = "预".repeat(300) + ".xlsx";
        assert!(safe(&long).len() <= LONGEST && safe(&long).rsplit('.').next() == Some("xlsx"));
        assert!(derived(&long, "（核对）.xlsx").len() <= LONGEST);
    }

    #[test]
    fn names_that_differ_in_case_alone_are_kept_apart() {
        let mut taken = HashSet::new();
        assert_eq!(distinct("A.xlsx".into(), &mut taken), "A.xlsx");
        assert_eq!(distinct("a.XLSX".into(), &mut taken), "a(2).XLSX");
        assert_eq!(distinct("A.xlsx".into(), &mut taken), "A(3).xlsx");
    }

    #[test]
    fn a_result_is_named_after_its_source() {
        assert_eq!(derived("目录/预算.xlsx", "（核对）.xlsx"), "预算（核对）.xlsx");
        assert_eq!(derived("无扩展名", "（核对）.xlsx"), "无扩展名（核对）.xlsx");
    }
}
