// The checking engine of gouji, for Node and for browsers: bytes in, report out. Nothing is sent anywhere.

import { Bench, initSync, version as engineVersion } from './engine.js';

const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';
let ready;

async function load() {
  const place = new URL('./engine_bg.wasm', import.meta.url);
  if (isNode && place.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    initSync({ module: await WebAssembly.compile(await readFile(place)) });
    return;
  }
  const answer = await fetch(place);
  if (!answer.ok) throw new Error(`gouji: ${place} was answered with ${answer.status}`);
  initSync({ module: await WebAssembly.compile(await answer.arrayBuffer()) });
}

async function bench(files) {
  ready ??= load().catch((error) => {
    ready = undefined;
    throw error;
  });
  await ready;
  const list = [...files];
  for (const file of list) {
    if (typeof file?.name !== 'string' || !(file.bytes instanceof Uint8Array)) {
      throw new TypeError('gouji: files are objects { name: string, bytes: Uint8Array }');
    }
  }
  const made = new Bench();
  for (const { name, bytes } of list) made.add(name, bytes);
  made.check('{}');
  return made;
}

function output(made, what) {
  try {
    const found = made.output(what);
    try {
      return { name: found.name, type: found.mime, bytes: found.bytes };
    } finally {
      found.free();
    }
  } catch (error) {
    let said = error;
    try {
      said = JSON.parse(error);
    } catch {
      throw error;
    }
    throw new Error(said[what.endsWith('en') ? 'en' : 'zh'], { cause: error });
  }
}

function language(options) {
  return options?.language === 'en' ? 'en' : 'zh';
}

export async function check(files, options) {
  const made = await bench(files);
  try {
    return JSON.parse(new TextDecoder().decode(output(made, `report-${language(options)}`).bytes));
  } finally {
    made.free();
  }
}

export async function annotate(file, options) {
  const made = await bench([file]);
  try {
    return output(made, `marked-0-${language(options)}`);
  } finally {
    made.free();
  }
}

export async function evaluate(files, options) {
  const made = await bench(files);
  try {
    return output(made, `evaluation-${language(options)}`);
  } finally {
    made.free();
  }
}

export async function version() {
  ready ??= load();
  await ready;
  return engineVersion();
}
