//! The forty rules that keep Excel from refusing or "repairing" a workbook, as checks that name the rule broken.
//!
//! [`verify`] reads a whole workbook. [`verify_copy`] checks what we wrote against what we were given, before it is
//! put in its place: each untouched part the same, each touched part the same again when our bytes are taken out, and
//! the rules for all that our bytes are part of. Rows that we did not touch are not read again for the rules: they are
//! the submitter's, to the byte.
//!
//! Each rule is here because a workbook that broke it was refused or repaired by Excel; the validator of Microsoft's own
//! SDK finds about half of such files. Rules about how to patch (copy the start tag, never rewrite values) are checked
//! on copies only, where they mean something.

mod book;
mod copy;
mod notes;
mod parts;
mod sheet;
mod styles;
mod zip;

use std::collections::{BTreeMap, BTreeSet};

use super::container::Archive;
use super::package::{Book, Package, Relationship};
use super::undo::Part;
use super::{WriteError, xml};
use crate::model::{CellRef, Range, Text};

/// A rule that a workbook breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The rule's number.
    pub rule: u8,
    /// The part.
    pub part: String,
    /// What exactly: names, cells, numbers.
    pub detail: String,
}

impl Breach {
    /// The rule's short name.
    pub fn name(&self) -> &'static str {
        RULES.iter().find(|(number, ..)| *number == self.rule).map_or("", |(_, name, ..)| name)
    }

    /// What the rule asks for.
    pub fn title(&self) -> Text {
        RULES
            .iter()
            .find(|(number, ..)| *number == self.rule)
            .map_or_else(Text::default, |(_, _, zh, en)| Text::new(*zh, *en))
    }
}

/// The rules: number, name, what it asks for in both languages.
pub const RULES: [(u8, &str, &str, &str); 40] = [
    (
        1,
        "entry-names",
        "压缩包内条目不重名、不重叠，头信息一致",
        "entries are unique, do not overlap, and agree with their headers",
    ),
    (2, "content-types", "每个部件都有正确的内容类型", "every part has its content type"),
    (
        3,
        "relationships",
        "关系的目标存在，标识唯一且有定义",
        "relationship targets exist, ids are unique and defined",
    ),
    (4, "main-part", "能找到工作簿主部件", "the workbook part is found"),
    (5, "zip-form", "压缩方式、大小与校验和正确", "methods, sizes and checksums are right"),
    (6, "entry-order", "副本保持条目顺序", "a copy keeps the order of entries"),
    (7, "sheet-names", "工作表编号和名称合法且唯一", "sheet ids and names are valid and unique"),
    (8, "local-sheet-id", "名称所指的工作表序号存在", "localSheetId is in range"),
    (9, "active-sheet", "活动工作表存在且可见", "the active sheet exists and is visible"),
    (
        10,
        "defined-names",
        "定义名称不重复，工作簿元素次序正确",
        "defined names are unique, the workbook's elements in order",
    ),
    (11, "locked-structure", "结构受保护时不增加工作表", "no sheet is added to a locked structure"),
    (12, "read-only-hint", "保留只读建议与文件属性", "read-only hints and properties stay"),
    (13, "dialect", "各部件使用同一种命名空间", "all parts speak one dialect"),
    (14, "macros", "宏部件不变", "macro parts stay"),
    (15, "signature", "没有失效的数字签名", "no broken signature"),
    (16, "encryption", "文件未加密", "the file is not encrypted"),
    (17, "cell-order", "行和单元格次序递增且在表内", "rows and cells ascend and lie on the grid"),
    (18, "implied-places", "未写地址的行、单元格不改地址", "cells without an address keep none"),
    (19, "spans", "spans 不排除已有单元格", "spans do not deny a cell that is there"),
    (20, "only-style", "副本只改样式序号", "a copy changes style indexes only"),
    (21, "shared-strings", "共享字符串序号存在", "shared string indexes are in range"),
    (
        22,
        "text-length",
        "文字不过长、无非法字符",
        "texts are not too long and hold no illegal characters",
    ),
    (23, "merged-cells", "合并区域不重叠", "merged ranges do not overlap"),
    (24, "dimension", "表区域写法合法", "the dimension is a range"),
    (
        25,
        "tables",
        "表格标题、编号、名称一致且唯一",
        "tables have unique ids and names, and headers that match",
    ),
    (
        26,
        "conditional-formats",
        "条件格式的优先级与格式序号合法",
        "conditional formats have valid priorities and formats",
    ),
    (27, "date-system", "日期系统不变", "the date system stays"),
    (
        28,
        "calculation-chain",
        "计算链只列有公式的单元格",
        "the calculation chain lists formula cells only",
    ),
    (
        29,
        "ignorable-prefixes",
        "mc:Ignorable 的前缀都有声明",
        "prefixes of mc:Ignorable are declared",
    ),
    (
        30,
        "style-lists",
        "样式表各列表次序与数量正确",
        "the lists of the style sheet are in order and counted",
    ),
    (31, "style-indexes", "样式序号都存在", "style indexes are in range"),
    (32, "default-styles", "行列默认样式存在", "row and column styles exist"),
    (33, "comments", "批注作者存在，每格一条", "comments have an author, one a cell"),
    (34, "comment-drawing", "批注与其图形部件成对", "comments and their drawing come together"),
    (35, "element-order", "工作表元素次序正确", "the sheet's elements are in order"),
    (36, "shape-ids", "图形编号在工作簿内唯一", "shape ids are unique in the workbook"),
    (37, "note-shapes", "每条批注有对应图形", "each note has its shape"),
    (38, "threaded-comments", "会话批注完整且不变", "threaded comments are whole and stay"),
    (39, "well-formed", "XML 格式良好", "XML is well-formed"),
    (
        40,
        "round-trip",
        "去掉标注后各部件与原文件逐字节相同",
        "without our marks every part is that of the original",
    ),
];

