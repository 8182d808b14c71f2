//! The kinds of rows and their columns: the contract of the data, from which `datapackage.json` and the Parquet schema come.

/// The version of the columns; raised when one changes its meaning or goes.
pub const VERSION: u32 = 1;

/// The kinds of rows, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sheaf {
    /// One row a file, refused ones too.
    Files,
    /// One row a table.
    Tables,
    /// One row a line of a table.
    Lines,
    /// One row a number.
    Facts,
    /// One row a check.
    Checks,
    /// One row a finding.
    Findings,
    /// One row a file that a run found, before any is read: no part of the dataset, but what it was made from.
    Manifest,
}

/// What a column holds. Every column but the first may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// UTF-8.
    Text,
    /// A decimal of up to 38 digits, 18 of them behind the point.
    Number,
    /// A whole number.
    Count,
    /// Yes or no.
    Truth,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// What it means, in Chinese.
    pub about: &'static str,
}

const fn text(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text, about }
}

const fn number(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: ColumnKind::Number, about }
}

const fn count(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: ColumnKind::Count, about }
}

const fn truth(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: ColumnKind::Truth, about }
}

const FILE: Column = text("file_id", "文件：路径的 SHA-256 的前 16 位，路径不变则不变");
const TABLE: Column = count("table_id", "文件内的表序号，从 0 起");
const LINE: Column = count("line_id", "行：工作表的行号，从 1 起");
const SHEET: Column = text("sheet", "工作表；csv 没有");
const CELL: Column = text("cell", "单元格");

const FILES: &[Column] = &[
    FILE,
    text("path", "路径，/ 分隔；压缩包成员为 archive.zip!/path；不是文字的字节写作 %XX"),
    text("path_bytes", "路径不是 UTF-8 时，它的字节（十六进制）"),
    text("format", "按内容判断的格式"),
    count("bytes", "大小，字节"),
    text("sha256", "内容的 SHA-256"),
    text("duplicate_of", "内容与哪个文件（file_id）逐字节相同；数据只在那个文件下"),
    text(
        "status",
        "read 全部读取，partial 部分工作表未读，refused 未能读取，killed 超限中止，duplicate 与另一文件相同",
    ),
    text("error_code", "未能读取的原因代码"),
    text("error_message", "原因"),
    text("error_hint", "可以怎么办"),
    text("entity", "单位（机构）"),
    text(
        "entity_source",
        "单位的依据：cell 单元格，title 标题，sheet 工作表名，file 文件名，folder 文件夹名",
    ),
    count("year", "年度"),
    text("year_source", "年度的依据，同 entity_source"),
    count("sheets", "读到的工作表数"),
    count("refused_sheets", "未能读的工作表数"),
    count("tables", "表数"),
    count("numbers", "表中数字的个数"),
    count("checked", "其中参与核对的个数"),
    count("holds", "相符的核对"),
    count("rounding", "尾差"),
    count("fails", "不符"),
    count("unverifiable", "未能核对"),
    count("errors", "错误"),
    count("warnings", "核实"),
    count("infos", "提示"),
    text("remarks", "读取时的说明"),
];

const TABLES: &[Column] = &[
    FILE,
    TABLE,
    SHEET,
    text("range", "单元格区域"),
    text("title", "标题"),
    text("kind", "表种；未识别为空"),
    text("unit", "金额单位"),
    count("year", "年度；表上没有时用文件的"),
    text("year_source", "年度的依据：cell title sheet file folder"),
    text("entity", "单位（机构）；表上没有时用文件的"),
    text("entity_source", "单位的依据"),
    count("lines", "数据行数"),
    count("fields", "数字列数"),
    count("numbers", "数字个数"),
];

const LINES: &[Column] = &[
    FILE,
    TABLE,
    LINE,
    text("label", "行名，原样"),
    text("name", "去掉编号和“其中”的行名"),
    text("path", "从最外层到本行的行名，以 / 相连；合并的单元格向下带到每一行"),
    text("role", "item 明细，subtotal 小计，total 合计，of_which 其中，section 分段标题"),
    count("level", "层次，0 为最外"),
    count("parent_line", "所属的上级行（line_id）"),
    truth("is_leaf", "是否为末级：只加末级的行，每个数只算一次"),
    text("code", "代码，原样"),
    text("function_code", "支出功能分类科目编码"),
    text("economic_code", "支出经济分类科目编码"),
    text("project_code", "项目编码"),
    text("region_code", "行政区划代码"),
    text("entity", "本行的单位：行上的预算单位、主管部门等列，没有则为表的"),
    text("texts", "本行的文字列，JSON：表头 → 文字，合并的单元格向下带到每一行"),
    text("label_cell", "行名所在的单元格"),
];

