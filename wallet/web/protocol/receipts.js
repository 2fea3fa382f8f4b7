/**
 * Anchor receipts: rebuild the leaf from the credential, fetch the receipt, follow its path to the root (RFC 9162
 * section 2.1.3.2). Whether the root stands on the chain is the verifier's check; the wallet keeps only receipts
 * that at least belong to what it holds.
 *
 * @typedef {{type: "AnchorReceipt", version: 1, leaf: string, index: number, size: number, path: string[],
 *   root: string, chain: {id: string, genesis: string, contract: string, codeHash: string}, submitter: string,
 *   transaction: string, block: {number: number, time: number}}} Receipt
 */
import { concat, decode, fromHex, sha256, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import { parseFetchableUrl, requestJson } from "/shared/protocol/http.js";
import { sidesOf } from "/shared/protocol/merkle_path.js";
import { parseJwt } from "./sd_jwt.js";

const JOSE = 1;
const MAX_RECEIPT_BYTES = 16 * 1024;
const MAX_PATH = 64;

/**
 * Leaf of an SD-JWT: the same whatever is disclosed.
 * @param {string} credential text of the SD-JWT, with or without disclosures and key binding
 * @returns {Promise<string>} lower-case hex
 */
export async function leafOf(credential) {
  const { signature, signingInput } = parseJwt(credential.split("~", 1)[0]);
  const entry = concat(toUtf8("vdr-anchor-v1"), Uint8Array.of(0, JOSE), await sha256(signingInput), signature);
  return toHex(await sha256(concat(Uint8Array.of(0), entry)));
}

/**
 * Base of the issuer service that a credential issuer identifier `{base}/i/{slug}` belongs to.
 * @param {string} credentialIssuer
 * @returns {string}
 */
export function issuerBase(credentialIssuer) {
  parseFetchableUrl(credentialIssuer, "offer_invalid");
  const match = /^(.*)\/i\/[^/]+$/.exec(credentialIssuer);
  return match ? match[1] : new URL(credentialIssuer).origin;
}

/**
 * Ask for the receipt of a leaf.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {string} base issuer service's base address
 * @param {string} leaf lower-case hex
 * @returns {Promise<Receipt | null>} `null` while the leaf waits for its anchor
 */
export async function fetchReceipt(fetch, base, leaf) {
  const { status, body } = await requestJson(fetch, `${base}/receipts/${leaf}`, {
    accept: [200, 202],
    maxBytes: MAX_RECEIPT_BYTES,
    headers: { Accept: "application/json" },
  });
  if (status === 202) return null;
  return verifyReceipt(body, leaf);
}

/**
 * Verify a receipt's form and path.
 * @param {unknown} value
 * @param {string} leaf lower-case hex of the leaf it must be for
 * @returns {Promise<Receipt>}
 */
export async function verifyReceipt(value, leaf) {
  const receipt = parseReceipt(value);
  if (receipt.leaf !== leaf) throw new ResumeError("receipt_invalid", "The receipt belongs to another credential.");
  const path = receipt.path.map(decodeHash);
  const root = await rootFromPath(fromHex(leaf), receipt.index, receipt.size, path);
  if (toHex(root) !== receipt.root)
    throw new ResumeError("receipt_invalid", "The receipt's path does not lead to its root.");
  return receipt;
}

/**
 * Root that an inclusion path leads to (RFC 9162 section 2.1.3.2).
 * @param {Uint8Array} leaf leaf hash
 * @param {number} index
 * @param {number} size
 * @param {Uint8Array[]} path
 * @returns {Promise<Uint8Array>}
 */
export async function rootFromPath(leaf, index, size, path) {
  if (index >= size) throw new ResumeError("receipt_invalid", "The leaf's index lies outside the tree.");
  const sides = sidesOf(index, size);
  if (sides.length !== path.length)
    throw new ResumeError("receipt_invalid", "The path is not as long as the tree is high.");
  let hash = leaf;
  for (const [at, sibling] of path.entries()) {
    const [left, right] = sides[at] === "left" ? [sibling, hash] : [hash, sibling];
    hash = await sha256(concat(Uint8Array.of(1), left, right));
  }
  return hash;
}

/**
 * @param {unknown} value
 * @returns {Receipt}
 */
function parseReceipt(value) {
  const hash = /^[0-9a-f]{64}$/;
  const chainHash = /^0x[0-9a-f]{64}$/;
  const address = /^0x[0-9a-fA-F]{40}$/;
  const count = (/** @type {unknown} */ n) => Number.isSafeInteger(n) && /** @type {number} */ (n) >= 0;
  const text = (/** @type {unknown} */ t, /** @type {RegExp} */ form) => typeof t === "string" && form.test(t);
  const good =
    isObject(value) &&
    value.type === "AnchorReceipt" &&
    value.version === 1 &&
    text(value.leaf, hash) &&
    text(value.root, hash) &&
    count(value.index) &&
    count(value.size) &&
    Array.isArray(value.path) &&
    value.path.length <= MAX_PATH &&
    value.path.every((p) => text(p, /^[\w-]{43}$/)) &&
    isObject(value.chain) &&
    text(value.chain.id, /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/) &&
    text(value.chain.genesis, chainHash) &&
    text(value.chain.contract, address) &&
    text(value.chain.codeHash, chainHash) &&
    text(value.submitter, address) &&
    text(value.transaction, chainHash) &&
    isObject(value.block) &&
    count(value.block.number) &&
    count(value.block.time);
  if (!good) throw new ResumeError("receipt_invalid", "The receipt has not the form of an anchor receipt.");
  return /** @type {Receipt} */ (/** @type {unknown} */ (value));
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
function decodeHash(text) {
  const bytes = decode(text);
  if (bytes.length !== 32) throw new ResumeError("receipt_invalid", "A hash of the path is not 32 bytes.");
  return bytes;
}
