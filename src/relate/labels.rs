//! What the words and the forms say about rows: a total and its parts, a line and the lines under it, 其中.
//!
//! Words propose several readings of a table: the parts of 合计 may be the outermost lines, all lines, the subtotals, above it
//! or below it. The numbers choose between the readings; they do not invent one. A reading that no column supports is
//! asserted only where the words leave no other, for then the failure is worth a finding.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::slip::is_slip;
use super::view::{Trial, View};
use crate::lexicon::{Beginnings, Difference, Words};
use crate::model::words;
use crate::model::{
    EvidenceSet, Field, FieldRole, Judge, Line, LineRole, Operation, Origin, Packet, Relation,
    Shape, Table, TotalWord, Verdict,
};
use crate::number::Decimal;
use crate::parallel;

/// Figures that all readings of a table that reach over the whole of it may look at: a table of thousands of subtotals would
/// cost the square of its length otherwise.
const WIDE: usize = 40_000_000;

/// Figures that are worth a core's while.
const LONG: usize = 16_384;

/// One reading of a line's parts.
#[derive(Clone, Debug)]
struct Reading {
    parts: Vec<usize>,
    /// How well words and forms support it: the strongest first.
    prior: u8,
}

/// How a reading did on the numbers.
#[derive(Clone, Debug, Default)]
struct Score {
    holds: Vec<usize>,
    trivial: Vec<usize>,
    fails: Vec<usize>,
}

impl Score {
    fn tried(&self) -> usize {
        self.holds.len() + self.fails.len()
    }
}

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

/// A relation accepted for a line.
struct Accepted {
    target: usize,
    parts: Vec<usize>,
    score: Score,
    /// No column supports it; the words alone do.
    words_only: bool,
}

/// Whether the list that a total closes adds up nearly everywhere, though another list does so in more columns: one total of
/// two lists, of which the one above it has a wrong figure.
fn adds_up_too(list: &[usize], own: &Score, chosen: &[usize], other: &Score) -> bool {
    /// Columns in which both lists must come to the total.
    const TOGETHER: usize = 2;
    list.len() >= 2
        && !list.iter().any(|part| chosen.contains(part))
        && own.holds.len() >= 2 * own.fails.len()
        && own.holds.iter().filter(|column| other.holds.contains(column)).count() >= TOGETHER
}

/// Relations between the lines of a table.
pub(super) fn relate(view: &View<'_>) -> Vec<Relation> {
    let table = view.table;
    let columns = additive_fields(&view.rulebook.words, table);
    if columns.is_empty() {
        return Vec::new();
    }
    let mut reader = Proposer {
        view,
        columns,
        covered: vec![None; table.lines.len()],
        adds_up: vec![false; table.lines.len()],
        levels: BTreeMap::new(),
        accepted: Vec::new(),
        units: unit_column(view),
        wide: WIDE,
    };
    let says = Says::of(view);
    let deductions =
        [reader.deductions(&says), reader.statements(&says), reader.remainders(&says)].concat();
    let carried = reader.carried_on(&deductions);
    reader.branches(&says);
    reader.totals();
    reader.passed_over();
    reader.drop_columns_that_never_add();
    let mut relations: Vec<Relation> =
        reader.accepted.iter().filter_map(|accepted| reader.relation(accepted)).collect();
    relations.extend(deductions);
    relations.extend(carried);
    relations.extend(reader.of_which());
    relations
}

/// Lines past which what stands before them is no part of a statement.
const STATEMENT: usize = 200;

/// Columns past which a table is no ledger.
const LEDGER: usize = 64;

/// 余额 of a ledger, beside dates and what came in and went out: each is what was left that day, and they are not added.
fn is_running_balance(known: &Words, table: &Table, field: &Field) -> bool {
    let is_balance = |field: &Field| known.rest_words.stand_in(&words::key(&field.label));
    let is_flow = |field: &&Field| field.role == FieldRole::Amount && !is_balance(field);
    table.fields.len() <= LEDGER
        && is_balance(field)
        && table.fields.iter().any(|field| field.role == FieldRole::Date)
        && table.fields.iter().filter(is_flow).count() >= 2
}

