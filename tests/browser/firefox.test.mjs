// The page in a real Firefox, on both engines. Skipped, and said so, where no Firefox is installed (FIREFOX names it).

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import puppeteer from 'puppeteer-core';

import { hasSingle, packet, python, scratch, serve, singleUrl, troublesOf } from './support.mjs';

const firefox = [process.env.FIREFOX, '/usr/bin/firefox', '/usr/bin/firefox-esr'].find((path) => path && existsSync(path));
if (!firefox) console.log('skipped: no Firefox');

const downloads = scratch();
let browser;
let server;

before(async () => {
  if (!firefox) return;
  server = await serve();
  browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: firefox,
    headless: true,
    extraPrefsFirefox: {
      'browser.download.dir': downloads,
      'browser.download.folderList': 2,
      'browser.download.useDownloadDir': true,
      'browser.download.always_ask_before_handling_new_types': false,
      'browser.download.alwaysOpenPanel': false,
      'intl.accept_languages': 'zh-CN',
    },
  });
});

after(async () => {
  if (!firefox) return;
  await browser.close();
  await server.stop();
});

const engines = [
  { name: 'gouji serve', url: () => server.url },
  { name: 'gouji.html', url: () => singleUrl, skip: !hasSingle },
];

for (const { name, url, skip } of engines) {
  test(`Firefox, ${name}: files, verdict, findings, keys, correction, download`, { skip: skip || !firefox }, async () => {
    const { page, troubles } = await open(url());
    const shot = (what) => process.env.SHOTS && page.screenshot({ path: join(process.env.SHOTS, `firefox-${name.replace(' ', '-')}-${what}.png`) });
    await shot('empty');
    await (await page.$('input[type=file][multiple]')).uploadFile(...packet());
    await page.waitForSelector('body[data-phase=done]', { timeout: 30000 });
    assert.match(await page.$eval('h1', (heading) => heading.textContent), /处不符/);
    const findings = await page.$$eval('.finding', (all) => all.map((one) => one.textContent));
    assert.ok(findings.some((text) => text.includes('C5') && text.includes('427.87')), findings.join('\n'));
    const focus = () => page.evaluate(() => document.activeElement.dataset.finding || document.activeElement.dataset.cell || document.activeElement.textContent);
    await page.keyboard.press('j');
    assert.equal(await focus(), '1');
    await page.keyboard.press('k');
    assert.equal(await focus(), '0');
    await page.keyboard.press('Enter');
    assert.equal(await focus(), 'C5');
    await shot('done');
    await page.keyboard.press('Escape');
    assert.equal(await focus(), '0');
    // A correction, and its way back.
    await page.click('.correction summary');
    await page.select('.correction select[name=unit]', '元');
    await (await page.waitForSelector('::-p-text(按此重新核对)')).click();
    await page.waitForSelector('.corrected');
    await page.waitForSelector('body[data-phase=done]');
    assert.match(await page.$eval('.comparison', (box) => box.textContent), /358\.78\s*元/);
    await page.click('.corrected button');
    await page.waitForFunction(() => document.body.dataset.phase === 'done' && !document.querySelector('.corrected'));
    const asset = await page.$$eval('.file h2', (heads) => heads.findIndex((head) => head.textContent.includes('固定资产')));
    await page.click(`[data-output="marked-${asset}"]`);
    const { marks } = python('marks.py', await downloaded('固定资产情况表-核对.xlsx'));
    assert.match(marks['固定资产情况表!C5'].note, /358\.78.*427\.87/s);
    await page.click('[data-output=all]');
    assert.ok(readFileSync(await downloaded('核对结果.zip')).length > 10000);
    await page.click('[lang=en]');
    assert.match(await page.$eval('h1', (heading) => heading.textContent), /do not agree/);
    assert.deepEqual(troubles, []);
    await page.close();
  });

  test(`Firefox, ${name}: nothing overflows at two sizes, light and dark`, { skip: skip || !firefox }, async () => {
    for (const [width, height] of [[1366, 768], [390, 844]]) {
      for (const scheme of ['light', 'dark']) {
        const { page } = await open(url());
        await page.setViewport({ width, height });
        await page.evaluate((theme) => localStorage.setItem('gouji-theme', theme), scheme);
        await page.reload();
        await (await page.waitForSelector('input[type=file][multiple]')).uploadFile(...packet());
        await page.waitForSelector('body[data-phase=done]', { timeout: 30000 });
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), scheme);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
        if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `firefox-${name.replace(' ', '-')}-${width}-${scheme}.png`) });
        await page.close();
      }
    }
  });
}

async function open(url) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1366, height: 768 });
  const troubles = troublesOf(page);
  await page.goto(url);
  await page.waitForSelector('.drop');
  return { page, troubles };
}

// The path of a download, once it is whole.
async function downloaded(name) {
  const path = join(downloads, name);
  for (let looks = 0; looks < 100; looks += 1) {
    if (existsSync(path) && !readdirSync(downloads).some((other) => other.endsWith('.part'))) return path;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} was not downloaded: ${readdirSync(downloads).join()}`);
}
