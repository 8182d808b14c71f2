// A window of a sheet, drawn as the spreadsheet shows it, with the figure in question lit and its parts bracketed.

import { h } from './dom.js';
import { letters } from './model.js';
import { figure, inUnit, t } from './text.js';

const NUMBER = 1;
const BOLD = 2;
const CENTRED = 4;
const TYPED = 8;

const key = (row, column) => `${row},${column}`;

// What the cells of a finding are to it: key → {role, sign, note}. The strongest role wins.
export function marksOf(finding, file, sheet) {
  const marks = new Map();
  const here = (at) => at.file === file && at.sheet === sheet;
  const put = (at, mark) => {
    if (here(at) && !marks.has(key(at.row, at.column))) marks.set(key(at.row, at.column), mark);
  };
  const check = finding.check;
  if (finding.at) {
    const unit = check ? check.unit : null;
    const should = check && check.computed !== null ? t('should_be', inUnit(check.computed, unit)) : null;
    put(finding.at, { role: 'wrong', note: should });
  }
  for (const diagnosis of finding.diagnoses.slice(0, 1))
    for (const change of diagnosis.changes)
      put(change.at, { role: 'suspect', note: `→ ${figure(change.value)}`, sign: termSign(check, change.at) });
  if (check) {
    if (!finding.at) put(check.target, { role: 'wrong' });
    for (const term of check.terms) put(term, { role: 'part', sign: termSign(check, term) });
  }
  for (const at of finding.related) put(at, { role: 'related' });
  return marks;
}

function termSign(check, at) {
  if (!check || (check.operation !== 'sum' && check.operation !== 'at_most')) return null;
  const term = check.terms.find(
    (one) => one.file === at.file && one.sheet === at.sheet && one.row === at.row && one.column === at.column,
  );
  if (!term) return null;
  return term.coefficient < 0 ? '−' : '+';
}

// The sheet as a table. `label` names it for those who do not see it.
//
// A click or Enter on a number calls `typeOver` with the cell's name and its element.
export function sheetTable(sheet, marks, label, typeOver) {
  const columns = sheet.columns.filter(([, , hidden]) => !hidden || hasMark(marks, (_, column) => column));
  const rows = sheet.rows;
  const plan = mergePlan(sheet, columns, rows);
  const body = h('tbody');
  const ask = (event) => {
    const cell = event.target.closest('td[data-cell]');
    if (cell && !cell.querySelector('input')) typeOver(cell.dataset.cell, cell);
  };
  body.addEventListener('dblclick', ask);
  body.addEventListener('keydown', (event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (way && event.target.matches('td[data-cell]')) {
      const next = neighbour(event.target, way);
      if (next) {
        event.preventDefault();
        next.focus();
      }
      return;
    }
    if (event.key === 'F2' || (event.key === 'Enter' && event.target.matches('td[data-cell]'))) {
      event.preventDefault();
      ask(event);
    }
  });
  let before = null;
  for (const row of rows) {
    if (before !== null && row.row > before + 1) body.appendChild(gap(before + 2, row.row, columns.length));
    before = row.row;
    if (row.hidden && !hasMark(marks, (r) => r === row.row)) continue;
    body.appendChild(rowElement(row, columns, marks, plan, sheet));
  }
  return h(
    'table',
    { class: 'sheet' },
    h('caption', { class: 'sr' }, label),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('td', { class: 'corner' }),
        columns.map(([column]) => h('th', { scope: 'col' }, letters(column))),
      ),
    ),
    body,
  );
}

// The next cell with a number that way, as arrows move in a spreadsheet.
function neighbour(cell, [down, right]) {
  if (right !== 0) {
    let next = cell;
    do next = right > 0 ? next.nextElementSibling : next.previousElementSibling;
    while (next && !next.matches('td[data-cell]'));
    return next;
  }
  const column = cell.dataset.cell.replace(/\d+$/, '');
  let row = cell.parentElement;
  for (;;) {
    row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (!row) return null;
    const found = Array.from(row.querySelectorAll('td[data-cell]')).find((one) => one.dataset.cell.replace(/\d+$/, '') === column);
    if (found) return found;
  }
}

function hasMark(marks, test) {
  for (const name of marks.keys()) {
    const [row, column] = name.split(',').map(Number);
    if (test(row, column) === true) return true;
  }
  return false;
}

function gap(first, last, columns) {
  const words = first === last ? t('row_left_out', first) : t('rows_left_out', first, last);
  return h('tr', { class: 'gap' }, h('td'), h('td', { colspan: columns }, words));
}

