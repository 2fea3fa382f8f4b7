// IndexedDB in promises: one database of two stores, `keys` (CryptoKeys that cannot be exported) and `vault` (sealed
// values).

import { ResumeError } from "/shared/protocol/errors.js";

const NAME = "wallet";
const VERSION = 1;

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Why a connection is of no use any more: `storage_cleared` when somebody erased the site's data, `wallet_updated` when
 * another tab brought a newer database.
 * @type {WeakMap<IDBDatabase, string>}
 */
const ended = new WeakMap();

/**
 * Open the database; let go of it when another tab needs to erase or to upgrade it, which never waits for this one.
 * @param {{blocked?: () => void, ended?: (error: ResumeError) => void}} [tell] `blocked` when tabs with an older wallet
 *   must be closed first, which opening waits for; `ended` when the connection has come to its end
 * @returns {Promise<IDBDatabase>}
 */
export async function openDatabase(tell = {}) {
  const request = indexedDB.open(NAME, VERSION);
  request.onblocked = () => tell.blocked?.();
  request.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion >= 1) return;
    request.result.createObjectStore("keys", { keyPath: "name" });
    request.result.createObjectStore("vault", { keyPath: "id" });
  };
  let database;
  try {
    database = await answered(request);
  } catch (error) {
    throw understood(error, null);
  }
  const end = (/** @type {string} */ code) => {
    ended.set(database, code);
    database.close();
    tell.ended?.(endError(code));
  };
  database.onversionchange = ({ newVersion }) => end(newVersion === null ? "storage_cleared" : "wallet_updated");
  database.onclose = () => end("storage_cleared");
  return database;
}

/** @param {string} code */
function endError(code) {
  return new ResumeError(code, "This page can no longer reach what it kept in this browser.");
}

/**
 * A failure of the storage as what it means to a person.
 * @param {unknown} error
 * @param {IDBDatabase | null} database
 * @returns {unknown}
 */
function understood(error, database) {
  if (!(error instanceof DOMException)) return error;
  if (error.name === "QuotaExceededError") return new ResumeError("storage_full", "This browser has no room left.");
  if (error.name === "VersionError") return endError("wallet_updated");
  const lost = database && (error.name === "InvalidStateError" || error.name === "AbortError");
  return lost && ended.has(database) ? endError(String(ended.get(database))) : error;
}

/**
 * Do work in one transaction and wait until it is stored. The work waits for nothing but the transaction's requests.
 * @template T
 * @param {IDBDatabase} database
 * @param {"keys" | "vault"} store
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => Promise<T>} work when it fails, nothing is stored
 * @returns {Promise<T>}
 */
export async function inTransaction(database, store, mode, work) {
  try {
    return await transacted(database, store, mode, work);
  } catch (error) {
    throw understood(error, database);
  }
}

/**
 * @template T
 * @param {IDBDatabase} database
 * @param {"keys" | "vault"} store
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function transacted(database, store, mode, work) {
  const transaction = database.transaction(store, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error);
  });
  done.catch(() => undefined); // the work's own error is told first
  let result;
  try {
    result = await work(transaction.objectStore(store));
  } catch (error) {
    try {
      transaction.abort();
    } catch {
      // a request's failure has ended it already
    }
    throw error;
  }
  await done;
  return result;
}

/**
 * Run one request in a transaction of its own and wait until it is stored.
 * @template T
 * @param {IDBDatabase} database
 * @param {"keys" | "vault"} store
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function inStore(database, store, mode, request) {
  return inTransaction(database, store, mode, (opened) => answered(request(opened)));
}
