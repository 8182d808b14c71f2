//! `gouji evaluate`: the evaluation workbook of a packet, or of every packet of a folder with a summary across them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::args::{Inputs, Passwords, Rules};
use super::settings::Settings;
use super::trouble::{Trouble, tell};
use super::words::{language, say};
use super::{Exit, annotate, check, inputs, output};
use crate::batch::folders;
use crate::lexicon::Rulebook;
use crate::model::{Decision, Report};
use crate::read;
use crate::write::evaluation::{self, EvaluationOptions, Review, Standing};

/// `gouji evaluate`
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    rules: Rules,
    #[arg(
        short,
        long,
        value_name = say("文件", "FILE"),
        help = say("评价底稿写到哪个文件（默认为当前文件夹的 评价底稿.xlsx）；与 --packet-per-folder 同用时是文件夹", "the workbook to write (default gouji-evaluation.xlsx in this folder); with --packet-per-folder, a folder"),
    )]
    output: Option<PathBuf>,
    #[arg(
        long,
        value_name = say("年-月-日", "YYYY-MM-DD"),
        help = say("印在封面的编制日期；不指定时留空", "the day printed on the cover; left blank by default"),
    )]
    date: Option<String>,
    #[arg(
        long,
        value_name = say("底稿或文件夹", "PAPER|DIR"),
        help = say("上一次的评价底稿：数字未变的，复核意见带入新的一份；或上一稿材料的文件夹：另写前后稿对比。可写两次（与 --packet-per-folder 同用时是放着各单位底稿、或各单位上一稿的文件夹）", "the paper before this one: conclusions are carried over while the numbers stand; or the folder of the last draft: both drafts are compared. May be given twice (with --packet-per-folder, the folder of the papers, or of each unit's last draft)"),
    )]
    previous: Vec<PathBuf>,
    #[arg(
        long,
        help = say("另写一份问题核实反馈单（.docx），供单位答复盖章", "write a letter of questions to the unit (.docx) beside the workbook, too"),
    )]
    letter: bool,
    #[arg(
        long,
        help = say("文件夹里的每个子文件夹算一套材料：各写一本评价底稿，另写一本汇总", "each folder in the folder is a packet: one workbook each, and a summary across them"),
    )]
    packet_per_folder: bool,
    #[arg(
        long,
        help = say("同名文件已存在且不是 gouji 原样写出的，也覆盖", "replace a file of that name even if it is not as gouji wrote it"),
    )]
    force: bool,
}

/// How papers are to be made, besides what each is about.
#[derive(Clone, Default)]
pub(super) struct Making {
    options: EvaluationOptions,
}

impl Making {
    /// As the house of the rulebook wants them.
    pub(super) fn of(rulebook: &Rulebook, date: Option<String>) -> Result<Self, Trouble> {
        let house = rulebook.house.clone();
        let logo = match &house.logo {
            Some(path) => {
                let path = Path::new(path);
                Some(fs::read(path).map_err(|error| Trouble::reading(path, &error))?)
            }
            None => None,
        };
        let options =
            EvaluationOptions { language: language(), date, house, logo, ..Default::default() };
        Ok(Self { options })
    }

    fn carrying(&self, before: Before) -> Self {
        let Before { review, earlier } = before;
        Self { options: EvaluationOptions { review, earlier, ..self.options.clone() } }
    }
}

/// What `--previous` names: the paper before this one, the last draft of the packet, or both.
#[derive(Default)]
struct Before {
    review: Option<Review>,
    earlier: Option<Arc<Report>>,
}

