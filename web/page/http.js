// The native engine, over loopback: files go up one by one, the check runs in the program, results come back by number.

import { Refused } from './refused.js';

const MARK = { 'X-Gouji': '1' };

export class HttpEngine {
  constructor() {
    this.job = null;
    this.sent = [];
  }

  async about() {
    return ask('GET', '/api/about');
  }

  // Checks files ({name, file}); tells progress as {step, name, at, of}; gives the view.
  async check(files, request, progress, signal) {
    if (!this.holds(files)) await this.send(files, progress, signal);
    progress({ step: 'checking' });
    await ask('POST', `/api/jobs/${this.job}/check`, JSON.stringify(request), signal);
    for (;;) {
      const state = await ask('GET', `/api/jobs/${this.job}`, null, signal);
      if (state.state === 'done') break;
      if (state.state === 'failed') throw new Refused(state.why);
      if (state.state === 'waiting') progress({ step: 'waiting' });
      else if (state.name) progress({ step: 'reading', name: state.name, at: state.begun, of: state.files });
      await pause(state.state === 'running' ? 120 : 400, signal);
    }
    return ask('GET', `/api/jobs/${this.job}/view`, null, signal);
  }

  // The files and the view of a job that the program still has; null when it has none.
  async resume(job) {
    const state = await ask('GET', `/api/jobs/${job}`).catch(() => null);
    if (!state || state.state !== 'done') return null;
    const files = [];
    for (const [at, name] of state.names.entries())
      files.push({ name, file: await (await reach('GET', `/api/jobs/${job}/files/${at}`)).blob() });
    this.job = job;
    this.sent = files.slice();
    return { files, view: await ask('GET', `/api/jobs/${job}/view`) };
  }

  // What to remember so that a page that is loaded again goes on.
  async keep() {
    return this.job;
  }

  // Whether the program has exactly these files already.
  holds(files) {
    return (
      this.job !== null &&
      files.length === this.sent.length &&
      files.every((entry, at) => entry.file === this.sent[at].file && entry.name === this.sent[at].name)
    );
  }

  async send(files, progress, signal) {
    this.forget();
    this.job = (await ask('POST', '/api/jobs', null, signal)).id;
    for (let at = 0; at < files.length; at += 1) {
      const { name, file } = files[at];
      progress({ step: 'sending', name, at: at + 1, of: files.length });
      await ask('PUT', `/api/jobs/${this.job}/files/${at}`, file, signal, {
        'X-Gouji-Name': encodeURIComponent(name),
        'Content-Type': 'application/octet-stream',
      });
    }
    this.sent = files.slice();
  }

  // One of the results: report-zh, marked-0-zh, evaluation-en, all-zh.
  async output(what) {
    const response = await reach('GET', `/api/jobs/${this.job}/out/${what}`);
    const named = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('Content-Disposition') || '');
    return { name: named ? decodeURIComponent(named[1]) : what, blob: await response.blob() };
  }

  cancel() {
    this.forget();
  }

  // Lets the program delete the job now rather than in an hour.
  forget() {
    if (this.job) reach('DELETE', `/api/jobs/${this.job}`).catch(() => {});
    this.job = null;
    this.sent = [];
  }
}

async function ask(method, path, body, signal, headers) {
  const response = await reach(method, path, body, signal, headers);
  return response.status === 204 || response.status === 202 ? null : response.json();
}

async function reach(method, path, body, signal, headers) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body: body || undefined,
      signal,
      headers: { ...MARK, ...headers },
      credentials: 'same-origin',
    });
  } catch (trouble) {
    if (trouble.name === 'AbortError') throw trouble;
    // A file that was moved or rewritten since it was dropped fails here too; telling them apart needs a look at it.
    if (body instanceof Blob && !(await readable(body))) throw new Refused('unreadable');
    throw new Refused('gone');
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new Refused(told && told.error ? told.error.code : 'gone', told && told.error);
}

async function readable(blob) {
  try {
    await blob.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    if (signal)
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new DOMException('aborted', 'AbortError'));
      });
  });
}