/// Checks a whole workbook against the rules.
///
/// # Errors
/// When the file is no OOXML workbook at all.
pub fn verify(bytes: &[u8]) -> Result<Vec<Breach>, WriteError> {
    super::refuse_compound(bytes)?;
    let mut findings = Findings::default();
    let Ok(archive) = Archive::open(bytes) else {
        findings.add(5, "", "zip");
        return Ok(findings.sorted());
    };
    zip::check(&archive, &mut findings);
    // Our own copies are held to more than Excel asks for.
    let record = super::xlsx::record(&archive);
    let inserted = record.as_ref().map(insertions).unwrap_or_default();
    check(&archive, None, record.is_some(), inserted, &mut findings);
    Ok(findings.sorted())
}

/// Checks a copy against its original: what [`verify`] checks, where our bytes are, and that nothing else changed.
///
/// # Errors
/// When either is no OOXML workbook at all.
pub fn verify_copy(original: &[u8], copy: &[u8]) -> Result<Vec<Breach>, WriteError> {
    verify_copy_of(&Archive::open(original)?, copy)
}

/// The same where the original is open already.
pub(super) fn verify_copy_of(before: &Archive<'_>, copy: &[u8]) -> Result<Vec<Breach>, WriteError> {
    let mut findings = Findings::default();
    let after = Archive::open(copy)?;
    zip::check(&after, &mut findings);
    let changed = copy::check(before, &after, &mut findings);
    if super::ods::is_ods(&after) {
        parts::well_formed(&after, &changed, &mut findings);
        return Ok(findings.sorted());
    }
    let inserted = super::xlsx::record(&after).as_ref().map(insertions).unwrap_or_default();
    check(&after, Some(&changed), true, inserted, &mut findings);
    let found = findings.sorted();
    if found.is_empty() {
        return Ok(found);
    }
    // What the original breaks is the original's.
    let mut known = Findings::default();
    zip::check(before, &mut known);
    check(before, None, true, Inserted::new(), &mut known);
    let known: BTreeSet<Breach> = known.all.into_iter().collect();
    Ok(found.into_iter().filter(|breach| !known.contains(breach)).collect())
}

/// For each part that changed, by lower-case name, where our bytes are.
type Changed = BTreeMap<String, Touched>;

/// A part that our bytes are in.
#[derive(Debug, Default)]
struct Touched {
    spans: Vec<std::ops::Range<u64>>,
    /// For a sheet, which is turned back while it is checked: how, and what must come out.
    back: Option<Part>,
}

/// Where bytes of ours were put in, by the lower-case name of the part.
type Inserted = BTreeMap<String, Vec<std::ops::Range<u64>>>;

fn insertions(record: &super::undo::Record) -> Inserted {
    let spans = |part: &Part| part.cuts.iter().map(|cut| cut.at..cut.at + cut.take).collect();
    record.parts.iter().map(|(name, part)| (name.to_ascii_lowercase(), spans(part))).collect()
}

