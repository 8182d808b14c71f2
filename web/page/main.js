// The page: what was given, what was found, and the one finding that is looked at.

import { h, mark, picture, replace } from './dom.js';
import * as model from './model.js';
import { centre, marksOf, sheetTable } from './sheet.js';
import { forgetWork, recallWork, rememberWork } from './memory.js';
import { currentLanguage, figure, inUnit, say, setLanguage, t } from './text.js';

const state = {
  engine: null,
  about: null,
  files: [],
  view: null,
  // 'empty', 'working', 'failed', 'done'
  phase: 'empty',
  progress: { step: 'starting' },
  trouble: null,
  abort: null,
  chosen: new Set(model.SEVERITIES),
  // {finding: index} or {table: index}
  selected: null,
  corrections: [],
  // Numbers typed over cells to see what would agree: {file, sheet, cell, value}
  typed: [],
  passwords: [],
  // What an evaluator says of findings, by their keys: {conclusion, note}
  reviews: {},
  // What was found in the drafts before this one, the oldest first.
  earlier: [],
  // The files of the department that is looked at, or null for all.
  department: null,
  theme: remembered('theme', 'auto'),
  shortcuts: remembered('shortcuts', 'on') === 'on',
};

const parts = {};

export function start(engine) {
  state.engine = engine;
  setLanguage(remembered('language', /^en\b/i.test(navigator.language || '') ? 'en' : 'zh'));
  applyTheme();
  build();
  engine.about().then(
    (about) => {
      state.about = about;
      drawAbout();
    },
    () => {},
  );
  document.addEventListener('keydown', onKey);
  for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) document.addEventListener(name, onDrag);
  resume();
}

// Goes on with the work of this tab after the page is loaded again.
async function resume() {
  const work = recallWork();
  if (!work) return;
  const { place, ...words } = work;
  const found = await state.engine.resume(place).catch(() => null);
  if (!found || state.phase !== 'empty') return;
  Object.assign(state, words, { files: found.files });
  if (found.view) show(found.view);
  else check();
}

function remind(place) {
  const { corrections, typed, reviews, earlier } = state;
  const work = { place, corrections, typed, reviews, earlier };
  // A tab's storage is small: where not all drafts fit, the last is kept.
  rememberWork(work) || rememberWork({ ...work, earlier: earlier.slice(-1) });
}

// ---- the frame --------------------------------------------------------------------------------------------------

function build() {
  parts.skip = h('a', { class: 'skip', href: '#results' });
  parts.bar = h('header', { class: 'bar' });
  parts.main = h('main', { id: 'results', tabindex: -1 });
  parts.foot = h('footer', { class: 'foot' });
  parts.live = h('div', { class: 'sr', role: 'status', 'aria-live': 'polite' });
  parts.input = h('input', { type: 'file', multiple: true, class: 'sr', tabindex: -1, 'aria-hidden': 'true', onchange: onChoose });
  parts.veil = h('div', { class: 'veil', 'aria-hidden': 'true' });
  replace(
    document.getElementById('app'),
    parts.skip,
    parts.bar,
    parts.main,
    parts.foot,
    parts.live,
    parts.input,
    parts.veil,
  );
  drawFrame();
  draw();
}

function drawFrame() {
  document.documentElement.lang = currentLanguage() === 'en' ? 'en' : 'zh-CN';
  document.title = t('title');
  replace(parts.skip, t('skip'));
  replace(parts.veil, h('p', null, picture('drop'), t('drop_title')));
  parts.promise = h('p', { class: 'promise' });
  replace(
    parts.bar,
    h('div', { class: 'brand' }, mark(), h('span', null, t('brand'))),
    parts.promise,
    h(
      'div',
      { class: 'tools' },
      h('button', { type: 'button', class: 'quiet', lang: currentLanguage() === 'en' ? 'zh-CN' : 'en', onclick: switchLanguage }, t('other_language')),
      h('button', { type: 'button', class: 'quiet', onclick: switchTheme }, picture('sun'), h('span', { class: 'wide' }, t('theme', t(`theme_${state.theme}`))), h('span', { class: 'narrow sr' }, t('theme', t(`theme_${state.theme}`)))),
      h('button', { type: 'button', class: 'quiet', onclick: showKeys }, picture('keys'), h('span', { class: 'wide' }, t('keys')), h('span', { class: 'narrow sr' }, t('keys'))),
    ),
  );
  drawAbout();
}

// What the engine says of itself comes later than the frame, which must not lose the focus for it.
function drawAbout() {
  if (!state.about) return;
  const { engine, lan, gouji } = state.about;
  replace(parts.promise, t(engine === 'wasm' ? 'promise_local' : lan ? 'promise_lan' : 'promise_native'));
  replace(parts.foot, `${t('version', gouji)} · ${t(engine === 'wasm' ? 'offline' : 'native')}`);
}

function switchLanguage() {
  setLanguage(currentLanguage() === 'en' ? 'zh' : 'en');
  remember('language', currentLanguage());
  drawFrame();
  draw();
  parts.bar.querySelector('button').focus();
}

function switchTheme() {
  state.theme = { auto: 'light', light: 'dark', dark: 'auto' }[state.theme] || 'auto';
  remember('theme', state.theme);
  applyTheme();
  drawFrame();
  parts.bar.querySelectorAll('button')[1].focus();
}

function applyTheme() {
  if (state.theme === 'auto') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', state.theme);
}

// Pages from disk may be refused storage: then nothing is remembered.
function remembered(name, otherwise) {
  try {
    return localStorage.getItem(`gouji-${name}`) || otherwise;
  } catch {
    return otherwise;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`gouji-${name}`, value);
  } catch {
    // Nothing is remembered.
  }
}

