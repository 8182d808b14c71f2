//! `OpenFormula` as Excel writes it: `of:=SUM([.A1:.A3];['a b'.B2])` is `SUM(A1:A3,'a b'!B2)`.

/// Errors up to their mark, which is no intersection.
const ERRORS: [&str; 5] = ["#VALUE", "#REF", "#NUM", "#DIV/0", "#NULL"];

/// The formula without `=`.
pub(super) fn translate(text: &str) -> String {
    let body = match text.split_once('=') {
        Some((prefix, body))
            if prefix.len() <= 8 && prefix.ends_with(':') || text.starts_with('=') =>
        {
            body
        }
        _ => text,
    };
    if text.starts_with("msoxl:") {
        return body.to_owned();
    }
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    let mut braces = 0_u32;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        match character {
            '"' => {
                length = quoted_length(rest, '"');
                out.push_str(&rest[..length]);
            }
            '[' => {
                length = reference_end(rest);
                out.push_str(&reference(rest[1..length].trim_end_matches(']')));
            }
            '{' => {
                braces += 1;
                out.push(character);
            }
            '}' => {
                braces = braces.saturating_sub(1);
                out.push(character);
            }
            ';' | '~' => out.push(','),
            '|' if braces > 0 => out.push(';'),
            // A name marked as one of the workbook.
            '$' if rest.starts_with("$$") => length = 2,
            '!' if braces == 0 && !ERRORS.iter().any(|error| out.ends_with(error)) => out.push(' '),
            _ => out.push(character),
        }
        rest = &rest[length..];
    }
    out
}

/// A cell range address: its sheet, and the range as Excel writes it.
pub(super) fn address(text: &str) -> Option<(String, String)> {
    let converted = reference(text);
    let (sheet, range) = converted.rsplit_once('!')?;
    let sheet = sheet.trim_start_matches('$');
    let sheet = sheet
        .strip_prefix('\'')
        .and_then(|inner| inner.strip_suffix('\''))
        .map_or(sheet.to_owned(), |inner| inner.replace("''", "'"));
    Some((sheet, range.to_owned()))
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// Length of a bracketed reference, quotes respected.
fn reference_end(text: &str) -> usize {
    let mut at = 1;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '\'' => at += quoted_length(&text[at..], '\''),
            ']' => return at + 1,
            _ => at += character.len_utf8(),
        }
    }
    text.len()
}

/// `$'a b'.A1:.B2` as `'a b'!A1:B2`; a sheet repeated for the second corner is left out.
fn reference(text: &str) -> String {
    let mut corners = Vec::new();
    let mut rest = text;
    loop {
        let (sheet, cell, tail) = corner(rest);
        corners.push((sheet, cell));
        match tail.strip_prefix(':') {
            Some(tail) => rest = tail,
            None => break,
        }
    }
    let mut out = String::new();
    let first_sheet = corners[0].0.clone();
    let last_sheet = corners.last().and_then(|corner| corner.0.clone());
    if let Some(first) = &first_sheet {
        if let Some(last) = last_sheet.filter(|last| corners.len() > 1 && last != first) {
            for part in [first.trim_matches('\''), ":", last.trim_matches('\''), "!"] {
                out.push_str(part);
            }
        } else {
            out.push_str(first);
            out.push('!');
        }
    }
    let mut cells: Vec<&str> = corners.iter().map(|(_, cell)| cell.as_str()).collect();
    if out.contains(':') {
        // One cell on several sheets.
        cells.dedup();
    }
    out.push_str(&cells.join(":"));
    out
}

/// One corner: its sheet, its cell, and what follows.
fn corner(text: &str) -> (Option<String>, String, &str) {
    let bare = text.strip_prefix('$').unwrap_or(text);
    let (sheet, rest) = if bare.starts_with('\'') {
        let length = quoted_length(bare, '\'');
        let (sheet, rest) = bare.split_at(length);
        (Some(sheet.to_owned()), rest.strip_prefix('.').unwrap_or(rest))
    } else {
        match text.find(['.', ':']) {
            Some(dot) if text[dot..].starts_with('.') => {
                let sheet = text[..dot].trim_start_matches('$');
                ((!sheet.is_empty()).then(|| sheet.to_owned()), &text[dot + 1..])
            }
            _ => (None, text),
        }
    };
    let end = rest.find(':').unwrap_or(rest.len());
    (sheet, rest[..end].to_owned(), &rest[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_those_of_excel() {
        for (stored, expected) in [
            ("of:=SUM([.A1:.A3])", "SUM(A1:A3)"),
            ("of:=[.$A$1]+[收入.B2]", "$A$1+收入!B2"),
            ("of:=['a b'.B2]*[$Sheet2.$C$3]", "'a b'!B2*Sheet2!$C$3"),
            ("of:=SUM([Sheet1.A1:.B2];[Sheet1.A1:Sheet1.A2])", "SUM(Sheet1!A1:B2,Sheet1!A1:A2)"),
            ("of:=SUM([Sheet1.A1:Sheet3.A1])", "SUM(Sheet1:Sheet3!A1)"),
            ("of:=IF([.A1]>0;\"a;[b]\";\"\")", "IF(A1>0,\"a;[b]\",\"\")"),
            ("of:={1;2|3;4}", "{1,2;3,4}"),
            ("oooc:=SUM([.A1];[.B1])", "SUM(A1,B1)"),
            ("=1+1", "1+1"),
            ("of:=SUM([.A:.A])", "SUM(A:A)"),
            ("of:=[.#REF!]", "#REF!"),
            ("of:=[.B1]+$$OneRange", "B1+OneRange"),
        ] {
            assert_eq!(translate(stored), expected, "{stored}");
        }
        assert_eq!(address("$'a b'.$A$1:.$C$9"), Some(("a b".to_owned(), "$A$1:$C$9".to_owned())));
    }
}
