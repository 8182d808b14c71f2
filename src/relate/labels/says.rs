//! What the labels of a table say of differences.

use std::borrow::Cow;

use crate::lexicon::{Beginnings, Difference};
use crate::model::{Line, words};
use crate::parallel;
use crate::relate::view::View;

/// What a label says of a difference that it may be a part of.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "words that are there or not, each by itself")]
pub(super) struct Said {
    /// It begins as what is taken away does, or what is put to the line above.
    pub(super) less: bool,
    pub(super) more: bool,
    /// It names what is taken away, what is left and what that is taken from, where nothing can stand between.
    pub(super) minus: bool,
    pub(super) net: bool,
    pub(super) plus: bool,
    /// It may be a word of another difference.
    pub(super) other: bool,
}

/// What all labels of a table say: of a long one hardly any says anything, as their characters tell.
pub(super) struct Says<'a> {
    view: &'a View<'a>,
    pub(super) said: Vec<Said>,
    /// Differences with what stands before them, where other lines may stand between.
    pub(super) open: Vec<&'a Difference>,
}

/// Labels that are looked at in one go.
const LABELS: usize = 4096;

impl<'a> Says<'a> {
    pub(super) fn of(view: &'a View<'a>) -> Self {
        let (strict, others): (Vec<&Difference>, Vec<&Difference>) =
            view.rulebook.differences.iter().partition(|form| form.strict);
        let strict: Vec<&Difference> =
            strict.into_iter().filter(|form| form.more.is_empty()).collect();
        let open: Vec<&Difference> =
            others.into_iter().filter(|form| !form.more.is_empty()).collect();
        let (deducted, added) = (&view.rulebook.words.deducted, &view.rulebook.words.added);
        let lists = strict.iter().flat_map(|form| [&form.target, &form.plus, &form.minus]);
        let of_strict = Beginnings::of(lists.chain([deducted, added]));
        // Only what is called what is left over begins such a difference.
        let of_open = Beginnings::of(open.iter().map(|form| &form.target));
        let said = |line: &Line| {
            let label = line.label.as_str();
            let (strictly, other) = (of_strict.may_be_in(label), of_open.may_be_in(label));
            if !strictly {
                return Said { other, ..Said::default() };
            }
            let key = words::key(label);
            Said {
                less: deducted.begin(&key),
                more: added.begin(&key),
                minus: strict.iter().any(|form| form.minus.stand_in(&key)),
                net: strict.iter().any(|form| form.target.stand_in(&key)),
                plus: strict.iter().any(|form| form.plus.stand_in(&key)),
                other,
            }
        };
        let lines = &view.table.lines;
        let said = parallel::map_pieces(lines.len(), LABELS, |at| {
            lines[at].iter().map(said).collect::<Vec<Said>>()
        });
        Self { view, said: said.concat(), open }
    }

    /// Whether a line says that it is added or taken away.
    pub(super) fn sign(&self, line: usize) -> Option<i32> {
        match (self.said[line].more, self.said[line].less) {
            (true, _) => Some(1),
            (_, true) => Some(-1),
            _ => None,
        }
    }

    pub(super) fn key(&self, line: usize) -> Cow<'_, str> {
        words::key(&self.view.table.lines[line].label)
    }
}