function announce(words) {
  replace(parts.live, words);
}

// ---- giving files -------------------------------------------------------------------------------------------------

let dragDepth = 0;

function onDrag(event) {
  const types = event.dataTransfer ? Array.from(event.dataTransfer.types) : [];
  if (!types.includes('Files')) return;
  event.preventDefault();
  if (event.type === 'dragenter') dragDepth += 1;
  if (event.type === 'dragleave') dragDepth -= 1;
  if (event.type === 'drop') {
    dragDepth = 0;
    dropped(event.dataTransfer).then(give);
  }
  document.body.classList.toggle('dragging', dragDepth > 0);
}

// The files of a drop, folders opened.
async function dropped(transfer) {
  const entries = Array.from(transfer.items || [])
    .map((item) => (item.webkitGetAsEntry ? item.webkitGetAsEntry() : null))
    .filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return Array.from(transfer.files).map((file) => ({ name: file.name, file }));
  const found = [];
  for (const entry of entries) await walk(entry, '', found);
  return found;
}

async function walk(entry, folder, found) {
  if (found.length >= 1000) return;
  if (entry.isFile) {
    // Lock files of Office, and what systems leave in folders.
    if (/^(~\$|\.)|^(Thumbs\.db|desktop\.ini)$/i.test(entry.name)) return;
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    if (file) found.push({ name: folder + file.name, file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (batch.length === 0) return;
    for (const inner of batch) await walk(inner, `${folder}${entry.name}/`, found);
  }
}

function onChoose() {
  const files = Array.from(parts.input.files).map((file) => ({ name: file.name, file }));
  parts.input.value = '';
  give(files);
}

// Takes files in: one of the same name replaces the earlier.
function give(files) {
  if (files.length === 0) return;
  const limit = state.about ? state.about.limits.file : Infinity;
  const tooLarge = files.find(({ file }) => file.size > limit);
  if (tooLarge) {
    fail(t('why_too_large', tooLarge.name, Math.round(limit / 1048576)));
    return;
  }
  const merged = state.files.slice();
  for (const entry of files) {
    const at = merged.findIndex((other) => other.name === entry.name);
    if (at < 0) merged.push(entry);
    else merged[at] = entry;
  }
  if (state.view) state.earlier = [...state.earlier, model.draft(state.view)].slice(-model.DRAFTS);
  state.files = merged;
  state.corrections = [];
  state.typed = [];
  check();
}

async function check() {
  if (state.abort) state.abort.abort();
  const abort = new AbortController();
  state.abort = abort;
  state.phase = 'working';
  state.progress = { step: 'starting' };
  draw();
  announce(t('checking'));
  try {
    const view = await state.engine.check(state.files, request(), onProgress(abort), abort.signal);
    if (state.abort !== abort) return;
    show(view);
    state.engine.keep(state.files).then((place) => place && remind(place));
  } catch (trouble) {
    if (state.abort !== abort) return;
    if (trouble.name === 'AbortError') {
      state.phase = state.view ? 'done' : 'empty';
      draw();
      announce(t('cancelled'));
    } else fail(troubleWords(trouble));
  }
}

// What is asked beside the files.
function request() {
  const { corrections, typed, passwords, reviews } = state;
  const said = Object.entries(reviews).map(([finding, review]) => ({ finding, ...review }));
  return { corrections, typed, passwords, reviews: said };
}

function show(view) {
  state.view = view;
  state.phase = 'done';
  state.chosen = new Set(model.SEVERITIES);
  state.department = null;
  const first = model.order(model.grouped(view, state.chosen))[0];
  state.selected = first === undefined ? null : { finding: first };
  draw();
  announce(`${verdictWords(view)}。${countWords(view.summary)}`);
}

function onProgress(abort) {
  return (progress) => {
    if (state.abort !== abort) return;
    state.progress = progress;
    drawProgress();
  };
}

function fail(words) {
  state.phase = 'failed';
  state.trouble = words;
  draw();
  announce(t('failed', words));
}

function troubleWords(trouble) {
  if (trouble.both) return say(trouble.both);
  const name = trouble.fileName || state.progress.name || '';
  const known = { timeout: 'why_timeout', crashed: 'why_crashed', memory: 'why_memory', busy: 'why_busy', gone: 'why_gone', unreadable: 'why_unreadable' };
  return known[trouble.why] ? t(known[trouble.why], name) : String(trouble.message || trouble);
}

function cancel() {
  if (state.abort) state.abort.abort();
  state.engine.cancel();
}

function startOver() {
  state.engine.cancel();
  state.engine.forget();
  forgetWork();
  Object.assign(state, { files: [], view: null, phase: 'empty', selected: null, corrections: [], typed: [], passwords: [], reviews: {}, earlier: [], trouble: null });
  draw();
  parts.main.focus();
}

// ---- drawing ------------------------------------------------------------------------------------------------------

function draw() {
  document.body.dataset.phase = state.phase;
  if (state.phase === 'empty') drawEmpty();
  else if (state.phase === 'working') drawWorking();
  else if (state.phase === 'failed') drawFailed();
  else drawDone();
}

function chooseButton(words, kind) {
  return h('button', { type: 'button', class: kind, onclick: () => parts.input.click() }, words);
}

function drawEmpty() {
  replace(
    parts.main,
    h(
      'section',
      { class: 'welcome' },
      h(
        'div',
        { class: 'drop' },
        h('div', { class: 'drop-picture' }, picture('drop')),
        h('h1', null, t('drop_title')),
        h('p', null, t('drop_more')),
        chooseButton(t('choose'), 'primary'),
        h('p', { class: 'small' }, t('drop_formats')),
      ),
      h(
        'ol',
        { class: 'steps' },
        [1, 2, 3].map((step) => h('li', null, h('h2', null, t(`step_${step}`)), h('p', null, t(`step_${step}_text`)))),
      ),
    ),
  );
}

function drawWorking() {
  parts.progressWords = h('p', { class: 'working-words' });
  parts.progressBar = h('progress', { max: 1, 'aria-label': t('progress') });
  replace(
    parts.main,
    h(
      'section',
      { class: 'working' },
      h('h1', null, t('checking')),
      parts.progressWords,
      parts.progressBar,
      h('button', { type: 'button', onclick: cancel }, t('cancel')),
    ),
  );
  drawProgress();
}

function drawProgress() {
  if (state.phase !== 'working') return;
  const { step, name, at, of } = state.progress;
  replace(parts.progressWords, t(step, name || ''), at ? ` · ${t('of', at, of)}` : '');
  if (at && of > 1) parts.progressBar.setAttribute('value', String((at - 1) / of));
  else parts.progressBar.removeAttribute('value');
}

function drawFailed() {
  replace(
    parts.main,
    h(
      'section',
      { class: 'working', role: 'alert' },
      h('h1', null, t('verdict_none')),
      h('p', null, state.trouble),
      h(
        'div',
        { class: 'row' },
        state.files.length > 0 && h('button', { type: 'button', class: 'primary', onclick: check }, t('retry')),
        chooseButton(t('choose_more'), ''),
        h('button', { type: 'button', onclick: startOver }, t('start_over')),
      ),
    ),
  );
}

// What was found, and what could not be looked at: never the one without the other.
function verdictWords(view) {
  const unread = model.unread(view);
  if (unread === 0) return foundWords(view);
  if (unread === view.files.length) return t('verdict_unread_all');
  return t(model.packetVerdict(view) === 'ok' ? 'verdict_unread_ok' : 'verdict_unread', foundWords(view), unread);
}

function foundWords(view) {
  const verdict = model.packetVerdict(view);
  const { error, warning } = view.summary;
  if (verdict === 'fails') return t('verdict_fails', error) + (warning ? `${comma()}${t('verdict_warn', warning)}` : '');
  if (verdict === 'warn') return t('verdict_warn', warning);
  return t(verdict === 'ok' ? 'verdict_ok' : 'verdict_none');
}

function comma() {
  return currentLanguage() === 'en' ? ', ' : '，';
}

function countWords(summary) {
  const { holds, rounding, fails, unverifiable } = summary;
  return t('counts', holds + rounding + fails + unverifiable, holds, rounding, fails, unverifiable);
}

const VERDICT_PICTURES = { fails: 'error', warn: 'warning', ok: 'ok', none: 'unknown', refused: 'unknown' };

function drawDone() {
  const view = state.view;
  const unread = model.unread(view) > 0;
  const verdict = unread && model.packetVerdict(view) === 'ok' ? 'none' : model.packetVerdict(view);
  parts.list = h('div', { class: 'list' });
  parts.detail = h('section', { class: 'detail', 'aria-label': t('detail') });
  replace(
    parts.main,
    h(
      'section',
      { class: `verdict verdict-${verdict}`, 'aria-label': t('verdict') },
      h(
        'div',
        { class: 'verdict-text' },
        h('div', { class: 'verdict-words' }, picture(VERDICT_PICTURES[verdict]), h('h1', null, verdictWords(view))),
        h(
          'p',
          { class: 'counts' },
          countWords(view.summary),
          h('span', { class: 'coverage' }, t('coverage', view.coverage.numbers, view.coverage.checked)),
        ),
        h('p', { class: 'small hint' }, t('replace_hint')),
        view.remarks.map((remark) => h('p', { class: 'small' }, say(remark))),
        state.corrections.length > 0 && correctedNote(),
        state.typed.length > 0 && typedNote(),
        state.earlier.length > 0 && draftNote(),
      ),
      h(
        'div',
        { class: 'downloads row' },
        outputButton('all', t('download_all'), 'primary'),
        outputButton('evaluation', t('download_evaluation'), ''),
        outputButton('report', t('download_json'), ''),
        chooseButton(t('choose_more'), ''),
        h('button', { type: 'button', class: 'quiet', onclick: startOver }, t('start_over')),
      ),
    ),
    model.locked(view).length > 0 && passwordBox(),
    view.entities.length > 0 && departments(),
    h('div', { class: 'panes' }, h('section', { class: 'side', 'aria-label': t('findings') }, filters(), parts.list), parts.detail),
  );
  drawList();
  drawDetail();
}

function correctedNote() {
  return h(
    'p',
    { class: 'corrected' },
    t('corrected'),
    ' ',
    h('button', { type: 'button', class: 'quiet', onclick: () => recheck([]) }, t('undo_corrections')),
  );
}

function filters() {
  return h(
    'div',
    { class: 'filters', role: 'group', 'aria-label': t('filter') },
    model.SEVERITIES.map((severity) =>
      h(
        'button',
        {
          type: 'button',
          class: `chip chip-${severity}`,
          'aria-pressed': state.chosen.has(severity) ? 'true' : 'false',
          onclick: (event) => toggle(severity, event.currentTarget),
        },
        picture(severity),
        t(severity),
        ' ',
        h('span', { class: 'count' }, state.view.summary[severity]),
      ),
    ),
  );
}

function toggle(severity, button) {
  if (state.chosen.has(severity)) state.chosen.delete(severity);
  else state.chosen.add(severity);
  button.setAttribute('aria-pressed', state.chosen.has(severity) ? 'true' : 'false');
  drawList();
  announce(t('findings') + ' ' + model.order(model.grouped(state.view, state.chosen)).length);
}

// ---- the list -----------------------------------------------------------------------------------------------------

function drawList() {
  const view = state.view;
  const groups = model.grouped(view, state.chosen);
  const nothing = model.order(groups).length === 0;
  replace(
    parts.list,
    nothing && h('p', { class: 'nothing' }, nothingWords(view)),
    groups.has(-1) && h('section', { class: 'file' }, h('h2', null, t('whole_packet')), findingList(groups.get(-1))),
    view.files.map((file, id) => (inDepartment(id) ? fileSection(file, id, groups.get(id)) : null)),
    view.unverified.length > 0 && state.department === null && unverifiedList(view.unverified),
    view.unlisted > 0 && h('p', { class: 'nothing' }, t('unlisted', view.unlisted)),
  );
  markSelected(false);
}

function fileSection(file, id, sheets) {
  const { word, count } = model.fileVerdict(file);
  const tables = state.view.tables.map((table, index) => ({ table, index })).filter(({ table }) => table.file === id);
  return h(
    'section',
    { class: 'file' },
    h(
      'div',
      { class: 'file-head' },
      h('h2', { title: file.path }, picture('file'), h('bdi', null, file.path)),
      h(
        'p',
        { class: `file-verdict verdict-${word}` },
        picture(VERDICT_PICTURES[word]),
        t(`file_${word}`, count),
        file.counts.info > 0 && word !== 'refused' && h('span', { class: 'small' }, ` · ${t('file_info', file.counts.info)}`),
      ),
      file.can_mark && file.same_as === null && outputButton(`marked-${id}`, t('download_marked'), 'quiet', t('download_marked_of', file.path)),
    ),
    file.error && h('div', { class: 'trouble' }, h('p', null, say(file.error.message)), h('p', { class: 'small' }, file.error.code === 'encrypted' ? t('password_hint') : say(file.error.hint))),
    file.same_as !== null && h('p', { class: 'small' }, t('file_same', state.view.files[file.same_as].path)),
    file.refused_sheets.map((sheet) => h('p', { class: 'trouble' }, h('bdi', null, sheet.name), '：', say(sheet.error.message))),
    sheets && findingList(sheets, id),
    tables.length > 0 && tableList(tables),
    file.remarks.length > 0 &&
      h(
        'details',
        { class: 'tables' },
        h('summary', null, `${t('remarks')} (${file.remarks.length})`),
        file.remarks.map((remark) => h('p', { class: 'small remark' }, say(remark))),
      ),
  );
}

function findingList(sheets, file) {
  const parts = [];
  for (const [sheet, causes] of sheets) {
    const found = sheet < 0 ? null : model.sheetOf(state.view, file, sheet);
    const name = sheet < 0 ? (file === undefined ? null : t('whole_file')) : found && found.name;
    if (name) parts.push(h('h3', null, h('bdi', null, name), found && found.hidden && t('hidden_sheet')));
    for (const indexes of causes.values()) parts.push(causeGroup(indexes));
  }
  return parts;
}

function causeGroup(indexes) {
  const list = h('ul', { class: 'findings' }, indexes.map((index) => h('li', null, findingButton(index))));
  if (indexes.length < 2) return list;
  const first = state.view.findings[indexes[0]];
  const cause = first.diagnoses[0] && first.diagnoses[0].changes.length ? first.diagnoses[0].text : first.message;
  return h(
    'div',
    { class: 'cause' },
    h('p', { class: 'cause-words' }, h('strong', null, t('same_cause', indexes.length)), ' ', say(cause)),
    list,
  );
}

function findingButton(index) {
  const finding = state.view.findings[index];
  return h(
    'button',
    { type: 'button', class: `finding finding-${finding.severity}`, 'data-finding': index, onclick: () => select({ finding: index }, true) },
    h('span', { class: 'tag' }, picture(finding.severity), h('span', { class: 'sr' }, t(finding.severity))),
    h('span', { class: 'where' }, finding.at ? finding.at.cell : ''),
    h('span', { class: 'what' }, say(finding.message)),
  );
}

function tableList(tables) {
  return h(
    'details',
    { class: 'tables' },
    h('summary', null, t('tables', tables.length)),
    h(
      'ul',
      null,
      tables.map(({ table, index }) =>
        h(
          'li',
          null,
          h(
            'button',
            { type: 'button', class: 'table-button', 'data-table': index, onclick: () => select({ table: index }, true) },
            picture('table'),
            h('bdi', null, tableTitle(table)),
            h('span', { class: 'small' }, `${table.range} · ${table.unit || t('none')}`),
          ),
        ),
      ),
    ),
  );
}

function tableTitle(table) {
  return table.title || model.sheetName(state.view, table.file, table.sheet) || table.range;
}

function select(selected, byHand) {
  state.selected = selected;
  drawDetail();
  markSelected(true);
  if (byHand && matchMedia('(max-width: 760px)').matches) {
    parts.detail.setAttribute('tabindex', '-1');
    parts.detail.focus({ preventScroll: true });
    parts.detail.scrollIntoView({ block: 'start' });
  }
}

function markSelected(scroll) {
  for (const button of parts.list.querySelectorAll('[aria-current]')) button.removeAttribute('aria-current');
  const button = selectedButton();
  if (!button) return;
  button.setAttribute('aria-current', 'true');
  if (scroll) button.scrollIntoView({ block: 'nearest' });
}

function selectedButton() {
  if (!state.selected) return null;
  const { finding, table } = state.selected;
  return parts.list.querySelector(finding === undefined ? `[data-table="${table}"]` : `[data-finding="${finding}"]`);
}

function step(by) {
  const indexes = model.order(model.grouped(state.view, state.chosen));
  if (indexes.length === 0) return;
  const at = state.selected ? indexes.indexOf(state.selected.finding) : -1;
  const next = at < 0 ? (by > 0 ? 0 : indexes.length - 1) : Math.min(Math.max(at + by, 0), indexes.length - 1);
  select({ finding: indexes[next] }, false);
  const button = selectedButton();
  if (button) button.focus({ preventScroll: true });
}

// ---- the detail ---------------------------------------------------------------------------------------------------

function drawDetail() {
  const { selected, view } = state;
  if (!selected) replace(parts.detail, h('p', { class: 'nothing' }, view.findings.length || view.tables.length ? t('pick') : nothingWords(view)));
  else if (selected.finding !== undefined) drawFinding(view.findings[selected.finding]);
  else drawTable(view.tables[selected.table], selected.table);
  const box = parts.detail.querySelector('.sheet-box');
  if (box) centre(box);
}

function drawFinding(finding) {
  const check = finding.check;
  const windows = windowsOf(finding);
  replace(
    parts.detail,
    h(
      'header',
      { class: 'detail-head' },
      h('p', { class: `place finding-${finding.severity}` }, picture(finding.severity), h('span', null, t(finding.severity)), h('span', { class: 'code' }, finding.rule), h('bdi', null, placeWords(finding))),
      h('h2', null, say(finding.message)),
      finding.explained && h('p', { class: 'explained' }, t('explained', finding.explained)),
      h(
        'div',
        { class: 'row' },
        h('button', { type: 'button', onclick: () => copySentence(finding) }, picture('copy'), t('copy')),
        finding.at && h('button', { type: 'button', onclick: jump }, t('jump')),
        h('button', { type: 'button', class: 'quiet', onclick: () => step(-1) }, t('previous')),
        h('button', { type: 'button', class: 'quiet', onclick: () => step(1) }, t('next')),
        h('button', { type: 'button', class: 'quiet only-narrow', onclick: backToList }, t('back')),
      ),
    ),
    check && comparison(check),
    check && sumLine(check),
    reviewForm(finding),
    windows.map(([file, sheet]) => sheetBox(file, sheet, marksOf(finding, file, sheet))),
    finding.diagnoses.length > 0 && causes(finding),
    ruleNote(finding.rule),
    finding.at && correctionForm(model.tableAt(view(), finding.at)),
  );
}

function view() {
  return state.view;
}

// The sheets to show: the target's first, then those of the parts.
function windowsOf(finding) {
  const places = [finding.at, ...(finding.check ? [finding.check.target, ...finding.check.terms] : []), ...finding.related].filter(Boolean);
  const seen = new Map();
  for (const at of places) seen.set(`${at.file}/${at.sheet}`, [at.file, at.sheet]);
  return Array.from(seen.values()).slice(0, 4);
}

function placeWords(finding) {
  const file = finding.file === null ? t('whole_packet') : state.view.files[finding.file].path;
  if (!finding.at) return file;
  const sheet = model.sheetName(state.view, finding.at.file, finding.at.sheet);
  return [file, sheet, finding.at.cell].filter(Boolean).join(' › ');
}

function comparison(check) {
  const unit = check.unit;
  const shown = unit && unit !== '%' ? h('span', { class: 'unit' }, unit) : null;
  const cell = (term, words, kind) => h('div', { class: kind }, h('dt', null, term), h('dd', null, words, shown && shown.cloneNode(true)));
  return h(
    'dl',
    { class: 'comparison' },
    cell(t('stated'), inUnit(check.stated, unit), 'stated'),
    cell(t(check.operation === 'at_most' ? 'at_most' : 'computed'), inUnit(check.computed, unit), 'computed'),
    cell(t('difference'), inUnit(check.difference, unit), 'difference'),
    check.tolerance && check.tolerance !== '0' && h('div', { class: 'tolerance' }, h('dt', { class: 'sr' }, t('tolerance', '')), h('dd', { class: 'small' }, t('tolerance', inUnit(check.tolerance, unit)))),
  );
}

const FIRST_TERMS = 12;

function sumLine(check) {
  const elsewhere = (term) => term.file !== check.target.file || term.sheet !== check.target.sheet;
  const pieces = check.terms.map((term, index) => {
    const name = elsewhere(term) ? `${model.sheetName(state.view, term.file, term.sheet) || ''}!${term.cell} ${term.label}` : `${term.cell} ${shortLabel(term.label, check.target.label)}`;
    return h(
      'li',
      null,
      h('span', { class: 'sign' }, joiner(check.operation, index, term.coefficient)),
      h('bdi', { class: 'term-name' }, name),
      ' ',
      h('span', { class: 'term-value' }, inUnit(term.value, term.unit)),
    );
  });
  const more = pieces.length > FIRST_TERMS ? pieces.splice(FIRST_TERMS) : [];
  return h(
    'div',
    { class: 'sum' },
    h('span', { class: 'sum-head' }, check.operation === 'at_most' ? t('at_most') : t('how')),
    h('ul', null, pieces),
    more.length > 0 && h('details', null, h('summary', null, t('more_terms', more.length + check.unlisted)), h('ul', null, more)),
    check.reason && h('p', { class: 'small' }, say(check.reason)),
  );
}

function joiner(operation, index, coefficient) {
  if (operation === 'sum' || operation === 'at_most') {
    const sign = coefficient < 0 ? '−' : index === 0 ? '' : '+';
    return Math.abs(coefficient) > 1 ? `${sign}${Math.abs(coefficient)} × ` : sign;
  }
  if (index === 0) return '';
  return { ratio: '÷', product: '×', average: '|', relative_change: '→', equal: '' }[operation];
}

// 通用设备 of 通用设备 / 原值, where the target says 原值 too.
function shortLabel(label, target) {
  const [own, other] = [label.split(' / '), target.split(' / ')];
  if (own.length !== 2 || other.length !== 2) return label;
  if (own[1] === other[1]) return own[0];
  return own[0] === other[0] ? own[1] : label;
}

function sheetBox(file, sheet, marks) {
  const found = model.sheetOf(state.view, file, sheet);
  if (!found) return null;
  const name = [state.view.files[file].path, found.name].filter(Boolean).join(' › ');
  return h(
    'figure',
    { class: 'sheet-figure' },
    h('figcaption', null, h('bdi', null, name)),
    h('div', { class: 'sheet-box', tabindex: 0, role: 'region', 'aria-label': t('preview_of', name) }, sheetTable(found, marks, name, (cell, element) => typeOver(file, sheet, cell, element))),
    h('p', { class: 'small hint' }, t('type_hint')),
  );
}

function causes(finding) {
  return h(
    'section',
    { class: 'causes' },
    h('h3', null, t('causes')),
    h(
      'ol',
      null,
      finding.diagnoses.map((diagnosis) =>
        h(
          'li',
          null,
          h('p', null, say(diagnosis.text)),
          h(
            'p',
            { class: 'small' },
            [
              ...diagnosis.changes.map((change) => t('change_to', change.at.cell, figure(change.value))),
              diagnosis.repairs > 0 && t('mends', diagnosis.repairs),
              diagnosis.rivals > 0 && t('rivals', diagnosis.rivals),
            ]
              .filter(Boolean)
              .join(currentLanguage() === 'en' ? '; ' : '；'),
          ),
        ),
      ),
    ),
  );
}

function ruleNote(code) {
  const rule = state.view.rules[code];
  if (!rule) return null;
  return h(
    'details',
    { class: 'about-rule' },
    h('summary', null, `${t('about_rule')}：${code} ${say(rule.title)}`),
    h('pre', null, say(rule.docs)),
    rule.source && h('p', { class: 'small' }, `${t('source')}：${rule.source}`),
  );
}

function drawTable(table) {
  const marks = new Map();
  replace(
    parts.detail,
    h('header', { class: 'detail-head' }, h('p', { class: 'place' }, picture('table'), h('bdi', null, state.view.files[table.file].path)), h('h2', null, h('bdi', null, tableTitle(table)))),
    h(
      'dl',
      { class: 'facts' },
      [
        [t('unit'), table.unit],
        [t('kind'), kindTitle(table.kind)],
        [t('header_rows'), table.header && table.header.join('–')],
      ].map(([term, words]) => h('div', null, h('dt', null, term), h('dd', null, words || t('none')))),
    ),
    sheetBox(table.file, table.sheet, marks),
    correctionForm(table, true),
  );
}

function kindTitle(id) {
  const kind = state.view.kinds.find((one) => one.id === id);
  return kind ? kind.title : id;
}

// ---- correcting what was recognized ---------------------------------------------------------------------------------

const UNITS = ['元', '千元', '万元', '百万元', '亿元'];

function correctionForm(table, open) {
  if (!table) return null;
  const unit = h('select', { name: 'unit' }, option('', t('as_recognized')), UNITS.map((word) => option(word, word)));
  const kind = h('select', { name: 'kind' }, option('', t('as_recognized')), state.view.kinds.map((one) => option(one.id, one.title)));
  const [first, last] = ['header_first', 'header_last'].map((name, at) =>
    h('input', { type: 'number', min: 1, max: 1048576, name, 'aria-label': t(name), placeholder: table.header ? table.header[at] : '' }),
  );
  const submit = (event) => {
    event.preventDefault();
    const header = first.value && last.value ? [Number(first.value), Number(last.value)] : null;
    const correction = { file: table.file, sheet: table.sheet, cell: table.range.split(':')[0], unit: unit.value || null, kind: kind.value || null, header };
    const others = state.corrections.filter((one) => one.file !== correction.file || one.sheet !== correction.sheet || one.cell !== correction.cell);
    recheck([...others, correction]);
  };
  return h(
    'details',
    { class: 'correction', open },
    h('summary', null, t('recognition')),
    h('p', { class: 'small' }, t('recognition_text')),
    h(
      'form',
      { onsubmit: submit },
      h('label', null, t('unit'), unit),
      state.view.kinds.length > 0 && h('label', null, t('kind'), kind),
      h('div', { class: 'pair', role: 'group', 'aria-label': t('header_rows') }, h('span', null, t('header_rows')), first, '–', last),
      h('button', { type: 'submit', class: 'primary' }, t('recheck')),
    ),
  );
}

function option(value, words) {
  return h('option', { value }, words);
}

// ---- what if, what was before, what an evaluator says -----------------------------------------------------------------

function typedNote() {
  return h(
    'p',
    { class: 'corrected' },
    t('typed', state.typed.map((one) => `${one.cell} = ${one.value}`).join(comma())),
    ' ',
    h('button', { type: 'button', class: 'quiet', onclick: () => retype([]) }, t('undo_typed')),
  );
}

function retype(typed) {
  state.typed = typed;
  check();
}

// A box over a cell: what is typed there is taken for its number and everything is checked again; the file stays as it is.
function typeOver(file, sheet, cell, element) {
  const known = state.typed.find((one) => one.file === file && one.sheet === sheet && one.cell === cell);
  const before = known ? known.value : element.querySelector('.text').textContent;
  const box = h('input', { type: 'text', class: 'type-over', value: before, 'aria-label': t('type_over', cell), inputmode: 'decimal' });
  let over = false;
  const close = (take) => {
    if (over) return;
    over = true;
    const value = box.value.trim();
    box.remove();
    element.classList.remove('typing');
    element.focus();
    if (!take || value === before.trim()) return;
    const others = state.typed.filter((one) => one.file !== file || one.sheet !== sheet || one.cell !== cell);
    retype(value === '' ? others : [...others, { file, sheet, cell, value }]);
  };
  box.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Enter') close(true);
    if (event.key === 'Escape') close(false);
  });
  box.addEventListener('blur', () => close(false));
  element.classList.add('typing');
  element.appendChild(box);
  box.focus();
  box.select();
}

