//! Files → rulebook: what each may hold, how a later one extends an earlier, and what is wrong with them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use toml::Spanned;

use super::packed::Pack;
use super::{
    Beliefs, Declared, Difference, Form, KindField, List, Rulebook, TableKind, Term, Word, Words,
    parse,
};
use crate::model::{House, Measure, Names, RaisedBy, RuleCard, RuleText, Severity, Stage, Text};

/// A file of the rulebook.
#[derive(Clone, Debug)]
pub struct Source {
    /// As messages name it.
    pub file: String,
    /// Its contents.
    pub text: Cow<'static, str>,
    /// What an embedded text holds, packed.
    pack: Pack,
    holds: Holds,
    /// Written by a person, not by us.
    own: bool,
}

/// What a file holds, which its name says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holds {
    /// `rules.toml`: cards by code.
    Cards,
    /// The head of a file of `src/check/rules`: the card of a rule.
    Rule,
    /// `kinds/<id>.toml`: one kind.
    Kind(String),
    /// `words.toml`: lists of words by name.
    Words,
    /// `meanings.toml`: words by their meanings.
    Meanings,
    /// `names.toml`: how names are compared.
    Names,
    /// `forms.toml`: the forms that are code, by name; ours alone.
    Forms,
    /// `beliefs.toml`: thresholds by name.
    Beliefs,
    /// `gouji.toml`: everything in sections, and the settings of a run.
    Settings,
    /// Any other: everything in sections.
    Sections,
}

impl Source {
    /// A file of a person: `within` is its path in the folder of rules, `kinds/own.toml`, or `gouji.toml`.
    pub fn new(file: impl Into<String>, within: &str, text: impl Into<String>) -> Self {
        let (file, text) = (file.into(), Cow::Owned(text.into()));
        Self { file, text, pack: Pack::default(), holds: Holds::of(within), own: true }
    }

    pub(super) fn embedded(name: &str, text: &'static str, pack: Pack) -> Self {
        let text = Cow::Borrowed(text);
        Self { file: name.into(), text, pack, holds: Holds::of(name), own: false }
    }

    /// A mistake at some bytes of this file.
    fn mistake(&self, at: Option<Range<usize>>, said: Text) -> Mistake {
        let before = self.text.get(..at.map_or(0, |at| at.start)).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Mistake {
            file: self.file.clone(),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            said,
        }
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Vec<Mistake>> {
        if let Some(held) = self.pack.read() {
            return Ok(held);
        }
        toml::from_str(&self.text)
            .map_err(|error| vec![self.mistake(error.span(), translated(error.message()))])
    }
}

impl Holds {
    fn of(within: &str) -> Self {
        match within {
            "rules.toml" => Self::Cards,
            _ if Path::new(within).extension().is_some_and(|ext| ext == "rs") => Self::Rule,
            "words.toml" => Self::Words,
            "meanings.toml" => Self::Meanings,
            "names.toml" => Self::Names,
            "beliefs.toml" => Self::Beliefs,
            "forms.toml" => Self::Forms,
            "gouji.toml" => Self::Settings,
            _ => within
                .strip_prefix("kinds/")
                .and_then(|name| name.strip_suffix(".toml"))
                .map_or(Self::Sections, |id| Self::Kind(id.to_owned())),
        }
    }
}

/// Something wrong in a file of the rulebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What was read, and what is allowed.
    pub said: Text,
}

impl Mistake {
    /// As one line, in both languages.
    pub fn text(&self) -> Text {
        let Self { file, line, column, said } = self;
        Text::new(
            format!("{file} 第 {line} 行第 {column} 列：{}", said.zh),
            format!("{file}:{line}:{column}: {}", said.en),
        )
    }
}

/// What a file in sections may hold.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Sections {
    rules: BTreeMap<Spanned<String>, RuleCard>,
    kinds: BTreeMap<Spanned<String>, RawKind>,
    relations: Vec<RawDeclared>,
    differences: Vec<Difference>,
    words: WordLists,
    meanings: WordLists,
    names: RawNames,
    beliefs: Values,
    paper: Option<Spanned<House>>,
    /// Settings of a run, which the door reads.
    select: Option<Spanned<IgnoredAny>>,
    ignore: Option<Spanned<IgnoredAny>>,
    fail_on: Option<Spanned<IgnoredAny>>,
    trust: Option<Spanned<IgnoredAny>>,
    suppress: Option<Spanned<IgnoredAny>>,
}

