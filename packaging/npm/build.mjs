// Builds target/npm/gouji-VERSION.tgz, the engine as a package for Node and browsers: `gouji/check`, bytes in, report out.
//
//   node packaging/npm/build.mjs
//
// The engine is that of the page (web/build.mjs says what building it needs); the types are made from the report's schema.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, root } from '../../web/engine.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(root, 'target', 'npm', 'package');
const version = /^version = "(.+)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))[1];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
bind();
for (const name of ['index.js', 'README.md']) copyFileSync(join(here, name), join(folder, name));
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'schemas/report.schema.json']) copyFileSync(join(root, name), join(folder, name.split('/').pop()));
writeFileSync(join(folder, 'index.d.ts'), types());
writeFileSync(
  join(folder, 'package.json'),
  JSON.stringify(
    {
      name: 'gouji',
      version,
      description: '勾稽: checks, figure by figure, whether the workbooks of government departments agree, and why not',
      license: 'MIT OR Apache-2.0',
      type: 'module',
      engines: { node: '>=20' },
      exports: {
        '.': { types: './index.d.ts', default: './index.js' },
        './check': { types: './index.d.ts', default: './index.js' },
        './report.schema.json': './report.schema.json',
      },
      types: './index.d.ts',
      sideEffects: false,
    },
    null,
    2,
  ) + '\n',
);
const packed = execFileSync('npm', ['pack', '--pack-destination', dirname(folder), '--loglevel=error'], { cwd: folder, encoding: 'utf8' });
console.log(join(dirname(folder), packed.trim()));

function bind() {
  const bound = join(root, 'target', 'npm', 'bound');
  execFileSync(process.env.WASM_BINDGEN || 'wasm-bindgen', [compile(), '--target', 'web', '--no-typescript', '--remove-name-section', '--remove-producers-section', '--out-dir', bound, '--out-name', 'engine'], { stdio: ['ignore', 'inherit', 'inherit'] });
  // The page's worker is told which file is being read; a program that waits for a report is not.
  const glue = readFileSync(join(bound, 'engine.js'), 'utf8');
  const told = /\bself\.goujiReading\(/g;
  if (!told.test(glue)) throw new Error('the engine tells of its files in another way now');
  writeFileSync(join(folder, 'engine.js'), glue.replace(told, '(() => {})('));
  copyFileSync(join(bound, 'engine_bg.wasm'), join(folder, 'engine_bg.wasm'));
}

// ---- types ----------------------------------------------------------------------------------------------------------

function types() {
  const schema = JSON.parse(readFileSync(join(root, 'schemas', 'report.schema.json'), 'utf8'));
  // Interfaces of one name would be merged.
  const taken = ['Report', 'Input', 'Output', 'Options'].filter((name) => schema.$defs?.[name]);
  if (taken.length > 0) throw new Error(`the report's schema has types of these names, too: ${taken}`);
  const parts = Object.entries(schema.$defs ?? {}).map(([name, part]) => declare(name, part));
  return `// Made from report.schema.json.

${declare('Report', schema)}
${parts.join('\n')}
/** A file to check, by its name and bytes. */
export interface Input {
  name: string;
  bytes: Uint8Array;
}

/** A file to hand back. */
export interface Output {
  name: string;
  /** Its media type. */
  type: string;
  bytes: Uint8Array;
}

export interface Options {
  /** Of messages; Chinese unless 'en'. */
  language?: 'zh' | 'en';
}

/** Checks files as one packet. What cannot be read is a file with an \`error\`, never an exception. */
export function check(files: Iterable<Input>, options?: Options): Promise<Report>;
/** A marked copy: the workbook as it is, with fills, notes and a sheet of results. */
export function annotate(file: Input, options?: Options): Promise<Output>;
/** The working paper of a packet. */
export function evaluate(files: Iterable<Input>, options?: Options): Promise<Output>;
/** The engine's version. */
export function version(): Promise<string>;
`;
}

function declare(name, part) {
  const said = part.description ? `/** ${part.description.replace(/\s+/g, ' ')} */\n` : '';
  if (!part.properties) return `${said}export type ${name} = ${type(part)};\n`;
  const fields = Object.entries(part.properties).map(([field, about]) => {
    const doc = about.description ? `  /** ${about.description.replace(/\s+/g, ' ')} */\n` : '';
    return `${doc}  ${field}${part.required?.includes(field) ? '' : '?'}: ${type(about)};\n`;
  });
  return `${said}export interface ${name} {\n${fields.join('')}}\n`;
}

function type(about) {
  if (about === true || about === undefined) return 'unknown';
  if (about.$ref) return about.$ref.split('/').pop();
  if ('const' in about) return JSON.stringify(about.const);
  if (about.enum) return about.enum.map((one) => JSON.stringify(one)).join(' | ');
  const either = about.oneOf ?? about.anyOf;
  if (either) return [...new Set(either.map(type))].join(' | ');
  if (Array.isArray(about.type)) return about.type.map((one) => type({ ...about, type: one })).join(' | ');
  switch (about.type) {
    case 'array': {
      if (about.prefixItems) return `[${about.prefixItems.map(type).join(', ')}]`;
      const item = type(about.items);
      return item.includes(' ') ? `(${item})[]` : `${item}[]`;
    }
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return about.type;
    case 'object':
      return 'Record<string, unknown>';
    default:
      return 'unknown';
  }
}
