//! `gouji annotate`, `gouji unmark`, `gouji verify`: marked copies of workbooks, the way back, and the rules they keep.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::args::{Inputs, Passwords, Rules};
use super::settings::Settings;
use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{Exit, check, inputs, output};
use crate::model::{CellRef, Language, Packet, Text};
use crate::pipeline::Input;
use crate::write::annotate::{self, Annotated, Plan, WriteError};

/// `gouji annotate`
#[derive(Debug, Args)]
pub(super) struct AnnotateArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    rules: Rules,
    #[arg(
        short,
        long,
        value_name = say("文件夹", "DIR"),
        help = say("标注副本写到哪个文件夹；不指定时写在原文件旁边", "where the marked copies go; by default beside the files"),
    )]
    output: Option<PathBuf>,
    #[arg(
        long,
        value_name = say("表名!单元格", "SHEET!CELL"),
        help = say("手工标注一个单元格，可重复；只能用于单个文件", "mark a cell by hand; repeatable, with one file only"),
    )]
    mark: Vec<String>,
    #[arg(
        long,
        help = say("把参与所核对合计的单元格也标出来（灰色）", "mark the cells that were added up, too (grey)"),
    )]
    show_terms: bool,
}

/// `gouji unmark`
#[derive(Debug, Args)]
pub(super) struct UnmarkArgs {
    #[arg(
        required = true,
        value_name = say("标注副本", "FILE"),
        help = say("由 gouji annotate 写出的副本", "copies made by gouji annotate"),
    )]
    files: Vec<PathBuf>,
    #[arg(
        short,
        long,
        value_name = say("文件夹", "DIR"),
        help = say("还原的文件写到哪个文件夹；不指定时写在副本旁边", "where the files without marks go; by default beside the copies"),
    )]
    output: Option<PathBuf>,
}

/// `gouji verify`
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[arg(
        required = true,
        value_name = say("工作簿", "FILE"),
        help = say("要检查的 .xlsx、.xlsm、.xltx", "workbooks (.xlsx, .xlsm, .xltx)"),
    )]
    files: Vec<PathBuf>,
}

/// Names the rules that workbooks break.
pub(super) fn verify(command: &VerifyArgs) -> Result<Exit, Trouble> {
    let (mut failed, mut broken) = (false, false);
    for path in &command.files {
        let bytes = fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
        let shown = inputs::shown(path);
        match annotate::verify(&bytes) {
            Ok(breaches) => {
                broken |= !breaches.is_empty();
                output::print(|out| {
                    if breaches.is_empty() {
                        let count = annotate::RULES.len();
                        return match language() {
                            Language::Zh => writeln!(out, "{shown}：{count} 条规则均符合"),
                            Language::En => writeln!(out, "{shown}: keeps all {count} rules"),
                        };
                    }
                    for breach in &breaches {
                        let (rule, name) = (breach.rule, breach.name());
                        let (part, detail) = (&breach.part, &breach.detail);
                        let title = breach.title();
                        match language() {
                            Language::Zh => writeln!(
                                out,
                                "{shown}：违反规则 {rule} {name}（{}）：{part} {detail}",
                                title.zh
                            )?,
                            Language::En => writeln!(
                                out,
                                "{shown}: breaks rule {rule} {name} ({}): {part} {detail}",
                                title.en
                            )?,
                        }
                    }
                    Ok(())
                })?;
            }
            Err(error) => {
                failed = true;
                complain(path, &error.message, &error.hint);
            }
        }
    }
    Ok(match (failed, broken) {
        (true, _) => Exit::Failed,
        (_, true) => Exit::Findings,
        _ => Exit::Clean,
    })
}

