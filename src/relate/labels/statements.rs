//! Lines that are what others leave or come to with their signs: 原值, 减：累计折旧, 净值; 加： and 减： of a statement; 收入, 支出,
//! 结余; what is carried on from the beginning to the end.

use std::collections::BTreeMap;

use super::Proposer;
use super::says::Says;
use crate::model::{LineRole, Operation, Origin, Relation, Shape};
use crate::relate::view::Trial;

/// Lines past which what stands before them is no part of a statement.
const STATEMENT: usize = 200;

/// A sum of lines with signs, and how it does in the columns that tell.
struct Tried {
    terms: Vec<(usize, i32)>,
    trials: Vec<(usize, Trial)>,
}

impl Tried {
    fn count(&self, wanted: Trial) -> usize {
        self.trials.iter().filter(|(_, trial)| *trial == wanted).count()
    }

    fn holds(&self) -> usize {
        self.count(Trial::Holds)
    }

    fn fails(&self) -> usize {
        self.count(Trial::Fails)
    }
}

/// Lines with their signs between what they change and what they come to.
struct Statement {
    head: usize,
    run: Vec<(usize, i32)>,
    /// The words leave it open whether some of the lines are in it.
    is_choice: bool,
}

impl Proposer<'_> {
    /// 原值, 减：累计折旧, 净值: lines right above one another that lead to what is left, which alone is a part of what follows.
    /// By words, or where one 减： after the other and what is left tie in every column.
    pub(super) fn deductions(&mut self, says: &Says<'_>) -> Vec<Relation> {
        let table = self.view.table;
        let is_less = |at: usize| says.said[at].less;
        let is_minus = |at: usize| says.said[at].minus;
        let is_net = |at: usize| says.said[at].net;
        let is_plus = |at: usize| says.said[at].plus;
        let mut relations = Vec::new();
        for net in 2..table.lines.len() {
            let deducts = |at: usize| (is_less(at) || is_minus(at)) && !is_net(at);
            let count = (1..net).rev().take_while(|at| deducts(*at)).count();
            let from = net - 1 - count;
            let stated = |at: usize| table.lines[at].role.is_data() && self.view.any_number(at);
            if count == 0 || deducts(net) || !stated(from) || !stated(net) {
                continue;
            }
            let less = from + 1..net;
            let worded = is_net(net)
                && less.clone().all(is_minus)
                && (is_plus(from) || is_net(from) && less.clone().all(is_less));
            if !worded && !less.clone().all(is_less) {
                continue;
            }
            let taken_away = less.clone().map(|at| (at, -1));
            let tried = self.tried_with_signs(net, [(from, 1)].into_iter().chain(taken_away));
            if !worded && (tried.holds() == 0 || tried.fails() > 0) {
                continue;
            }
            less.chain([from]).for_each(|at| self.covered[at] = Some(net));
            if !tried.trials.is_empty() {
                relations.push(self.difference(net, &tried));
            }
        }
        relations
    }

    /// 银行对账单余额, 加：…, 减：…, 调节后余额: lines that say their sign, between what they change and what they come to. By
    /// words where the last names an outcome, or where they tie in every column.
    pub(super) fn statements(&mut self, says: &Says<'_>) -> Vec<Relation> {
        let known = &self.view.rulebook.words;
        let mut relations = Vec::new();
        if !says.said.iter().any(|said| said.less || said.more) {
            return relations;
        }
        for net in 2..self.lines().len() {
            if says.sign(net).is_some() || !self.is_stated(net) {
                continue;
            }
            let mut best: Option<(Statement, Tried)> = None;
            let mut is_open = false;
            for statement in self.statements_before(says, net) {
                let signed = statement.run.iter().copied().chain([(statement.head, 1)]);
                let tried = self.tried_with_signs(net, signed);
                is_open |= statement.is_choice;
                if best.as_ref().is_none_or(|(_, best)| tried.holds() > best.holds()) {
                    best = Some((statement, tried));
                }
            }
            let Some((statement, tried)) = best else { continue };
            let adds = statement.run.iter().filter(|(_, sign)| *sign > 0).count();
            let worded = adds < statement.run.len() && known.outcomes.stand_in(&says.key(net));
            // 减： alone is looked at by itself.
            if adds == 0 && !statement.is_choice
                || tried.trials.is_empty()
                || tried.holds() == 0 && (is_open || adds == 0 || !worded)
                || tried.fails() > 0 && !worded
            {
                continue;
            }
            for at in statement.run.iter().map(|(at, _)| *at).chain([statement.head]) {
                self.covered[at] = Some(net);
            }
            relations.push(self.difference(net, &tried));
        }
        relations
    }

    fn is_stated(&self, at: usize) -> bool {
        self.role(at).is_data() && self.view.any_number(at)
    }

    /// The statements that may come to a line: its lines with a sign right before it; with them those that stand below one of
    /// these further right, which are in it or have its sign, too (减：管理费用 / 　　财务费用); and, from 一 to 二, all between
    /// them, each with the last sign above it.
    fn statements_before(&self, says: &Says<'_>, net: usize) -> Vec<Statement> {
        let lines = self.lines();
        let passes = |at: usize| {
            let role = self.role(at);
            matches!(role, LineRole::Blank | LineRole::OfWhich)
                || role == LineRole::Item && !self.view.any_number(at)
        };
        let signed_parent = |at: usize| {
            let parent = lines[at].parent.map(|parent| parent as usize);
            parent.filter(|parent| says.sign(*parent).is_some())
        };
        let follows = |at: usize| {
            let (line, parent) = (&lines[at], signed_parent(at)?);
            let is_one = line.role == LineRole::Item
                && line.numbering.is_none()
                && line.indent > lines[parent].indent
                && self.view.any_number(at);
            says.sign(parent).filter(|_| is_one)
        };
        let mut statements = Vec::new();
        let (mut run, mut others) = (Vec::new(), Vec::new());
        let first = net.saturating_sub(STATEMENT);
        let mut head = net - 1;
        while head > first
            && (says.sign(head).is_some() || signed_parent(head).is_some() || passes(head))
        {
            if signed_parent(head).is_some() {
                others.extend(follows(head).map(|sign| (head, sign)));
            } else {
                run.extend(says.sign(head).map(|sign| (head, sign)));
            }
            head -= 1;
        }
        if !run.is_empty() && self.is_stated(head) {
            let all = [&run[..], &others[..]].concat();
            statements.push(Statement { head, run, is_choice: false });
            if !others.is_empty() {
                statements.push(Statement { head, run: all, is_choice: true });
            }
        }
        statements.extend(self.between_numbers(says, first, net));
        statements
    }

    fn between_numbers(&self, says: &Says<'_>, first: usize, net: usize) -> Option<Statement> {
        let lines = self.lines();
        let numbering = lines[net].numbering?;
        let head = (first..net).rev().find(|at| lines[*at].numbering == Some(numbering))?;
        if !self.is_stated(head) {
            return None;
        }
        let (mut run, mut last, mut carried) = (Vec::new(), None, false);
        for (at, line) in lines.iter().enumerate().take(net).skip(head + 1) {
            let own = says.sign(at);
            match self.role(at) {
                LineRole::Item if self.view.any_number(at) => {
                    carried |= own.is_none();
                    last = own.or(last);
                    run.push((at, last.filter(|_| line.numbering.is_none())?));
                }
                LineRole::Item | LineRole::OfWhich | LineRole::Blank => last = own.or(last),
                _ => return None,
            }
        }
        (carried && !run.is_empty()).then_some(Statement { head, run, is_choice: true })
    }

    /// 收入, 支出, 结余, with 上年结转 before them or not: lines of one level that follow one another, where they tie in a column.
    pub(super) fn remainders(&self, says: &Says<'_>) -> Vec<Relation> {
        let lines = self.lines();
        if !says.said.iter().any(|said| said.other) {
            return Vec::new();
        }
        // The last lines before each that stand at its level under its parent.
        let mut before: BTreeMap<(Option<u32>, u16), Vec<usize>> = BTreeMap::new();
        let mut relations = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            if !line.role.is_data() || !self.view.any_number(at) {
                continue;
            }
            let elder = before.entry((line.parent, line.level)).or_default();
            let form = || {
                let key = says.key(at);
                says.open.iter().find(|form| {
                    form.target.stand_in(&key)
                        && !form.not.stand_in(&key)
                        && elder.last().is_some_and(|less| form.minus.stand_in(&says.key(*less)))
                })
            };
            if let (Some(form), [.., plus, less]) =
                (says.said[at].other.then(form).flatten(), elder.as_slice())
                && form.plus.stand_in(&says.key(*plus))
            {
                let short = [(*plus, 1), (*less, -1)];
                let more = elder.iter().rev().nth(2);
                let more = more.filter(|more| form.more.stand_in(&says.key(**more)));
                let long = more.map(|more| self.tried(at, [(*more, 1)].into_iter().chain(short)));
                let readings = long.into_iter().chain([self.tried(at, short.into_iter())]);
                let ties = |tried: &Tried| tried.holds() > 0 && tried.holds() >= tried.fails();
                relations
                    .extend(readings.filter(ties).take(1).map(|tried| self.difference(at, &tried)));
            }
            elder.push(at);
        }
        relations
    }

    /// What there was at first and what was left in between make up what there is in the end, where that ties in a column, or
    /// but for a slip of the pen.
    pub(super) fn carried_on(&self, known: &[Relation]) -> Vec<Relation> {
        let lines = self.lines();
        let is_known = |at: usize| {
            known.iter().any(|relation| {
                matches!(relation.shape, Shape::Lines { target, .. } if target == lines[at].row)
            })
        };
        let end = if lines.len() > STATEMENT { 0 } else { lines.len() };
        let ends = (2..end).filter(|at| self.view.carries_on(*at) && !is_known(*at));
        let relation = |at: usize| {
            let parts = [at - 2, at - 1];
            let tried = self.tried(at, parts.into_iter().map(|part| (part, 1)));
            let failing: Vec<usize> = tried
                .trials
                .iter()
                .filter(|(_, trial)| *trial == Trial::Fails)
                .map(|(column, _)| *column)
                .collect();
            let ties = tried.holds() > 0 && tried.holds() >= failing.len();
            let slips = !failing.is_empty() && self.slips(at, &parts, &failing);
            (ties || slips).then(|| self.difference(at, &tried))
        };
        ends.filter_map(relation).collect()
    }

    /// The same where what is taken away may be printed with its sign: as it ties in more columns.
    fn tried_with_signs(
        &self,
        target: usize,
        terms: impl Iterator<Item = (usize, i32)> + Clone,
    ) -> Tried {
        let minus = self.tried(target, terms.clone());
        let plus = self.tried(target, terms.map(|(line, sign)| (line, sign.abs())));
        if plus.holds() > minus.holds() { plus } else { minus }
    }

    /// How what a line states does against a sum with signs, in each column that tells.
    fn tried(&self, target: usize, terms: impl Iterator<Item = (usize, i32)>) -> Tried {
        let mut terms: Vec<(usize, i32)> = terms.collect();
        terms.sort_unstable();
        let trials = self.columns.iter().map(|at| (*at, self.view.try_lines(*at, target, &terms)));
        let trials = trials.filter(|(_, trial)| *trial != Trial::Untried).collect();
        Tried { terms, trials }
    }

    fn difference(&self, target: usize, tried: &Tried) -> Relation {
        let table = self.view.table;
        let shape = Shape::Lines {
            table: table.id,
            target: table.lines[target].row,
            terms: tried.terms.iter().map(|(at, sign)| (table.lines[*at].row, *sign)).collect(),
            columns: tried.trials.iter().map(|(at, _)| table.fields[*at].column).collect(),
        };
        let (holds, fails) = (tried.holds(), tried.fails());
        Relation::new("T03", Operation::Sum, shape, Origin::Label)
            .supported(holds as u32, (holds + fails) as u32)
    }
}
