//! Which paths a client may name: workbooks and folders inside the folders given, by their plain names.
//!
//! A path with `..`, a symbolic link anywhere below a given folder, a hidden name and a file that is no workbook by its
//! ending are refused, so that a client that was talked into it cannot read keys or mail through this door. Rules that
//! lie beside the workbooks are held to the same.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::super::trouble::Trouble;
use crate::model::Text;
use crate::read::ENDINGS;

/// The folders that were given.
pub(super) struct Roots(Vec<Root>);

struct Root {
    /// As given, made absolute.
    named: PathBuf,
    /// Without links and detours.
    real: PathBuf,
}

impl Roots {
    /// Finds the folders.
    pub(super) fn open(folders: &[PathBuf]) -> Result<Self, Trouble> {
        let open = |folder: &PathBuf| {
            let named =
                std::path::absolute(folder).map_err(|error| Trouble::reading(folder, &error))?;
            let real = folder.canonicalize().map_err(|error| Trouble::reading(folder, &error))?;
            if real.is_dir() {
                return Ok(Root { named, real });
            }
            let shown = folder.display();
            Err(Trouble::new(format!("“{shown}”不是文件夹"), format!("`{shown}` is not a folder")))
        };
        folders.iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// The folder from which relative paths start.
    pub(super) fn first(&self) -> &Path {
        &self.0[0].real
    }

    /// The paths as a child that stands in the first folder takes them; all folders where none is named.
    pub(super) fn admit(&self, asked: &[String]) -> Result<Vec<String>, Text> {
        let mut admitted = Vec::new();
        for path in asked {
            let (root, within) = self.find(path)?;
            plain(root, &within, path)?;
            admitted.push(self.shown(root, &within));
        }
        if asked.is_empty() {
            admitted.extend(self.0.iter().map(|root| self.shown(root, Path::new(""))));
        }
        // Only what lies beside the first path is read besides.
        if let Some(first) = admitted.first() {
            let first = self.first().join(first);
            plain_rules(if first.is_dir() { &first } else { first.parent().unwrap_or(&first) })?;
        }
        Ok(admitted)
    }

    /// The folder in which a path lies, and the way from there.
    fn find(&self, asked: &str) -> Result<(&Root, PathBuf), Text> {
        let path = Path::new(asked);
        if asked.contains('\0') || path.components().any(|part| part == Component::ParentDir) {
            return Err(Text::new(
                format!("路径“{asked}”中不能有“..”"),
                format!("`..` is not allowed in a path: `{asked}`"),
            ));
        }
        if !path.has_root() && !path.is_absolute() {
            let there = self.0.iter().find(|root| root.real.join(path).symlink_metadata().is_ok());
            return Ok((there.unwrap_or(&self.0[0]), path.to_owned()));
        }
        let within = |root: &Path| path.strip_prefix(root).ok().map(Path::to_owned);
        let found = self
            .0
            .iter()
            .find_map(|root| Some((root, within(&root.real).or_else(|| within(&root.named))?)));
        found.ok_or_else(|| self.outside(asked))
    }

    fn outside(&self, asked: &str) -> Text {
        let folders: Vec<String> =
            self.0.iter().map(|root| root.named.display().to_string()).collect();
        Text::new(
            format!("“{asked}”不在可读取的文件夹内：{}", folders.join("、")),
            format!("`{asked}` is not in a folder that may be read: {}", folders.join(", ")),
        )
    }

    fn shown(&self, root: &Root, within: &Path) -> String {
        let path =
            if root.real == self.first() { within.to_owned() } else { root.real.join(within) };
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { &path };
        super::super::inputs::shown(path)
    }
}

/// Refuses links, hidden names and what is no workbook.
fn plain(root: &Root, within: &Path, asked: &str) -> Result<(), Text> {
    let mut path = root.real.clone();
    for part in within.components() {
        path.push(part);
        let name = part.as_os_str().to_string_lossy();
        if name.starts_with('.') && name != "." {
            return Err(Text::new(
                format!("“{asked}”是隐藏的文件或文件夹，不读取"),
                format!("`{asked}` is hidden and is not read"),
            ));
        }
        refuse_link(&path)?;
    }
    // What a system calls by another way than a link (a mount, a junction) ends here.
    if path.canonicalize().is_ok_and(|real| !real.starts_with(&root.real)) {
        return Err(link(&path));
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    if path.is_dir() || ENDINGS.contains(&ending.as_str()) || ending == "zip" {
        return Ok(());
    }
    Err(Text::new(
        format!("“{asked}”不是表格（可读取的扩展名：{}）", ENDINGS.join("、")),
        format!("`{asked}` is no workbook (endings read: {})", ENDINGS.join(", ")),
    ))
}

/// Refuses settings and rules beside the workbooks that are links to elsewhere: messages about them quote them.
fn plain_rules(folder: &Path) -> Result<(), Text> {
    refuse_link(&folder.join("gouji.toml"))?;
    for within in ["gouji", "gouji/kinds"] {
        let rules = folder.join(within);
        refuse_link(&rules)?;
        for entry in fs::read_dir(rules).into_iter().flatten().flatten() {
            refuse_link(&entry.path())?;
        }
    }
    Ok(())
}

fn refuse_link(path: &Path) -> Result<(), Text> {
    match path.symlink_metadata() {
        Ok(known) if known.is_symlink() => Err(link(path)),
        _ => Ok(()),
    }
}

fn link(path: &Path) -> Text {
    let shown = path.display();
    Text::new(
        format!("“{shown}”是指向别处的链接，不读取"),
        format!("`{shown}` is a link to elsewhere and is not read"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(folder: &Path) -> Roots {
        Roots::open(&[folder.join("送审"), folder.join("另一处")]).unwrap()
    }

    fn packet() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["送审/子/表.xlsx", "送审/.密/表.xlsx", "送审/id_rsa", "另一处/旧.xls", "外/外.xlsx"]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn admit(roots: &Roots, path: &str) -> Result<String, Text> {
        roots.admit(&[path.to_owned()]).map(|mut paths| paths.remove(0))
    }

    #[test]
    fn workbooks_and_folders_inside_are_admitted() {
        let folder = packet();
        let roots = roots(folder.path());
        assert_eq!(admit(&roots, "子/表.xlsx").unwrap(), "子/表.xlsx");
        assert_eq!(admit(&roots, ".").unwrap(), ".");
        assert_eq!(admit(&roots, "子").unwrap(), "子");
        assert_eq!(admit(&roots, "没有.xlsx").unwrap(), "没有.xlsx", "the report says so");
        let other = folder.path().canonicalize().unwrap().join("另一处/旧.xls");
        let other = crate::cli::inputs::shown(&other);
        assert_eq!(admit(&roots, "旧.xls").unwrap(), other);
        assert_eq!(admit(&roots, &other).unwrap(), other);
        let named = folder.path().join("送审/子/表.xlsx");
        assert_eq!(admit(&roots, &named.display().to_string()).unwrap(), "子/表.xlsx");
        assert_eq!(roots.admit(&[]).unwrap().len(), 2);
    }

    #[test]
    fn everything_else_is_refused() {
        let folder = packet();
        let roots = roots(folder.path());
        let outside = folder.path().join("外/外.xlsx").display().to_string();
        for (path, why) in [
            (outside.as_str(), "not in a folder"),
            ("/etc/passwd", "not in a folder"),
            ("../外/外.xlsx", "`..`"),
            ("子/../../外/外.xlsx", "`..`"),
            (".密/表.xlsx", "hidden"),
            ("id_rsa", "no workbook"),
        ] {
            let refused = admit(&roots, path).unwrap_err();
            assert!(refused.en.contains(why), "{path}: {}", refused.en);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_wherever_they_stand() {
        let folder = packet();
        let roots = roots(folder.path());
        let link = |to: &str, at: &str| {
            std::os::unix::fs::symlink(folder.path().join(to), folder.path().join(at)).unwrap();
        };
        link("外", "送审/通往外");
        link("外/外.xlsx", "送审/外.xlsx");
        for path in ["通往外", "通往外/外.xlsx", "外.xlsx"] {
            let refused = admit(&roots, path).unwrap_err();
            assert!(refused.en.contains("link to elsewhere"), "{path}: {}", refused.en);
        }
        assert!(admit(&roots, "子/表.xlsx").is_ok());
        link("外/外.xlsx", "送审/子/gouji.toml");
        assert!(admit(&roots, "子/表.xlsx").is_err(), "its text would be quoted as a mistake");
    }
}