// This draft beside the one before, and all of them side by side where there are more.
function draftNote() {
  const { mended, fresh, open } = model.compared(state.earlier.at(-1), state.view);
  const column = (title, findings) =>
    h('div', null, h('h3', null, `${t(title)} (${findings.length})`), h('ul', null, findings.slice(0, 100).map((one) => h('li', null, h('bdi', null, one.place), ' ', say(one.message)))));
  return h(
    'details',
    { class: 'drafts' },
    h('summary', null, t('drafts', mended.length, fresh.length, open.length)),
    h('div', { class: 'draft-columns' }, column('draft_mended', mended), column('draft_new', fresh), column('draft_open', open)),
    state.earlier.length > 1 && draftHistory(),
  );
}

function draftHistory() {
  const heads = [...state.earlier.map((_, at) => t('draft_nth', at + 1)), t('draft_now')];
  const mark = (there) => h('td', { class: there ? 'is-error' : '' }, t(there ? 'draft_there' : 'draft_gone'));
  return h(
    'div',
    { class: 'draft-history', tabindex: '0', role: 'region', 'aria-label': t('draft_history') },
    h(
      'table',
      null,
      h('caption', null, t('draft_history')),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('findings')), heads.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', null, model.history(state.earlier, state.view).slice(0, 300).map((row) => h('tr', null, h('th', { scope: 'row' }, h('bdi', null, row.place), ' ', say(row.message)), row.there.map(mark)))),
    ),
  );
}