/// Lists of words as a file holds them.
type WordLists = BTreeMap<Spanned<String>, Vec<String>>;

/// How names are compared, as a file holds it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawNames {
    endings: Vec<String>,
    short: BTreeMap<String, String>,
}

/// Thresholds as a person's file holds them.
type Values = BTreeMap<Spanned<String>, Spanned<u32>>;

/// A kind as a file holds it: new, or what it adds to one that there is.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawKind {
    name: Option<String>,
    english: Option<String>,
    /// Forget what was known of this kind.
    replace: bool,
    order: i32,
    title: Vec<Vec<String>>,
    not_title: Vec<String>,
    fields: Vec<KindField>,
    relations: Vec<RawDeclared>,
    total_code: Option<Spanned<String>>,
    level_code: Option<Spanned<String>>,
    share_code: Option<Spanned<String>>,
    balance_code: Option<Spanned<String>>,
    column_total_code: Option<Spanned<String>>,
    of_which_code: Option<Spanned<String>>,
    ratio_code: Option<Spanned<String>>,
    difference_code: Option<Spanned<String>>,
    entries_code: Option<Spanned<String>>,
    same_code: Option<Spanned<String>>,
    score_code: Option<Spanned<String>>,
    measure: Option<Measure>,
    stage: Option<Stage>,
}

/// A relation as a file holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDeclared {
    code: Spanned<String>,
    relation: Spanned<String>,
    severity: Severity,
    #[serde(default)]
    only_where_it_holds: bool,
    #[serde(default)]
    or_slip: bool,
    reason: Option<String>,
    reason_en: Option<String>,
}

/// Reads all sources; relations last, since they may name what a later file brings.
pub(super) fn rulebook<'a>(
    sources: impl Iterator<Item = &'a Source>,
) -> Result<Rulebook, Vec<Mistake>> {
    let mut reading = Reading {
        book: Rulebook::empty(),
        relations: Vec::new(),
        codes: Vec::new(),
        cards: Vec::new(),
        endings: List::default(),
        short: BTreeMap::new(),
        mistakes: Vec::new(),
    };
    for source in sources {
        if let Err(mistakes) = reading.file(source) {
            reading.mistakes.extend(mistakes);
        }
    }
    reading.finish()
}

