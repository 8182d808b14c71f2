//! The bounds against hostile files, as options. Refusals name them, so their names are part of the messages.

#[cfg(feature = "serve")]
use std::{ffi::OsString, time::Duration};

use clap::Args;

use super::words::say;
use crate::read::Limits;
#[cfg(feature = "serve")]
use crate::web::bounds::{self, Bounds};

/// One option a limit; what is not given keeps its default.
#[expect(clippy::struct_field_names, reason = "the names of the options, as they are typed")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct LimitArgs {
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("大小", "SIZE"),
        value_parser = size,
        help = say("单个文件的大小上限（默认 256MiB，网页 64MiB）", "the largest file (default 256MiB, on the page 64MiB)"),
    )]
    max_file: Option<u64>,
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("大小", "SIZE"),
        value_parser = size,
        help = say("解压后的总大小上限（默认 2GiB，网页 512MiB）", "the most bytes of a file once inflated (default 2GiB, on the page 512MiB)"),
    )]
    max_inflated: Option<u64>,
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("大小", "SIZE"),
        value_parser = size,
        help = say("压缩包内单个部件解压后的大小上限（默认 1GiB，网页 256MiB）", "the largest part of a file once inflated (default 1GiB, on the page 256MiB)"),
    )]
    max_part: Option<u64>,
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("个数", "N"),
        help = say("压缩包内部件个数上限（默认 4096）", "the most parts of a file (default 4096)"),
    )]
    max_parts: Option<u64>,
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("层数", "N"),
        help = say("XML 元素嵌套层数上限（默认 256）", "the deepest nesting of XML elements (default 256)"),
    )]
    max_depth: Option<u32>,
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("个数", "N"),
        help = say("单元格个数上限（默认 50000000，网页 5000000）", "the most cells of a file (default 50000000, on the page 5000000)"),
    )]
    max_cells: Option<u64>,
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("个数", "N"),
        help = say("共享字符串个数上限（默认 4000000）", "the most shared strings of a file (default 4000000)"),
    )]
    max_strings: Option<u64>,
    #[arg(
        long,
        hide_short_help = true,
        help_heading = heading(),
        value_name = say("个数", "N"),
        help = say("每张工作表的批注个数上限（默认 10000）", "the most notes of a sheet (default 10000)"),
    )]
    max_notes: Option<u64>,
}

impl LimitArgs {
    /// Whether any of them was given.
    pub(super) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// What the reader keeps to.
    pub(super) fn limits(&self) -> Limits {
        self.over(&Limits::default())
    }

    /// What the reader keeps to, where other limits than the usual ones are the default.
    pub(super) fn over(&self, default: &Limits) -> Limits {
        Limits {
            container: self.max_file.unwrap_or(default.container),
            inflated: self.max_inflated.unwrap_or(default.inflated),
            part: self.max_part.unwrap_or(default.part),
            parts: self.max_parts.unwrap_or(default.parts),
            depth: self.max_depth.unwrap_or(default.depth),
            cells: self.max_cells.unwrap_or(default.cells),
            likely: self.max_cells.is_none(),
            strings: self.max_strings.unwrap_or(default.strings),
            notes: self.max_notes.unwrap_or(default.notes),
        }
    }

    /// The same options as arguments, for a child that reads in our place.
    #[cfg(feature = "serve")]
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let given = [
            ("--max-file", self.max_file),
            ("--max-inflated", self.max_inflated),
            ("--max-part", self.max_part),
            ("--max-parts", self.max_parts),
            ("--max-depth", self.max_depth.map(u64::from)),
            ("--max-cells", self.max_cells),
            ("--max-strings", self.max_strings),
            ("--max-notes", self.max_notes),
        ];
        given
            .into_iter()
            .filter_map(|(option, value)| Some([option.into(), value?.to_string().into()]))
            .flatten()
            .collect()
    }
}

/// The bounds of the child process in which one packet is checked.
#[cfg(feature = "serve")]
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct ChildArgs {
    #[arg(
        long,
        value_name = say("大小", "SIZE"),
        value_parser = size,
        help = say("核对一套材料最多用多少内存（默认 1536MiB）", "memory that the check of one packet may take (default 1536MiB)"),
    )]
    memory: Option<u64>,
    #[arg(
        long,
        value_name = say("秒", "SECONDS"),
        help = say("一套材料最多核对多少秒（watch 默认 600，serve 默认 60）", "seconds that the check of one packet may take (watch: 600 by default, serve: 60)"),
    )]
    timeout: Option<u64>,
}

#[cfg(feature = "serve")]
impl ChildArgs {
    /// Bytes of memory, and time.
    pub(super) fn bounds(self, timeout: Duration) -> Bounds {
        Bounds {
            memory: self.memory.unwrap_or(bounds::MEMORY),
            patience: self.timeout.map_or(timeout, Duration::from_secs),
        }
    }

    /// The same options as arguments of the child.
    pub(super) fn arguments(bounds: Bounds) -> [OsString; 4] {
        let (memory, seconds) = (bounds.memory.to_string(), bounds.patience.as_secs().to_string());
        ["--memory".into(), memory.into(), "--timeout".into(), seconds.into()]
    }
}

fn heading() -> &'static str {
    say(
        "读取的上限（防范损坏或恶意的文件）",
        "Limits of reading (against damaged or hostile files)",
    )
}

/// Bytes: `1048576`, `512KiB`, `64M`, `2GiB`; K, M and G are powers of 1024 whatever follows them.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(say("写成 512MiB、2GiB 这样", "write it as 512MiB or 2GiB").to_owned()),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| say("写成 512MiB、2GiB 这样", "write it as 512MiB or 2GiB").to_owned())
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in
            [("7", 7), ("7B", 7), ("512KiB", 512 << 10), ("64 M", 64 << 20), ("2gb", 2 << 30)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in
            ["", "MiB", "-1", "1.5GiB", "2TiB", "99999999999999999999", "18446744073709551615K"]
        {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