/// Mined sums of lines without the balances of a ledger that they do not give.
pub(super) fn without_balances(
    known: &Words,
    packet: &Packet,
    mined: Vec<Relation>,
) -> Vec<Relation> {
    let kept = |relation: Relation| {
        let Shape::Lines { table, columns, .. } = &relation.shape else { return Some(relation) };
        let table = &packet.tables[*table as usize];
        let is_balance = |column: &u32| {
            table.field_at(*column).is_some_and(|field| is_running_balance(known, table, field))
        };
        if !columns.iter().any(is_balance) {
            return Some(relation);
        }
        let judge = Judge::new(packet, &relation);
        let keep: Vec<bool> = (0..)
            .zip(columns)
            .map(|(at, column)| !is_balance(column) || judge.verdict(at) != Verdict::Fails)
            .collect();
        relation.with_checks(&keep)
    };
    mined.into_iter().filter_map(kept).collect()
}

/// Fields whose figures add up over lines.
fn additive_fields(known: &Words, table: &Table) -> Vec<usize> {
    table
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| {
            let share = known.share_headers.stand_in(&words::key(&field.label));
            match field.role {
                FieldRole::Amount | FieldRole::Quantity => !field.says.not_additive,
                FieldRole::Percent => share,
                _ => false,
            }
        })
        .map(|(at, _)| at)
        .collect()
}

/// The column in which each line has the unit of its figures: 单位 over 吨, 元/吨, 万元.
fn unit_column(view: &View<'_>) -> Option<usize> {
    let known = &view.rulebook.words;
    view.table.fields.iter().position(|field| {
        field.role == FieldRole::Text && known.unit_columns.has(&words::key(&field.label))
    })
}

/// What a label says of a difference that it may be a part of.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "words that are there or not, each by itself")]
struct Said {
    /// It begins as what is taken away does, or what is put to the line above.
    less: bool,
    more: bool,
    /// It names what is taken away, what is left and what that is taken from, where nothing can stand between.
    minus: bool,
    net: bool,
    plus: bool,
    /// It may be a word of another difference.
    other: bool,
}

/// What all labels of a table say: of a long one hardly any says anything, as their characters tell.
struct Says<'a> {
    view: &'a View<'a>,
    said: Vec<Said>,
    /// Differences with what stands before them, where other lines may stand between.
    open: Vec<&'a Difference>,
}

/// Labels that are looked at in one go.
const LABELS: usize = 4096;

impl<'a> Says<'a> {
    fn of(view: &'a View<'a>) -> Self {
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
    fn sign(&self, line: usize) -> Option<i32> {
        match (self.said[line].more, self.said[line].less) {
            (true, _) => Some(1),
            (_, true) => Some(-1),
            _ => None,
        }
    }

    fn key(&self, line: usize) -> Cow<'_, str> {
        words::key(&self.view.table.lines[line].label)
    }
}

/// Lines with their signs between what they change and what they come to.
struct Statement {
    head: usize,
    run: Vec<(usize, i32)>,
    /// The words leave it open whether some of the lines are in it.
    is_choice: bool,
}

struct Proposer<'a> {
    view: &'a View<'a>,
    columns: Vec<usize>,
    /// The accepted target that a line is a part of.
    covered: Vec<Option<usize>>,
    /// Whether a list of the line is known to add up.
    adds_up: Vec<bool>,
    /// How many of those lines stand at each level.
    levels: BTreeMap<u16, usize>,
    accepted: Vec<Accepted>,
    /// The column that says what each line is measured in.
    units: Option<usize>,
    /// How many more figures may be looked at in readings that reach over the whole table.
    wide: usize,
}