impl Before {
    /// Papers are known by what is in them; a folder, and every other workbook, is the last draft. A folder's own evaluation
    /// workbook counts as the paper, too.
    fn of(paths: &[PathBuf], command: &EvaluateArgs, settings: &Settings) -> Result<Self, Trouble> {
        let mut before = Self::default();
        let mut draft = Vec::new();
        for path in paths {
            if !path.is_dir() {
                match review(path, command)? {
                    Some(review) => before.review = Some(review),
                    None => draft.push(path.clone()),
                }
                continue;
            }
            draft.push(path.clone());
            let beside = path.join(output::evaluation());
            if before.review.is_none() && beside.is_file() {
                before.review = review(&beside, command)?;
            }
        }
        if draft.is_empty() {
            return Ok(before);
        }
        let limits = command.inputs.limits.limits();
        let loaded = inputs::load(inputs::find(&draft)?, &limits);
        let report = loaded.check(&settings.options, &limits, &command.passwords)?;
        if report.packet.files.iter().all(|file| file.workbook.is_none()) {
            let shown = draft[0].display();
            return Err(Trouble::new(
                format!("上一稿“{shown}”中没有能读取的表格，无法对比"),
                format!("no workbook of the last draft, `{shown}`, can be read: nothing to compare with"),
            )
            .hint(
                "--previous 后面请写上一次的 评价底稿.xlsx，或上一稿材料的文件夹",
                "after --previous name the evaluation workbook before this one, or the folder of the last draft",
            ));
        }
        before.earlier = Some(Arc::new(report));
        Ok(before)
    }

    /// What people decided of the names of projects in the paper before.
    fn decisions(&self) -> Vec<Decision> {
        self.review.as_ref().map(Review::decisions).unwrap_or_default()
    }

    /// Says what is carried over, and what is compared.
    fn tell(&self) {
        if let Some(review) = &self.review {
            let filled = review.filled();
            tell(&say(
                format!("说明：上次的底稿有 {filled} 行填写的内容，数字未变的已带入"),
                format!(
                    "note: of the paper before, {filled} filled in; what stands was carried over"
                ),
            ));
        }
        if let Some(earlier) = &self.earlier {
            let files = earlier.packet.files.len();
            tell(&say(
                format!("说明：与上一稿的 {files} 个文件对比，见“前后稿对比”"),
                format!(
                    "note: compared with the last draft (files: {files}), see \"Drafts compared\""
                ),
            ));
        }
    }
}

/// Writes the evaluation workbook.
pub(super) fn run(command: &EvaluateArgs) -> Result<Exit, Trouble> {
    let settings = Settings::load(&command.rules, &command.inputs.paths)?;
    let making = Making::of(&settings.options.rulebook, command.date.clone())?;
    if command.packet_per_folder {
        return many(command, &settings, &making);
    }
    let target = command.output.clone().unwrap_or_else(|| PathBuf::from(output::evaluation()));
    if target.is_dir() {
        let shown = target.display();
        return Err(Trouble::new(
            format!("“{shown}”是一个文件夹"),
            format!("`{shown}` is a folder"),
        )
        .hint(
            "-o 后面请写文件名，如 评价底稿.xlsx；每个子文件夹各写一本时加 --packet-per-folder",
            "name a file after -o, such as evaluation.xlsx; for one workbook a folder add --packet-per-folder",
        ));
    }
    let found = inputs::find(&command.inputs.paths)?;
    if output::Names::keeping(&found.files).takes(&target) {
        let shown = target.display();
        return Err(Trouble::new(
            format!("“{shown}”是要核对的表格之一，不能覆盖"),
            format!("`{shown}` is one of the workbooks to check and will not be overwritten"),
        )
        .hint("请用 -o 指定另一个文件名", "name another file with -o"));
    }
    spare(&target, command.force)?;
    let before = Before::of(&command.previous, command, &settings)?;
    let limits = command.inputs.limits.limits();
    let loaded = inputs::load(found, &limits);
    let report =
        loaded.check(&settings.deciding(&before.decisions()), &limits, &command.passwords)?;
    loaded.tell();
    settings.after(&report)?;
    let exit = check::exit(&report, settings.fail_on);
    if matches!(exit, Exit::Failed) {
        output::tell_summary(&report);
        tell(say(
            "没有能读取的表格，没有写评价底稿",
            "no workbook could be read: no evaluation workbook was written",
        ));
        return Ok(exit);
    }
    before.tell();
    let making = making.carrying(before);
    write(&report, &target, &making, command.letter)?;
    output::tell_summary(&report);
    Ok(exit)
}

