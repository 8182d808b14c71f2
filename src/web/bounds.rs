//! What a child that checks strangers' files may take, how its parent tells that it wanted more, and what then becomes
//! of the files.
//!
//! Linux bounds the memory that may be written, which counts neither reserved addresses nor the program itself. Elsewhere
//! (Windows has its job objects, but no safe library that sets their memory) the allocator itself counts. Where an
//! allocation fails, the standard library says so on standard error and aborts: no handler of ours can run then, so the
//! parent reads those words.
//!
//! A packet whose child died is tried file by file. Those on which the child dies again are refused like any file that
//! cannot be read, and the others are checked together.

use std::collections::BTreeMap;
#[cfg(feature = "serve")]
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{ReadError, ReadErrorCode, Text};

/// Bytes that a child may take, unless said otherwise.
pub const MEMORY: u64 = 1_536 << 20;
/// Trying the files of a packet alone may take this many times as long as a packet may.
pub const SEARCH: u32 = 4;

/// What the standard library prints before it aborts for want of memory.
const OUT_OF_MEMORY: &[u8] = b"memory allocation of ";

/// What a child may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of memory.
    pub memory: u64,
    /// Time, by the clock on the wall.
    pub patience: Duration,
}

/// How a child ended that did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Death {
    /// It wanted more memory than it may take.
    Memory,
    /// It took more time than it may take.
    Timeout,
    /// Anything else.
    Crashed,
}

/// The files of a packet on which a child died alone, by their place.
pub type Deaths = BTreeMap<usize, Death>;

impl Death {
    /// How it ended, by what it said on standard error.
    pub fn by_last_words(said: &[u8]) -> Self {
        let out_of_memory = said.windows(OUT_OF_MEMORY.len()).any(|window| window == OUT_OF_MEMORY);
        if out_of_memory { Self::Memory } else { Self::Crashed }
    }

    /// As a word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Timeout => "timeout",
            Self::Crashed => "crashed",
        }
    }

    /// Why nothing came of it.
    pub fn reason(self, bounds: Bounds) -> Text {
        let (memory, seconds) = (bounds.memory >> 20, bounds.patience.as_secs());
        match self {
            Self::Memory => Text::new(
                format!("核对时超过内存上限 {memory} MiB（--memory）"),
                format!("checking it needs more than {memory} MiB of memory (--memory)"),
            ),
            Self::Timeout => Text::new(
                format!("核对时超过时限 {seconds} 秒（--timeout）"),
                format!("checking it takes more than {seconds} seconds (--timeout)"),
            ),
            Self::Crashed => Text::new("核对程序意外中断", "the check broke"),
        }
    }

    /// The refusal of the file that it died of.
    pub fn refusal(self, bounds: Bounds) -> ReadError {
        let code = match self {
            Self::Memory => ReadErrorCode::TooLarge,
            Self::Timeout => ReadErrorCode::Timeout,
            Self::Crashed => ReadErrorCode::Crashed,
        };
        let hint = match self {
            Self::Crashed => Text::new(
                "其余文件不受影响；请在 Excel 中另存为 .xlsx 再试",
                "the other files are not affected; save it as .xlsx in Excel and try again",
            ),
            _ => Text::new(
                "其余文件不受影响；请拆分这份表格，或放宽上限",
                "the other files are not affected; split the workbook, or allow more",
            ),
        };
        ReadError::new(code, self.reason(bounds), hint)
    }
}

/// Ends this process when its parent is gone, however that went: the parent holds the other end of standard input.
#[cfg(feature = "serve")]
pub fn end_with_parent() {
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(2);
    });
}

/// What a child is started with that bounds its memory: its allocator (Linux) is to ask for what it hands out, not for all that
/// it reserves, which is more than many a bound.
pub const ASKS_FOR_LITTLE: (&str, &str) = ("MIMALLOC_ARENA_EAGER_COMMIT", "0");

/// Bounds the memory of this process for good.
///
/// # Errors
/// When the system refuses.
#[cfg(all(feature = "serve", target_os = "linux"))]
pub fn bound_memory(bytes: u64) -> io::Result<()> {
    let (_, hard) = rlimit::getrlimit(rlimit::Resource::DATA)?;
    let bytes = bytes.min(hard);
    rlimit::setrlimit(rlimit::Resource::DATA, bytes, bytes)
}

#[cfg(all(feature = "serve", not(target_os = "linux")))]
#[global_allocator]
static COUNTING: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);

/// Bounds the memory of this process.
///
/// # Errors
/// When it has taken more already.
#[cfg(all(feature = "serve", not(target_os = "linux")))]
pub fn bound_memory(bytes: u64) -> io::Result<()> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    COUNTING.set_limit(bytes).map_err(|()| io::ErrorKind::OutOfMemory.into())
}
