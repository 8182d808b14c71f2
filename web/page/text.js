// The page's own words in both languages. What comes from the engine brings both of its own.

const WORDS = {
  title: ['勾稽 · 表格核对', 'Gouji · workbook checks'],
  brand: ['勾稽', 'Gouji'],
  promise_native: ['文件只交给本机运行的程序，不联网', 'Files go only to the program on this computer'],
  promise_lan: ['文件只交给运行本程序的那台电脑', 'Files go only to the computer that runs this program'],
  promise_local: ['全部在本页内完成，文件不离开这台电脑', 'Everything happens in this page: files never leave this computer'],
  skip: ['跳到核对结果', 'Skip to the results'],
  other_language: ['English', '中文'],
  theme: ['明暗：{0}', 'Theme: {0}'],
  theme_auto: ['跟随系统', 'system'],
  theme_light: ['浅色', 'light'],
  theme_dark: ['深色', 'dark'],
  keys: ['快捷键', 'Shortcuts'],
  drop_title: ['把表格拖到这里', 'Drop workbooks here'],
  drop_more: ['预算、调整、支出、资产、绩效……可以一次放入整套', 'Budget, adjustment, expenditure, assets, performance: the whole set at once'],
  drop_formats: ['支持 .xlsx .xls .et .ods .csv 等格式和 .zip 压缩包，原文件不会改动', '.xlsx .xls .et .ods .csv and more, or a .zip of them; your files are not changed'],
  choose: ['选择文件', 'Choose files'],
  choose_more: ['添加或替换文件', 'Add or replace files'],
  replace_hint: ['改好后再拖进来：同名文件会被替换', 'After correcting, drop again: a file of the same name is replaced'],
  step_1: ['逐个数字核对', 'Every figure is checked'],
  step_1_text: ['合计与分项、比率、跨表口径，凡能核对的都核对；没核对到的也如实说明。', 'Totals and parts, ratios, figures repeated across tables; what was not checked is said too.'],
  step_2: ['指到单元格', 'Down to the cell'],
  step_2_text: ['哪一格不符、应为多少、差多少，并给出疑似原因。', 'Which cell, what it should be, by how much, and the likely cause.'],
  step_3: ['带走标注稿', 'Take the marked copy'],
  step_3_text: ['在您的表格副本上只加标注，其余一字不动；并可下载评价底稿。', 'A copy of your own workbook with marks and nothing else changed, and the evaluation workbook.'],
  reading: ['正在读取 {0}', 'Reading {0}'],
  sending: ['正在交给程序：{0}', 'Handing over {0}'],
  waiting: ['排队等候', 'Waiting for a turn'],
  starting: ['正在启动核对引擎', 'Starting the engine'],
  checking: ['正在核对', 'Checking'],
  progress: ['进度', 'Progress'],
  of: ['第 {0} 个，共 {1} 个', '{0} of {1}'],
  cancel: ['取消', 'Cancel'],
  cancelled: ['已取消', 'Cancelled'],
  failed: ['未能完成核对：{0}', 'The check could not be finished: {0}'],
  why_timeout: ['超过时限', 'it took too long'],
  why_crashed: ['核对程序意外中断', 'the engine stopped unexpectedly'],
  why_memory: ['超过内存上限，请拆分表格或用命令行核对', 'it needs too much memory: split the workbook, or use the command line'],
  why_busy: ['同时核对的人太多，请稍候再试', 'too many checks at once, try again in a moment'],
  why_gone: ['与程序的连接已断开，请重新运行 gouji serve', 'the program is not answering: run gouji serve again'],
  why_too_large: ['文件 {0} 太大（上限 {1} MB），请用命令行核对', '{0} is too large ({1} MB at most): use the command line'],
  why_unreadable: ['文件 {0} 读不出来（可能已移动或正被改写），请重新放入', '{0} cannot be read (moved, or being written): drop it again'],
  retry: ['重试', 'Try again'],
  start_over: ['全部重来', 'Start over'],
  verdict: ['核对结论', 'Verdict'],
  verdict_fails: ['{0} 处不符', '{0} that do not agree'],
  verdict_warn: ['{0} 处需核实', '{0} to verify'],
  verdict_info: ['{0} 处提示', '{0} to note'],
  verdict_ok: ['全部相符', 'All agree'],
  verdict_none: ['未能核对', 'Could not be checked'],
  verdict_unread_all: ['没有一个文件能读取', 'No file could be read'],
  verdict_unread_ok: ['能读的部分{0}，但有 {1} 个文件未能读取', '{0} in what could be read, but {1:file} could not'],
  verdict_unread: ['{0}，另有 {1} 个文件未能读取', '{0}, and {1:file} could not be read'],
  no_findings_read: ['读到的 {0} 个文件中没有发现不符之处；有 {1} 个文件未能读取，未作核对。', 'Nothing disagrees in what was read ({0:file}); {1:file} could not be read and went unchecked.'],
  nothing_checked: ['没有可以核对的数字，不能说是否相符。', 'There was nothing to check: whether the figures agree is not known.'],
  unverified: ['未能核对 {0} 项及原因', '{0:check} that could not be done, and why'],
  departments: ['{0} 个单位', '{0:department}'],
  department: ['单位', 'Department'],
  all_departments: ['显示全部单位', 'Show all departments'],
  column_checked: ['已核对项', 'Checked'],
  column_unverified: ['未能核对', 'Not verifiable'],
  password: ['文件密码', 'Password of the file'],
  password_needed: ['{0} 设有打开密码：输入密码后即可核对', '{0} needs a password to open'],
  password_wrong: ['仍打不开 {0}：请再核对一下密码', '{0} still cannot be opened: look at the password again'],
  password_open: ['打开', 'Open'],
  password_file: ['选用密码文件（每行一个）', 'Choose a file of passwords (one a line)'],
  password_kept: ['密码只用于这次打开，不会保存在结果里。', 'A password is used for this check only and stands in no result.'],
  password_hint: ['在上方输入密码即可', 'type the password above'],
  type_hint: ['双击数字（或选中后按 Enter）可试改，看看还有哪里不符；不改动文件。', 'Double-click a number (or Enter on it) to try another and see what agrees then; the file is not changed.'],
  type_over: ['{0} 试改为', '{0} tried as'],
  typed: ['试算：{0}（只在本页，文件未改动）', 'Trying: {0} (on this page only; the file is not changed)'],
  undo_typed: ['取消试算', 'Stop trying'],
  drafts: ['与上一稿相比：已改好 {0} 处，新出现 {1} 处，仍存在 {2} 处', 'Against the draft before: {0} mended, {1} new, {2} still there'],
  draft_mended: ['已改好', 'Mended'],
  draft_new: ['新出现', 'New'],
  draft_open: ['仍存在', 'Still there'],
  draft_history: ['历次各稿对照', 'All drafts side by side'],
  draft_nth: ['第 {0} 稿', 'Draft {0}'],
  draft_now: ['本稿', 'This one'],
  draft_there: ['有', 'found'],
  draft_gone: ['—', '—'],
  explained: ['已说明：{0}', 'Explained: {0}'],
  review: ['复核意见（写入评价底稿）', 'Review (goes into the evaluation workbook)'],
  review_0: ['认可', 'Accepted'],
  review_1: ['需整改', 'To be corrected'],
  review_2: ['待补证', 'Evidence wanted'],
  review_note: ['理由或说明', 'Reason or note'],
  file_ok: ['相符', 'agrees'],
  file_fails: ['{0} 处不符', '{0} do not agree'],
  file_warn: ['{0} 处需核实', '{0} to verify'],
  file_info: ['{0} 处提示', '{0:note}'],
  file_none: ['未能核对', 'not checked'],
  file_refused: ['未能读取', 'not read'],
  file_same: ['与 {0} 完全相同', 'the same file as {0}'],
  counts: ['核对 {0} 项：相符 {1}，尾差 {2}，不符 {3}，未能核对 {4}', '{0:check}: {1} agree, {2} within rounding, {3} do not, {4} could not be checked'],
  coverage: ['{0} 个数字中 {1} 个参与核对', '{1} of {0:figure} took part'],
  error: ['错误', 'Error'],
  warning: ['核实', 'Verify'],
  info: ['提示', 'Note'],
  filter: ['按程度筛选', 'Filter by severity'],
  findings: ['核对结果', 'Findings'],
  files: ['文件', 'Files'],
  no_findings: ['没有发现不符之处。', 'Nothing was found that does not agree.'],
  no_findings_filtered: ['所选程度下没有结果。', 'Nothing of the chosen severities.'],
  whole_file: ['整个文件', 'The whole file'],
  whole_packet: ['整套材料', 'The whole packet'],
  same_cause: ['同一原因，{0} 处', 'One cause, {0:place}'],
  sheet: ['工作表 {0}', 'Sheet {0}'],
  hidden_sheet: ['（隐藏）', ' (hidden)'],
  detail: ['详情', 'Detail'],
  pick: ['从左侧选一条结果，这里会显示出错的单元格和它的来龙去脉。', 'Choose a finding to see its cell and where its figure comes from.'],
  stated: ['申报', 'Stated'],
  computed: ['应为', 'Computed'],
  difference: ['相差', 'Difference'],
  tolerance: ['允许尾差 ±{0}', 'rounding allowed ±{0}'],
  at_most: ['应不超过', 'At most'],
  how: ['应为 =', 'Computed ='],
  more_terms: ['……另有 {0} 项', '… and {0} more'],
  causes: ['可能的原因', 'Likely causes'],
  change_to: ['{0} 改为 {1}', '{0} becomes {1}'],
  mends: ['可使 {0} 项不符变为相符', 'mends {0} failing checks'],
  rivals: ['另有 {0} 种同样说得通的解释', '{0} other explanations do as well'],
  about_rule: ['为什么这样核对', 'Why this is checked'],
  source: ['依据', 'Source'],
  copy: ['复制这句话', 'Copy the sentence'],
  copied: ['已复制', 'Copied'],
  previous: ['上一条 (k)', 'Previous (k)'],
  next: ['下一条 (j)', 'Next (j)'],
  jump: ['到单元格 (Enter)', 'To the cell (Enter)'],
  back: ['返回列表', 'Back to the list'],
  download: ['下载', 'Download'],
  download_all: ['全部结果 (zip)', 'Everything (zip)'],
  download_marked: ['标注稿', 'Marked copy'],
  download_marked_of: ['下载 {0} 的标注稿', 'Download the marked copy of {0}'],
  download_evaluation: ['评价底稿', 'Evaluation workbook'],
  download_json: ['JSON 报告', 'JSON report'],
  preparing: ['正在生成……', 'Preparing…'],
  saved: ['已下载 {0}', 'Downloaded {0}'],
  tables: ['识别出的表（{0}）', 'Tables recognized ({0})'],
  recognition: ['识别结果不对？', 'Recognized wrongly?'],
  recognition_text: ['改正后重新核对，只影响本次结果，不改动文件。', 'Corrected for this check only; the file is not changed.'],
  unit: ['单位', 'Unit'],
  kind: ['表的种类', 'Kind of table'],
  header_rows: ['表头行', 'Header rows'],
  header_first: ['表头首行', 'First header row'],
  header_last: ['表头末行', 'Last header row'],
  as_recognized: ['按识别结果', 'As recognized'],
  none: ['未知', 'unknown'],
  recheck: ['按此重新核对', 'Check again so'],
  corrected: ['已按您的改正核对', 'Checked as you corrected'],
  undo_corrections: ['撤销改正', 'Undo corrections'],
  table_title: ['表 {0}', 'Table {0}'],
  rows_left_out: ['略去第 {0}–{1} 行', 'rows {0}–{1} left out'],
  row_left_out: ['略去第 {0} 行', 'row {0} left out'],
  preview_of: ['{0} 的单元格', 'Cells of {0}'],
  wrong_cell: ['出错的单元格', 'the cell in question'],
  part_cell: ['参与计算', 'part of the sum'],
  should_be: ['应为 {0}', 'should be {0}'],
  text_number: ['以文本存放的数字', 'number stored as text'],
  formula: ['公式', 'Formula'],
  remarks: ['读取说明', 'About the reading'],
  unlisted: ['另有 {0} 条未在此列出，请下载报告查看。', '{0} more are not listed here: download the report.'],
  keys_title: ['键盘操作', 'Keyboard'],
  keys_on: ['启用单键快捷键', 'Single-key shortcuts on'],
  key_next: ['下一条结果', 'Next finding'],
  key_previous: ['上一条结果', 'Previous finding'],
  key_jump: ['到单元格', 'To its cell'],
  key_back: ['回到列表', 'Back to the list'],
  key_copy: ['复制这句话', 'Copy the sentence'],
  close: ['关闭', 'Close'],
  version: ['gouji {0}', 'gouji {0}'],
  offline: ['离线单文件版', 'offline single file'],
  native: ['本机引擎', 'native engine'],
};