/// Refuses to write over what a person may have worked on.
fn spare(target: &Path, force: bool) -> Result<(), Trouble> {
    let Ok(old) = fs::read(target) else { return Ok(()) };
    if force || evaluation::is_untouched(&old) && !is_filled(&old) {
        return Ok(());
    }
    let shown = target.display();
    Err(Trouble::new(
        format!("“{shown}”已存在，且不是 gouji 原样写出的评价底稿，没有覆盖"),
        format!("`{shown}` exists and is not an evaluation workbook as gouji wrote it: it was not replaced"),
    )
    .hint(
        "请用 -o 指定另一个文件名，用 --previous 带入其中的复核意见；确要覆盖时加 --force",
        "name another file with -o, and carry its conclusions over with --previous; or add --force to replace it",
    ))
}

/// Whether conclusions of people are in it, which an earlier run carried over.
fn is_filled(paper: &[u8]) -> bool {
    let limits = read::Limits::default();
    read::read("paper.xlsx", paper, &limits)
        .is_ok_and(|book| Review::of(&book).is_some_and(|review| review.filled() > 0))
}

/// What people wrote into a paper; `None` where the workbook is no paper of ours.
fn review(path: &Path, command: &EvaluateArgs) -> Result<Option<Review>, Trouble> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| Trouble::reading(path, &error))?;
    let limits = command.inputs.limits.limits();
    let book = read::read(&path.to_string_lossy(), &bytes, &limits).map_err(|error| {
        Trouble::new(
            format!("上一稿“{shown}”无法读取：{}", error.message.zh),
            format!("`{shown}`, named by --previous, cannot be read: {}", error.message.en),
        )
    })?;
    Ok(Review::of(&book))
}

/// The workbook, and the letter where one is wanted.
fn write(report: &Report, target: &Path, making: &Making, letter: bool) -> Result<(), Trouble> {
    let bytes = workbook(report, target, making)?;
    annotate::announce(&annotate::save(target, &bytes)?)?;
    if !letter {
        return Ok(());
    }
    let options = options(report, target, making);
    match evaluation::letter(report, &options).map_err(|error| not_made(&error))? {
        Some(bytes) => {
            let path = free_letter(target);
            annotate::announce(&annotate::save(&path, &bytes)?)?;
        }
        None => tell(say(
            "说明：没有需要单位核实的问题，未写反馈单",
            "note: there is nothing to ask the unit: no letter was written",
        )),
    }
    Ok(())
}

/// `评价底稿.xlsx` → `评价底稿-问题核实反馈单.docx`, or with a number where one stands that somebody may have answered in.
fn free_letter(target: &Path) -> PathBuf {
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    let wanted =
        target.with_file_name(format!("{stem}-{}.docx", say("问题核实反馈单", "questions")));
    let mut path = wanted.clone();
    let mut number = 2;
    while path.exists() {
        path = output::numbered(&wanted, number);
        number += 1;
    }
    path
}

/// The workbook as it will stand at `target`, to which its links are relative.
pub(super) fn workbook(
    report: &Report,
    target: &Path,
    making: &Making,
) -> Result<Vec<u8>, Trouble> {
    evaluation::write(report, &options(report, target, making)).map_err(|error| not_made(&error))
}

fn options(report: &Report, target: &Path, making: &Making) -> EvaluationOptions {
    let links = evaluation::relative_links(&report.packet, target);
    EvaluationOptions { links, ..making.options.clone() }
}

fn not_made(error: &evaluation::WriteError) -> Trouble {
    Trouble::new(format!("无法生成评价底稿：{error}"), format!("no evaluation workbook: {error}"))
}

