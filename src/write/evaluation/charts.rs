//! The charts, native and readable in black and white, and the hidden sheet that they are drawn from.
//!
//! The waterfall is stacked columns on an invisible base, which every version of Excel and WPS draws. What rises is pale, what
//! falls is hatched, so that a print without colours says the same.

use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartPatternFill, ChartPatternFillType, ChartSolidFill, ChartType, Color, Worksheet, XlsxError,
};

use super::kinds::{PaperView, kind};
use super::money::{Bar, Move, Places};
use super::page::{Show, reference};
use super::projects::Project;
use super::style::BARS;
use super::work::Work;
use crate::model::{
    CellRef, FieldRole, LineRole, Operand, PaperSheet as Part, Place, Severity, Table,
};
use crate::number::{Decimal, Unit};

/// Projects, tables and classes that a chart has room for.
const ROOM: usize = 12;

/// The charts of the overview, and the sheet behind them.
pub(super) struct Charts {
    pub(super) data: Worksheet,
    pub(super) charts: Vec<Chart>,
}

/// The name of the hidden sheet.
fn sheet_name(work: &Work) -> &'static str {
    work.t("图表数据", "Chart data")
}

/// A series: its name, its fill, and its values with their formulas.
struct Series {
    name: String,
    fill: Fill,
    values: Vec<(Option<String>, Decimal)>,
}

#[derive(Clone, Copy)]
enum Fill {
    None,
    Solid(Color),
    Hatched(Color),
}

/// What is being drawn: categories with their series, written below each other on the hidden sheet.
struct Drawing<'a> {
    work: &'a Work<'a>,
    sheet: Worksheet,
    row: u32,
    charts: Vec<Chart>,
}

/// Draws all that the packet has figures for.
pub(super) fn draw(
    work: &Work,
    places: &Places,
    projects: &[Project],
    unit: &Unit,
) -> Result<Charts, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(sheet_name(work))?.set_hidden(true);
    let mut drawing = Drawing { work, sheet, row: 0, charts: Vec::new() };
    drawing.waterfall(places, unit)?;
    drawing.findings()?;
    drawing.projects(places, projects, unit)?;
    drawing.assets()?;
    Ok(Charts { data: drawing.sheet, charts: drawing.charts })
}