let language = 'zh';

export function setLanguage(next) {
  language = next;
}

export function currentLanguage() {
  return language;
}

// The words of a key, with {0}, {1}… filled in; {0:file} is a number of files: 1 file, 2 files.
export function t(key, ...values) {
  const words = WORDS[key][language === 'en' ? 1 : 0];
  return words.replace(/\{(\d)(?::([a-z ]+))?\}/g, (_, at, noun) => {
    const value = String(values[Number(at)]);
    return noun ? `${value} ${noun}${value === '1' ? '' : 's'}` : value;
  });
}

// One of the two sentences that the engine gave.
export function say(both) {
  return both ? both[language] || both.zh || both.en || '' : '';
}

// Digits in threes, and a minus that is not a hyphen: −1,234.5
export function figure(text) {
  if (text === null || text === undefined) return '——';
  const negative = text.startsWith('-');
  const [whole, fraction] = (negative ? text.slice(1) : text).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return (negative ? '−' : '') + grouped + (fraction === undefined ? '' : `.${fraction}`);
}

// A figure in its unit; fractions of a percentage are shown as per cent, moved by digits and never by a float.
export function inUnit(text, unit) {
  if (text === null || text === undefined) return '——';
  return unit === '%' ? `${figure(shifted(text))}%` : figure(text);
}

function shifted(text) {
  const negative = text.startsWith('-');
  const [whole, fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const padded = fraction.padEnd(2, '0');
  const moved = (whole + padded.slice(0, 2)).replace(/^0+(?=\d)/, '');
  const rest = padded.slice(2).replace(/0+$/, '');
  return (negative ? '-' : '') + moved + (rest ? `.${rest}` : '');
}
