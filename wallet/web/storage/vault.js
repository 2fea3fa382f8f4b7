/**
 * The vault: what the wallet holds, encrypted in IndexedDB under a key that cannot be exported.
 *
 * Each value is sealed with AES-256-GCM; its id, kind and version are additional data, so an older copy or another's
 * place cannot pass for it. Keys come from `KeyRing`, which later also opens a vault key that passkeys wrap.
 *
 * @typedef {import("../protocol/entries.js").Entry} Entry
 * @typedef {import("../protocol/share.js").Share & {domain: string, recipient: string, madeAt: string, items: string[],
 *   state: "prepared" | "shared" | "stopped"}} KeptShare
 * @typedef {{credential: Entry, share: KeptShare}} Kinds
 * @typedef {{id: string, kind: keyof Kinds, version: number, iv: Uint8Array<ArrayBuffer>, sealed: ArrayBuffer}} Row
 */
import { fromUtf8, randomBytes, toUtf8 } from "../protocol/base64url.js";
import { WalletError } from "../protocol/errors.js";
import { inStore, openDatabase } from "./database.js";
import { loadKeys, makeKeys } from "./keyring.js";

/**
 * @param {Pick<Row, "id" | "kind" | "version">} row
 */
function additionalData({ id, kind, version }) {
  return toUtf8(`vdr-vault|1|${kind}|${id}|${version}`);
}

export class Vault {
  #database;
  #vaultKey;

  /**
   * @param {IDBDatabase} database
   * @param {import("./keyring.js").KeyRing} keys
   */
  constructor(database, keys) {
    this.#database = database;
    this.#vaultKey = keys.vaultKey;
    this.holderKey = keys.holderKey;
  }

  /**
   * Everything of a kind, in the order it was first kept.
   * @template {keyof Kinds} K
   * @param {K} kind
   * @returns {Promise<Kinds[K][]>}
   */
  async list(kind) {
    /** @type {Row[]} */
    const rows = await inStore(this.#database, "vault", "readonly", (store) => store.getAll());
    const values = await Promise.all(rows.filter((row) => row.kind === kind).map((row) => this.#open(row)));
    return /** @type {Kinds[K][]} */ (values).sort((a, b) => moment(a).localeCompare(moment(b)));
  }

  /**
   * Keep a value; an older one of the same id is replaced.
   * @template {keyof Kinds} K
   * @param {K} kind
   * @param {Kinds[K]} value
   */
  async put(kind, value) {
    /** @type {Row | undefined} */
    const known = await inStore(this.#database, "vault", "readonly", (store) => store.get(value.id));
    const place = { id: value.id, kind, version: (known?.version ?? 0) + 1 };
    const iv = randomBytes(12);
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: additionalData(place) },
      this.#vaultKey,
      toUtf8(JSON.stringify(value)),
    );
    await inStore(this.#database, "vault", "readwrite", (store) => store.put({ ...place, iv, sealed }));
  }

  /**
   * @param {Row} row
   * @returns {Promise<unknown>}
   */
  async #open(row) {
    try {
      const algorithm = { name: "AES-GCM", iv: row.iv, additionalData: additionalData(row) };
      const plain = await crypto.subtle.decrypt(algorithm, this.#vaultKey, row.sealed);
      return JSON.parse(fromUtf8(new Uint8Array(plain)));
    } catch {
      throw new WalletError("vault_unreadable", "Something kept in this browser was altered or belongs to another key.");
    }
  }
}

/**
 * @param {Entry | KeptShare} value
 * @returns {string}
 */
function moment(value) {
  return "receivedAt" in value ? value.receivedAt : value.madeAt;
}

/**
 * Open this browser's vault.
 * @returns {Promise<Vault | null>} `null` before the first visit's key is made
 */
export async function openVault() {
  const database = await reachable();
  const keys = await loadKeys(database);
  return keys && new Vault(database, keys);
}

/**
 * Make the keys and the empty vault; when another tab was faster, its keys are used.
 * @returns {Promise<Vault>}
 */
export async function createVault() {
  const database = await reachable();
  const vault = new Vault(database, await makeKeys(database));
  // Asks the browser not to clear the wallet when space is short; it may say no, and passkeys will be the answer.
  await navigator.storage?.persist?.().catch(() => false);
  return vault;
}

async function reachable() {
  try {
    return await openDatabase();
  } catch {
    throw new WalletError("storage_unavailable", "This browser keeps nothing for this page: private mode, or storage is switched off.");
  }
}
