/**
 * `tests/vectors/share-envelope.json` against the shared modules: the same cases under Node and in a browser.
 *
 * @typedef {{name: string, fault: string | null}} Outcome what went wrong, if anything did
 */
import { decode, encode, fromHex, fromUtf8, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { buildLink, openBytes, parseLink, parseLinkParts, sealBytes } from "/shared/protocol/envelope.js";
import { ResumeError } from "/shared/protocol/errors.js";

/**
 * Run every case.
 * @param {any} vectors the file's content
 * @returns {Promise<Outcome[]>}
 */
export async function runVectors(vectors) {
  /** @type {[string, () => unknown][]} */
  const cases = [
    ...vectors.valid.map((/** @type {any} */ vector) => [
      `opens and seals: ${vector.name}`,
      () => opensAndSeals(vector),
    ]),
    ...vectors.invalid.map((/** @type {any} */ vector) => [
      `stays shut: ${vector.name}`,
      () => refuses(vector.code, () => opened(vector)),
    ]),
    ...vectors.links.valid.map((/** @type {any} */ vector) => [
      `link: ${vector.name}`,
      () => takesApart(vectors, vector),
    ]),
    ...vectors.links.invalid.map((/** @type {any} */ vector) => [
      `damaged link: ${vector.name}`,
      () => refuses(vector.code, () => parseLink(vector.link)),
    ]),
    ...vectors.base64url.valid.map((/** @type {any} */ vector) => [
      `base64url of ${vector.hex || "nothing"}`,
      () => roundTrip(vector),
    ]),
    ...vectors.base64url.invalid.map((/** @type {string} */ text) => [
      `not base64url: ${JSON.stringify(text)}`,
      () => refuses("malformed", () => decode(text)),
    ]),
  ];
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const [name, check] of cases) {
    try {
      await check();
      outcomes.push({ name, fault: null });
    } catch (error) {
      outcomes.push({ name, fault: String(error) });
    }
  }
  return outcomes;
}

/** @param {any} vector */
async function opensAndSeals(vector) {
  const { id, key } = parseLink(vector.link);
  const seal = { id, key, expires: vector.expires };
  const bytes = await openBytes(decode(vector.ciphertext), { ...seal, version: vector.version });
  same(fromUtf8(bytes), vector.presentation);
  same(encode(await sealBytes(toUtf8(vector.presentation), seal, decode(vector.iv))), vector.ciphertext);
  same(buildLink(vector.verifierUrl, id, key), vector.link);
}

/** @param {any} vector */
function opened({ id, key, expires, version, ciphertext, zeroBytes }) {
  const blob = ciphertext === undefined ? new Uint8Array(zeroBytes) : decode(ciphertext);
  return openBytes(blob, { ...parseLinkParts(id, key), expires, version });
}

/**
 * @param {any} vectors
 * @param {any} vector
 */
function takesApart(vectors, vector) {
  const { verifierUrl, id, key } = parseLink(vector.link);
  same([verifierUrl, id, encode(key)].join(), [vector.verifierUrl, vectors.valid[0].id, vectors.valid[0].key].join());
}

/** @param {{hex: string, text: string}} vector */
function roundTrip({ hex, text }) {
  same(encode(fromHex(hex)), text);
  same(toHex(decode(text)), hex);
}

/**
 * @param {string} code
 * @param {() => unknown} work
 */
async function refuses(code, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ResumeError)) throw error;
    same(error.code, code);
    return;
  }
  throw new Error(`nothing was refused, but ${code} was due`);
}

/**
 * @param {string} found
 * @param {string} wanted
 */
function same(found, wanted) {
  if (found !== wanted)
    throw new Error(`found ${JSON.stringify(found.slice(0, 80))}, wanted ${JSON.stringify(wanted.slice(0, 80))}`);
}
