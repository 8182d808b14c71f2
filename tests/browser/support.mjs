// What the browser tests share: the program, the browser, a page on either engine.

import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const program = process.env.GOUJI || join(root, 'target', 'debug', 'gouji');
export const single = process.env.GOUJI_HTML || join(root, 'target', 'gouji.html');
export const samples = join(root, 'samples');

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const hasSingle = existsSync(single);
if (!hasSingle) console.log(`skipped: no ${single}; node web/build.mjs makes it`);

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

// A running `gouji serve` and the address to open.
export async function serve() {
  const child = spawn(program, ['serve', '--no-open'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const url = await new Promise((resolve, reject) => {
    let told = '';
    child.stdout.on('data', (data) => {
      told += data;
      if (told.includes('\n')) resolve(told.split('\n')[0]);
    });
    child.on('exit', (code) => reject(new Error(`gouji serve ended with ${code}`)));
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return {
    url,
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}

// A list that fills with everything that should not happen on a page, whichever library drives it.
export function troublesOf(page) {
  const troubles = [];
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning', 'warn'].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  return troubles;
}

// Opens the page and keeps a list of everything that should not happen.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', acceptDownloads: true, ...options });
  const page = await context.newPage();
  const troubles = troublesOf(page);
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(url);
  await page.waitForSelector('.drop');
  return { page, context, troubles };
}

export const singleUrl = pathToFileURL(single).href;

export function packet() {
  const folder = join(samples, 'packet');
  return readdirSync(folder).sort().map((name) => join(folder, name));
}

export async function give(page, paths) {
  await page.setInputFiles('input[type=file][multiple]', paths);
  await page.waitForSelector('body[data-phase=done], body[data-phase=failed]', { timeout: 60000 });
}

export async function download(page, what) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.click(`[data-output="${what}"]`)]);
  const path = join(scratch(), file.suggestedFilename());
  await file.saveAs(path);
  return { name: file.suggestedFilename(), path };
}

const scratches = [];
process.on('exit', () => scratches.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'gouji-browser-'));
  scratches.push(folder);
  return folder;
}

// Runs a script of this folder in Python and gives what it prints as JSON.
export function python(script, ...args) {
  const path = join(root, 'tests', 'browser', script);
  return JSON.parse(execFileSync('python3', [path, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 }));
}
