//! Findings → SARIF 2.1.0, the format that code hosts and editors read.
//!
//! A workbook is an artifact, a cell a logical location of kind `cell`. Hosts that show results only on lines get the
//! cell's row as a line. What could not be read is a notification of the run, so that no reader takes silence for a pass.

use std::collections::BTreeMap;
use std::io;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::clean;
use super::fingerprint;
use super::output::Output;
use crate::model::{Finding, InputFile, Language, Place, Report, RuleCard, Severity};

pub(super) static OUTPUT: Output = Output {
    name: "sarif",
    about: ["供代码平台读取", "for code hosts"],
    on_screen: false,
    write: |report, wanted, mut out| write(report, wanted.style.language, &mut out),
};

/// Writes the log.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report, language: Language, out: &mut impl io::Write) -> io::Result<()> {
    clean::write_json(&log(report, language), out)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    language: &'static str,
    column_kind: &'static str,
    invocations: [Invocation<'a>; 1],
    artifacts: Vec<Artifact<'a>>,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    id: &'a str,
    name: &'a str,
    short_description: Message<'a>,
    full_description: OwnedMessage,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Message<'a>,
    locations: [Location<'a>; 1],
}

#[derive(Serialize)]
struct Artifact<'a> {
    location: ArtifactLocation,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    hashes: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: OwnedMessage,
    locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    /// Of every result or of none, as the standard asks; empty where nobody explained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<Explained>>,
}

#[derive(Serialize)]
struct Explained {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
struct OwnedMessage {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are SARIF's")]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation<'a> {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decorated_name: Option<&'a str>,
}

fn log(report: &Report, language: Language) -> Log<'_> {
    let rules: Vec<&RuleCard> = report.rules.values().collect();
    let names = fingerprint::all(report);
    let readable = report.packet.files.iter().any(|file| file.error.is_none());
    Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "gouji",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.iter().map(|card| descriptor(card, language)).collect(),
                },
            },
            language: match language {
                Language::Zh => "zh-CN",
                Language::En => "en-US",
            },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: readable,
                tool_execution_notifications: notifications(report, language),
            }],
            artifacts: report.packet.files.iter().map(artifact).collect(),
            results: report
                .findings
                .iter()
                .zip(names)
                .enumerate()
                .map(|(at, (finding, name))| Outcome {
                    suppressions: suppressions(report, at),
                    ..result(report, &rules, finding, name, language)
                })
                .collect(),
        }],
    }
}

fn descriptor(card: &RuleCard, language: Language) -> Descriptor<'_> {
    Descriptor {
        id: &card.code,
        name: &card.name,
        short_description: Message { text: card.title(language) },
        full_description: OwnedMessage { text: card.docs(language) },
        default_configuration: Configuration { level: level(card.severity) },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn notifications(report: &Report, language: Language) -> Vec<Notification<'_>> {
    let mut told = Vec::new();
    for (id, file) in report.packet.files.iter().enumerate() {
        let sheets = file.workbook.iter().flat_map(|workbook| &workbook.refused_sheets);
        for error in file.error.iter().chain(sheets.map(|sheet| &sheet.error)) {
            told.push(Notification {
                level: "error",
                message: Message { text: error.message.get(language) },
                locations: [Location {
                    id: None,
                    physical_location: PhysicalLocation {
                        artifact_location: ArtifactLocation {
                            uri: uri(&file.path),
                            index: Some(id as u32),
                        },
                        region: None,
                    },
                    logical_locations: Vec::new(),
                }],
            });
        }
    }
    told
}

fn artifact(file: &InputFile) -> Artifact<'_> {
    let hash = Some(file.sha256.as_str()).filter(|hash| !hash.is_empty());
    Artifact {
        location: ArtifactLocation { uri: uri(&file.path), index: None },
        hashes: hash.map(|hash| ("sha-256", hash)).into_iter().collect(),
    }
}

fn result<'a>(
    report: &'a Report,
    rules: &[&RuleCard],
    finding: &'a Finding,
    name: String,
    language: Language,
) -> Outcome<'a> {
    let mut text = finding.message.get(language).to_owned();
    if let Some(cause) = finding.diagnoses.first() {
        text.push('\n');
        text.push_str(cause.text.get(language));
    }
    let locations = match (finding.place, finding.file) {
        (Some(place), _) => vec![location(report, place, None)],
        (None, Some(file)) => vec![whole(report, file)],
        (None, None) => {
            (0..report.packet.files.len() as u32).map(|file| whole(report, file)).collect()
        }
    };
    let related = finding.related.iter().enumerate();
    Outcome {
        rule_id: &finding.rule,
        rule_index: rules.iter().position(|card| card.code == finding.rule),
        level: level(finding.severity),
        message: OwnedMessage { text },
        locations,
        related_locations: related
            .map(|(at, place)| location(report, *place, Some(at + 1)))
            .collect(),
        partial_fingerprints: BTreeMap::from([("gouji/v1", name)]),
        suppressions: None,
    }
}

fn suppressions(report: &Report, at: usize) -> Option<Vec<Explained>> {
    let said = report.suppressed.get(&(at as u32)).map(|said| Explained {
        kind: "external",
        status: "accepted",
        justification: said.told(),
    });
    (!report.suppressed.is_empty()).then(|| said.into_iter().collect())
}

fn whole(report: &Report, file: u32) -> Location<'_> {
    Location {
        id: None,
        physical_location: physical(report, file, None),
        logical_locations: Vec::new(),
    }
}

fn location(report: &Report, place: Place, id: Option<usize>) -> Location<'_> {
    let sheet = report.packet.sheet_name(place);
    let cell = place.cell.to_string();
    let qualified = sheet.map_or_else(|| cell.clone(), |sheet| format!("{sheet}!{cell}"));
    Location {
        id,
        physical_location: physical(report, place.file, Some(place.cell.row + 1)),
        logical_locations: vec![LogicalLocation {
            name: cell,
            fully_qualified_name: qualified,
            kind: "cell",
            decorated_name: sheet,
        }],
    }
}

fn physical(report: &Report, file: u32, line: Option<u32>) -> PhysicalLocation {
    let path = report.packet.files.get(file as usize).map_or("", |file| file.path.as_str());
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri(path), index: Some(file) },
        region: line.map(|start_line| Region { start_line }),
    }
}

/// A path as a URI reference: `报送/表 1.xlsx` → `%E6…/%E8…%201.xlsx`.
fn uri(path: &str) -> String {
    /// All but what a path is made of.
    const NO_PATH: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'/')
        .remove(b'!');
    // A name with a colon in front of the first slash would read as a scheme.
    let first = path.split('/').next().unwrap_or_default();
    let here = if first.contains(':') { "./" } else { "" };
    format!("{here}{}", utf8_percent_encode(path, NO_PATH))
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a/表 1.xlsx"), "a/%E8%A1%A8%201.xlsx");
        assert_eq!(uri("a:b.xlsx"), "./a%3Ab.xlsx");
        assert_eq!(uri("存档.zip!/a.xls"), "%E5%AD%98%E6%A1%A3.zip!/a.xls");
    }
}
