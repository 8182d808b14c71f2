// Working on a packet in the page: archives, passwords, numbers tried, drafts, reviews, a page loaded again.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';

import { download, give, hasSingle, launch, open, packet, root, scratch, serve, singleUrl } from './support.mjs';

let browser;
let server;

before(async () => {
  browser = await launch();
  server = await serve();
});

after(async () => {
  await browser.close();
  await server.stop();
});

const engines = [
  { name: 'gouji serve', url: () => server.url, options: {} },
  { name: 'gouji.html without a network', url: () => singleUrl, options: { offline: true }, skip: !hasSingle },
];

const wrong = '项目,金额（万元）\n甲,1304.39\n乙,4402.00\n丙,820.15\n合计,6526.45\n';
const right = wrong.replace('6526.45', '6526.54');

for (const engine of engines) {
  const on = (title, body) => test(`${engine.name}: ${title}`, { skip: engine.skip }, async () => {
    const opened = await open(browser, engine.url(), engine.options);
    await body(opened);
    assert.deepEqual(opened.troubles, []);
    await opened.context.close();
  });
  const write = (name, text) => {
    const path = join(scratch(), name);
    writeFileSync(path, text);
    return path;
  };
  const again = async (page, action) => {
    const before = await page.evaluate(() => {
      document.querySelector('.verdict').dataset.old = 'yes';
      return true;
    });
    assert.ok(before);
    await action();
    await page.waitForSelector('body[data-phase=done] .verdict:not([data-old])');
  };

  on('a .zip of workbooks is checked as they are', async ({ page }) => {
    const folder = scratch();
    const archive = join(folder, '送审.zip');
    execFileSync('python3', ['-c', 'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n  z.writestr("说明.txt", "x")\n  for p in sys.argv[2:]: z.write(p, "局/" + p.rsplit("/", 1)[-1])', archive, ...packet()]);
    await give(page, archive);
    const heads = await page.$$eval('.file h2', (all) => all.map((one) => one.textContent));
    assert.deepEqual(heads.sort(), packet().map((path) => `送审.zip!/局/${basename(path)}`).sort());
    assert.match(await page.textContent('.verdict'), /略过不是表格的文件 1 个/);
    assert.match(await page.textContent('h1'), /2 处不符/);
    const { name } = await download(page, 'all');
    assert.equal(name, '核对结果.zip');
  });

  on('what was not read is in the headline and never called in order', async ({ page }) => {
    await give(page, [write('对.csv', right), write('坏.xlsx', 'PK\u0003\u0004 broken')]);
    assert.match(await page.textContent('h1'), /1 个文件未能读取/);
    assert.doesNotMatch(await page.textContent('#results'), /没有发现不符之处。(?!.*未能读取)/);
    assert.match(await page.textContent('.list .nothing'), /读到的 1 个文件中没有发现不符之处；有 1 个文件未能读取/);
    await page.locator('.downloads button').last().click();
    await give(page, write('坏.xlsx', 'PK\u0003\u0004 broken'));
    assert.match(await page.textContent('h1'), /没有一个文件能读取/);
    assert.doesNotMatch(await page.textContent('#results'), /没有发现不符之处/);
  });

  on('a password is asked for in the page', async ({ page }) => {
    await give(page, join(root, 'tests', 'data', 'encrypted.xlsx'));
    const box = page.locator('.password');
    assert.doesNotMatch(await page.textContent('#results'), /--password/);
    await box.locator('input[type=password]').fill('wrong');
    await again(page, () => page.click('.password [type=submit]'));
    assert.match(await box.textContent(), /仍打不开/);
    await box.locator('input[type=file]').setInputFiles(write('密码.txt', 'other\r\ngouji\r\n'));
    await page.waitForSelector('.password', { state: 'detached' });
    assert.equal(await page.locator('.file .trouble').count(), 0);
  });

  on('another number can be tried, and nothing is written', async ({ page }) => {
    await give(page, write('表.csv', wrong));
    assert.match(await page.textContent('h1'), /1 处不符/);
    await page.click('text=到单元格');
    await page.keyboard.press('Enter');
    await page.keyboard.type('6526.54');
    await again(page, () => page.keyboard.press('Enter'));
    assert.match(await page.textContent('h1'), /全部相符/);
    assert.match(await page.textContent('.corrected'), /试算：B5 = 6526\.54/);
    await again(page, () => page.click('text=取消试算'));
    assert.match(await page.textContent('h1'), /1 处不符/);
    // By mouse, another cell: the total is right when 丙 is 820.06.
    await page.locator('td[data-cell=B4]').dblclick();
    await page.keyboard.type('820.06');
    await again(page, () => page.keyboard.press('Enter'));
    assert.match(await page.textContent('h1'), /全部相符/);
  });

  on('a corrected draft stands beside the one before', async ({ page }) => {
    await give(page, write('表.csv', wrong));
    await again(page, () => page.setInputFiles('input[type=file][multiple]', write('表.csv', right)));
    assert.match(await page.textContent('.drafts summary'), /已改好 1 处，新出现 0 处，仍存在 0 处/);
    await page.click('.drafts summary');
    assert.match(await page.textContent('.draft-columns'), /表\.csv › B5/);
    // A third draft, wrong again: each draft is a column.
    await again(page, () => page.setInputFiles('input[type=file][multiple]', write('表.csv', wrong)));
    await page.click('.drafts summary');
    assert.deepEqual(await page.locator('.draft-history thead th').allTextContents(), ['核对结果', '第 1 稿', '第 2 稿', '本稿']);
    assert.deepEqual(await page.locator('.draft-history tbody td').allTextContents(), ['有', '—', '有']);
    await page.setViewportSize({ width: 360, height: 800 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing overflows');
  });

  on('a page that is loaded again goes on', async ({ page }) => {
    await give(page, [write('表.csv', wrong)]);
    await page.click('.review >> text=需整改');
    await page.fill('.review input[type=text]', '已电话核实');
    await page.keyboard.press('Tab');
    await page.waitForFunction(() => (sessionStorage.getItem('gouji-work') || '').includes('已电话核实'));
    await page.reload();
    await page.waitForSelector('body[data-phase=done]');
    assert.match(await page.textContent('h1'), /1 处不符/);
    assert.equal(await page.inputValue('.review input[type=text]'), '已电话核实');
    assert.ok(await page.isChecked('.review input[value=需整改]'));
    // The files are there, too: one is added, and all of them are checked.
    await again(page, () => page.setInputFiles('input[type=file][multiple]', write('又.csv', right)));
    assert.equal(await page.locator('.file').count(), 2);
    const { path } = await download(page, 'evaluation');
    const words = execFileSync('python3', ['-c', 'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1]) as z:\n  print("".join(z.read(n).decode("utf8") for n in z.namelist() if "sharedStrings" in n))', path], { encoding: 'utf8' });
    assert.match(words, /已电话核实/);
    // Thrown away, it is gone for good.
    await page.locator('.downloads button').last().click();
    await page.reload();
    await page.waitForSelector('.drop');
    assert.equal(await page.evaluate(() => sessionStorage.getItem('gouji-work')), null);
  });

  on('departments come first where there are many', async ({ page }) => {
    const folder = scratch();
    const files = Array.from({ length: 30 }, (_, at) => {
      mkdirSync(join(folder, String(at)));
      const path = join(folder, String(at), `第${at + 1}小学.csv`);
      writeFileSync(path, `第${at + 1}小学支出表\n单位名称：第${at + 1}小学,\n${at % 10 === 3 ? wrong : right}`);
      return path;
    });
    await give(page, files);
    const rows = await page.$$eval('.departments tbody tr', (all) => all.map((one) => one.textContent));
    assert.equal(rows.length, 30, rows.join('\n'));
    assert.match(rows[0], /第4小学11/);
    await page.click('.departments button >> text=第14小学');
    const heads = await page.$$eval('.file h2', (all) => all.map((one) => one.textContent));
    assert.deepEqual(heads, ['第14小学.csv']);
    await page.click('text=显示全部单位');
    assert.equal(await page.locator('.file').count(), 30);
  });

  on('what could not be checked is listed with its reason', async ({ page }) => {
    await give(page, write('表.csv', '项目,年初预算,调增,调整后\n甲,120.35,30.20,150.55\n乙,210.40,12.15,222.55\n丙,318.75,#REF!,333.75\n丁,95.65,4.30,99.95\n合计,745.15,,806.80\n'));
    assert.match(await page.textContent('.unverified summary'), /未能核对 \d+ 项及原因/);
    await page.click('.unverified summary');
    assert.match(await page.textContent('.unverified'), /错误值|不是数字|空白/);
  });
}