impl Proposer<'_> {
    fn lines(&self) -> &[crate::model::Line] {
        &self.view.table.lines
    }

    fn role(&self, line: usize) -> LineRole {
        self.lines()[line].role
    }

    fn total_word(&self, line: usize) -> Option<TotalWord> {
        matches!(self.role(line), LineRole::Total | LineRole::Subtotal)
            .then(|| self.lines()[line].total)
            .flatten()
    }

    fn score(&self, target: usize, parts: &[usize], alone: bool) -> Score {
        let mut score = Score::default();
        let weighted: Vec<(usize, i32)> = parts.iter().map(|part| (*part, 1)).collect();
        // Shares add up to the whole only where the whole is 100 %.
        let adds_up = |column: &usize| {
            self.view.table.fields[*column].role != FieldRole::Percent
                || self.view.cell(target, *column).value() == Some(Decimal::ONE)
        };
        let columns: Vec<usize> = self.columns.iter().copied().filter(adds_up).collect();
        let piece = (LONG / (parts.len() + 1)).max(1);
        if parts.len() > LONG {
            self.view.load();
        }
        let trials = parallel::map_pieces(columns.len(), piece, |at| {
            let trial = |column: &usize| self.view.try_lines(*column, target, &weighted);
            columns[at].iter().map(trial).collect::<Vec<Trial>>()
        })
        .concat();
        for (column, trial) in columns.into_iter().zip(trials) {
            match trial {
                Trial::Holds => score.holds.push(column),
                // One part that equals the total beside empty ones supports a list that the words propose as well as a
                // sum does.
                Trial::Single
                    if alone && (parts.len() >= 2 || self.total_word(parts[0]).is_some()) =>
                {
                    score.holds.push(column);
                }
                Trial::Single | Trial::Trivial => score.trivial.push(column),
                Trial::Fails => score.fails.push(column),
                Trial::Untried => {}
            }
        }
        score
    }

    /// The reading that the numbers support best; the words decide between equals.
    fn choose(&self, target: usize, mut readings: Vec<Reading>) -> Option<(Reading, Score)> {
        readings.sort_by_key(|reading| std::cmp::Reverse(reading.prior));
        let mut best: Option<(Reading, Score)> = None;
        let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
        for reading in readings {
            if reading.parts.is_empty() || !seen.insert(reading.parts.clone()) {
                continue;
            }
            let score = self.score(target, &reading.parts, reading.prior >= 60);
            let better = match &best {
                None => true,
                Some((_, best)) => {
                    let rank =
                        |score: &Score| (score.holds.len(), std::cmp::Reverse(score.fails.len()));
                    score.holds.len() > best.holds.len()
                        || score.holds.len() == best.holds.len()
                            && !best.holds.is_empty()
                            && rank(&score) > rank(best)
                        || best.tried() == 0 && best.trivial.is_empty() && rank(&score) > rank(best)
                }
            };
            if better {
                best = Some((reading, score));
            }
        }
        best
    }

    fn accept(&mut self, target: usize, parts: Vec<usize>, score: Score, words_only: bool) {
        for part in &parts {
            self.covered[*part] = Some(target);
        }
        if !score.holds.is_empty() {
            self.adds_up[target] = true;
            *self.levels.entry(self.lines()[target].level).or_default() += 1;
        }
        self.accepted.push(Accepted { target, parts, score, words_only });
    }

    /// 原值, 减：累计折旧, 净值: lines right above one another that lead to what is left, which alone is a part of what follows.
    /// By words, or where one 减： after the other and what is left tie in every column.
    fn deductions(&mut self, says: &Says<'_>) -> Vec<Relation> {
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
    fn statements(&mut self, says: &Says<'_>) -> Vec<Relation> {
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
    fn remainders(&self, says: &Says<'_>) -> Vec<Relation> {
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
    fn carried_on(&self, known: &[Relation]) -> Vec<Relation> {
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

    /// Lines with lines under them, deepest first.
    fn branches(&mut self, says: &Says<'_>) {
        let table = self.view.table;
        if table.lines.iter().all(|line| line.parent.is_none()) {
            return;
        }
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); table.lines.len()];
        for (at, line) in table.lines.iter().enumerate() {
            // 减：累计折旧 under 原值 is no part of it.
            let is_netted = |parent: usize| {
                self.covered[at].is_some_and(|net| self.covered[parent] == Some(net))
                    || self.covered[parent] == Some(at)
            };
            if let Some(parent) = line.parent.map(|p| p as usize).filter(|p| !is_netted(*p)) {
                children[parent].push(at);
            }
        }
        let mut parents: Vec<usize> = (0..table.lines.len())
            .filter(|at| !children[*at].is_empty() && self.role(*at).is_data())
            .collect();
        parents.sort_by_key(|at| (std::cmp::Reverse(table.lines[*at].level), *at));
        let mut pending = Vec::new();
        for parent in parents {
            // 单价 is no part of what stands above it, nor what stands below of it.
            let list: Vec<usize> =
                children[parent].iter().copied().filter(|child| !self.is_apiece(*child)).collect();
            let has_price = list.len() < children[parent].len();
            if list.is_empty() || self.is_apiece(parent) {
                continue;
            }
            let with_figures: Vec<usize> =
                list.iter().copied().filter(|child| self.view.any_number(*child)).collect();
            let of_which = list.iter().any(|child| self.role(*child) == LineRole::OfWhich);
            let coded = table.lines[parent].code.is_some()
                && list.iter().all(|child| table.lines[*child].code.is_some());
            let mut readings =
                vec![Reading { parts: list.clone(), prior: if of_which { 30 } else { 80 } }];
            // A first child 其中 that belongs to its elder sibling only: 办公用房, 其中：本单位使用, 业务用房.
            let plain: Vec<usize> = list
                .iter()
                .copied()
                .filter(|child| self.role(*child) != LineRole::OfWhich)
                .collect();
            readings.push(Reading { parts: plain, prior: 40 });
            let Some((reading, score)) = self.choose(parent, readings) else { continue };
            if with_figures.is_empty() {
                continue;
            }
            let supported = !score.holds.is_empty() && score.holds.len() >= score.fails.len();
            let silent = !score.trivial.is_empty() && score.fails.is_empty() && !of_which;
            if supported || silent {
                self.accept(parent, reading.parts, score, false);
            } else if reading.parts.len() == list.len() && score.tried() > 0 && !has_price {
                pending.push((parent, reading.parts, score, coded, of_which));
            }
        }
        // Where the table's other lists are complete, one that is not complete is worth a finding; codes are a list by law.
        let complete =
            self.accepted.iter().filter(|accepted| !accepted.score.holds.is_empty()).count();
        for (parent, parts, score, coded, of_which) in pending {
            let level = self.lines()[parent].level;
            let alike = self.levels.get(&level).copied().unwrap_or(0);
            // 减： and 加： are no list, and what follows one of them further right need not be its own.
            let has_sign = |at: usize| says.said[at].less || says.said[at].more;
            let signed = has_sign(parent) || parts.iter().any(|part| has_sign(*part));
            if !of_which && signed || self.are_unlike(&parts) {
                continue;
            }
            let believed = if of_which {
                self.has_twin(&parts) && self.slips(parent, &parts, &score.fails)
            } else {
                alike >= 1 || coded && complete >= 1 || coded && parts.len() >= 2
            };
            if believed {
                self.accept(parent, parts, score, true);
            }
        }
    }

    /// Whether another line has parts of just these names, and they are all of it: 年初预算 and 本年支出, each of 基本支出 and
    /// 项目支出.
    fn has_twin(&self, parts: &[usize]) -> bool {
        let names = |parts: &[usize]| -> Vec<&str> {
            parts.iter().map(|part| self.lines()[*part].name.as_str()).collect()
        };
        let own = names(parts);
        parts.len() >= 2
            && self.accepted.iter().any(|other| {
                !other.score.holds.is_empty()
                    && other.score.fails.is_empty()
                    && other.parts != parts
                    && names(&other.parts) == own
            })
    }

    /// Whether what the parts come to is what their whole states but for a slip of the pen, in each of some columns.
    fn slips(&self, whole: usize, parts: &[usize], columns: &[usize]) -> bool {
        columns.iter().all(|column| {
            let value = |line: usize| self.view.cell(line, *column).value();
            let sum: Option<Decimal> = parts.iter().map(|part| value(*part)).sum();
            let (Some(sum), Some(stated)) = (sum, value(whole)) else { return false };
            is_slip(stated, sum)
                || parts
                    .iter()
                    .any(|part| value(*part).is_some_and(|own| is_slip(own, stated - (sum - own))))
        })
    }

    /// Subtotals, totals, grand totals, in that order.
    fn totals(&mut self) {
        let count = self.lines().len();
        for rank in [TotalWord::Subtotal, TotalWord::Total, TotalWord::Grand] {
            let mut order: Vec<usize> =
                (0..count).filter(|at| self.total_word(*at) == Some(rank)).collect();
            if rank == TotalWord::Total {
                // 本年收入合计 before the 合计 that adds it to others: nearest to their items first.
                order.sort_by_key(|at| (self.lines()[*at].level, *at));
            }
            let open: Vec<usize> =
                order.into_iter().filter(|at| !self.total(*at, rank, None)).collect();
            // What supports none of its readings is read as the others are.
            let below_first = self.parts_below(rank);
            for at in open {
                self.total(at, rank, Some(below_first));
            }
        }
    }

    /// Lines whose own lists do not come to what they state, where a total adds up with these lists in their place.
    fn passed_over(&mut self) {
        let lines = self.lines();
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, line) in lines.iter().enumerate() {
            let parent = line.parent.map(|parent| parent as usize);
            if let Some(parent) = parent.filter(|parent| lines[*parent].role.is_data()) {
                children.entry(parent).or_default().push(at);
            }
        }
        let known: BTreeSet<usize> = self.accepted.iter().map(|list| list.target).collect();
        children.retain(|parent, _| !known.contains(parent));
        let mut totals: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, total) in self.accepted.iter().enumerate() {
            if !total.score.holds.is_empty() {
                total.parts.iter().for_each(|part| totals.entry(*part).or_default().push(at));
            }
        }
        let mut found = Vec::new();
        for (parent, list) in children {
            let stated: Vec<usize> =
                list.iter().copied().filter(|part| self.view.any_number(*part)).collect();
            let Some(totals) = stated.first().and_then(|first| totals.get(first)) else { continue };
            let counts = |total: &&Accepted, line: usize| total.parts.binary_search(&line).is_ok();
            let counted = |total: &&Accepted| {
                !counts(total, parent) && stated.iter().all(|part| counts(total, *part))
            };
            if let Some(total) = totals.iter().map(|at| &self.accepted[*at]).find(counted) {
                let mut score = self.score(parent, &list, true);
                score.fails.retain(|column| total.score.holds.contains(column));
                if !score.fails.is_empty() {
                    found.push((parent, list, score));
                }
            }
        }
        for (parent, list, score) in found {
            self.accept(parent, list, score, true);
        }
    }

    /// Whether totals of a rank have their parts below them, by those that add up.
    fn parts_below(&self, rank: TotalWord) -> bool {
        const ENOUGH: usize = 2;
        let lists = self.accepted.iter().filter(|list| {
            self.total_word(list.target) == Some(rank) && !list.score.holds.is_empty()
        });
        let (mut above, mut below) = (0, 0);
        for list in lists {
            above += usize::from(list.parts.iter().all(|part| *part < list.target));
            below += usize::from(list.parts.iter().all(|part| *part > list.target));
        }
        above == 0 && below >= ENOUGH
    }

    /// Finds the parts of a total; says whether that is done. As long as `parts_below` does not say where such totals have their parts,
    /// only what the numbers support is taken.
    fn total(&mut self, at: usize, rank: TotalWord, parts_below: Option<bool>) -> bool {
        let (mut above, above_all, below, below_all) = self.scopes(at, rank);
        let section = self.view.named_section(at);
        if let Some(section) = section {
            above.start = above.start.max(section + 1);
        }
        let mut readings = Vec::new();
        let above_roots = self.roots(&above, at);
        let below_roots = self.roots(&below, at);
        let own_above = above_roots.iter().filter(|line| self.view.any_number(**line)).count();
        let own_below = below_roots.iter().filter(|line| self.view.any_number(**line)).count();
        let below_first = parts_below == Some(true);
        let bottom = own_above > 0 && !below_first;
        // What is likeliest by the words and holds in every column needs no rivals: of many subtotals each would be held
        // against the whole table.
        let likeliest = if above_roots.is_empty() { &below_roots } else { &above_roots };
        let likeliest: Vec<usize> =
            likeliest.iter().copied().filter(|part| self.may_add(*part, at, rank)).collect();
        let mut closed = Score::default();
        if !likeliest.is_empty() {
            closed = self.score(at, &likeliest, true);
            if self.holds_throughout(at, &closed) {
                self.accept(at, likeliest, closed, false);
                return true;
            }
        }
        readings
            .push(Reading { parts: above_roots.clone(), prior: if below_first { 50 } else { 90 } });
        readings.push(Reading { parts: below_roots.clone(), prior: if bottom { 50 } else { 85 } });
        let whole = self.lines().len() * self.columns.len();
        let reach = self.wide >= whole;
        if reach {
            self.wide -= whole;
            let wide_above = self.roots(&above_all, at);
            let wide_below = self.roots(&below_all, at);
            readings.push(Reading { parts: wide_above, prior: 60 });
            readings.push(Reading { parts: wide_below, prior: if bottom { 40 } else { 70 } });
        }
        // Where a list under one of the lines is known to add up, taking every line would count it twice.
        let nested = |scope: &Range<usize>| self.adds_up[scope.clone()].contains(&true);
        for (scope, prior) in [(&above, 45), (&below, 35), (&above_all, 30), (&below_all, 25)]
            .into_iter()
            .take(if reach { 4 } else { 2 })
        {
            if !nested(scope) {
                readings.push(Reading { parts: self.leaves(scope), prior });
                readings.push(Reading { parts: self.flat(scope), prior: prior - 1 });
            }
            readings.push(Reading { parts: self.outermost_numbered(scope), prior: prior - 2 });
            readings.push(Reading { parts: self.of_total(scope, at), prior: prior - 3 });
            readings.push(Reading { parts: self.least_indent(scope), prior: prior - 4 });
        }
        let opened = self.opened_by_of_which(&below);
        readings.push(Reading { parts: opened.clone(), prior: 65 });
        for reading in &mut readings {
            reading.parts.retain(|part| self.may_add(*part, at, rank));
        }
        // What it names is what it adds up, whatever else it is equal to.
        if let Some(section) = section.filter(|_| !above_roots.is_empty()) {
            readings.retain(|reading| {
                reading.parts.iter().all(|part| (section + 1..at).contains(part))
            });
        }
        let Some((reading, score)) = self.choose(at, readings) else { return true };
        if score.holds.is_empty() && parts_below.is_none() {
            return false;
        }
        if bottom && adds_up_too(&likeliest, &closed, &reading.parts, &score) {
            self.accept(at, likeliest, closed, false);
        }
        if !score.holds.is_empty()
            && (score.holds.len() * 2 >= score.fails.len() || reading.prior >= 85)
        {
            self.accept(at, reading.parts, score, false);
            return true;
        }
        if score.fails.is_empty() {
            if score.trivial.is_empty() && reading.prior < 70 {
                return true;
            }
            self.accept(at, reading.parts, score, false);
            return true;
        }
        // No column supports any reading. The words must leave no other one.
        if !bottom && !opened.is_empty() {
            return true;
        }
        let parts = if bottom { above_roots } else { below_roots };
        if parts.len() < 2 || parts.iter().any(|part| self.is_apiece(*part)) {
            return true;
        }
        let clear = if bottom {
            own_below == 0
                || rank == TotalWord::Subtotal
                || self.closed_below(at)
                || self.view.closes_section(at, &parts)
        } else {
            true
        };
        let same_form = self.one_form(&parts);
        let explained = self.explains(&parts, if bottom { &above } else { &below });
        let score = self.score(at, &parts, true);
        // Wrong in three columns at once is a total of something else, not three slips.
        let exact = self.view.rulebook.words.plain_totals.has(&words::key(&self.lines()[at].label));
        let few = score.tried() <= 2 || exact;
        if clear && (same_form || explained) && score.tried() > 0 && few && !self.are_unlike(&parts)
        {
            self.accept(at, parts, score, true);
        }
        true
    }

    /// Whether a line may be a part of a total: a subtotal is no sum of totals.
    fn may_add(&self, part: usize, target: usize, rank: TotalWord) -> bool {
        part != target
            && self.total_word(part).is_none_or(|word| word <= rank)
            && !self.says_rate(part)
    }

    /// Whether a line is a rate, a mean or a price by its name or unit, which no total adds up.
    fn says_rate(&self, line: usize) -> bool {
        let rates = &self.view.rulebook.words.rate_lines;
        let key = words::key(&self.lines()[line].label);
        rates.begin(&key) || rates.end(&key) || self.is_apiece(line)
    }

    /// Whether a line says what one of something costs, by its name or unit.
    fn is_apiece(&self, line: usize) -> bool {
        let known = &self.view.rulebook.words;
        known.is_apiece(&self.lines()[line].label)
            || self.units.is_some_and(|units| known.is_apiece(self.view.text(line, units)))
    }

    /// Whether lines say that they are measured in different things: 吨, 台.
    fn are_unlike(&self, lines: &[usize]) -> bool {
        let Some(units) = self.units else { return false };
        let known = &self.view.rulebook.words.measures;
        let texts: BTreeSet<String> = lines
            .iter()
            .map(|line| words::key(self.view.text(*line, units)).into_owned())
            .filter(|unit| known.has(unit) || unit.ends_with('元'))
            .collect();
        texts.len() > 1
    }

    /// Whether a reading holds in every column in which its line states anything but zero, so that none can hold in more.
    fn holds_throughout(&self, target: usize, score: &Score) -> bool {
        let stated = |column: &&usize| {
            self.view.cell(target, **column).value().is_some_and(|value| !value.is_zero())
        };
        let columns = self.columns.iter().filter(stated).count();
        columns > 0 && score.holds.len() == columns
    }

    /// The lines of a list that 其中 opens: it stands on its first line for all of them.
    fn opened_by_of_which(&self, scope: &Range<usize>) -> Vec<usize> {
        let lines: Vec<usize> = scope
            .clone()
            .filter(|line| matches!(self.role(*line), LineRole::Item | LineRole::OfWhich))
            .collect();
        let Some(&first) = lines.first() else { return Vec::new() };
        let (role, parent) = (self.role(first), self.lines()[first].parent);
        if role != LineRole::OfWhich {
            return Vec::new();
        }
        lines.into_iter().filter(|line| self.lines()[*line].parent == parent).collect()
    }

    /// Whether every line of the scope that has figures is one of the parts, or in a list that is known to add up.
    fn explains(&self, parts: &[usize], scope: &Range<usize>) -> bool {
        scope.clone().all(|line| {
            !matches!(self.role(line), LineRole::Item | LineRole::Subtotal | LineRole::Total)
                || !self.view.any_number(line)
                || parts.binary_search(&line).is_ok()
                || self.covered[line].is_some()
        })
    }

    /// Whether the lines below a bottom total belong to another total.
    fn closed_below(&self, at: usize) -> bool {
        (at + 1..self.lines().len()).any(|line| self.total_word(line).is_some())
    }

    /// Line ranges that a total can speak of: since the last total of its rank, since the top; until the next, until the end.
    fn scopes(
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
    fn roots(&self, scope: &Range<usize>, target: usize) -> Vec<usize> {
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
    fn flat(&self, scope: &Range<usize>) -> Vec<usize> {
        scope.clone().filter(|line| matches!(self.role(*line), LineRole::Item)).collect()
    }

    /// Items without lines under them.
    fn leaves(&self, scope: &Range<usize>) -> Vec<usize> {
        let parents: BTreeSet<u32> =
            scope.clone().filter_map(|line| self.lines()[line].parent).collect();
        scope
            .clone()
            .filter(|line| self.role(*line) == LineRole::Item && !parents.contains(&(*line as u32)))
            .collect()
    }

    /// Lines of the outermost numbering.
    fn outermost_numbered(&self, scope: &Range<usize>) -> Vec<usize> {
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
    fn of_total(&self, scope: &Range<usize>, target: usize) -> Vec<usize> {
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
    fn least_indent(&self, scope: &Range<usize>) -> Vec<usize> {
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
    fn one_form(&self, parts: &[usize]) -> bool {
        let mut forms = parts
            .iter()
            .filter(|part| !matches!(self.role(**part), LineRole::Total | LineRole::Subtotal))
            .map(|part| {
                (self.lines()[*part].numbering, self.lines()[*part].code.as_ref().map(String::len))
            });
        let Some(first) = forms.next() else { return true };
        first.0.is_some() && forms.all(|form| form == first)
    }

    /// A column in which no relation holds though several were tried does not add up (prices, averages): leave it out.
    fn drop_columns_that_never_add(&mut self) {
        for &column in &self.columns.clone() {
            let holds = self.accepted.iter().filter(|a| a.score.holds.contains(&column)).count();
            let failing: Vec<&Accepted> = self
                .accepted
                .iter()
                .filter(|a| a.score.fails.contains(&column) && !a.score.holds.is_empty())
                .collect();
            // One wrong cell breaks every list it is in: that is a finding, not a column of prices.
            let shared = failing.first().is_some_and(|first| {
                let involved = |a: &Accepted, line: usize| {
                    a.target == line || a.parts.binary_search(&line).is_ok()
                };
                std::iter::once(first.target)
                    .chain(first.parts.iter().copied())
                    .any(|line| failing.iter().all(|a| involved(a, line)))
            });
            let fails = failing.len();
            if holds == 0
                && (fails >= 2 && !shared
                    || is_running_balance(
                        &self.view.rulebook.words,
                        self.view.table,
                        &self.view.table.fields[column],
                    ))
            {
                for accepted in &mut self.accepted {
                    accepted.score.fails.retain(|c| *c != column);
                    accepted.score.trivial.retain(|c| *c != column);
                }
                self.columns.retain(|c| *c != column);
            }
        }
    }

    fn relation(&self, accepted: &Accepted) -> Option<Relation> {
        let table = self.view.table;
        // One line below another without a code is no list by itself, nor is what could be tried in none of several columns.
        let Score { holds, trivial, fails } = &accepted.score;
        let single = accepted.parts.len() == 1
            && self.total_word(accepted.parts[0]).is_none()
            && table.lines[accepted.parts[0]].code.is_none();
        let supported = if fails.is_empty() { self.columns.len() == 1 } else { !single };
        if table.kind.is_none() && holds.is_empty() && trivial.is_empty() && !supported {
            return None;
        }
        let adds_up =
            |column: usize| self.accepted.iter().any(|other| other.score.holds.contains(&column));
        let columns: Vec<u32> = self
            .columns
            .iter()
            .copied()
            .filter(|column| {
                let stated = self.view.cell(accepted.target, *column).value().is_some();
                if table.fields[*column].role == FieldRole::Percent
                    && !accepted.score.holds.contains(column)
                    && !accepted.score.fails.contains(column)
                {
                    return false;
                }
                let filled = || {
                    let mut parts = accepted.parts.iter();
                    parts.any(|part| self.view.cell(*part, *column).value().is_some())
                };
                // A blank in a column in which no list adds up is no total that was forgotten, and a figure above blanks only
                // there is none of them.
                let meant = table.kind.is_some() || adds_up(*column);
                if stated {
                    let list = meant && accepted.parts.len() > 1;
                    return list || !accepted.score.holds.is_empty() || filled();
                }
                // A dash over counts of unlike things (台, 平方米) says that they are not added.
                table.fields[*column].role == FieldRole::Amount && meant && filled()
            })
            .map(|column| table.fields[column].column)
            .collect();
        if columns.is_empty() {
            return None;
        }
        let mut evidence = EvidenceSet::of(Origin::Label);
        if accepted.score.holds.len() >= 2 && !accepted.words_only {
            evidence = evidence.with(Origin::Mined);
        }
        Some(
            Relation::new(
                "T01",
                Operation::Sum,
                Shape::Lines {
                    table: table.id,
                    target: table.lines[accepted.target].row,
                    terms: accepted.parts.iter().map(|part| (table.lines[*part].row, 1)).collect(),
                    columns,
                },
                evidence,
            )
            .supported(accepted.score.holds.len() as u32, accepted.score.tried() as u32),
        )
    }

    /// 其中 items are at most what they are part of.
    fn of_which(&self) -> Vec<Relation> {
        let table = self.view.table;
        let mut relations = Vec::new();
        for (at, line) in table.lines.iter().enumerate() {
            let Some(parent) = line.parent.map(|parent| parent as usize) else { continue };
            if line.role != LineRole::OfWhich || !table.lines[parent].role.is_data() {
                continue;
            }
            // 其中：设备（%） is no amount under an amount.
            let unit = |label: &str| self.view.rulebook.words.bracketed_unit(label);
            let own = unit(&line.label);
            if own.is_some() && own != unit(&table.lines[parent].label) {
                continue;
            }
            // A complete list is a sum already.
            if self.covered[at] == Some(parent) {
                continue;
            }
            let columns: Vec<u32> = self
                .columns
                .iter()
                .copied()
                .filter(|column| table.fields[*column].role != FieldRole::Percent)
                .filter(|column| {
                    let (own, whole) = (
                        self.view.cell(at, *column).value(),
                        self.view.cell(parent, *column).value(),
                    );
                    // What is left over (净值, 结余) can be larger in a part than in the whole.
                    let label = words::key(&table.fields[*column].label);
                    let rest = self.view.rulebook.words.rest_headers.stand_in(&label);
                    !rest
                        && own.is_some_and(|value| value.is_sign_positive())
                        && whole.is_some_and(|value| value.is_sign_positive())
                })
                .map(|column| table.fields[column].column)
                .collect();
            if columns.is_empty() {
                continue;
            }
            relations.push(Relation::new(
                "T05",
                Operation::AtMost,
                Shape::Lines {
                    table: table.id,
                    target: line.row,
                    terms: vec![(table.lines[parent].row, 1)],
                    columns,
                },
                Origin::Label,
            ));
        }
        relations
    }
}
