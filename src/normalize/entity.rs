//! Whose a table is, of which year and of which draft, where it does not say so itself: the title, the file's other tables,
//! the names of file and folder.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexicon::Words;
use crate::model::Packet;
use crate::model::words::key;

/// Gives tables without an entity, year or draft those of their title, file or folder.
pub(super) fn name(words: &Words, packet: &mut Packet) {
    for at in 0..packet.tables.len() {
        let table = &packet.tables[at];
        if table.entity.is_none() {
            let own = table.title.as_deref().and_then(|title| in_title(words, title));
            packet.tables[at].entity = own;
        }
    }
    let known: BTreeSet<String> =
        packet.tables.iter().filter_map(|table| table.entity.clone()).collect();
    let mut of_file: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    let mut years: BTreeMap<u32, BTreeSet<i32>> = BTreeMap::new();
    for table in &packet.tables {
        if let Some(entity) = &table.entity {
            of_file.entry(table.file).or_default().insert(entity.clone());
        }
        if let Some(year) = table.year {
            years.entry(table.file).or_default().insert(year);
        }
    }
    let only = |set: Option<&BTreeSet<String>>| {
        set.filter(|set| set.len() == 1).and_then(BTreeSet::first).cloned()
    };
    let paths: Vec<String> = packet.files.iter().map(|file| key(&file.path).into_owned()).collect();
    let sheets: Vec<String> = packet
        .tables
        .iter()
        .map(|table| packet.table_sheet(table).map(|sheet| sheet.name.clone()).unwrap_or_default())
        .collect();
    for (table, sheet) in packet.tables.iter_mut().zip(&sheets) {
        let path = &paths[table.file as usize];
        if table.entity.is_none() {
            // A sheet called by a known unit is its; then the file's only unit; then the only one that the path names.
            let named = |text: &str| -> Option<String> {
                let mut found = known.iter().filter(|entity| text.contains(&*key(entity)));
                let first = found.next()?;
                found.next().is_none().then(|| first.clone())
            };
            table.entity = named(&key(sheet))
                .or_else(|| only(of_file.get(&table.file)))
                .or_else(|| named(path))
                .or_else(|| (known.len() == 1).then(|| known.first().cloned())?);
        }
        if table.year.is_none() {
            table.year = folder_year(path)
                .or_else(|| years.get(&table.file).filter(|set| set.len() == 1)?.first().copied());
        }
        table.draft = draft(words, sheet).or_else(|| draft(words, path));
    }
}

/// 清河县水利局2023年部门预算: what stands in front of the year, where it ends as units are called.
fn in_title(words: &Words, title: &str) -> Option<String> {
    let key = key(title);
    let at = key
        .find(|c: char| c.is_ascii_digit())
        .or_else(|| words.entity_follows.iter().filter_map(|word| key.find(word.as_str())).min())?;
    let head = key[..at].trim_end_matches(|c: char| !c.is_alphanumeric());
    let named = words.entity_ends.end(head);
    ((4..=24).contains(&head.chars().count()) && named).then(|| head.to_owned())
}

/// A year that a folder or file is called by: 2023/, 水利局2023.xlsx.
fn folder_year(path: &str) -> Option<i32> {
    let mut years = BTreeSet::new();
    for part in path.split(|c: char| !c.is_ascii_digit()) {
        if let Some(year) =
            part.parse().ok().filter(|y| part.len() == 4 && (1990..=2100).contains(y))
        {
            years.insert(year);
        }
    }
    (years.len() == 1).then(|| years.first().copied())?
}

/// 一稿, 第二稿, 送审稿, 修订稿, v2: which draft a name speaks of.
fn draft(words: &Words, name: &str) -> Option<String> {
    let key = key(name);
    for part in key.split(['/', '\\']).rev() {
        let end = words
            .drafts
            .iter()
            .find_map(|end| part.split_once(end.as_str()).map(|(head, _)| (head, end)));
        if let Some((head, end)) = end {
            let named = |c: char| {
                "一二三四五六七八九十0123456789".contains(c)
                    || words.draft_words.has(c.encode_utf8(&mut [0; 4]))
            };
            let word = &head[head.trim_end_matches(named).len()..];
            // 第二稿 is called 二稿 elsewhere.
            let word = word.trim_start_matches('第');
            if !word.is_empty() && word.chars().count() <= 3 {
                return Some(format!("{word}{end}"));
            }
        }
        if let Some((_, version)) = part.rsplit_once(['v', '_'])
            && let Some(digits) = version.split('.').next()
            && part.contains(&format!("v{digits}"))
            && !digits.is_empty()
            && digits.len() <= 2
            && digits.chars().all(|c| c.is_ascii_digit())
        {
            return Some(format!("v{digits}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_years_and_drafts_are_read_from_names() {
        let words = crate::lexicon::Rulebook::default().words;
        assert_eq!(
            in_title(&words, "清河县水利局2023年部门预算收支总表").as_deref(),
            Some("清河县水利局")
        );
        assert_eq!(in_title(&words, "2023年部门预算收支总表"), None);
        assert_eq!(folder_year("packets/2023/预算.xlsx"), Some(2023));
        assert_eq!(draft(&words, "资料/第二稿/预算.xlsx").as_deref(), Some("二稿"));
        assert_eq!(draft(&words, "预算（送审稿）.xlsx").as_deref(), Some("送审稿"));
        assert_eq!(draft(&words, "预算_v2.xlsx").as_deref(), Some("v2"));
        assert_eq!(draft(&words, "预算.xlsx"), None);
    }
}
