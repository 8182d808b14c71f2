// The engine inside the page: WebAssembly in a worker, so that the page stays alive and a check can be stopped.
//
// The engine and its worker lie in the page as text (see ../build.mjs); nothing is fetched.

import { Refused } from './refused.js';

export class LocalEngine {
  constructor() {
    this.wasm = null;
    this.worker = null;
    this.pending = new Map();
    this.next = 0;
    this.sent = [];
    this.version = '';
    this.onReading = () => {};
  }

  async about() {
    await this.ready();
    return { gouji: this.version, engine: 'wasm', lan: false, limits: { file: 128 * 1048576, files: 1000 } };
  }

  // Checks files ({name, file}); tells progress as {step, name, at, of}; gives the view.
  async check(files, request, progress, signal) {
    await this.ready();
    const stop = new Promise((_, reject) => {
      const abort = () => {
        this.cancel();
        reject(new DOMException('aborted', 'AbortError'));
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort);
    });
    return Promise.race([stop, this.work(files, request, progress)]);
  }

  async work(files, request, progress) {
    if (!this.holds(files)) await this.send(files);
    let at = 0;
    this.onReading = (name) => {
      at += 1;
      progress({ step: 'reading', name, at, of: files.length });
    };
    progress({ step: 'checking' });
    const { view } = await this.call('check', { request: JSON.stringify(request) });
    return JSON.parse(view);
  }

  // The files that were kept under that name; the page checks them again.
  async resume(name) {
    const files = await kept('readonly', (store) => store.get(name)).catch(() => null);
    return files ? { files, view: null } : null;
  }

  // Keeps the files in the browser's own store, so that a page that is loaded again goes on; null where it has none.
  async keep(files) {
    return kept('readwrite', (store) => {
      store.clear();
      return store.put(files, 'files');
    }).catch(() => null);
  }

  forget() {
    kept('readwrite', (store) => store.clear()).catch(() => {});
  }

  holds(files) {
    return (
      files.length === this.sent.length &&
      files.every((entry, at) => entry.file === this.sent[at].file && entry.name === this.sent[at].name)
    );
  }

  async send(files) {
    this.sent = [];
    await this.call('clear', {});
    for (const { name, file } of files) {
      const bytes = await file.arrayBuffer().catch(() => {
        throw new Refused('unreadable', null, name);
      });
      await this.call('add', { name, bytes }, [bytes]);
    }
    this.sent = files.slice();
  }

  async output(what) {
    const { name, mime, bytes } = await this.call('output', { name: what });
    return { name, blob: new Blob([bytes], { type: mime }) };
  }

  // Ends the worker, whatever it does; the next check starts another.
  cancel() {
    if (this.worker) this.worker.terminate();
    this.worker = null;
    this.starting = null;
    this.sent = [];
    for (const { reject } of this.pending.values()) reject(new DOMException('aborted', 'AbortError'));
    this.pending.clear();
  }

  ready() {
    if (!this.starting) this.starting = this.begin();
    return this.starting;
  }

  async begin() {
    if (!this.wasm) this.wasm = await unpacked(document.getElementById('engine').textContent);
    const source = new Blob([document.getElementById('worker').textContent], { type: 'text/javascript' });
    const url = URL.createObjectURL(source);
    this.worker = new Worker(url);
    this.worker.onmessage = ({ data }) => this.answered(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.broke();
    };
    const { version } = await this.call('start', { wasm: this.wasm });
    URL.revokeObjectURL(url);
    this.version = version;
  }

  call(action, message, transfer) {
    this.next += 1;
    const id = this.next;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, action, ...message }, transfer || []);
    });
  }

  answered({ id, result, trouble, crashed, reading }) {
    if (reading !== undefined) {
      this.onReading(reading);
      return;
    }
    const waiting = this.pending.get(id);
    if (!waiting) return;
    this.pending.delete(id);
    if (trouble === undefined) waiting.resolve(result);
    else if (crashed) {
      waiting.reject(new Refused('crashed'));
      this.broke();
    } else waiting.reject(new Refused('no_output', trouble ? JSON.parse(trouble) : null));
  }

  broke() {
    for (const { reject } of this.pending.values()) reject(new Refused('crashed'));
    this.pending.clear();
    this.cancel();
  }
}

// One step on the store of files; its result.
function kept(mode, step) {
  return new Promise((resolve, reject) => {
    const opened = indexedDB.open('gouji', 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore('files');
    opened.onerror = () => reject(opened.error);
    opened.onsuccess = () => {
      const database = opened.result;
      const change = database.transaction('files', mode);
      const asked = step(change.objectStore('files'));
      change.oncomplete = () => {
        database.close();
        resolve(asked.result);
      };
      change.onabort = () => {
        database.close();
        reject(change.error);
      };
    };
  });
}

// Base64 of gzip, as bytes.
async function unpacked(text) {
  const packed = atob(text.trim());
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