const CONCLUSIONS = ['认可', '需整改', '待补证'];

// What the evaluator says of a finding; it goes into the working paper.
function reviewForm(finding) {
  const said = state.reviews[finding.key] || { conclusion: '', note: '' };
  const keep = () => {
    const chosen = form.querySelector('input[type=radio]:checked');
    const review = { conclusion: chosen ? chosen.value : '', note: note.value.trim() };
    if (review.conclusion || review.note) state.reviews[finding.key] = review;
    else delete state.reviews[finding.key];
    state.reviewsChanged = true;
    const place = recallWork();
    if (place) remind(place.place);
  };
  const note = h('input', { type: 'text', maxlength: 500, value: said.note, placeholder: t('review_note'), 'aria-label': t('review_note'), onchange: keep });
  const form = h(
    'fieldset',
    { class: 'review' },
    h('legend', null, t('review')),
    CONCLUSIONS.map((word, at) =>
      h('label', null, h('input', { type: 'radio', name: 'conclusion', value: word, checked: said.conclusion === word, onchange: keep }), t(`review_${at}`)),
    ),
    note,
  );
  return form;
}

// ---- departments, passwords, what could not be checked ------------------------------------------------------------------

function inDepartment(file) {
  return state.department === null || state.view.entities[state.department].files.includes(file);
}

