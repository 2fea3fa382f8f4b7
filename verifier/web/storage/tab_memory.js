// The links that this tab was given, for as long as the tab lives: a reload or Back finds the resume again.
//
// A link's key never stands readable in storage: sessionStorage, which ends with the tab, holds it under a key that
// cannot be exported and that IndexedDB keeps. Neither alone opens anything, and no other tab sees the first.

import { concat, decode, encode, randomBytes, toUtf8 } from "/shared/protocol/bytes.js";
import { isObject } from "/shared/protocol/errors.js";

const STORED = "shares";
/** So many links are kept; the oldest is forgotten first. */
const MOST = 20;
const IV_BYTES = 12;
const DATABASE = "verifier";
const KEYS = "keys";
const NAME = "tab-memory";

/**
 * @typedef {import("/shared/protocol/bytes.js").Bytes} Bytes
 * @typedef {{id: string, key: Bytes}} Link
 * @typedef {{link: Link, opened: boolean, day: string}} Kept whether it was opened here, and as of which day
 * @typedef {{id: string, sealed: string, opened: boolean, day: string}} Row
 */

/** @returns {Row[]} */
function rows() {
  try {
    const parsed = JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
    return Array.isArray(parsed) ? parsed.filter(isRow) : [];
  } catch {
    return []; // storage is switched off, or what it holds is not ours
  }
}

/**
 * @param {unknown} value
 * @returns {value is Row}
 */
function isRow(value) {
  return (
    isObject(value) &&
    typeof value.id === "string" &&
    typeof value.sealed === "string" &&
    typeof value.opened === "boolean" &&
    typeof value.day === "string"
  );
}

/**
 * Keep a link, or what has become of it.
 * @param {Kept} kept
 * @returns {Promise<void>} settled also where the browser keeps nothing: the resume then lasts until a reload
 */
export async function keep({ link, opened, day }) {
  try {
    const iv = randomBytes(IV_BYTES);
    const ciphertext = await crypto.subtle.encrypt(algorithm(link.id, iv), await wrappingKey(), link.key);
    const row = { id: link.id, sealed: encode(concat(iv, new Uint8Array(ciphertext))), opened, day };
    const others = rows().filter(({ id }) => id !== link.id);
    sessionStorage.setItem(STORED, JSON.stringify([...others, row].slice(-MOST)));
  } catch {
    // a private window without IndexedDB, or storage that is full
  }
}

/**
 * Recall the link of a share.
 * @param {string} id
 * @returns {Promise<Kept | null>}
 */
export async function recall(id) {
  const row = rows().find((one) => one.id === id);
  if (!row) return null;
  try {
    const sealed = decode(row.sealed);
    const key = await crypto.subtle.decrypt(
      algorithm(id, sealed.subarray(0, IV_BYTES)),
      await wrappingKey(),
      sealed.subarray(IV_BYTES),
    );
    return { link: { id, key: new Uint8Array(key) }, opened: row.opened, day: row.day };
  } catch {
    return null;
  }
}

/**
 * Forget the link of a share that has ended.
 * @param {string} id
 */
export function forget(id) {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(rows().filter((one) => one.id !== id)));
  } catch {
    // nothing was kept then
  }
}

/**
 * @param {string} id
 * @param {Bytes} iv
 */
function algorithm(id, iv) {
  return { name: "AES-GCM", iv, additionalData: toUtf8(`verifier-tab|${id}`) };
}

/** @type {Promise<CryptoKey> | null} */
let wrapping = null;

/** @returns {Promise<CryptoKey>} this browser's, made when it is first needed */
function wrappingKey() {
  wrapping ??= loadKey().catch((error) => {
    wrapping = null;
    throw error;
  });
  return wrapping;
}

/** @returns {Promise<CryptoKey>} */
async function loadKey() {
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(KEYS);
  const database = await answered(opening);
  try {
    const store = database.transaction(KEYS, "readwrite").objectStore(KEYS);
    const known = await answered(store.get(NAME)); // in the transaction of the put: two tabs agree on one key
    if (known instanceof CryptoKey) return known;
    await answered(store.put(fresh, NAME));
    return fresh;
  } finally {
    database.close();
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
