/**
 * The wallet's keys in this browser: the holder's P-256 key and the vault key, neither of which can be exported.
 *
 * This is the seam for passkeys: a vault key wrapped by WebAuthn PRF and a recovery code will be unwrapped here, and
 * the holder key with it. Until then both live and die with this browser's storage.
 *
 * @typedef {{holderKey: import("../protocol/keys.js").HolderKey, vaultKey: CryptoKey}} KeyRing
 */
import { ResumeError } from "/shared/protocol/errors.js";
import { describeHolderKey } from "../protocol/keys.js";
import { inStore } from "./database.js";

const WORKER = "/static/storage/key_worker.js";
const RING = "ring-1";

/**
 * @param {IDBDatabase} database
 * @returns {Promise<KeyRing | null>}
 */
export async function loadKeys(database) {
  const kept = await inStore(database, "keys", "readonly", (store) => store.get(RING));
  return kept ? { holderKey: describeHolderKey(kept.privateKey, kept.publicJwk), vaultKey: kept.vaultKey } : null;
}

/**
 * Make and keep the keys, once.
 * @param {IDBDatabase} database
 * @returns {Promise<KeyRing>}
 */
export async function makeKeys(database) {
  const { privateKey, publicJwk, vaultKey } = await madeInWorker();
  try {
    await inStore(database, "keys", "readwrite", (store) => store.add({ name: RING, privateKey, publicJwk, vaultKey }));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "ConstraintError")) throw error;
  }
  const keys = await loadKeys(database);
  if (!keys) throw new ResumeError("storage_unavailable", "The keys could not be kept in this browser.");
  return keys;
}

/**
 * Make the keys in a worker, where no page code can reach while they are made.
 * @returns {Promise<{privateKey: CryptoKey, publicJwk: import("../protocol/keys.js").PublicJwk, vaultKey: CryptoKey}>}
 */
function madeInWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl(), { type: "module" });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = () => {
      worker.terminate();
      reject(new ResumeError("key_not_made", "This browser could not make a key."));
    };
  });
}

/** The worker's address as Trusted Types want it: a policy that knows this one address. */
function workerUrl() {
  const types = /** @type {any} */ (globalThis).trustedTypes;
  if (!types) return WORKER;
  return types.createPolicy("wallet-worker", { createScriptURL: () => WORKER }).createScriptURL("");
}