// Departments first, those with most to mend on top; a click shows one alone.
function departments() {
  const { entities } = state.view;
  const order = entities.map((_, index) => index).sort((a, b) => entities[b].counts.error - entities[a].counts.error || entities[b].counts.warning - entities[a].counts.warning || a - b);
  const number = (value, kind) => h('td', { class: value > 0 && kind ? `number ${kind}` : 'number' }, value);
  const choose = (index) => {
    state.department = state.department === index ? null : index;
    drawDone();
  };
  return h(
    'section',
    { class: 'departments', 'aria-label': t('departments', entities.length) },
    h('h2', null, t('departments', entities.length)),
    h(
      'div',
      { class: 'sheet-box', tabindex: 0, role: 'region', 'aria-label': t('departments', entities.length) },
      h(
        'table',
        null,
        h('thead', null, h('tr', null, ['department', 'files', 'error', 'warning', 'column_checked', 'column_unverified', 'file_refused'].map((word) => h('th', { scope: 'col' }, t(word))))),
        h(
          'tbody',
          null,
          order.map((index) => {
            const { name, files, counts, unread } = entities[index];
            return h(
              'tr',
              null,
              h('th', { scope: 'row' }, h('button', { type: 'button', class: 'quiet', 'aria-pressed': state.department === index ? 'true' : 'false', onclick: () => choose(index) }, h('bdi', null, name || t('none')))),
              number(files.length),
              number(counts.error, 'is-error'),
              number(counts.warning, 'is-warning'),
              number(counts.holds + counts.rounding + counts.fails),
              number(counts.unverifiable),
              number(unread, 'is-error'),
            );
          }),
        ),
      ),
    ),
    state.department !== null && h('button', { type: 'button', onclick: () => choose(state.department) }, t('all_departments')),
  );
}

