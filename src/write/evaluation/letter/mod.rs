//! 问题核实反馈单 as a letter: a .docx that the unit answers in, signs and sends back.

mod schema;

use docx_rs::{
    AlignmentType, Docx, Footer, PageMargin, PageNum, PageOrientationType, Paragraph, Run,
    RunFonts, Shading, Table, TableCell, TableRow, VAlignType, WidthType,
};

use super::feedback::{self, Point};
use super::work::Work;
use super::{EvaluationOptions, WriteError};
use crate::model::Report;

/// Columns in twentieths of a point: index, nature, place, point, answer, remark.
const WIDTHS: [usize; 6] = [900, 1000, 2700, 4700, 3600, 1100];

/// Makes the letter; `None` where there is nothing to ask.
///
/// # Errors
/// When it cannot be packed.
pub fn letter(report: &Report, options: &EvaluationOptions) -> Result<Option<Vec<u8>>, WriteError> {
    let work = Work::new(report, options);
    let points = feedback::points(&work);
    if points.is_empty() {
        return Ok(None);
    }
    let (entity, (_, year)) = (work.entity_words(), work.whose());
    let missing = work.t("未注明", "not stated");
    let year = year.map_or_else(|| missing.to_owned(), |year| year.to_string());
    let fonts = fonts(&work);
    let words = |text: &str, size: usize| {
        Paragraph::new().add_run(Run::new().add_text(text).size(size).fonts(fonts.clone()))
    };
    let firm = options.house.firm.clone().unwrap_or_default();
    let mut docx = Docx::new()
        .page_size(16838, 11906)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(PageMargin {
            top: 1000,
            left: 1300,
            bottom: 1000,
            right: 1300,
            header: 500,
            footer: 500,
            gutter: 0,
        })
        .footer(Footer::new().add_paragraph(
            Paragraph::new().align(AlignmentType::Center).add_page_num(PageNum::new()),
        ))
        .created_at(&created(options))
        .updated_at(&created(options));
    if !firm.is_empty() {
        docx = docx.add_paragraph(words(&firm, 24).align(AlignmentType::Center));
    }
    let title = Run::new().add_text(feedback::title(&work)).size(36).bold().fonts(fonts.clone());
    docx = docx
        .add_paragraph(Paragraph::new().add_run(title).align(AlignmentType::Center))
        .add_paragraph(words(
            &format!(
                "{}{}　　{}{year}",
                work.t("被评价单位：", "Unit: "),
                entity.as_deref().unwrap_or(missing),
                work.t("年度：", "Year: "),
            ),
            22,
        ))
        .add_paragraph(words(&feedback::opening(&work), 22))
        .add_table(table(&work, &points, &fonts))
        .add_paragraph(words("", 22));
    let [unit, manager, clerk, date] = feedback::signatures(&work);
    for (left, right) in [(unit, manager), (clerk, date)] {
        docx = docx
            .add_paragraph(words(&format!("{left}　　　　　　　　　　　　　　　　　　{right}"), 22))
            .add_paragraph(words("", 22));
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut parts = docx.build();
    let own = [&mut parts.document, &mut parts.styles, &mut parts.settings];
    for part in own.into_iter().chain(&mut parts.footers) {
        *part = schema::ordered(part);
    }
    parts.pack(&mut bytes).map_err(|error| WriteError::Letter(error.to_string()))?;
    Ok(Some(bytes.into_inner()))
}

/// The clock is the caller's: without a date the document is of a fixed day.
fn created(options: &EvaluationOptions) -> String {
    let day = options.date.clone().unwrap_or_else(|| "2000-01-01".to_owned());
    format!("{day}T00:00:00Z")
}

fn fonts(work: &Work) -> RunFonts {
    let body = work.options.house.fonts.body.clone();
    let body = body.unwrap_or_else(|| "仿宋_GB2312".to_owned());
    RunFonts::new().east_asia(body).ascii("Times New Roman").hi_ansi("Times New Roman")
}

fn table(work: &Work, points: &[Point], fonts: &RunFonts) -> Table {
    let cell = |text: &str, at: usize, bold: bool| {
        let run = Run::new().add_text(text).size(20).fonts(fonts.clone());
        let run = if bold { run.bold() } else { run };
        let mut paragraph = Paragraph::new().add_run(run);
        if bold || at < 2 {
            paragraph = paragraph.align(AlignmentType::Center);
        }
        let cell = TableCell::new()
            .width(WIDTHS[at], WidthType::Dxa)
            .vertical_align(VAlignType::Center)
            .add_paragraph(paragraph);
        if bold { cell.shading(Shading::new().fill("DDE6F2")) } else { cell }
    };
    let headings = feedback::headings(work);
    let heading = headings.iter().enumerate().map(|(at, text)| cell(text, at, true)).collect();
    let mut rows = vec![TableRow::new(heading).cant_split()];
    for point in points {
        let nature = feedback::nature(work, point.severity);
        let texts = [&point.index, nature, &point.place, &point.wording, "", ""];
        let cells = texts.iter().enumerate().map(|(at, text)| cell(text, at, false)).collect();
        rows.push(TableRow::new(cells).cant_split());
    }
    Table::new(rows).set_grid(WIDTHS.to_vec()).width(WIDTHS.iter().sum(), WidthType::Dxa)
}
