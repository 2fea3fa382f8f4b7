// IndexedDB in promises: one database of two stores, `keys` (CryptoKeys that cannot be exported) and `vault` (sealed
// values).

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

/** @returns {Promise<IDBDatabase>} */
export function openDatabase() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("keys", { keyPath: "name" });
    request.result.createObjectStore("vault", { keyPath: "id" });
  };
  return answered(request);
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
