// Builds target/gouji.html: the page and its engine as one file that works from a disk, without a server or a network.
//
//   node web/build.mjs [-o FILE]
//
// What building the engine needs stands in engine.mjs.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { compile, root, run } from './engine.mjs';

const here = dirname(fileURLToPath(import.meta.url));

const at = process.argv.indexOf('-o');
const out = at > 0 ? resolve(process.argv[at + 1]) : join(root, 'target', 'gouji.html');

const built = compile();
const { glue, wasm } = bind(built);
const page = assemble(glue, wasm);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(`${out}.part`, page);
renameSync(`${out}.part`, out);
console.log(`${out}: ${kilobytes(page.length)} (engine ${kilobytes(wasm.length)}, zipped ${kilobytes(gzipSync(wasm, { level: 9 }).length)})`);

function kilobytes(bytes) {
  return `${Math.round(bytes / 1000).toLocaleString('en')} kB`;
}

// ---- the engine ---------------------------------------------------------------------------------------------------

function bind(built) {
  const folder = join(root, 'target', 'page', 'bound');
  run(process.env.WASM_BINDGEN || 'wasm-bindgen', [built, '--target', 'no-modules', '--no-typescript', '--remove-name-section', '--remove-producers-section', '--out-dir', folder, '--out-name', 'engine'], {});
  return { glue: readFileSync(join(folder, 'engine.js'), 'utf8'), wasm: readFileSync(join(folder, 'engine_bg.wasm')) };
}

// ---- the page -------------------------------------------------------------------------------------------------------

function assemble(glue, wasm) {
  const style = source('style.css');
  const script = bundle('local-main.js');
  const worker = `${glue}\n${source('worker.js')}`;
  const icon = `data:image/svg+xml;base64,${Buffer.from(source('icon.svg')).toString('base64')}`;
  for (const text of [style, script, worker]) if (/<\/(script|style)|<!--/i.test(text)) throw new Error('would end its element');
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)} 'wasm-unsafe-eval'`,
    `style-src ${hash(style)}`,
    'img-src data:',
    'worker-src blob:',
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
  return [
    [/<meta charset="utf-8">/, `<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${policy}">\n<meta name="referrer" content="no-referrer">`],
    [/<link rel="icon"[^>]*>/, `<link rel="icon" href="${icon}">`],
    [/<link rel="stylesheet"[^>]*>/, `<style>${style}</style>`],
    [
      /<script type="module"[^>]*><\/script>/,
      `<script type="text/plain" id="engine">${gzipSync(wasm, { level: 9 }).toString('base64')}</script>\n` +
        `<script type="text/plain" id="worker">${worker}</script>\n` +
        `<script>${script}</script>`,
    ],
  ].reduce((page, [what, by]) => replaceOnce(page, what, by), source('index.html'));
}

function source(name) {
  return readFileSync(join(here, 'page', name), 'utf8');
}

function hash(text) {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}

function replaceOnce(text, what, by) {
  if (!what.test(text)) throw new Error(`index.html has no ${what}`);
  return text.replace(what, () => by);
}

// Joins modules into one script. They use `import { a, b } from './x.js'`, `import * as x` and `export function|const|class`
// alone, so that joining is cutting those words; two modules that declare the same name are an error.
function bundle(entry) {
  const modules = new Map();
  const declared = new Map();
  visit(entry, modules);
  const pieces = [];
  for (const [name, module] of modules) {
    for (const word of module.names) {
      if (declared.has(word)) throw new Error(`${name} and ${declared.get(word)} both declare ${word}`);
      declared.set(word, name);
    }
    pieces.push(`// ${name}\n${module.code}`);
  }
  return `'use strict';\n(() => {\n${pieces.join('\n')}\n})();\n`;
}

function visit(name, modules) {
  if (modules.has(name)) return;
  const imports = [...source(name).matchAll(/^import (.+?) from '\.\/(.+?)';$/gm)];
  const stars = [];
  for (const [, what, from] of imports) {
    visit(from, modules);
    const star = /^\* as (\w+)$/.exec(what);
    if (star) stars.push(`const ${star[1]} = { ${modules.get(from).exported.join(', ')} };`);
  }
  const text = source(name).replace(/^import .+? from '.+?';\n/gm, '');
  const exported = [...text.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map(([, word]) => word);
  const names = [...text.matchAll(/^(?:export )?(?:async )?(?:function|const|let|class) (\w+)/gm)].map(([, word]) => word);
  const code = stars.concat(text.replace(/^export /gm, '')).join('\n');
  modules.set(name, { code, exported, names });
}
