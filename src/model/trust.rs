//! Which cells are believed before others, by the user's own word.

use super::packet::Packet;
use super::place::{Place, Range};

/// How much a cell is believed when figures disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustLevel {
    /// Less than others: typed detail, an estimate.
    Low,
    /// More than others: a ledger.
    High,
    /// It is right: no explanation changes it.
    Locked,
}

/// What a person says of some cells.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrustRule {
    /// Part of the file's path; any file when left out.
    #[serde(default)]
    pub file: Option<String>,
    /// The sheet's name; any sheet when left out.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The cells (`C5:C20`); all when left out.
    #[serde(default, deserialize_with = "range")]
    pub cells: Option<Range>,
    /// How much they are believed.
    pub level: TrustLevel,
}

/// All that a person says of cells; the last word on a cell counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust(pub Vec<TrustRule>);

impl Trust {
    /// How much a cell is believed; `None` where nobody said.
    pub fn level(&self, packet: &Packet, place: Place) -> Option<TrustLevel> {
        self.0.iter().rev().find(|rule| rule.is_about(packet, place)).map(|rule| rule.level)
    }
}

impl TrustRule {
    fn is_about(&self, packet: &Packet, place: Place) -> bool {
        let path = packet.files.get(place.file as usize).map(|file| file.path.as_str());
        let sheet = packet.sheet(place.file, place.sheet).map(|sheet| sheet.name.as_str());
        self.file.as_deref().is_none_or(|part| path.is_some_and(|path| path.contains(part)))
            && self.sheet.as_deref().is_none_or(|name| sheet == Some(name))
            && self.cells.is_none_or(|range| range.contains(place.cell))
    }
}

fn range<'d, D: serde::Deserializer<'d>>(deserializer: D) -> Result<Option<Range>, D::Error> {
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    let wrong =
        || serde::de::Error::custom(format!("`{text}` is no range of cells such as C5:C20"));
    text.parse().map(Some).map_err(|()| wrong())
}