/// Collects breaches; a part with thousands of one kind is told of a few times only.
#[derive(Debug, Default)]
struct Findings {
    breaches: Vec<Breach>,
    /// All of them, for the comparison of copy and original.
    all: Vec<Breach>,
    counts: BTreeMap<(u8, String), u32>,
}

impl Findings {
    fn add(&mut self, rule: u8, part: &str, detail: impl Into<String>) {
        let count = self.counts.entry((rule, part.to_owned())).or_insert(0);
        *count += 1;
        let breach = Breach { rule, part: part.to_owned(), detail: detail.into() };
        if *count <= 5 {
            self.breaches.push(breach.clone());
        }
        if *count <= 100_000 {
            self.all.push(breach);
        }
    }

    fn sorted(mut self) -> Vec<Breach> {
        self.breaches.sort();
        self.breaches.dedup();
        self.breaches
    }
}

/// What sheets need to know of the rest of the workbook.
#[derive(Debug, Default)]
struct Facts {
    /// Cell formats.
    formats: Option<u32>,
    /// Differential formats.
    differential: u32,
    /// Shared strings; `None` where there is no such part.
    strings: Option<u32>,
    /// Strict OOXML.
    strict: bool,
    /// A copy of ours: what other writers get wrong without harm counts, too.
    ours: bool,
    /// Where a copy of ours has bytes of ours.
    inserted: Inserted,
    /// Cells of the calculation chain, by sheet id.
    chain: BTreeMap<u32, BTreeSet<CellRef>>,
    /// Header texts of shared strings, where a table needs them.
    texts: Vec<String>,
}

/// A part by its name, as the checks see the package.
struct View<'a> {
    archive: &'a Archive<'a>,
    package: Package<'a>,
}

impl View<'_> {
    fn read(&self, part: &str) -> Option<Vec<u8>> {
        self.archive.read(self.archive.find(part)?).ok()
    }

    fn related(&self, part: &str) -> Vec<Relationship> {
        self.package.relationships(part).unwrap_or_default()
    }
}

fn check(
    archive: &Archive<'_>,
    changed: Option<&Changed>,
    ours: bool,
    inserted: Inserted,
    findings: &mut Findings,
) {
    let view = View { archive, package: Package::new(archive) };
    parts::check(&view, changed, findings);
    let book = match Book::open(&view.package) {
        Ok(book) => book,
        Err(error) => {
            findings.add(4, "", error.message.en);
            return;
        }
    };
    let mut facts = Facts { strict: book.strict, ours, inserted, ..Facts::default() };
    book::check(&view, &book, &mut facts, findings);
    styles::check(&view, &book, &mut facts, findings);
    if changed.is_none() {
        book::strings(&view, &book, &mut facts, findings);
        book::chain(&view, &book, &mut facts, findings);
    }
    let mut tables = sheet::Tables::default();
    let mut shapes = notes::Shapes { ours, ..notes::Shapes::default() };
    for entry in &book.sheets {
        if !entry.worksheet || archive.find(&entry.part).is_none() {
            continue;
        }
        let related = view.related(&entry.part);
        let ours = changed.map(|changed| changed.get(&entry.part.to_ascii_lowercase()));
        let seen = match ours {
            // An untouched sheet of a copy is its submitter's; its notes still have to be whole.
            Some(None) if !touched(changed, &related) => continue,
            Some(None) => sheet::check(&view, entry, &facts, Some(&Touched::default()), findings),
            Some(Some(cuts)) => sheet::check(&view, entry, &facts, Some(cuts), findings),
            None => sheet::check(&view, entry, &facts, None, findings),
        };
        if changed.is_none() {
            sheet::tables(&view, entry, &related, &seen, &facts, &mut tables, findings);
        }
        notes::check(&view, entry, &related, &seen, &mut shapes, findings);
    }
    notes::ids(&view, findings);
}

fn touched(changed: Option<&Changed>, related: &[Relationship]) -> bool {
    changed.is_some_and(|changed| {
        related
            .iter()
            .any(|relationship| changed.contains_key(&relationship.target.to_ascii_lowercase()))
    })
}

/// What a sheet's own check found that others need.
#[derive(Debug, Default)]
struct Seen {
    legacy_drawing: Option<String>,
    merges: Vec<Range>,
    /// Texts of the cells that tables have as headers: inline or formula strings.
    headers: BTreeMap<CellRef, Header>,
}

/// The text of a header cell.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Header {
    Text(String),
    Shared(u32),
}

/// A whole part as tags, for small parts that are known to be well-formed.
fn each(bytes: &[u8]) -> xml::Tags<'_> {
    xml::tags(bytes)
}