const FACTS: &[Column] = &[
    FILE,
    TABLE,
    LINE,
    text("field_id", "列：工作表的列标（C）"),
    SHEET,
    CELL,
    text("raw", "文字单元格的原文；数字单元格存储的数"),
    number("value", "数值，以 unit 为单位；百分比为小数"),
    text("unit", "该数的单位；百分比为 1；没有注明为空"),
    number("value_yuan", "折合成元；不是金额、或没有注明单位的为空"),
    count("decimals", "印出的小数位数"),
    truth("stored_as_text", "数字存成了文字"),
    text("line", "行名"),
    text("line_path", "行名的路径，同 lines.path"),
    text("line_role", "同 lines.role"),
    truth("is_leaf", "行为末级，且列不是别的列之和"),
    text("field", "列名"),
    text("field_path", "多层表头，以 / 相连"),
    text("field_role", "amount 金额，percent 比率，quantity 数量"),
    text("field_name", "表种里的字段名"),
    truth("field_is_total", "该列是表中其他列之和"),
    text(
        "stage",
        "资金环节：initial 年初，adjustment 调整，adjusted 调整后，budget 预算（未说明年初或调整后），executed 支出，carried_in 上年结转，carried_over 结转下年；按行、列、标题的用词，没有说的为空",
    ),
    count("stage_sign", "调整的方向：1 调增，-1 调减；其他环节为空"),
    text("kind", "表种"),
    count("year", "年度：行、列的（2021年债务限额及其下各行为 2021），没有则为表的、文件的"),
    text("entity", "单位：行的，没有则为表的、文件的"),
];

const CHECKS: &[Column] = &[
    FILE,
    count("check_id", "文件内的核对序号，与 gouji check --format json 的 id 相同"),
    count("table_id", "目标所在的表"),
    LINE,
    text("field_id", "目标所在的列"),
    text("rule", "规则代码"),
    text("origin", "依据的来源"),
    text("operation", "算式"),
    text(
        "outcome",
        "holds 相符，rounding 尾差，fails 不符，unverifiable 未能核对，inapplicable 不适用",
    ),
    SHEET,
    CELL,
    text("label", "行名 / 列名"),
    text("unit", "单位"),
    number("stated", "申报数"),
    number("computed", "核对数"),
    number("difference", "相差"),
    number("tolerance", "容差"),
    text("terms", "系数*'工作表'!单元格，以空格相连"),
];

const FINDINGS: &[Column] = &[
    FILE,
    count("finding_id", "文件内的序号，从 0 起"),
    count("check_id", "对应的核对；非算术的为空"),
    count("table_id", "所在的表"),
    LINE,
    text("rule", "规则代码"),
    text("severity", "error 错误，warning 核实，info 提示"),
    SHEET,
    CELL,
    text("label", "行名 / 列名"),
    text("line_path", "行名的路径"),
    text("keys", "填报人的关键列（项目编号、主管部门…），同 lines.texts"),
    text("unit", "单位"),
    number("stated", "申报数"),
    number("computed", "核对数"),
    number("difference", "相差"),
    text("message", "说明"),
    text("cause", "首要的疑似原因"),
    text("cause_kind", "原因的种类"),
    text("changes", "改动：单元格=值，以空格相连"),
];

const MANIFEST: &[Column] = &[
    FILE,
    text("path", "路径，同 files.path"),
    text("path_bytes", "路径不是 UTF-8 时，它的字节（十六进制）"),
    count("bytes", "大小，字节"),
    count("modified", "修改时间，1970 年起的微秒；压缩包成员为压缩包的"),
    text("duplicate_of", "内容与哪个文件（file_id）逐字节相同"),
    text("error_code", "不打开就知道不能读的原因代码"),
    text("chunk", "所在的批"),
    count("shard", "属于 --shard 的第几份，从 1 起"),
];

