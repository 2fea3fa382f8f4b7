// IndexedDB in promises: one database of two stores, `keys` (CryptoKeys that cannot be exported) and `vault` (sealed values).

const NAME = "wallet";
const VERSION = 1;

/**
 * @param {IDBRequest<any>} request
 * @returns {Promise<any>}
 */
function answered(request) {
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
 * Run requests in one transaction and wait until it is stored.
 * @template T
 * @param {IDBDatabase} database
 * @param {"keys" | "vault"} store
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
export async function inStore(database, store, mode, work) {
  const transaction = database.transaction(store, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error);
  });
  done.catch(() => undefined); // the request's own error is told first
  const result = await answered(work(transaction.objectStore(store)));
  await done;
  return result;
}