// Passwords for files that ask for one; a text file of passwords can be chosen, too.
function passwordBox() {
  const names = model.locked(state.view).map((file) => file.path);
  const box = h('input', { type: 'password', name: 'password', autocomplete: 'off', 'aria-label': t('password') });
  const use = (passwords) => {
    const fresh = passwords.map((word) => word.replace(/\r$/, '')).filter((word) => word !== '');
    if (fresh.length === 0) return;
    state.passwords = [...new Set([...state.passwords, ...fresh])].slice(-100);
    check();
  };
  const file = h('input', { type: 'file', accept: '.txt,text/plain', class: 'sr', tabindex: -1, 'aria-hidden': 'true', onchange: async () => {
    const chosen = file.files[0];
    if (chosen && chosen.size < 65536) use((await chosen.text()).replace(/^\ufeff/, '').split('\n'));
  } });
  const submit = (event) => {
    event.preventDefault();
    use([box.value]);
  };
  return h(
    'form',
    { class: 'password', onsubmit: submit },
    h('p', null, t(state.passwords.length > 0 ? 'password_wrong' : 'password_needed', names.join(comma()))),
    h('div', { class: 'row' }, box, h('button', { type: 'submit', class: 'primary' }, t('password_open')), h('button', { type: 'button', onclick: () => file.click() }, t('password_file')), file),
    h('p', { class: 'small' }, t('password_kept')),
  );
}