impl Drawing<'_> {
    fn waterfall(&mut self, places: &Places, unit: &Unit) -> Result<(), XlsxError> {
        let known = places.initial.is_some() || places.adjusted.is_some();
        if places.below_zero || !known || places.bars.iter().any(|bar| bar.base.is_none()) {
            return Ok(());
        }
        let work = self.work;
        let on = |formula: &str| {
            let cell = |at: usize| format!("'{}'!{}", work.name(Part::Money), &formula[at..]);
            if formula.starts_with('C') { cell(0) } else { formula.to_owned() }
        };
        let of = |kind: Move, bar: &Bar| -> (Option<String>, Decimal) {
            if bar.kind != kind {
                return (None, Decimal::ZERO);
            }
            let cell = reference(work.name(Part::Money), bar.row, super::money::AMOUNT);
            (Some(format!("ABS({cell})")), bar.size)
        };
        let bars = &places.bars;
        let base = |bar: &Bar| {
            let (formula, value) = bar.base.clone().unwrap_or_default();
            (Some(on(&formula)), value)
        };
        let series = vec![
            Series {
                name: work.t("图底", "Base").to_owned(),
                fill: Fill::None,
                values: bars.iter().map(base).collect(),
            },
            Series {
                name: work.t("时点数", "Level").to_owned(),
                fill: Fill::Solid(BARS[0]),
                values: bars.iter().map(|bar| of(Move::Level, bar)).collect(),
            },
            Series {
                name: work.t("增加", "Added").to_owned(),
                fill: Fill::Solid(BARS[1]),
                values: bars.iter().map(|bar| of(Move::Rise, bar)).collect(),
            },
            Series {
                name: work.t("减少", "Spent").to_owned(),
                fill: Fill::Hatched(BARS[2]),
                values: bars.iter().map(|bar| of(Move::Fall, bar)).collect(),
            },
        ];
        let labels: Vec<String> = bars.iter().map(|bar| bar.label.clone()).collect();
        let unit = work.money_word(unit);
        let title = work.t(
            format!("年初预算 → 调整 → 支出 → 结转（{unit}）"),
            format!("Initial budget → adjustment → expenditure → carried over ({unit})"),
        );
        self.add(ChartType::ColumnStacked, &title, &labels, &series)
    }

    /// Findings by table, stacked by severity.
    fn findings(&mut self) -> Result<(), XlsxError> {
        let work = self.work;
        let mut tables: Vec<(String, [u64; 3])> = Vec::new();
        for finding in &work.report.findings {
            let table = finding.place.and_then(|place| {
                let check = finding.check.and_then(|_| work.report.outcome(finding));
                let known = check.and_then(|(_, _, outcome)| outcome.target.table);
                work.packet().table_of(place, known)
            });
            let name = match table {
                Some(table) => work.table_name(table),
                None => work.t("其他", "other").to_owned(),
            };
            let at = match finding.severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Info => 2,
            };
            if let Some((_, counts)) = tables.iter_mut().find(|(other, _)| *other == name) {
                counts[at] += 1;
            } else {
                let mut counts = [0; 3];
                counts[at] = 1;
                tables.push((name, counts));
            }
        }
        if tables.is_empty() {
            return Ok(());
        }
        tables.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<u64>()));
        tables.truncate(ROOM);
        let fills = [Fill::Solid(BARS[2]), Fill::Hatched(BARS[0]), Fill::Solid(BARS[1])];
        let severities = [Severity::Error, Severity::Warning, Severity::Info];
        let series: Vec<Series> = (0..3)
            .map(|at| Series {
                name: severities[at].label().get(work.language()).to_owned(),
                fill: fills[at],
                values: tables.iter().map(|(_, counts)| (None, counts[at].into())).collect(),
            })
            .filter(|series| series.values.iter().any(|(_, value)| !value.is_zero()))
            .collect();
        let labels: Vec<String> = tables.into_iter().map(|(name, _)| name).collect();
        let title = work.t("各表问题数（按严重度）", "Findings by table and severity").to_owned();
        self.add(ChartType::BarStacked, &title, &labels, &series)
    }

    /// Budget beside spending of the largest projects.
    fn projects(
        &mut self,
        places: &Places,
        projects: &[Project],
        unit: &Unit,
    ) -> Result<(), XlsxError> {
        let Some((first, _)) = places.projects else { return Ok(()) };
        let work = self.work;
        let yuan = |project: &Project| {
            let budget = project.initial.as_ref().map_or(Decimal::ZERO, |amount| amount.yuan);
            (budget, project.spent())
        };
        let mut largest: Vec<(u32, &Project)> = (first..).zip(projects).collect();
        largest.retain(|(_, project)| !project.is_running());
        largest.sort_by_key(|(row, project)| {
            let (budget, spent) = yuan(project);
            (std::cmp::Reverse(budget.max(spent)), *row)
        });
        largest.truncate(ROOM);
        if largest.len() < 2 {
            return Ok(());
        }
        let cell = |row: u32, column: u16| {
            Some(format!("N({})", reference(work.name(Part::Money), row, column)))
        };
        let values = |column: u16, pick: fn((Decimal, Decimal)) -> Decimal| {
            largest
                .iter()
                .map(|(row, project)| {
                    let value = super::money::in_unit(pick(yuan(project)), unit);
                    (cell(*row, column), value.unwrap_or_default())
                })
                .collect()
        };
        let series = vec![
            Series {
                name: work.t("年初预算", "Initial budget").to_owned(),
                fill: Fill::Solid(BARS[1]),
                values: values(1, |(budget, _)| budget),
            },
            Series {
                name: work.t("支出", "Spent").to_owned(),
                fill: Fill::Hatched(BARS[2]),
                values: values(4, |(_, spent)| spent),
            },
        ];
        let labels: Vec<String> = largest
            .iter()
            .map(|(_, project)| project.names[0].chars().take(14).collect())
            .collect();
        let unit = work.money_word(unit);
        let title = work.t(
            format!("主要项目：年初预算与支出（{unit}）"),
            format!("Largest projects: budget and expenditure ({unit})"),
        );
        self.add(ChartType::Bar, &title, &labels, &series)
    }

    /// The classes of the first table of assets, by original value.
    fn assets(&mut self) -> Result<(), XlsxError> {
        let work = self.work;
        let tables = &work.packet().tables;
        let Some(table) = tables.iter().find(|table| kind(table) == Some(PaperView::Assets)) else {
            return Ok(());
        };
        let Some(field) = table.fields.iter().find(|field| field.role == FieldRole::Amount) else {
            return Ok(());
        };
        let classes = classes(work, table, field.column);
        if classes.len() < 2 {
            return Ok(());
        }
        let unit = table.unit.as_ref().map(|unit| work.unit_word(unit)).unwrap_or_default();
        let title = work.t(format!("资产类别（{unit}）"), format!("Classes of assets ({unit})"));
        let series = vec![Series {
            name: field.label.clone(),
            fill: Fill::Hatched(BARS[0]),
            values: classes.iter().map(|(_, formula, value)| (formula.clone(), *value)).collect(),
        }];
        let labels: Vec<String> = classes.into_iter().map(|(label, _, _)| label).collect();
        self.add(ChartType::Bar, &title, &labels, &series)
    }

    /// Writes a block of the hidden sheet and the chart over it.
    fn add(
        &mut self,
        kind: ChartType,
        title: &str,
        labels: &[String],
        series: &[Series],
    ) -> Result<(), XlsxError> {
        let (work, top) = (self.work, self.row + 1);
        // Bars are drawn from below: the first is written last.
        let lying = matches!(kind, ChartType::Bar | ChartType::BarStacked);
        let order = |at: usize| if lying { labels.len() - 1 - at } else { at };
        let last = top + labels.len() as u32 - 1;
        self.sheet.write_string(self.row, 0, title)?;
        for (at, label) in labels.iter().enumerate() {
            self.sheet.write_string(top + order(at) as u32, 0, label)?;
        }
        let name = sheet_name(work);
        let mut chart = Chart::new(kind);
        chart.title().set_name(title).set_font(&font(work, 12));
        for (column, one) in (1_u16..).zip(series) {
            self.sheet.write_string(self.row, column, &one.name)?;
            for (at, (formula, value)) in one.values.iter().enumerate() {
                let row = top + order(at) as u32;
                let show = match formula {
                    Some(formula) => Show::live(formula.clone(), *value),
                    None => Show::Number(*value),
                };
                super::page::put(&mut self.sheet, row, column, &show)?;
            }
            let mut label = ChartDataLabel::new();
            label.show_value().set_num_format("#,##0.##;-#,##0.##;;").set_font(&font(work, 8));
            let drawn = chart
                .add_series()
                .set_name(&one.name)
                .set_categories((name, top, 0, last, 0))
                .set_values((name, top, column, last, column))
                .set_format(&mut format(work, one.fill))
                .set_gap(60);
            match one.fill {
                Fill::None => drawn.delete_from_legend(true),
                _ => drawn.set_data_label(&label),
            };
        }
        chart.x_axis().set_font(&font(work, 9));
        chart.y_axis().set_font(&font(work, 9));
        if !lying {
            chart.y_axis().set_num_format("#,##0");
        }
        if series.len() > 1 {
            chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font(work, 9));
        } else {
            chart.legend().set_hidden();
        }
        chart.show_hidden_data().set_alt_text(title);
        self.charts.push(chart);
        self.row = last + 2;
        Ok(())
    }
}