impl Sheaf {
    /// Those of a dataset.
    pub const ALL: [Self; 6] =
        [Self::Files, Self::Tables, Self::Lines, Self::Facts, Self::Checks, Self::Findings];

    /// The name of its output, without ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Tables => "tables",
            Self::Lines => "lines",
            Self::Facts => "facts",
            Self::Checks => "checks",
            Self::Findings => "findings",
            Self::Manifest => "manifest",
        }
    }

    /// What its rows are, in Chinese.
    pub fn about(self) -> &'static str {
        match self {
            Self::Files => "一行一个文件，未能读取的也在内",
            Self::Tables => "一行一个表",
            Self::Lines => "一行是表的一行",
            Self::Facts => "一行一个数字",
            Self::Checks => "一行一项核对",
            Self::Findings => "一行一处差异",
            Self::Manifest => "一行一个找到的文件",
        }
    }

    /// Its columns.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Files => FILES,
            Self::Tables => TABLES,
            Self::Lines => LINES,
            Self::Facts => FACTS,
            Self::Checks => CHECKS,
            Self::Findings => FINDINGS,
            Self::Manifest => MANIFEST,
        }
    }

    /// The columns that tell its rows apart.
    pub fn key(self) -> &'static [&'static str] {
        match self {
            Self::Files | Self::Manifest => &["file_id"],
            Self::Tables => &["file_id", "table_id"],
            Self::Lines => &["file_id", "table_id", "line_id"],
            Self::Facts => &["file_id", "table_id", "line_id", "field_id"],
            Self::Checks => &["file_id", "check_id"],
            Self::Findings => &["file_id", "finding_id"],
        }
    }

    /// The place of a column.
    ///
    /// # Panics
    /// Never for names that stand above; the tests call every use.
    pub fn column(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name == name)
    }
}

/// The columns as a Data Package (datapackage.org) describes them, for outputs of these endings.
pub fn datapackage(
    outputs: &[(Sheaf, String, &'static str)],
    more: &serde_json::Value,
) -> serde_json::Value {
    let resources: Vec<_> =
        outputs.iter().map(|(sheaf, path, format)| resource(*sheaf, path, format)).collect();
    serde_json::json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "gouji-dataset",
        "version": format!("{VERSION}.0.0"),
        "created_by": concat!("gouji ", env!("CARGO_PKG_VERSION")),
        "resources": resources,
        "gouji": more,
    })
}

fn resource(sheaf: Sheaf, path: &str, format: &str) -> serde_json::Value {
    let fields: Vec<_> = sheaf
        .columns()
        .iter()
        .map(|column| {
            let kind = match column.kind {
                ColumnKind::Text => "string",
                ColumnKind::Number => "number",
                ColumnKind::Count => "integer",
                ColumnKind::Truth => "boolean",
            };
            serde_json::json!({"name": column.name, "type": kind, "description": column.about})
        })
        .collect();
    let mut reference = Vec::new();
    if sheaf != Sheaf::Files {
        reference.push(serde_json::json!({
            "fields": ["file_id"],
            "reference": {"resource": format!("files-{format}"), "fields": ["file_id"]},
        }));
    }
    serde_json::json!({
        "name": format!("{}-{format}", sheaf.name()),
        "path": path,
        "format": format,
        "encoding": "utf-8",
        "description": sheaf.about(),
        "schema": {"fields": fields, "primaryKey": sheaf.key(), "foreignKeys": reference},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_keys_are_columns() {
        for sheaf in Sheaf::ALL {
            for (at, column) in sheaf.columns().iter().enumerate() {
                assert_eq!(sheaf.column(column.name), Some(at), "{}.{}", sheaf.name(), column.name);
                assert!(!column.about.is_empty());
            }
            assert!(sheaf.key().iter().all(|key| sheaf.column(key).is_some()));
        }
    }

    #[test]
    fn the_page_explains_every_column() {
        let page = include_str!("../../../docs/convert.md");
        for sheaf in Sheaf::ALL {
            let section = page.split("\n### ").find(|section| section.starts_with(sheaf.name()));
            let section = section.unwrap_or_else(|| panic!("docs/convert.md: {}", sheaf.name()));
            for column in sheaf.columns() {
                let named = format!("`{}`", column.name);
                assert!(section.contains(&named), "docs/convert.md: {}.{named}", sheaf.name());
            }
        }
    }
}