function nothingWords(view) {
  if (view.findings.length) return t('no_findings_filtered');
  const unread = model.unread(view);
  if (unread === view.files.length) return t('verdict_unread_all');
  if (model.packetVerdict(view) === 'none') return t('nothing_checked');
  return unread > 0 ? t('no_findings_read', view.files.length - unread, unread) : t('no_findings');
}

// Checks that could not be done, by reason.
function unverifiedList(reasons) {
  const count = reasons.reduce((sum, one) => sum + one.count, 0);
  const where = (spot) => [state.view.files.length > 1 && model.baseName(state.view.files[spot.file].path), model.sheetName(state.view, spot.file, spot.sheet), spot.cell].filter(Boolean).join(' › ');
  return h(
    'details',
    { class: 'tables unverified' },
    h('summary', null, t('unverified', count)),
    reasons.map((one) => h('div', null, h('p', null, `${say(one.reason)} (${one.count})`), h('p', { class: 'small' }, h('bdi', null, one.first.map(where).join(comma())), one.count > one.first.length && ' …'))),
  );
}

function recheck(corrections) {
  state.corrections = corrections;
  check();
}

// ---- taking things away ---------------------------------------------------------------------------------------------

function outputButton(what, words, kind, label) {
  const button = h('button', { type: 'button', class: kind, 'data-output': what, 'aria-label': label || null }, picture('download'), words);
  button.addEventListener('click', () => save(what, button));
  return button;
}

