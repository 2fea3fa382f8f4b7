// The QR library of others, loaded from this site when it is first needed.

/** @type {Map<string, Promise<any>>} */
const loading = new Map();

/**
 * Load the reader or the writer with its WebAssembly. A failure is forgotten, so that the next press tries again.
 * @param {"reader" | "writer"} part
 * @returns {Promise<any>} the library's module
 */
export function loadZxing(part) {
  const begun = loading.get(part) ?? load(part);
  loading.set(part, begun);
  begun.catch(() => loading.delete(part));
  return begun;
}

/** @param {"reader" | "writer"} part */
async function load(part) {
  const module = await import(`/vendor/zxing-wasm/es/${part}/index.js`);
  const wasm = `/vendor/zxing-wasm/${part}/zxing_${part}.wasm`;
  await module.prepareZXingModule({
    overrides: { locateFile: (/** @type {string} */ name) => (name.endsWith(".wasm") ? wasm : name) },
    fireImmediately: true,
  });
  return module;
}
