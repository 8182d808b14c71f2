//! The lines that a total can speak of, and which of them are a list.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Proposer;
use crate::model::{LineRole, TotalWord};

impl Proposer<'_> {
    /// Line ranges that a total can speak of: since the last total of its rank, since the top; until the next, until the end.
    pub(super) fn scopes(
        &self,
        at: usize,
        rank: TotalWord,
    ) -> (Range<usize>, Range<usize>, Range<usize>, Range<usize>) {
        let stops = |line: usize| self.total_word(line).is_some_and(|word| word >= rank);
        let section =
            |line: usize| rank == TotalWord::Subtotal && self.role(line) == LineRole::Section;
        let mut start = at;
        while start > 0 && !stops(start - 1) && !section(start - 1) {
            start -= 1;
        }
        let mut end = at + 1;
        while end < self.lines().len() && !stops(end) && !section(end) {
            end += 1;
        }
        (start..at, 0..at, at + 1..end, at + 1..self.lines().len())
    }

    /// Lines of a scope that nothing in the scope covers: neither a branch they stand under nor a total.
    pub(super) fn roots(&self, scope: &Range<usize>, target: usize) -> Vec<usize> {
        scope
            .clone()
            .filter(|line| {
                let item = &self.lines()[*line];
                item.role.is_data()
                    && item.role != LineRole::OfWhich
                    && self.covered[*line].is_none_or(|by| !scope.contains(&by) || by == target)
                    && !item.parent.is_some_and(|parent| {
                        scope.contains(&(parent as usize))
                            && self.lines()[parent as usize].role.is_data()
                            && self.covered[parent as usize] != Some(*line)
                    })
            })
            .collect()
    }

    /// All items of a scope, whatever stands under what.
    pub(super) fn flat(&self, scope: &Range<usize>) -> Vec<usize> {
        scope.clone().filter(|line| matches!(self.role(*line), LineRole::Item)).collect()
    }

    /// Items without lines under them.
    pub(super) fn leaves(&self, scope: &Range<usize>) -> Vec<usize> {
        let parents: BTreeSet<u32> =
            scope.clone().filter_map(|line| self.lines()[line].parent).collect();
        scope
            .clone()
            .filter(|line| self.role(*line) == LineRole::Item && !parents.contains(&(*line as u32)))
            .collect()
    }

    /// Lines of the outermost numbering.
    pub(super) fn outermost_numbered(&self, scope: &Range<usize>) -> Vec<usize> {
        // A numbered line may call itself a subtotal: 二、专项转移支付小计.
        let counts = |line: &usize| matches!(self.role(*line), LineRole::Item | LineRole::Subtotal);
        let outermost =
            scope.clone().filter(counts).filter_map(|line| self.lines()[line].numbering).min();
        scope
            .clone()
            .filter(|line| {
                outermost.is_some() && counts(line) && self.lines()[*line].numbering == outermost
            })
            .collect()
    }

    /// The totals and subtotals of a scope alone.
    pub(super) fn of_total(&self, scope: &Range<usize>, target: usize) -> Vec<usize> {
        let ranks: Vec<TotalWord> = scope
            .clone()
            .filter(|line| *line != target)
            .filter_map(|line| self.total_word(line))
            .collect();
        let Some(highest) = ranks.iter().max().copied() else { return Vec::new() };
        scope
            .clone()
            .filter(|line| *line != target && self.total_word(*line) == Some(highest))
            .collect()
    }

    /// Items of the least indent.
    pub(super) fn least_indent(&self, scope: &Range<usize>) -> Vec<usize> {
        let least = scope
            .clone()
            .filter(|line| self.role(*line) == LineRole::Item)
            .map(|line| self.lines()[line].indent)
            .min();
        scope
            .clone()
            .filter(|line| {
                self.role(*line) == LineRole::Item && Some(self.lines()[*line].indent) == least
            })
            .collect()
    }

    /// Whether all parts have the same numbering, or codes of one length, or none.
    pub(super) fn one_form(&self, parts: &[usize]) -> bool {
        let mut forms = parts
            .iter()
            .filter(|part| !matches!(self.role(**part), LineRole::Total | LineRole::Subtotal))
            .map(|part| {
                (self.lines()[*part].numbering, self.lines()[*part].code.as_ref().map(String::len))
            });
        let Some(first) = forms.next() else { return true };
        first.0.is_some() && forms.all(|form| form == first)
    }
}