async function save(what, button) {
  button.disabled = true;
  announce(t('preparing'));
  try {
    if (state.reviewsChanged) {
      // The working paper is made of what the engine was last asked.
      await state.engine.check(state.files, request(), () => {}, new AbortController().signal);
      state.reviewsChanged = false;
    }
    const { name, blob } = await state.engine.output(`${what}-${currentLanguage()}`);
    const url = URL.createObjectURL(blob);
    const link = h('a', { href: url, download: name, class: 'sr' });
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    announce(t('saved', name));
  } catch (trouble) {
    const words = troubleWords(trouble);
    announce(words);
    note(words);
  } finally {
    button.disabled = false;
    button.focus();
  }
}

// A word at the edge of the page that goes by itself; the live region says the same.
function note(words) {
  const box = h('div', { class: 'toast' }, words);
  document.body.appendChild(box);
  setTimeout(() => box.remove(), 6000);
}

async function copySentence(finding) {
  const words = `${placeWords(finding)} ${say(finding.message)}`;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    // Pages from disk and pages over plain HTTP may have no clipboard of their own.
    const area = h('textarea', { class: 'sr' });
    area.value = words;
    document.body.appendChild(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  announce(t('copied'));
  note(`${t('copied')}：${words}`);
}

// ---- the keyboard -----------------------------------------------------------------------------------------------------

function onKey(event) {
  if (state.phase !== 'done' || event.ctrlKey || event.metaKey || event.altKey || !state.shortcuts) return;
  const target = event.target;
  if (target.closest('input, select, textarea, dialog')) return;
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    c: () => state.selected && state.selected.finding !== undefined && copySentence(state.view.findings[state.selected.finding]),
    Escape: backToList,
  };
  if (event.key === 'Enter') {
    // Enter on a finding of the list shows it and goes to its cell; on other controls it does what it always does.
    const button = target.closest('[data-finding]');
    if (button) {
      event.preventDefault();
      select({ finding: Number(button.dataset.finding) }, false);
      jump();
    }
    return;
  }
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function jump() {
  const cell = parts.detail.querySelector('.is-wrong');
  if (!cell) return;
  cell.closest('.sheet-figure').scrollIntoView({ block: 'nearest' });
  centre(cell.closest('.sheet-box'));
  cell.focus({ preventScroll: true });
}

function backToList() {
  const button = selectedButton();
  if (!button) return;
  button.scrollIntoView({ block: 'nearest' });
  button.focus();
}

function showKeys() {
  const opener = document.activeElement;
  const close = () => dialog.close();
  const box = h('input', { type: 'checkbox', onchange: () => {
    state.shortcuts = box.checked;
    remember('shortcuts', state.shortcuts ? 'on' : 'off');
  } });
  box.checked = state.shortcuts;
  const rows = [['j', 'key_next'], ['k', 'key_previous'], ['Enter', 'key_jump'], ['Esc', 'key_back'], ['c', 'key_copy']];
  const dialog = h(
    'dialog',
    { class: 'keys', 'aria-labelledby': 'keys-title' },
    h('h2', { id: 'keys-title' }, t('keys_title')),
    h('dl', null, rows.map(([name, words]) => h('div', null, h('dt', null, h('kbd', null, name)), h('dd', null, t(words))))),
    h('label', { class: 'check' }, box, t('keys_on')),
    h('button', { type: 'button', class: 'primary', onclick: close }, t('close')),
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (opener) opener.focus();
  });
  document.body.appendChild(dialog);
  dialog.showModal();
}