function rowElement(row, columns, marks, plan, sheet) {
  const cells = new Map(row.cells.map((cell) => [cell[0], cell]));
  const line = h('tr', { class: row.hidden ? 'hidden-row' : null }, h('th', { scope: 'row' }, row.row + 1));
  for (const [column] of columns) {
    const span = plan.get(key(row.row, column));
    if (span === 'covered') continue;
    line.appendChild(cellElement(row.row, column, cells.get(column), marks, span));
  }
  return line;
}

function cellElement(row, column, cell, marks, span) {
  const mark = marks.get(key(row, column));
  const [, text, flags, formula] = cell || [column, '', 0, null];
  const classes = [
    flags & NUMBER && 'number',
    flags & TYPED && 'number typed',
    flags & BOLD && 'bold',
    flags & CENTRED && 'centred',
    span && span[1] > 1 && 'centred',
    mark && `is-${mark.role}`,
    mark && mark.sign && bracket(row, column, marks),
  ];
  const title = [flags & TYPED && t('text_number'), formula && `=${formula}`].filter(Boolean).join('\n');
  return h(
    'td',
    {
      class: classes.filter(Boolean).join(' ') || null,
      rowspan: span && span[0] > 1 ? span[0] : null,
      colspan: span && span[1] > 1 ? span[1] : null,
      title: title || null,
      tabindex: mark && mark.role === 'wrong' ? -1 : flags & (NUMBER | TYPED) ? -1 : null,
      'data-cell': mark || flags & (NUMBER | TYPED) ? letters(column) + (row + 1) : null,
    },
    mark && mark.sign ? h('span', { class: 'sign', 'aria-hidden': 'true' }, mark.sign) : null,
    mark && mark.role === 'wrong' ? h('span', { class: 'sign', 'aria-hidden': 'true' }, '≠') : null,
    mark ? h('span', { class: 'sr' }, mark.role === 'wrong' ? t('wrong_cell') : t('part_cell')) : null,
    h('span', { class: 'text' }, text),
    mark && mark.note ? h('span', { class: 'note' }, mark.note) : null,
  );
}

// Where a part stands in its bracket: the first and last of a run of parts get the hooks.
function bracket(row, column, marks) {
  const isPart = (r, c) => {
    const other = marks.get(key(r, c));
    return Boolean(other && other.sign);
  };
  const beside = isPart(row, column - 1) || isPart(row, column + 1);
  const vertical = isPart(row - 1, column) || isPart(row + 1, column) || !beside;
  if (vertical) {
    return ['in-column', !isPart(row - 1, column) && 'first', !isPart(row + 1, column) && 'last']
      .filter(Boolean)
      .join(' ');
  }
  return ['in-row', !isPart(row, column - 1) && 'first', !isPart(row, column + 1) && 'last'].filter(Boolean).join(' ');
}

// How merged cells spread over the shown rows and columns: key → [rows, columns] or 'covered'.
function mergePlan(sheet, columns, rows) {
  const rowAt = new Map(rows.map((row, index) => [row.row, index]));
  const columnAt = new Map(columns.map(([column], index) => [column, index]));
  const plan = new Map();
  for (const [top, left, bottom, right] of sheet.merges) {
    if (!rowAt.has(top) || !columnAt.has(left)) continue;
    // Only what is shown without a gap can be spanned.
    let height = 1;
    while (top + height <= bottom && isNext(rowAt, top, height, rows)) height += 1;
    let width = 1;
    while (left + width <= right && columnAt.get(left + width) === columnAt.get(left) + width) width += 1;
    for (let r = 0; r < height; r += 1)
      for (let c = 0; c < width; c += 1) plan.set(key(top + r, left + c), 'covered');
    plan.set(key(top, left), [height, width]);
  }
  return plan;
}

function isNext(rowAt, top, height, rows) {
  const at = rowAt.get(top + height);
  return at !== undefined && at === rowAt.get(top) + height && !rows[at].hidden;
}

// Brings the cell in question into the middle of its box, without moving the page; where it can be seen beside the names
// of the lines, these stay in sight.
export function centre(box) {
  const cell = box.querySelector('.is-wrong') || box.querySelector('td[class*="is-"]');
  if (!cell) return;
  const [outer, inner] = [box.getBoundingClientRect(), cell.getBoundingClientRect()];
  box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  const left = box.scrollLeft + inner.left - outer.left;
  box.scrollLeft = left + inner.width <= box.clientWidth ? 0 : left - (outer.width - inner.width) / 2;
}