struct Reading<'a> {
    book: Rulebook,
    /// Relations to be understood once everything is read, with the kind that declares them.
    relations: Vec<(&'a Source, Option<String>, RawDeclared)>,
    /// Codes that kinds give to forms, to be looked up then, with the kind.
    codes: Vec<(&'a Source, Spanned<String>, String)>,
    /// Where cards stand, to be asked then what raises them.
    cards: Vec<(&'a Source, Spanned<String>)>,
    /// Endings of names, and their short forms with what these stand for.
    endings: List,
    short: BTreeMap<String, String>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reading<'a> {
    fn file(&mut self, source: &'a Source) -> Result<(), Vec<Mistake>> {
        match &source.holds {
            Holds::Cards => self.cards(source, source.read()?),
            Holds::Rule => {
                let cards: BTreeMap<Spanned<String>, RuleCard> = source.read()?;
                let codes: Vec<String> = cards.keys().map(|code| code.get_ref().clone()).collect();
                self.cards(source, cards);
                for code in codes {
                    if let Some(card) = Arc::make_mut(&mut self.book.cards).get_mut(&code) {
                        card.raised_by.push(RaisedBy::Rule);
                    }
                }
            }
            Holds::Kind(id) => self.kind(source, id, None, source.read()?),
            Holds::Words => self.words(source, source.read()?),
            Holds::Meanings => self.meanings(source, source.read()?),
            Holds::Names => self.names(source.read()?),
            Holds::Forms if source.own => {
                let said = Text::new(
                    "数量关系的形式（forms）是程序的一部分，不能自定；请用 relations 声明关系",
                    "forms are code and cannot be added; declare relations instead",
                );
                self.mistakes.push(source.mistake(None, said));
            }
            Holds::Forms => {
                let forms: BTreeMap<String, Form> = source.read()?;
                let named = forms.into_iter().map(|(id, form)| Form { id, ..form });
                self.book.forms.extend(named);
            }
            Holds::Beliefs if source.own => self.beliefs(source, source.read()?),
            Holds::Beliefs => self.book.beliefs = source.read()?,
            Holds::Settings | Holds::Sections => {
                let sections: Sections = source.read()?;
                let settings = [&sections.select, &sections.ignore, &sections.fail_on];
                if source.holds == Holds::Sections
                    && let Some(setting) = settings.into_iter().flatten().next()
                {
                    let said = Text::new(
                        "select、ignore、fail-on 只能写在 gouji.toml 里",
                        "select, ignore and fail-on belong into gouji.toml",
                    );
                    self.mistakes.push(source.mistake(Some(setting.span()), said));
                }
                self.cards(source, sections.rules);
                for (id, kind) in sections.kinds {
                    self.kind(source, id.get_ref(), Some(id.span()), kind);
                }
                self.words(source, sections.words);
                self.meanings(source, sections.meanings);
                self.names(sections.names);
                self.beliefs(source, sections.beliefs);
                if let Some(house) = sections.paper {
                    self.house(source, house);
                }
                // A person's differences are tried before ours.
                self.book.differences.splice(..0, sections.differences);
                let relations = sections.relations.into_iter();
                self.relations.extend(relations.map(|relation| (source, None, relation)));
            }
        }
        Ok(())
    }

    fn cards(&mut self, source: &'a Source, cards: BTreeMap<Spanned<String>, RuleCard>) {
        for (code, mut card) in cards {
            if !is_code(code.get_ref()) {
                let said = not_a_code(code.get_ref());
                self.mistakes.push(source.mistake(Some(code.span()), said));
            }
            card.code.clone_from(code.get_ref());
            if let Some(known) = self.book.cards.get(code.get_ref()) {
                // Said in other words, it is still raised by what raised it.
                card.raised_by.clone_from(&known.raised_by);
            }
            Arc::make_mut(&mut self.book.cards).insert(code.get_ref().clone(), card);
            self.cards.push((source, code));
        }
    }

    fn words(&mut self, source: &Source, lists: WordLists) {
        for (name, words) in lists {
            let Some(list) = self.book.words.list(name.get_ref()) else {
                self.no_list(source, &name, Words::NAMES);
                continue;
            };
            list.extend(&words);
        }
    }

    fn meanings(&mut self, source: &Source, lists: WordLists) {
        for (name, words) in lists {
            let Some(meaning) = Word::named(name.get_ref()) else {
                self.no_list(source, &name, Word::NAMES);
                continue;
            };
            for word in &words {
                self.book.meanings.add(meaning, word);
            }
        }
    }

    fn no_list(&mut self, source: &Source, name: &Spanned<String>, names: &[&'static str]) {
        let near = nearest(name.get_ref(), names.iter().copied());
        let shown = if near.is_empty() { names.to_vec() } else { near };
        let said = Text::new(
            format!("没有字词表 {}；可用：{}", name.get_ref(), shown.join("、")),
            format!("there is no list `{}`; there are {}", name.get_ref(), shown.join(", ")),
        );
        self.mistakes.push(source.mistake(Some(name.span()), said));
    }

    /// Endings and short forms; an ending behind `!` is taken out, a short form that stands for nothing, too.
    fn names(&mut self, raw: RawNames) {
        self.endings.extend(&raw.endings);
        self.short.extend(raw.short);
    }

    fn beliefs(&mut self, source: &Source, values: Values) {
        for (name, value) in values {
            let (at, set) = (value.span(), value.into_inner());
            let Some(belief) = self.book.beliefs.belief(name.get_ref()) else {
                let names = Beliefs::NAMES;
                let said = Text::new(
                    format!("没有判断标准 {}；可用：{}", name.get_ref(), names.join("、")),
                    format!(
                        "there is no belief `{}`; there are {}",
                        name.get_ref(),
                        names.join(", ")
                    ),
                );
                self.mistakes.push(source.mistake(Some(name.span()), said));
                continue;
            };
            if !(belief.least..=belief.most).contains(&set) {
                let (least, most) = (belief.least, belief.most);
                let said = Text::new(
                    format!("{} 应在 {least} 到 {most} 之间，这里是 {set}", name.get_ref()),
                    format!("`{}` is between {least} and {most}, not {set}", name.get_ref()),
                );
                self.mistakes.push(source.mistake(Some(at), said));
                continue;
            }
            belief.value = set;
        }
    }

    /// How working papers are wanted; the last file that says so counts.
    fn house(&mut self, source: &Source, house: Spanned<House>) {
        let at = house.span();
        let mut house = house.into_inner();
        if let Some(colour) = house.colours.unreadable().first() {
            let said = Text::new(
                format!("“{colour}”不是颜色：请写六位十六进制数，如 FCE0C5"),
                format!("`{colour}` is no colour: write six hexadecimal digits, such as FCE0C5"),
            );
            self.mistakes.push(source.mistake(Some(at.clone()), said));
        }
        if house.without.iter().any(|sheet| !sheet.may_be_left_out()) {
            let said = Text::new(
                "without 里不能有 overview、checks、differences、money、coverage、rules、tables：其他表引用它们",
                "`without` cannot name overview, checks, differences, money, coverage, rules or tables: other sheets refer to them",
            );
            self.mistakes.push(source.mistake(Some(at), said));
        }
        // A picture is looked for beside the file that names it.
        if let Some(logo) = &mut house.logo {
            let folder = std::path::Path::new(&source.file).parent();
            *logo = folder
                .unwrap_or(std::path::Path::new(""))
                .join(&*logo)
                .to_string_lossy()
                .into_owned();
        }
        self.book.house = house;
    }

    fn kind(&mut self, source: &'a Source, id: &str, at: Option<Range<usize>>, raw: RawKind) {
        for code in [
            &raw.total_code,
            &raw.level_code,
            &raw.share_code,
            &raw.balance_code,
            &raw.column_total_code,
            &raw.of_which_code,
            &raw.ratio_code,
            &raw.difference_code,
            &raw.entries_code,
            &raw.same_code,
            &raw.score_code,
        ]
        .into_iter()
        .flatten()
        {
            self.codes.push((source, code.clone(), id.to_owned()));
        }
        let before = self.book.kinds.iter().position(|kind| kind.id == id);
        let mut kind = before.map(|at| self.book.kinds.remove(at)).unwrap_or_default();
        if before.is_none() || raw.replace {
            kind = TableKind { id: id.to_owned(), order: raw.order, ..TableKind::default() };
            self.relations.retain(|(_, of, _)| of.as_deref() != Some(id));
            if raw.name.is_none() || raw.title.is_empty() {
                let said = Text::new(
                    format!("新的表格种类 {id} 要有 name（名称）和 title（标题里的字样）"),
                    format!(
                        "the new kind `{id}` needs a `name` and a `title` (words of its title)"
                    ),
                );
                self.mistakes.push(source.mistake(at, said));
            }
        }
        let inner = |code: Option<Spanned<String>>| code.map(Spanned::into_inner);
        kind.name = raw.name.unwrap_or(kind.name);
        kind.english = raw.english.unwrap_or(kind.english);
        kind.title.extend(raw.title);
        kind.not_title.extend(raw.not_title);
        for field in raw.fields {
            match kind.fields.iter_mut().find(|known| known.id == field.id) {
                // A person's headers come before ours.
                Some(known) => {
                    known.headers.splice(..0, field.headers);
                    known.stage = field.stage.or(known.stage);
                }
                None => kind.fields.push(field),
            }
        }
        kind.total_code = inner(raw.total_code).or(kind.total_code);
        kind.share_code = inner(raw.share_code).or(kind.share_code);
        kind.level_code = inner(raw.level_code).or(kind.level_code);
        kind.balance_code = inner(raw.balance_code).or(kind.balance_code);
        kind.column_total_code = inner(raw.column_total_code).or(kind.column_total_code);
        kind.of_which_code = inner(raw.of_which_code).or(kind.of_which_code);
        kind.ratio_code = inner(raw.ratio_code).or(kind.ratio_code);
        kind.difference_code = inner(raw.difference_code).or(kind.difference_code);
        kind.entries_code = inner(raw.entries_code).or(kind.entries_code);
        kind.same_code = inner(raw.same_code).or(kind.same_code);
        kind.score_code = inner(raw.score_code).or(kind.score_code);
        kind.measure = raw.measure.or(kind.measure);
        kind.stage = raw.stage.or(kind.stage);
        let relations = raw.relations.into_iter();
        self.relations.extend(relations.map(|relation| (source, Some(id.to_owned()), relation)));
        self.book.kinds.push(kind);
    }

    fn finish(mut self) -> Result<Rulebook, Vec<Mistake>> {
        let short = std::mem::take(&mut self.short).into_iter();
        self.book.names = Arc::new(Names::new(
            short.filter(|(_, long)| !long.trim().is_empty()),
            self.endings.iter().cloned(),
            self.book.words.of_which.to_vec(),
        ));
        self.book.kinds.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        for (source, kind, raw) in std::mem::take(&mut self.relations) {
            let Some(declared) = self.declared(source, kind.as_deref(), raw) else { continue };
            match kind.and_then(|id| self.book.kinds.iter_mut().find(|kind| kind.id == id)) {
                Some(kind) => kind.relations.push(declared),
                None => self.book.relations.push(declared),
            }
        }
        for (form, code) in
            self.book.forms.iter().flat_map(|form| form.codes.iter().map(move |code| (form, code)))
        {
            if let Some(card) = Arc::make_mut(&mut self.book.cards).get_mut(code) {
                card.raised_by.push(RaisedBy::Made(form.text()));
            }
        }
        for (source, code, kind) in std::mem::take(&mut self.codes) {
            let name = self.book.kind(&kind).map_or(kind.clone(), |kind| kind.name.clone());
            if let Some(card) = Arc::make_mut(&mut self.book.cards).get_mut(code.get_ref()) {
                let raiser = RaisedBy::Kind(name);
                if !card.raised_by.contains(&raiser) {
                    card.raised_by.push(raiser);
                }
            } else {
                let said = self.unknown_code(code.get_ref());
                self.mistakes.push(source.mistake(Some(code.span()), said));
            }
        }
        for (source, code) in std::mem::take(&mut self.cards) {
            let code = (code.get_ref(), code.span());
            if self.book.cards.get(code.0).is_some_and(|card| card.raised_by.is_empty()) {
                self.mistakes.push(source.mistake(Some(code.1), raised_by_nothing(code.0)));
            }
        }
        if self.mistakes.is_empty() { Ok(self.book) } else { Err(self.mistakes) }
    }

    fn declared(
        &mut self,
        source: &Source,
        kind: Option<&str>,
        raw: RawDeclared,
    ) -> Option<Declared> {
        let reason = raw.reason.map(|zh| {
            let en = raw.reason_en.unwrap_or_else(|| zh.clone());
            Text { zh, en }
        });
        let code = raw.code.get_ref();
        if !self.book.cards.contains_key(code) {
            match &reason {
                // A relation of a person's own says itself what its code means.
                Some(reason) if source.own && is_code(code) => {
                    let card = own_card(code, reason, raw.severity, &source.file);
                    Arc::make_mut(&mut self.book.cards).insert(code.clone(), card);
                }
                Some(_) if !is_code(code) => {
                    let said = not_a_code(code);
                    self.mistakes.push(source.mistake(Some(raw.code.span()), said));
                }
                _ => {
                    let said = self.unknown_code(code);
                    self.mistakes.push(source.mistake(Some(raw.code.span()), said));
                }
            }
        }
        let text = raw.relation.get_ref();
        let formula = match parse(text) {
            Ok(formula) => formula,
            Err(error) => {
                // Behind the quote: exact where the text has no escapes, which relations need not have.
                let start = raw.relation.span().start + 1;
                let into: usize = text.chars().take(error.at - 1).map(char::len_utf8).sum();
                let said = Text::new(
                    format!("关系“{text}”读不懂：{}", error.message.zh),
                    format!("cannot read the relation `{text}`: {}", error.message.en),
                );
                self.mistakes.push(source.mistake(Some(start + into..start + into), said));
                return None;
            }
        };
        for term in formula.terms.iter().chain([&formula.target]) {
            if let Some(said) = self.wrong_term(kind, term) {
                self.mistakes.push(source.mistake(Some(raw.relation.span()), said));
            }
        }
        if let Some(card) = Arc::make_mut(&mut self.book.cards).get_mut(code) {
            card.raised_by.push(RaisedBy::Relation(text.clone()));
        }
        Some(Declared {
            code: raw.code.into_inner(),
            relation: raw.relation.into_inner(),
            formula,
            severity: raw.severity,
            only_where_it_holds: raw.only_where_it_holds,
            or_slip: raw.or_slip,
            own: source.own,
            reason,
        })
    }

    /// What is wrong with the kind or the field of a term.
    fn wrong_term(&self, inside: Option<&str>, term: &Term) -> Option<Text> {
        let Some(id) = term.kind.as_deref() else {
            return inside.is_none().then(|| {
                Text::new(
                    "表间关系的每一项都要写明表格种类，如 expenditure[合计].paid",
                    "each term of a relation between tables names its kind: expenditure[合计].paid",
                )
            });
        };
        let Some(kind) = self.book.kind(id) else {
            let ids: Vec<&str> = self.book.kinds.iter().map(|kind| kind.id.as_str()).collect();
            let near = nearest(id, ids.iter().copied());
            let shown = if near.is_empty() { ids } else { near };
            return Some(Text::new(
                format!("没有表格种类 {id}；可用：{}", shown.join("、")),
                format!("there is no kind `{id}`; there are {}", shown.join(", ")),
            ));
        };
        let field = term.field.as_deref()?;
        if kind.fields.iter().any(|known| known.id == field) {
            return None;
        }
        let known: Vec<&str> = kind.fields.iter().map(|field| field.id.as_str()).collect();
        Some(Text::new(
            format!("表格种类 {id} 没有字段 {field}；可用：{}", known.join("、")),
            format!("kind `{id}` has no field `{field}`; it has {}", known.join(", ")),
        ))
    }

    fn unknown_code(&self, code: &str) -> Text {
        let near = self.book.nearest(code);
        Text::new(
            format!(
                "没有代码为 {code} 的规则，相近的有：{}；自己的关系可用新代码（如 U01），并写明 reason",
                near.join("、")
            ),
            format!(
                "there is no rule {code}; near it are {}; a relation of your own may use a new code (U01) and says its `reason`",
                near.join(", ")
            ),
        )
    }
}

fn own_card(code: &str, reason: &Text, severity: Severity, file: &str) -> RuleCard {
    let said = |title: &str, checks: String| RuleText {
        title: title.to_owned(),
        checks,
        ..RuleText::default()
    };
    RuleCard {
        code: code.to_owned(),
        name: format!("own-{}", code.to_lowercase()),
        severity,
        source: file.to_owned(),
        zh: said(&reason.zh, format!("{}（由 {file} 声明）", reason.zh)),
        en: said(&reason.en, format!("{} (declared in {file})", reason.en)),
        raised_by: Vec::new(),
    }
}

fn raised_by_nothing(code: &str) -> Text {
    Text::new(
        format!(
            "没有关系、也没有表格种类用到规则 {code}，它什么也不会核对：请声明一条代码为 {code} 的关系"
        ),
        format!(
            "no relation and no kind uses the rule {code}, so that it would check nothing: declare a relation with the code {code}"
        ),
    )
}

/// A capital letter and two digits.
fn is_code(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && text.len() == 3
        && letters.all(|c| c.is_ascii_digit())
}

fn not_a_code(text: &str) -> Text {
    Text::new(
        format!("代码应为一个大写字母加两位数字（如 U01），这里是 {text}"),
        format!("a code is a capital letter and two digits (U01), not `{text}`"),
    )
}

/// Those of some words that are spelled much like one, likeliest first.
pub(super) fn nearest<'a, T: AsRef<str> + ?Sized + 'a>(
    word: &str,
    known: impl Iterator<Item = &'a T>,
) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    let mut near: Vec<(usize, &str)> = known
        .map(AsRef::as_ref)
        .map(|known| (strsim::damerau_levenshtein(&wanted, &known.to_lowercase()), known))
        // Half of the letters may be wrong: one of a code's three, several of a name's.
        .filter(|(distance, _)| *distance * 2 <= wanted.chars().count().max(2))
        .collect();
    near.sort_unstable();
    near.truncate(4);
    near.into_iter().map(|(_, word)| word).collect()
}

/// What the TOML reader says, in Chinese too where it is a sentence that people meet.
fn translated(message: &str) -> Text {
    let zh = if let Some(rest) = message.strip_prefix("unknown field ") {
        match rest.split_once(", expected ") {
            Some((field, allowed)) => format!(
                "不认识 {field}；可用：{}",
                allowed.trim_start_matches("one of ").replace(", ", "、").replace(" or ", "、")
            ),
            None => format!("不认识 {rest}"),
        }
    } else if let Some(rest) = message.strip_prefix("unknown variant ") {
        match rest.split_once(", expected ") {
            Some((value, allowed)) => format!(
                "值 {value} 不对；可用：{}",
                allowed.trim_start_matches("one of ").replace(", ", "、").replace(" or ", "、")
            ),
            None => format!("值不对：{rest}"),
        }
    } else if let Some(field) = message.strip_prefix("missing field ") {
        format!("缺少 {field}")
    } else {
        format!("格式有误：{message}")
    };
    Text::new(zh, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let source = Source::new("gouji.toml", "gouji.toml", text);
        let mistakes = Rulebook::of(&[source]).err().unwrap_or_default();
        mistakes.iter().map(|mistake| mistake.text().en).collect()
    }

    #[test]
    fn the_embedded_rulebook_is_well_formed() {
        let book = Rulebook::of(&[]).unwrap();
        assert!(!book.kinds.is_empty() && !book.cards.is_empty() && !book.relations.is_empty());
        assert!(
            book.kinds.windows(2).all(|pair| pair[0].order < pair[1].order),
            "no two in one place"
        );
    }

    #[test]
    fn a_kind_of_ones_own_comes_first_and_one_that_is_known_grows() {
        let text = r#"
            [kinds.union]
            name = "工会经费表"
            title = [["工会经费"]]
            [[kinds.union.fields]]
            id = "paid"
            headers = ["拨付"]
            [kinds.expenditure]
            title = [["开支明细"]]
            [[kinds.expenditure.fields]]
            id = "paid"
            headers = ["花了"]
            [[relations]]
            code = "U01"
            relation = "union[合计].paid = expenditure[工会经费].paid"
            severity = "error"
            reason = "工会经费两表一致"
        "#;
        let before = Rulebook::default();
        let book = Rulebook::of(&[Source::new("gouji.toml", "gouji.toml", text)]).unwrap();
        assert_eq!(book.kinds[0].id, "union");
        let (old, new) = (before.kind("expenditure").unwrap(), book.kind("expenditure").unwrap());
        assert_eq!(new.title.len(), old.title.len() + 1);
        let paid = new.fields.iter().find(|field| field.id == "paid").unwrap();
        assert_eq!(paid.headers[0], "花了");
        assert_eq!(new.relations.len(), old.relations.len());
        assert_eq!(book.cards["U01"].zh.title, "工会经费两表一致");
        assert!(book.relations.last().unwrap().own);
    }

    #[test]
    fn mistakes_say_where_what_and_what_is_allowed() {
        let relation = |text: &str| {
            format!(
                "\n[[relations]]\ncode = \"U01\"\nrelation = \"{text}\"\nseverity = \"error\"\nreason = \"某\"\n"
            )
        };
        let said = mistakes(&relation("expenditure[合计].paid = * 2"));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("gouji.toml:4:36: cannot read the relation"), "{said:?}");
        let said = mistakes(&relation("expenditur[合计].paid = expenditure[合计].pay"));
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("no field `pay`; it has"), "{said:?}");
        assert!(said[1].contains("no kind `expenditur`; there are expenditure"), "{said:?}");
        let said = mistakes("[kinds.x]\nname = \"某\"\ntitel = [[\"某\"]]\n");
        assert!(said[0].starts_with("gouji.toml:3:1: unknown field `titel`"), "{said:?}");
        assert!(said[0].contains("`title`"), "{said:?}");
        let said = mistakes("[kinds.x]\nname = \"某\"\n");
        assert!(said[0].starts_with("gouji.toml:1:"), "{said:?}");
        let sections = "{ title = \"某\", checks = \"某\", example = \"某\", remedy = \"某\" }";
        let card = format!(
            "[rules.U02]\nname = \"own\"\nseverity = \"error\"\nsource = \"某\"\nzh = {sections}\nen = {sections}\n"
        );
        let said = mistakes(&card);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("gouji.toml:1:8: no relation and no kind uses the rule U02"),
            "{said:?}"
        );
        assert!(mistakes(&format!("{card}[kinds.expenditure]\ntotal_code = \"U02\"\n")).is_empty());
        let said = mistakes("[beliefs]\nwitnesses = 9\nnumber = 3\n");
        assert!(said[0].contains("no belief `number`; there are witnesses"), "{said:?}");
        assert!(said[1].starts_with("gouji.toml:2:13: `witnesses` is between 1 and 4"), "{said:?}");
        assert!(mistakes("[beliefs]\nnumbers = 10\n").is_empty());
        let said = mistakes("[kinds.expenditure]\ntotal_code = \"T91\"\n");
        assert!(said[0].contains("no rule T91; near it are T01"), "{said:?}");
    }
}
