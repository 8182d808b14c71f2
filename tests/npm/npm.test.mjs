// The package as somebody installs it: reports in Node and in a browser are those of the command line.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const samples = join(root, 'samples/packet');
const names = readdirSync(samples).filter((name) => name.endsWith('.xlsx')).sort();
let folder;
let gouji;
let expected;

before(async () => {
  const packed = readdirSync(join(root, 'target/npm')).filter((name) => name.endsWith('.tgz'));
  assert.equal(packed.length, 1, 'packaging/all.sh npm makes it');
  folder = mkdtempSync(join(tmpdir(), 'gouji-npm-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', join(root, 'target/npm', packed[0])], { cwd: folder });
  gouji = await import(pathToFileURL(join(folder, 'node_modules/gouji/index.js')));
  if (process.env.GOUJI) {
    const program = resolve(root, process.env.GOUJI);
    try {
      expected = JSON.parse(execFileSync(program, ['check', '--format', 'json', ...names], { cwd: samples, maxBuffer: 1 << 28 }));
    } catch (error) {
      expected = JSON.parse(error.stdout);
    }
  }
});

after(() => rmSync(folder, { recursive: true, force: true }));

function files() {
  return names.map((name) => ({ name, bytes: readFileSync(join(samples, name)) }));
}

// A second reader looks at the cells of findings where there is one; the engine has none.
function comparable(report) {
  const { read_twice: _, ...rest } = { ...report };
  return { ...rest, findings: report.findings.map(({ read_twice: _, ...finding }) => finding) };
}

test('in Node', async () => {
  const report = await gouji.check(files());
  assert.equal(report.summary.error, 2);
  if (expected) assert.deepEqual(comparable(report), comparable(expected));
  const english = await gouji.check(files(), { language: 'en' });
  assert.notEqual(english.findings[0].message, report.findings[0].message);
});

test('a file that cannot be read is an entry, and a wrong argument an error', async () => {
  const report = await gouji.check([{ name: '坏.xlsx', bytes: new Uint8Array([80, 75, 3, 4]) }, ...files()]);
  assert.ok(report.files[0].error);
  assert.equal(report.summary.error, 2);
  await assert.rejects(gouji.check(['a.xlsx']), TypeError);
  await assert.rejects(gouji.annotate({ name: '坏.xlsx', bytes: new Uint8Array([1]) }));
});

test('marked copies and working papers are workbooks', async () => {
  const marked = await gouji.annotate(files()[0]);
  assert.match(marked.name, /-核对\.xlsx$/);
  const paper = await gouji.evaluate(files());
  for (const { bytes } of [marked, paper]) assert.deepEqual([...bytes.subarray(0, 2)], [0x50, 0x4b]);
});

test('the types are those of the report', () => {
  const use = `import { check, type Report, type Finding } from 'gouji/check';
const report: Report = await check([{ name: 'a.xlsx', bytes: new Uint8Array() }], { language: 'en' });
const first: Finding | undefined = report.findings[0];
export const told: string = first?.message ?? String(report.summary.error + report.coverage.checked);
// @ts-expect-error there is no such field
export const odd = report.nothing;
`;
  writeFileSync(join(folder, 'use.ts'), use);
  const tsc = join(here, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false'];
  try {
    execFileSync('node', [tsc, ...options, 'use.ts'], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    assert.fail(error.stdout);
  }
});

test('in Chromium', async () => {
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    if (path === '/') return response.setHeader('content-type', 'text/html').end('<!doctype html><title>gouji</title>');
    const base = path.startsWith('/samples/') ? samples : join(folder, 'node_modules/gouji');
    const file = join(base, path.split('/').pop());
    if (!existsSync(file)) return response.writeHead(404).end();
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream').end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const report = await page.evaluate(async (list) => {
      const { check } = await import('/gouji/index.js');
      const read = async (name) => ({ name, bytes: new Uint8Array(await (await fetch(`/samples/${encodeURIComponent(name)}`)).arrayBuffer()) });
      return check(await Promise.all(list.map(read)));
    }, names);
    assert.deepEqual(report, await gouji.check(files()));
  } finally {
    await browser.close();
    server.close();
  }
});
