//! Rules 1, 5 and 6: the container itself.

use std::collections::BTreeSet;

use super::Findings;
use crate::write::annotate::container::{Archive, Entry};

pub(super) fn check(bytes: &[u8], findings: &mut Findings) {
    let Ok(archive) = Archive::open(bytes) else {
        findings.add(5, "", "zip");
        return;
    };
    let mut names = BTreeSet::new();
    for entry in &archive.entries {
        let name = entry.part_name();
        if !names.insert(name.to_lowercase()) {
            findings.add(1, &name, "duplicate");
        }
        header(bytes, entry, &name, findings);
    }
    let mut places: Vec<(u64, u64, String)> = archive
        .entries
        .iter()
        .map(|entry| (entry.header, entry.data as u64 + entry.compressed, entry.part_name()))
        .collect();
    places.sort();
    for pair in places.windows(2) {
        if pair[0].1 > pair[1].0 {
            findings.add(1, &pair[1].2, format!("overlaps {}", pair[0].2));
        }
    }
}

fn header(bytes: &[u8], entry: &Entry, name: &str, findings: &mut Findings) {
    let at = entry.header as usize;
    let Some(local) = bytes.get(at..at + 30) else { return };
    let short = |at: usize| u16::from_le_bytes([local[at], local[at + 1]]);
    let long =
        |at: usize| u32::from_le_bytes([local[at], local[at + 1], local[at + 2], local[at + 3]]);
    let length = usize::from(short(26));
    if bytes.get(at + 30..at + 30 + length) != Some(&entry.name[..]) {
        findings.add(1, name, "local name differs");
    }
    if short(8) != entry.method {
        findings.add(1, name, "local method differs");
    }
    if !matches!(entry.method, 0 | 8) {
        findings.add(5, name, format!("method {}", entry.method));
    }
    if entry.flags & 1 != 0 {
        findings.add(16, name, "encrypted entry");
    }
    let deferred = short(6) & 8 != 0;
    let wide = long(18) == u32::MAX || long(22) == u32::MAX;
    if wide && short(4) < 45 {
        findings.add(5, name, "zip64 below version 4.5");
    }
    if !deferred && !wide {
        let told = (long(14), u64::from(long(18)), u64::from(long(22)));
        if told != (entry.crc, entry.compressed, entry.size) {
            findings.add(1, name, "local sizes or checksum differ");
        }
    }
}