/// Writes a marked copy of each file.
pub(super) fn annotate(command: &AnnotateArgs) -> Result<Exit, Trouble> {
    let settings = Settings::load(&command.rules, &command.inputs.paths)?;
    let found = inputs::find(&command.inputs.paths)?;
    let marks = marks(&command.mark)?;
    let limits = command.inputs.limits.limits();
    let loaded = inputs::load(found, &limits);
    if !marks.is_empty() && loaded.inputs.len() != 1 {
        return Err(Trouble::new("--mark 只能用于单个文件", "--mark works with one file only"));
    }
    let report = loaded.check(&settings.options, &limits, &command.passwords)?;
    loaded.tell();
    settings.after(&report)?;
    let mut failed = false;
    let mut names = output::Names::keeping(&loaded.places);
    for (index, (path, input)) in loaded.places.iter().zip(&loaded.inputs).enumerate() {
        if report.packet.files[index].error.is_some() {
            // Said in the summary.
            continue;
        }
        let mut plan = annotate::plan(&report, index as u32, language(), command.show_terms);
        for (sheet, cell) in &marks {
            plan.mark_by_hand(sheet, *cell);
        }
        match copy(&report.packet, index as u32, input, &plan) {
            Ok(annotated) => {
                write_copy(path, command.output.as_deref(), &annotated, &mut names)?;
            }
            Err(error) => {
                failed = true;
                complain(path, &error.message, &error.hint);
            }
        }
    }
    output::tell_summary(&report);
    Ok(if failed { Exit::Failed } else { check::exit(&report, settings.fail_on) })
}

pub(super) fn copy(
    packet: &Packet,
    file: u32,
    input: &Input,
    plan: &Plan,
) -> Result<Annotated, Complaint> {
    let bytes = input
        .bytes
        .as_ref()
        .map_err(|error| Complaint { message: error.message.clone(), hint: error.hint.clone() })?;
    Ok(annotate::annotate_input(packet, file, bytes, plan)?)
}

/// Why one file has no copy.
pub(super) struct Complaint {
    pub(super) message: Text,
    pub(super) hint: Text,
}

impl From<WriteError> for Complaint {
    fn from(error: WriteError) -> Self {
        Self { message: error.message, hint: error.hint }
    }
}

pub(super) fn complain(path: &Path, message: &Text, hint: &Text) {
    let path = inputs::shown(path);
    tell(&format!("{}{path}: {}", say("错误：", "error: "), message.get(language())));
    if !hint.get(language()).is_empty() {
        tell(&format!("{}{}", say("提示：", "hint: "), hint.get(language())));
    }
}

pub(super) fn write_copy(
    path: &Path,
    folder: Option<&Path>,
    annotated: &Annotated,
    names: &mut output::Names,
) -> Result<PathBuf, Trouble> {
    // A copy that is marked again keeps its name: not 表-核对-核对.xlsx.
    let plain = if annotated.again { without_suffix(path) } else { path.to_owned() };
    let path = plain.as_path();
    let wanted = beside(path, folder, annotate::MARKED, annotated.extension);
    let written = if annotated.again && fs::read(&wanted).is_ok_and(|old| old == annotated.bytes) {
        // It may be the input itself, which is not touched.
        wanted
    } else {
        save(&free(&wanted, annotated, names), &annotated.bytes)?
    };
    announce(&written)?;
    for remark in &annotated.remarks {
        tell(&format!("{}{}", say("说明：", "note: "), remark.get(language())));
    }
    if let Some(summary) = &annotated.separate_summary {
        let suffix = format!("{}{}", annotate::MARKED, say("结果", "-results"));
        announce(&save(&names.free(&beside(path, folder, &suffix, "xlsx")), summary)?)?;
    }
    Ok(written)
}

/// A name for a copy. What is there may be replaced by a newer copy of the same file, but not what somebody has worked
/// in since, nor the copy of another file.
fn free(wanted: &Path, annotated: &Annotated, names: &mut output::Names) -> PathBuf {
    let origin = annotate::origin(&annotated.bytes).unwrap_or_default();
    let replaceable = |path: &Path| match fs::read(path) {
        Ok(old) => annotate::origin(&old).is_some_and(|old| old.name == origin.name),
        Err(_) => true,
    };
    let mut path = names.free(wanted);
    while !replaceable(&path) {
        path = names.free(wanted);
    }
    path
}

pub(super) fn announce(path: &Path) -> Result<(), Trouble> {
    output::heard(output::print(|out| writeln!(out, "{}", inputs::shown(path))))
}