/// One workbook for each folder of the folders, and a summary across them. One packet is held at a time.
fn many(command: &EvaluateArgs, settings: &Settings, making: &Making) -> Result<Exit, Trouble> {
    let default = say("评价底稿", "evaluation");
    let out = command.output.clone().unwrap_or_else(|| PathBuf::from(default));
    if out.is_file() {
        let shown = out.display();
        return Err(Trouble::new(
            format!("“{shown}”是一个文件，每个子文件夹各写一本时要写到文件夹"),
            format!("`{shown}` is a file; one workbook a folder is written into a folder"),
        )
        .hint("-o 后面请写文件夹", "name a folder after -o"));
    }
    let packets = inputs::packets(&command.inputs.paths, Some(&out))?;
    if let Some(missing) = command.previous.iter().find(|path| !path.is_dir()) {
        let shown = missing.display();
        return Err(Trouble::new(
            format!("--previous 后面的“{shown}”不是文件夹"),
            format!("`{shown}`, named by --previous, is no folder"),
        )
        .hint(
            "与 --packet-per-folder 同用时，写放着各单位底稿、或各单位上一稿的文件夹",
            "with --packet-per-folder, name the folder of the papers, or of each unit's last draft",
        ));
    }
    let mut standings = Vec::new();
    let mut worst = Exit::Clean;
    for folder in &packets {
        let target = out.join(format!("{}-{}", folder.name, output::evaluation()));
        match one(command, settings, making, folder, &target) {
            Ok((standing, exit)) => {
                if exit != Exit::Clean {
                    worst = Exit::Findings;
                }
                standings.push(standing);
            }
            // One packet that fails is a row of the summary.
            Err(trouble) => {
                let text = trouble.text();
                tell(&format!(
                    "{}{}",
                    say(format!("{}：", folder.name), format!("{}: ", folder.name)),
                    text.get(language())
                ));
                worst = Exit::Findings;
                standings.push(Standing::failed(&folder.name, text));
            }
        }
    }
    if standings.iter().all(Standing::is_failed) {
        worst = Exit::Failed;
    }
    let target = out.join(say("汇总.xlsx", "summary.xlsx"));
    spare(&target, command.force)?;
    let bytes =
        evaluation::summary(&standings, &making.options).map_err(|error| not_made(&error))?;
    annotate::announce(&annotate::save(&target, &bytes)?)?;
    let (all, failed) = (standings.len(), standings.iter().filter(|one| one.is_failed()).count());
    let clean = standings.iter().filter(|one| one.is_clean()).count();
    tell(&say(
        format!("共 {all} 套材料：{clean} 套未发现须更正或说明的问题，{failed} 套未能完成。"),
        format!(
            "{}: {clean} with nothing to correct or explain, {failed} not done.",
            crate::model::many(all, "packet")
        ),
    ));
    Ok(worst)
}

/// One packet: its workbook, and what the summary says of it.
fn one(
    command: &EvaluateArgs,
    settings: &Settings,
    making: &Making,
    folder: &folders::Folder,
    target: &Path,
) -> Result<(Standing, Exit), Trouble> {
    let found = inputs::find(std::slice::from_ref(&folder.path))?;
    if found.files.is_empty() {
        return Err(Trouble::new("文件夹里没有表格", "there is no workbook in the folder"));
    }
    spare(target, command.force)?;
    let name = target.file_name().unwrap_or_default();
    // Papers stand in the folder named, or each unit's last draft in a folder of its own there.
    let named = |previous: &PathBuf| [previous.join(name), previous.join(&folder.name)];
    let before: Vec<PathBuf> =
        command.previous.iter().flat_map(named).filter(|path| path.exists()).collect();
    let before = Before::of(&before, command, settings)?;
    let options = settings.deciding(&before.decisions());
    let limits = command.inputs.limits.limits();
    let report = inputs::load(found, &limits).check(&options, &limits, &command.passwords)?;
    let exit = check::exit(&report, settings.fail_on);
    if matches!(exit, Exit::Failed) {
        return Err(Trouble::new("没有能读取的表格", "no workbook of the folder can be read"));
    }
    let asks = report.summary.error + report.summary.warning > 0;
    write(&report, target, &making.carrying(before), command.letter && asks)?;
    let standing = Standing::of(&report, &folder.name, &name.to_string_lossy());
    Ok((standing, exit))
}
