// What the page knows of a checked packet, arranged for reading: by file, by sheet, by cause.

export const SEVERITIES = ['error', 'warning', 'info'];

// One of: refused, none, fails, warn, ok — and how many.
export function fileVerdict(file) {
  if (file.status === 'refused' || file.status === 'killed') return { word: 'refused', count: 0 };
  const { holds, rounding, fails, error, warning } = file.counts;
  if (error > 0) return { word: 'fails', count: error };
  if (warning > 0) return { word: 'warn', count: warning };
  if (holds + rounding + fails === 0) return { word: 'none', count: 0 };
  return { word: 'ok', count: 0 };
}

export function packetVerdict(view) {
  const { error, warning, holds, rounding, fails } = view.summary;
  if (error > 0) return 'fails';
  if (warning > 0) return 'warn';
  if (holds + rounding + fails === 0) return 'none';
  return 'ok';
}

// How many files could not be read, whole or in part.
export function unread(view) {
  return view.files.filter((file) => file.error !== null || file.refused_sheets.length > 0).length;
}

// Files that ask for a password.
export function locked(view) {
  return view.files.filter((file) => file.error !== null && file.error.code === 'encrypted');
}

// How many earlier drafts are kept.
export const DRAFTS = 6;

// What is kept of a draft, to be compared with the next.
export function draft(view) {
  return view.findings.map((finding) => ({ key: finding.key, message: finding.message, place: placeOf(view, finding) }));
}

// What became of an earlier draft's findings: gone, new, still there.
export function compared(earlier, view) {
  const now = draft(view);
  const keys = new Set(now.map((one) => one.key));
  const before = new Set(earlier.map((one) => one.key));
  return {
    mended: earlier.filter((one) => !keys.has(one.key)),
    fresh: now.filter((one) => !before.has(one.key)),
    open: now.filter((one) => before.has(one.key)),
  };
}

// Every finding of any draft, and in which of them it stands, this one last.
export function history(earlier, view) {
  const rows = new Map();
  const drafts = [...earlier, draft(view)];
  drafts.forEach((findings, at) => {
    for (const { key, place, message } of findings) {
      const row = rows.get(key) || { there: drafts.map(() => false) };
      row.there[at] = true;
      rows.set(key, Object.assign(row, { place, message }));
    }
  });
  return [...rows.values()];
}

function placeOf(view, finding) {
  if (finding.file === null) return '';
  const sheet = finding.at && sheetName(view, finding.at.file, finding.at.sheet);
  return [baseName(view.files[finding.file].path), sheet, finding.at && finding.at.cell].filter(Boolean).join(' › ');
}

// The findings of the chosen severities as files › sheets › causes › findings, in the report's order.
export function grouped(view, chosen) {
  const files = new Map();
  view.findings.forEach((finding, index) => {
    if (!chosen.has(finding.severity)) return;
    const file = child(files, finding.file === null ? -1 : finding.file);
    const sheet = child(file, finding.at ? finding.at.sheet : -1);
    const cause = finding.cause === null ? `alone-${index}` : `cause-${finding.cause}`;
    if (!sheet.has(cause)) sheet.set(cause, []);
    sheet.get(cause).push(index);
  });
  return files;
}

function child(map, key) {
  if (!map.has(key)) map.set(key, new Map());
  return map.get(key);
}

// The findings' indexes in the order in which they are shown.
export function order(groups) {
  const indexes = [];
  for (const sheets of groups.values())
    for (const causes of sheets.values()) for (const list of causes.values()) indexes.push(...list);
  return indexes;
}

export function sheetOf(view, file, sheet) {
  return view.sheets.find((s) => s.file === file && s.sheet === sheet) || null;
}

export function sheetName(view, file, sheet) {
  const found = sheetOf(view, file, sheet);
  return found ? found.name : null;
}

// The table that a cell lies in.
export function tableAt(view, at) {
  return (
    view.tables.find((table) => table.file === at.file && table.sheet === at.sheet && inRange(table.range, at)) || null
  );
}

function inRange(range, at) {
  const [start, end = start] = range.split(':').map(place);
  return at.row >= start.row && at.row <= end.row && at.column >= start.column && at.column <= end.column;
}

// B4 → row 3, column 1.
export function place(cell) {
  const [, letters, digits] = /^([A-Z]+)(\d+)$/.exec(cell);
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return { row: Number(digits) - 1, column: column - 1 };
}

export function letters(column) {
  let out = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    out = String.fromCharCode(65 + ((rest - 1) % 26)) + out;
  return out;
}

// Last part of a path, for headings; the whole path is shown beside it where they differ.
export function baseName(path) {
  return path.split('/').pop() || path;
}
