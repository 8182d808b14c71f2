//! 问题核实反馈单: what the unit is asked, point by point, with room for its answer and its seal.

use rust_xlsxwriter::{FormatBorder, Worksheet, XlsxError};

use super::differences;
use super::page::{Page, Show};
use super::review::{self, Subject};
use super::work::Work;
use crate::model::{PaperSheet as Part, Severity};

/// The hidden column by which the next paper knows a point again.
const KEY: u16 = 6;

/// One thing that the unit is asked.
pub(super) struct Point {
    /// C-1: its row on 差异清单.
    pub(super) index: String,
    pub(super) severity: Severity,
    /// File, sheet and cell in words.
    pub(super) place: String,
    /// A link to it, where there is one.
    link: Show,
    /// What is asked.
    pub(super) wording: String,
    /// Its key for the next paper.
    key: String,
}

/// Errors and warnings that nobody has explained, each cause once, in the order of 差异清单.
pub(super) fn points(work: &Work) -> Vec<Point> {
    let mut points = Vec::new();
    for (number, at) in differences::told(work).into_iter().enumerate() {
        let finding = &work.report.findings[at];
        let explained = work.report.suppressed.contains_key(&(at as u32));
        if finding.severity < Severity::Warning || explained {
            continue;
        }
        let file = finding.file.map(|file| work.file_name(file)).unwrap_or_default();
        let link = finding.place.map_or(Show::Text(file), |place| work.source_link(place).0);
        let place = match &link {
            Show::Text(words) | Show::Link(_, words) => words.clone(),
            _ => String::new(),
        };
        points.push(Point {
            index: format!("{}-{}", Part::Differences.index(), number + 1),
            severity: finding.severity,
            place,
            link,
            wording: differences::wording(work, finding, work.check_of(at)),
            key: review::key(Subject::Answer, work.fingerprint(at), &[]),
        });
    }
    points
}

/// The title of sheet and letter.
pub(super) fn title(work: &Work) -> String {
    let own = work.options.house.words.letter_title.clone();
    own.unwrap_or_else(|| work.t("问题核实反馈单", "Questions to the unit").to_owned())
}

/// The first lines.
pub(super) fn opening(work: &Work) -> String {
    let own = work.options.house.words.letter_opening.clone();
    own.unwrap_or_else(|| {
        work.t(
            "对贵单位报送的材料进行勾稽核对，发现下列问题。请逐项核实，在“核实情况及说明”栏答复，附相关依据，并加盖公章后反馈。",
            "Your submission was checked figure by figure. Please look into the points below, answer each in the column for it with your evidence, sign and return.",
        )
        .to_owned()
    })
}

/// The heads of the columns, on the sheet and in the letter.
pub(super) fn headings(work: &Work) -> [&'static str; 6] {
    [
        work.t("索引号", "Index"),
        work.t("性质", "Nature"),
        work.t("文件、表、单元格", "File, sheet, cell"),
        work.t("问题", "Point"),
        work.t("核实情况及说明", "The unit's answer"),
        work.t("备注", "Remark"),
    ]
}

/// What is asked of a point.
pub(super) fn nature(work: &Work, severity: Severity) -> &'static str {
    match severity {
        Severity::Error => work.t("须更正", "to correct"),
        _ => work.t("须说明", "to explain"),
    }
}

/// Writes the sheet; `None` where there is nothing to ask.
pub(super) fn write(work: &Work) -> Result<Option<Worksheet>, XlsxError> {
    let points = points(work);
    if points.is_empty() {
        return Ok(None);
    }
    let name = work.name(Part::Feedback);
    let widths = vec![7, 8, 26, 52, 36, 14];
    let mut page = Page::new(work, name, Part::Feedback.index(), &title(work), widths)?;
    page.line(&opening(work))?;
    page.headings(&headings(work))?;
    page.freeze(0)?;
    for point in points {
        let format = match point.link {
            Show::Link(..) => work.style.link(),
            _ => work.style.text(),
        };
        let [answer, remark] = work.written(&point.key);
        page.cells(&[
            (Show::Text(point.index), work.style.middle()),
            (
                Show::text(nature(work, point.severity)),
                work.severity_format(work.style.middle(), point.severity),
            ),
            (point.link, format),
            (Show::Text(point.wording), work.style.text()),
            (Show::text(answer), work.style.text()),
            (Show::text(remark), work.style.text()),
            (Show::Text(point.key), work.style.plain()),
        ])?;
    }
    page.sheet.set_column_hidden(KEY)?;
    page.row += 1;
    let plain = work.style.plain().set_border(FormatBorder::None).set_font_size(11);
    let [unit, manager, clerk, date] = signatures(work);
    for (left, right) in [(unit, manager), (clerk, date)] {
        page.put(page.row, 2, &Show::text(left), &plain)?;
        page.put(page.row, 4, &Show::text(right), &plain)?;
        page.sheet.set_row_height(page.row, 34)?;
        page.row += 1;
    }
    Ok(Some(page.finish()?))
}

/// Seal, manager, clerk, day.
pub(super) fn signatures(work: &Work) -> [&'static str; 4] {
    match work.language() {
        crate::model::Language::Zh => {
            ["单位（盖章）：", "单位负责人：", "经办人及电话：", "日期：　　　年　　月　　日"]
        }
        crate::model::Language::En => {
            ["Unit (seal): ", "Head of the unit: ", "Clerk, telephone: ", "Date: "]
        }
    }
}
