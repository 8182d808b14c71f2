//! What a person meant who typed something else: the names nearest to it.

/// Names this alike are worth asking about: one slip in four letters, two in eight.
const ALIKE: f64 = 0.7;
/// No more than these are asked about.
const NAMED: usize = 3;

/// The names most like `typed`, best first.
pub(super) fn nearest(typed: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let typed = typed.to_lowercase();
    let mut alike: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&typed, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    alike.into_iter().take(NAMED).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_understood_and_other_words_are_not() {
        let commands = || ["check", "annotate", "evaluate", "convert"].map(str::to_owned);
        assert_eq!(nearest("chekc", commands()), ["check"]);
        assert_eq!(nearest("Anotate", commands()), ["annotate"]);
        assert!(nearest("budget", commands()).is_empty());
        assert_eq!(nearest("预算表.xlxs", ["预算表.xlsx".to_owned()]), ["预算表.xlsx"]);
    }
}
