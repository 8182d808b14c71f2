// The engine's side of gouji.html: runs in a worker, after the glue that wasm-bindgen wrote (`wasm_bindgen`).

let bench = null;

self.goujiReading = (name) => self.postMessage({ reading: name });

const ACTIONS = {
  async start({ wasm }) {
    await wasm_bindgen({ module_or_path: wasm });
    return { version: wasm_bindgen.version() };
  },
  clear() {
    if (bench) bench.free();
    bench = new wasm_bindgen.Bench();
  },
  add({ name, bytes }) {
    bench.add(name, new Uint8Array(bytes));
  },
  check({ request }) {
    return { view: bench.check(request) };
  },
  output({ name }) {
    const output = bench.output(name);
    const result = { name: output.name, mime: output.mime, bytes: output.bytes };
    output.free();
    return result;
  },
};

// One message at a time, answered in order: {id, action, …} → {id, result} or {id, trouble}.
self.onmessage = async ({ data }) => {
  try {
    const result = await ACTIONS[data.action](data);
    const transfer = result && result.bytes ? [result.bytes.buffer] : [];
    self.postMessage({ id: data.id, result }, transfer);
  } catch (trouble) {
    // A string is the engine's own answer; anything else is a trap, after which the worker is no more to be trusted.
    const own = typeof trouble === 'string';
    self.postMessage({ id: data.id, trouble: own ? trouble : '', crashed: !own });
  }
};