/// `资产.xlsx` → `资产-核对.xlsx`, beside it or in a folder.
fn beside(path: &Path, folder: Option<&Path>, suffix: &str, extension: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = format!("{stem}{suffix}.{extension}");
    match folder {
        Some(folder) => folder.join(name),
        None => path.with_file_name(name),
    }
}

/// `表!B4`, `'预算 表'!B4`
fn marks(words: &[String]) -> Result<Vec<(String, CellRef)>, Trouble> {
    words
        .iter()
        .map(|word| {
            let parsed = word
                .rsplit_once('!')
                .and_then(|(sheet, cell)| Some((inputs::sheet_named(sheet), cell.parse().ok()?)));
            parsed.ok_or_else(|| {
                Trouble::new(format!("“{word}”不是单元格"), format!("`{word}` is no cell"))
                    .hint("请写成 表名!B4", "write it as Sheet!B4")
            })
        })
        .collect()
}

/// Takes our marks off.
pub(super) fn unmark(command: &UnmarkArgs) -> Result<Exit, Trouble> {
    let mut failed = false;
    for path in &command.files {
        let bytes = fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
        match annotate::unmark(&bytes) {
            Ok(original) => {
                let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
                let plain = without_suffix(path);
                let target = beside(
                    &plain,
                    command.output.as_deref(),
                    say("-还原", "-unmarked"),
                    &extension,
                );
                announce(&save(&target, &original)?)?;
            }
            Err(error) => {
                failed = true;
                complain(path, &error.message, &error.hint);
            }
        }
    }
    Ok(if failed { Exit::Failed } else { Exit::Clean })
}

fn without_suffix(path: &Path) -> PathBuf {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    match name.strip_suffix(annotate::MARKED) {
        Some(stem) => path.with_file_name(format!("{stem}.x")),
        None => path.to_owned(),
    }
}

/// Writes a file: beside its place, then renamed into it, so that a half-written one is never seen.
///
/// Where another program holds the file open, tries again for a moment and then takes another name, which is returned.
pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<PathBuf, Trouble> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| Trouble::writing(folder, &error))?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    sweep(path);
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        // Locked as long as it is being written, so that another run can tell that it is.
        let _ = file.try_lock();
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(file)
    });
    let placed = written.and_then(|_locked| place(&temporary, path));
    placed.map_err(|error| {
        // What is left of a failed write is of no use to anybody.
        let _ = fs::remove_file(&temporary);
        Trouble::writing(path, &error)
    })
}

/// Clears away what runs that were killed left beside a file that they were writing.
fn sweep(path: &Path) {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let start = format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".tmp"));
        let ours = process.is_some_and(|process| process.parse::<u32>().is_ok())
            && entry.file_type().is_ok_and(|kind| kind.is_file());
        let abandoned = || File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if ours && abandoned() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn place(temporary: &Path, path: &Path) -> io::Result<PathBuf> {
    for _ in 0..5 {
        match fs::rename(temporary, path) {
            Ok(()) => return Ok(path.to_owned()),
            // 32 and 5 on Windows: the file is open in Excel or WPS.
            Err(error) if cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 5)) => {
                std::thread::sleep(Duration::from_millis(40));
            }
            Err(error) => return Err(error),
        }
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    for number in 2..100 {
        let other = path.with_file_name(format!("{stem}({number}).{ending}"));
        if !other.exists() {
            fs::rename(temporary, &other)?;
            tell(&format!(
                "{}{}",
                say(
                    "说明：同名文件正被其他程序打开，已另存为 ",
                    "note: the file is open elsewhere, written as "
                ),
                other.display()
            ));
            return Ok(other);
        }
    }
    fs::rename(temporary, path).map(|()| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_in_formulas() {
        let parsed = marks(&["表1!B4".to_owned(), "'它''s 表!'!A1".to_owned()]).unwrap();
        assert_eq!(parsed[0], ("表1".to_owned(), CellRef::new(3, 1)));
        assert_eq!(parsed[1], ("它's 表!".to_owned(), CellRef::new(0, 0)));
        assert!(marks(&["B4".to_owned()]).is_err());
    }
}