/// Items of the highest level below the total, with their figure: what the total is made of.
fn classes(work: &Work, table: &Table, column: u32) -> Vec<(String, Option<String>, Decimal)> {
    let items = || {
        let data =
            |line: &&crate::model::Line| matches!(line.role, LineRole::Item | LineRole::Subtotal);
        table.lines.iter().filter(data)
    };
    let Some(level) = items().map(|line| line.level).min() else { return Vec::new() };
    items()
        .filter(|line| line.level == level)
        .filter_map(|line| {
            let cell = CellRef::new(line.row, column);
            let place = Place { file: table.file, sheet: table.sheet, cell };
            let value = work.packet().figure(place, Some(table.id)).number()?;
            let operand = Operand { place, table: Some(table.id), coefficient: 1 };
            let formula = work.layout.reference(work.packet(), &operand);
            (!value.is_zero()).then(|| (line.name.chars().take(16).collect(), formula, value))
        })
        .take(ROOM)
        .collect()
}

fn font(work: &Work, size: u32) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_name(&work.style.body_font).set_size(size);
    font
}

fn format(work: &Work, fill: Fill) -> ChartFormat {
    let mut format = ChartFormat::new();
    let mut line = ChartLine::new();
    line.set_color(work.style.ink).set_width(0.75);
    match fill {
        Fill::None => format.set_no_fill().set_no_border(),
        Fill::Solid(colour) => {
            format.set_solid_fill(ChartSolidFill::new().set_color(colour)).set_border(&line)
        }
        Fill::Hatched(colour) => format
            .set_pattern_fill(
                ChartPatternFill::new()
                    .set_pattern(ChartPatternFillType::DiagonalStripesWideUpwards)
                    .set_foreground_color(colour)
                    .set_background_color(Color::White),
            )
            .set_border(&line),
    };
    format
}
