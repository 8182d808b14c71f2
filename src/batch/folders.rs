//! A folder of packets: one of each folder in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of rules, which is no packet.
const RULES: &str = "gouji";

/// The packet of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder's name: whose packet it is.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
}

/// The folders in a folder, by name, and the names of the files beside them, which belong to no packet. Hidden ones, links and
/// the folder of rules are no packets.
///
/// # Errors
/// When the folder cannot be read.
pub fn packets(root: &Path) -> io::Result<(Vec<Folder>, Vec<String>)> {
    let (mut folders, mut loose) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if name.starts_with(['.', '~']) || name == RULES || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            folders.push(Folder { name, path: entry.path() });
        } else {
            loose.push(name);
        }
    }
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    loose.sort();
    Ok((folders, loose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_is_a_packet_and_what_lies_beside_them_is_told() {
        let root = tempfile::tempdir().expect("a folder");
        for name in ["二中", "一中", ".hidden", RULES] {
            fs::create_dir(root.path().join(name)).expect("a folder");
        }
        fs::write(root.path().join("说明.xlsx"), b"").expect("a file");
        let (folders, loose) = packets(root.path()).expect("a folder");
        let names: Vec<&str> = folders.iter().map(|folder| folder.name.as_str()).collect();
        assert_eq!(names, ["一中", "二中"]);
        assert_eq!(loose, ["说明.xlsx"]);
    }
}
