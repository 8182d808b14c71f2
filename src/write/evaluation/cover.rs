//! 封面: whose packet and of which year, who prepared and who reviewed the paper, and the files that it is about.

use rust_xlsxwriter::{FormatAlign, Image, Worksheet, XlsxError};

use super::overview::title;
use super::page::{Page, SIGNED, Show};
use super::review::{self, Subject};
use super::work::Work;
use crate::model::{PaperSheet as Part, many};

/// Files that are listed here; all of them stand on the coverage sheet.
const FILES: usize = 12;

/// Writes the sheet.
pub(super) fn write(work: &Work) -> Result<Worksheet, XlsxError> {
    let (entity, (_, year)) = (work.entity_words(), work.whose());
    let title = title(work, year);
    let name = work.name(Part::Cover);
    let widths = vec![18, 48, 16, 56];
    let mut page = Page::bare(work, name, Part::Cover.index(), &title, widths)?;
    let firm = work.options.house.firm.as_deref().unwrap_or_default();
    let middle = work.style.section().set_align(FormatAlign::Center);
    page.sheet.merge_range(0, 0, 0, 3, firm, &middle.set_font_size(14))?;
    page.sheet.set_row_height(0, 48)?;
    if let Some(logo) = &work.options.logo
        && let Ok(mut image) = Image::new_from_buffer(logo)
    {
        image = image.set_scale_to_size(220, 56, true);
        page.sheet.insert_image_with_offset(0, 0, &image, 4, 4)?;
    }
    let large = work.style.title().set_font_size(26).set_align(FormatAlign::Center);
    page.sheet.merge_range(2, 0, 2, 3, &title, &large)?;
    page.sheet.set_row_height(2, 60)?;
    let missing = work.t("未注明", "not stated");
    let summary = &work.report.summary;
    let scope = work.t(
        format!("{} 个文件，{} 张表，{} 项核对", summary.files, summary.tables, summary.checks()),
        [
            many(summary.files, "file"),
            many(summary.tables, "table"),
            many(summary.checks(), "check"),
        ]
        .join(", "),
    );
    let rules = work.t(
        format!("规则 {} 条，表类 {} 种", work.report.rules.len(), work.report.kinds.len()),
        format!(
            "{}, {} of tables",
            many(work.report.rules.len(), "rule"),
            many(work.report.kinds.len(), "kind")
        ),
    );
    let year = year.map_or_else(|| missing.to_owned(), |year| year.to_string());
    let said = [
        [
            work.t("被评价单位", "Unit"),
            entity.as_deref().unwrap_or(missing),
            work.t("索引号", "Index"),
            Part::Cover.index(),
        ],
        [work.t("年度", "Year"), &year, work.t("核对范围", "Scope"), &scope],
        [
            work.t("工具", "Tool"),
            concat!("gouji ", env!("CARGO_PKG_VERSION")),
            work.t("规则库", "Rules"),
            &rules,
        ],
        [
            work.t("编制人", "Prepared by"),
            work.signed(0),
            work.t("编制日期", "Date"),
            work.signed(1),
        ],
        [
            work.t("复核人", "Reviewed by"),
            work.signed(2),
            work.t("复核日期", "Date"),
            work.signed(3),
        ],
    ];
    page.row = 5;
    for row in said {
        for (column, text) in (0..).zip(row) {
            let filled = SIGNED.contains(&(page.row, column));
            let format = match column {
                0 | 2 => work.style.heading(),
                _ if filled => work.style.text().set_background_color(work.style.doubtful),
                _ => work.style.text(),
            };
            let left = || format.clone().set_align(FormatAlign::Left).set_num_format("0");
            match text.parse::<i32>() {
                Ok(year) => page.put(page.row, column, &Show::count(year), &left())?,
                Err(_) => page.put(page.row, column, &Show::text(text), &format)?,
            }
        }
        let signed = SIGNED.iter().position(|place| *place == (page.row, 1));
        if let Some(at) = signed {
            let key = review::key(Subject::Signed, ["preparer", "", "reviewer"][at], &[]);
            page.put(page.row, 4, &Show::Text(key), &work.style.plain())?;
        }
        page.sheet.set_row_height(page.row, 24)?;
        page.row += 1;
    }
    page.sheet.set_column_hidden(4)?;
    page.line(work.t(
        "编制人、复核人及日期填在浅色格内，各表表头随之显示。本底稿为默认版式，可在规则文件夹中更改。",
        "Fill in who prepared and reviewed the paper here: the head of every sheet shows it. This is a default layout; a folder of rules changes it.",
    ))?;
    files(work, &mut page)?;
    page.finish()
}

fn files(work: &Work, page: &mut Page) -> Result<(), XlsxError> {
    let files = &work.packet().files;
    page.row += 1;
    page.headings(&[
        work.t("文件序号", "File"),
        work.t("报送文件", "Name"),
        work.t("格式", "Format"),
        "SHA-256",
    ])?;
    for (at, file) in files.iter().take(FILES).enumerate() {
        let words = if file.sha256.is_empty() {
            file.error.as_ref().map_or("", |error| error.message.get(work.language())).to_owned()
        } else {
            file.sha256.clone()
        };
        page.cells(&[
            (Show::count(at + 1), work.style.count()),
            (Show::Text(work.file_name(at as u32)), work.style.text()),
            (Show::text(file.format.name()), work.style.middle()),
            (Show::Text(words), work.style.text().set_font_size(8)),
        ])?;
    }
    if files.len() > FILES {
        page.line(&work.t(
            format!(
                "共 {} 个文件，其余见“{}”。",
                many(files.len(), "file"),
                work.name(Part::Coverage)
            ),
            format!(
                "{}; the rest are on \"{}\".",
                many(files.len(), "file"),
                work.name(Part::Coverage)
            ),
        ))?;
    }
    Ok(())
}
