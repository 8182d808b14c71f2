//! Rules 1, 5 and 6: the container itself.

use std::collections::BTreeSet;

use super::Findings;
use crate::office::bytes::{u16_at, u32_at};
use crate::write::annotate::container::{Archive, Entry};

pub(super) fn check(archive: &Archive<'_>, findings: &mut Findings) {
    let bytes = archive.bytes();
    let mut names = BTreeSet::new();
    for entry in &archive.entries {
        let name = entry.part_name();
        if !names.insert(name.to_lowercase()) {
            findings.add(1, &name, "duplicate");
        }
        header(bytes, entry, &name, findings);
    }
    let mut places: Vec<(usize, u64, String)> = archive
        .entries
        .iter()
        .map(|entry| (entry.header, entry.data as u64 + entry.compressed, entry.part_name()))
        .collect();
    places.sort();
    for pair in places.windows(2) {
        if pair[0].1 > pair[1].0 as u64 {
            findings.add(1, &pair[1].2, format!("overlaps {}", pair[0].2));
        }
    }
}

fn header(bytes: &[u8], entry: &Entry, name: &str, findings: &mut Findings) {
    let at = entry.header;
    let Some(local) = bytes.get(at..at + 30) else { return };
    let short = |at| u16_at(local, at).unwrap_or_default();
    let long = |at| u32_at(local, at).unwrap_or_default();
    if entry.local_name(bytes) != Some(&entry.name[..]) {
        findings.add(1, name, "local name differs");
    }
    if short(8) != entry.method {
        findings.add(1, name, "local method differs");
    }
    if !matches!(entry.method, 0 | 8) {
        findings.add(5, name, format!("method {}", entry.method));
    }
    if entry.is_encrypted() {
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
