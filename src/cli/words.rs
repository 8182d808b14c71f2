//! The language of this run, and the choice between two sentences.

use std::ffi::OsString;
use std::sync::OnceLock;

use crate::model::Language;

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Sets the language of this run: `--lang` among the arguments, else `GOUJI_LANG`, else Chinese.
///
/// It is looked up before the arguments are parsed, because the help and the errors of parsing are in it too.
pub(super) fn choose(arguments: &[OsString]) {
    let mut named = None;
    let mut rest = arguments.iter().skip(1).map(|argument| argument.to_string_lossy());
    while let Some(argument) = rest.next() {
        match argument.as_ref() {
            "--" => break,
            "--lang" => named = rest.next().map(std::borrow::Cow::into_owned),
            _ => {
                if let Some(word) = argument.strip_prefix("--lang=") {
                    named = Some(word.to_owned());
                }
            }
        }
    }
    let named = named.or_else(|| std::env::var("GOUJI_LANG").ok());
    let english = named.is_some_and(|word| word.to_ascii_lowercase().starts_with("en"));
    let _ = LANGUAGE.set(if english { Language::En } else { Language::Zh });
}

/// The language of this run.
pub(super) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// One of two sentences, by the language of this run.
pub(super) fn say<T>(zh: T, en: T) -> T {
    match language() {
        Language::Zh => zh,
        Language::En => en,
    }
}
