// A session with `gouji mcp` by the protocol's own client: what an agent sees, and what it cannot reach.

import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = resolve(root, process.env.GOUJI || 'target/debug/gouji');

let folder;
let client;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gouji-mcp-'));
  cpSync(join(root, 'samples/packet'), join(folder, '送审/packet'), { recursive: true });
  writeFileSync(join(folder, '送审/坏.xlsx'), 'PK\x03\x04 and no more');
  writeFileSync(join(folder, '送审/id_rsa'), 'secret');
  mkdirSync(join(folder, '外'));
  cpSync(join(root, 'samples/packet', readdirSync(join(root, 'samples/packet')).find((name) => name.endsWith('.xlsx'))), join(folder, '外/外.xlsx'));
  symlinkSync(join(folder, '外'), join(folder, '送审/链接'));
  client = await connect();
});

after(async () => {
  await client?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function connect(...more) {
  const transport = new StdioClientTransport({ command: program, args: ['mcp', ...more, join(folder, '送审')], stderr: 'inherit' });
  const made = new Client({ name: 'gouji-test', version: '0' });
  await made.connect(transport);
  return made;
}

// Calls a tool, and writes the call and its answer down where TRANSCRIPT names a file.
async function call(name, args = {}, by = client) {
  const answer = await by.callTool({ name, arguments: args });
  const text = answer.content.map((part) => part.text).join('\n');
  if (process.env.TRANSCRIPT) {
    const shown = text.split('\n').slice(0, 24).join('\n').slice(0, 2000);
    appendFileSync(process.env.TRANSCRIPT, `→ ${name} ${JSON.stringify(args)}\n${answer.isError ? '← error\n' : '←\n'}${shown}\n\n`);
  }
  return { ...answer, text };
}

async function refused(name, args, words) {
  const answer = await call(name, args);
  assert.equal(answer.isError, true, `${JSON.stringify(args)} was answered: ${answer.text}`);
  assert.match(answer.text, words);
}

test('it says who it is, and that its tools only read', async () => {
  assert.equal(client.getServerVersion().name, 'gouji');
  assert.match(client.getInstructions(), /未能核对/);
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), ['check', 'explain', 'inspect', 'cell', 'tables']);
  for (const tool of tools) {
    assert.equal(tool.annotations.readOnlyHint, true);
    assert.equal(tool.inputSchema.additionalProperties, false);
  }
});

test('check tells what does not agree, for people and for programs', async () => {
  const answer = await call('check', { paths: ['packet'] });
  assert.match(answer.text, /358\.78/);
  const { summary, findings, findings_in_all: all, files } = answer.structuredContent;
  assert.equal(summary.error, 2);
  assert.equal(findings.length, all);
  assert.equal(findings[0].severity, 'error');
  assert.ok(files.every((file) => file.path.startsWith('packet/')));
});

test('findings come a page at a time', async () => {
  const first = (await call('check', { paths: ['packet'], limit: 2 })).structuredContent;
  const second = (await call('check', { paths: ['packet'], limit: 2, offset: first.next_offset })).structuredContent;
  assert.equal(first.findings.length, 2);
  assert.notDeepEqual(first.findings, second.findings);
});

test('a rule is chosen, and explained, in both languages', async () => {
  const only = (await call('check', { paths: ['packet'], select: ['Z01'], language: 'en' })).structuredContent;
  assert.ok(only.findings.length > 0 && only.findings.every((finding) => finding.rule === 'Z01'));
  assert.match((await call('explain', { code: 'Z01' })).text, /# Z01/);
  assert.match((await call('explain', { code: 'z01', language: 'en' })).text, /severity/);
  await refused('explain', { code: 'Q99' }, /Q99/);
});

test('tables have ids, and figures', async () => {
  const { tables } = (await call('tables', { paths: ['packet'] })).structuredContent;
  const assets = tables.find((table) => table.kind === 'assets');
  const one = (await call('tables', { paths: ['packet'], table: assets.id })).structuredContent;
  const total = one.rows.find((row) => row.label === '合计');
  assert.ok(total.cells.some((cell) => cell.value === '358.78'));
  await refused('tables', { paths: ['packet'], table: 999 }, /999/);
});

test('a cell is followed, and the program says what it saw', async () => {
  const { findings } = (await call('check', { paths: ['packet'] })).structuredContent;
  const { sheet, cell } = findings[0].cell;
  assert.match((await call('cell', { paths: ['packet'], cell: `${sheet}!${cell}` })).text, /358\.78/);
  assert.match((await call('inspect', { paths: ['packet'] })).text, /固定资产/);
  await refused('cell', { paths: ['packet'], cell: '没有这张表!A1' }, /没有这张表/);
});

test('a file that cannot be read is told, and hides nothing of the others', async () => {
  const { files, summary } = (await call('check')).structuredContent;
  assert.ok(files.find((file) => file.path.endsWith('坏.xlsx')).error);
  assert.equal(summary.error, 2);
});

test('nothing outside the folder is reached', async () => {
  await refused('check', { paths: ['../外/外.xlsx'] }, /\.\./);
  await refused('check', { paths: [join(folder, '外/外.xlsx')] }, /不在可读取的文件夹内/);
  await refused('tables', { paths: ['/etc/passwd'] }, /不在可读取的文件夹内/);
  await refused('inspect', { paths: ['链接/外.xlsx'] }, /链接/);
  await refused('inspect', { paths: ['id_rsa'] }, /不是表格/);
  await assert.rejects(call('check', { output: '/tmp/x' }), /output/);
  await assert.rejects(call('convert', {}), /convert/);
});

test('limits of reading hold, and the session outlives what exceeds them', async () => {
  const small = await connect('--max-cells', '3');
  const { files } = (await call('check', { paths: ['packet'] }, small)).structuredContent;
  assert.ok(files.every((file) => JSON.stringify(file.error).includes('--max-cells')));
  await small.close();
  const hasty = await connect('--timeout', '0');
  assert.equal((await call('check', { paths: ['packet'] }, hasty)).isError, true);
  assert.equal((await hasty.listTools()).tools.length, 5);
  await hasty.close();
});

test('nothing was written', () => {
  assert.deepEqual(readdirSync(join(folder, '送审')).sort(), ['id_rsa', 'packet', '坏.xlsx', '链接'].sort());
  assert.deepEqual(readdirSync(join(folder, '送审/packet')), readdirSync(join(root, 'samples/packet')));
});
