// The page in a real Chromium, on both engines: node --test tests/browser

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';

import { download, give, hasSingle, launch, open, packet, program, python, samples, scratch, serve, singleUrl } from './support.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;
let server;

before(async () => {
  browser = await launch();
  server = await serve();
});

after(async () => {
  await browser.close();
  assert.equal(await server.stop(), 0, 'Ctrl-C ends the server cleanly');
});

const engines = [
  { name: 'gouji serve', url: () => server.url, options: {} },
  { name: 'gouji.html without a network', url: () => singleUrl, options: { offline: true }, skip: !hasSingle },
];

for (const engine of engines) {
  const on = (title, body) => test(`${engine.name}: ${title}`, { skip: engine.skip }, async (context) => body(await open(browser, engine.url(), engine.options), context));

  on("the seed's packet shows its two asset totals and two shares", async ({ page, troubles, context }) => {
    await give(page, packet());
    const findings = await page.$$eval('.finding', (all) => all.map((one) => one.textContent));
    const about = (cell, ...words) => findings.some((text) => text.includes(cell) && words.every((word) => text.includes(word)));
    assert.ok(about('C5', '358.78', '427.87'), findings.join('\n'));
    assert.ok(about('D5', '312.15', '381.24'), findings.join('\n'));
    assert.ok(about('C5', '22.8%') && about('C6', '77.2%'), findings.join('\n'));
    const cause = await page.textContent('.cause-words');
    assert.match(cause, /2 处.*138\.18.*69\.09/s);
    // Jump to the cell.
    await page.click('.finding >> nth=0');
    await page.click('text=到单元格');
    const cell = await page.evaluate(() => ({ at: document.activeElement.dataset.cell, text: document.activeElement.textContent }));
    assert.equal(cell.at, 'C5');
    assert.match(cell.text, /358\.78.*应为 427\.87/);
    const parts = await page.$$eval('.in-column', (cells) => cells.map((one) => one.dataset.cell));
    assert.deepEqual(parts, ['C6', 'C13', 'C16', 'C18', 'C20', 'C21']);
    assert.match(await page.textContent('.comparison'), /358\.78.*427\.87.*−69\.09/s);
    // Take the marked copy home and look at it with another program.
    const asset = await page.$$eval('.file h2', (heads) => heads.findIndex((head) => head.textContent.includes('固定资产')));
    const copy = await download(page, `marked-${asset}`);
    assert.match(copy.name, /^固定资产情况表-核对\.xlsx$/);
    const { sheets, marks } = python('marks.py', copy.path);
    assert.ok(sheets.includes('核对结果'), sheets);
    assert.match(marks['固定资产情况表!C5'].note, /358\.78.*427\.87/s);
    assert.match(marks['固定资产情况表!D5'].note, /312\.15.*381\.24/s);
    assert.notEqual(marks['固定资产情况表!C5'].fill, 'null');
    assert.deepEqual(troubles, []);
    await context.close();
  });

  on('everything comes as one zip', async ({ page, context }) => {
    await give(page, packet());
    const { name, path } = await download(page, 'all');
    assert.equal(name, '核对结果.zip');
    const names = execFileSync('python3', ['-c', 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))', path], { encoding: 'utf8' }).trim().split('\n');
    assert.ok(names.includes('评价底稿.xlsx') && names.includes('核对报告.json') && names.includes('支出预算-核对.xlsx'), names);
    await context.close();
  });

  on('its report is the program’s, byte for byte', async ({ page, context }) => {
    const compare = async (folder, names, lang) => {
      if ((await page.locator('.drop').count()) === 0) await page.locator('.downloads button').last().click();
      await page.waitForSelector('.drop');
      await give(page, names.map((name) => join(folder, name)));
      const { path } = await download(page, 'report');
      // 1 says that there are findings, 2 that no file could be read.
      let told;
      try {
        told = execFileSync(program, ['check', '--format', 'json', '--lang', lang, ...names], { cwd: folder, maxBuffer: 1 << 28 });
      } catch (ended) {
        told = ended.stdout;
      }
      assert.ok(told.length > 100, names.join());
      // A browser has no second reader for the cells of findings: there that is unsaid.
      const same = engine.url() === singleUrl ? told.toString().replaceAll(/"read_twice": "[a-z]+"/g, '"read_twice": null') : told.toString();
      assert.ok(readFileSync(path, 'utf8') === same, `${names.join()} in ${lang}`);
    };
    const folder = join(samples, 'packet');
    await compare(folder, packet().map((path) => basename(path)), 'zh');
    const formats = join(samples, 'formats');
    for (const name of readdirSync(formats).sort()) await compare(formats, [name], 'zh');
    await page.click('text=English');
    await compare(folder, packet().map((path) => basename(path)), 'en');
    await context.close();
  });

  on('a corrected unit is checked again', async ({ page, context, troubles }) => {
    await give(page, packet());
    await page.click('.finding >> nth=0');
    await page.click('.correction summary');
    await page.selectOption('.correction select[name=unit]', '元');
    await Promise.all([page.waitForSelector('.corrected'), page.click('text=按此重新核对')]);
    assert.match(await page.textContent('.comparison'), /358\.78\s*元/);
    await Promise.all([page.waitForSelector('.corrected', { state: 'detached' }), page.click('text=撤销改正')]);
    await page.waitForSelector('body[data-phase=done]');
    assert.match(await page.textContent('.comparison'), /358\.78\s*万元/);
    assert.deepEqual(troubles, []);
    await context.close();
  });

  on('a header row said by hand is taken for one', async ({ page, context, troubles }) => {
    const folder = scratch();
    writeFileSync(join(folder, '表.csv'), '支出表,,\n单位：万元,,\n项目,2021,2022\n甲,1,2\n乙,3,4\n合计,4,6\n');
    await give(page, join(folder, '表.csv'));
    await page.click('.tables >> nth=0');
    await page.click('.table-button');
    await page.fill('input[name=header_first]', '3');
    await page.fill('input[name=header_last]', '4');
    await Promise.all([page.waitForSelector('.corrected'), page.click('text=按此重新核对')]);
    await page.waitForSelector('body[data-phase=done]');
    await page.click('.tables >> nth=0');
    await page.click('.table-button');
    assert.match(await page.textContent('.facts'), /表头行3–4/);
    assert.deepEqual(troubles, []);
    await context.close();
  });

  on('no text of a file runs', async ({ page, context, troubles }) => {
    const folder = scratch();
    const { names, strings } = python('hostile.py', folder);
    assert.ok(strings >= 300);
    await give(page, names.map((name) => join(folder, name)));
    assert.equal(await page.getAttribute('body', 'data-phase'), 'done');
    const findings = await page.locator('.finding').count();
    assert.ok(findings >= names.length, `${findings} findings in ${names.length} files`);
    for (let at = 0; at < findings; at += 1) await page.locator('.finding').nth(at).click();
    for (const summary of await page.locator('details > summary').all()) if (await summary.isVisible()) await summary.click();
    const tables = page.locator('.table-button');
    for (let at = 0; at < (await tables.count()); at += 1) await tables.nth(at).click();
    await page.click('text=English');
    await page.locator('.finding').first().click();
    const foreign = await page.$$eval('#app *', (all) => all.filter((one) => ['SCRIPT', 'IMG', 'IFRAME', 'OBJECT', 'STYLE', 'LINK', 'BASE', 'META', 'FORM', 'VIDEO', 'A'].includes(one.tagName) && !one.closest('.correction') && !one.classList.contains('skip')).map((one) => one.outerHTML));
    assert.deepEqual(foreign, []);
    assert.deepEqual(troubles, []);
    console.log(`${engine.name}: ${strings} hostile strings in ${names.length} workbooks, ${findings} findings shown: 0 dialogs, 0 policy reports`);
    await context.close();
  });

  on('a broken file is one line, and the others are checked', async ({ page, context }) => {
    const folder = scratch();
    writeFileSync(join(folder, '坏.xlsx'), 'PK\u0003\u0004 not a workbook');
    await give(page, [...packet(), join(folder, '坏.xlsx')]);
    const refused = page.locator('.file', { hasText: '坏.xlsx' });
    assert.match(await refused.textContent(), /未能读取/);
    assert.ok((await page.locator('.finding').count()) >= 4);
    await context.close();
  });

  on('a long check shows what it does and can be stopped', async ({ page, context, troubles }) => {
    const folder = scratch();
    const lines = ['项目,预算数,支出数,结余'];
    for (let row = 0; row < 400000; row += 1) lines.push(`项目${row},${row}.25,${row}.15,0.10`);
    writeFileSync(join(folder, '大.csv'), lines.join('\n'));
    await page.setInputFiles('input[type=file][multiple]', join(folder, '大.csv'));
    await page.waitForSelector('.working progress');
    const begun = Date.now();
    await page.click('text=取消');
    await page.waitForSelector('.drop');
    assert.ok(Date.now() - begun < 1000);
    // And the page goes on.
    await page.evaluate(() => document.querySelector('.drop'));
    await context.close();
    assert.deepEqual(troubles, []);
  });
}

test('the whole way by keyboard alone', async () => {
  const { page, context, troubles } = await open(browser, server.url);
  const focus = () => page.evaluate(() => (document.activeElement.dataset.finding ? `finding ${document.activeElement.dataset.finding}` : document.activeElement.dataset.cell || document.activeElement.textContent));
  await page.keyboard.press('Tab');
  assert.match(await focus(), /跳到核对结果/);
  for (let presses = 0; presses < 10 && !/选择文件/.test(await focus()); presses += 1) await page.keyboard.press('Tab');
  assert.match(await focus(), /选择文件/);
  // The browser is asked to hand the dialog over before the key that opens it is pressed.
  const chosen = page.waitForEvent('filechooser');
  await page.waitForTimeout(500);
  await page.keyboard.press('Enter');
  const chooser = await chosen;
  await chooser.setFiles(packet());
  await page.waitForSelector('body[data-phase=done]');
  assert.match(await page.textContent('[aria-live]'), /处不符.*核对 \d+ 项/);
  await page.keyboard.press('j');
  assert.equal(await focus(), 'finding 1');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  assert.equal(await focus(), 'finding 0');
  await page.keyboard.press('Enter');
  assert.equal(await focus(), 'C5', 'Enter goes to the cell');
  await page.keyboard.press('Escape');
  assert.equal(await focus(), 'finding 0', 'Escape comes back');
  await page.keyboard.press('c');
  await page.waitForFunction(() => document.querySelector('[aria-live]').textContent.includes('已复制'));
  // A download without a mouse.
  await page.focus('[data-output=all]');
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.equal(file.suggestedFilename(), '核对结果.zip');
  // Filters, the dialog and its way back.
  await page.focus('.chip-error');
  await page.keyboard.press('Space');
  assert.equal(await page.getAttribute('.chip-error', 'aria-pressed'), 'false');
  assert.equal(await page.locator('.finding-error.finding').count(), 0);
  await page.keyboard.press('Space');
  await page.focus('.tools button:last-child');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  assert.match(await focus(), /快捷键/);
  // Single keys can be turned off (WCAG 2.1.4).
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.locator('dialog input').focus();
  await page.keyboard.press('Space');
  await page.waitForFunction(() => !document.querySelector('dialog input').checked);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.focus('[data-finding="0"]');
  await page.keyboard.press('j');
  assert.equal(await focus(), 'finding 0', 'off');
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const [name, viewport] of [['1366 × 768', { width: 1366, height: 768 }], ['phone', { width: 390, height: 844 }], ['320 px', { width: 320, height: 640 }]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing and nothing overflows: ${name}, ${colorScheme}`, async () => {
      const { page, context } = await open(browser, server.url, { viewport, colorScheme });
      const violations = async () => {
        await page.evaluate(axe);
        const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
        return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
      };
      const overflows = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.deepEqual(await violations(), [], 'before');
      assert.equal(await overflows(), 0);
      await give(page, packet());
      assert.deepEqual(await violations(), [], 'after');
      assert.equal(await overflows(), 0);
      for (const summary of await page.locator('details > summary').all()) await summary.click();
      assert.deepEqual(await violations(), [], 'opened');
      assert.equal(await overflows(), 0);
      await page.locator('.tools button').last().click();
      await page.waitForSelector('dialog[open]');
      assert.deepEqual(await violations(), [], 'dialog');
      await page.keyboard.press('Escape');
      await context.close();
    });
  }
}

test('the language is switched on the spot', async () => {
  const { page, context } = await open(browser, server.url);
  await give(page, packet());
  await page.click('text=English');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  assert.match(await page.textContent('h1'), /do not agree/);
  const chinese = await page.$$eval('button, summary, dt, h1', (all) => all.filter((one) => !one.closest('[data-finding], .table-button') && one.lang !== 'zh-CN').map((one) => one.textContent).filter((text) => /[\u4e00-\u9fff]/.test(text)));
  // Units and titles of the tables stay as the files have them.
  assert.deepEqual(chinese.filter((text) => !/^(万元|元)$/.test(text)), []);
  await context.close();
});
