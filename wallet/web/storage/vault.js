/**
 * The vault: what the wallet holds, encrypted in IndexedDB under a key that cannot be exported.
 *
 * Each value is sealed with AES-256-GCM; its id, kind and version are additional data, so it cannot take another's
 * place. A manifest, sealed the same way and written in the same transaction, names every value and its version: a
 * value that is replaced by its older copy, left out or restored does not fit it, and nothing is shown. What cannot
 * be noticed here is the whole vault, manifest included, rolled back to an earlier moment: everything that this browser
 * could compare it with lies in the same storage. Keys come from `KeyRing`, which later also opens a vault key that
 * passkeys wrap.
 *
 * @typedef {import("../protocol/entries.js").Entry} Entry
 * @typedef {import("../protocol/openid4vci.js").Pending} Pending
 * @typedef {import("../protocol/share.js").Share & {domain: string, recipient: string, madeAt: string, items: string[],
 *   state: "prepared" | "shared" | "stopped", draft?: string}} KeptShare `draft` tells what it was made of
 * @typedef {import("../views/draft.js").KeptDraft} KeptDraft
 * @typedef {{credential: Entry, share: KeptShare, pending: Pending, draft: KeptDraft}} Kinds
 * @typedef {keyof Kinds | "manifest"} Kind
 * @typedef {{id: string, kind: Kind, version: number, iv: Uint8Array<ArrayBuffer>, sealed: ArrayBuffer}} Row
 * @typedef {Record<string, [keyof Kinds, number]>} Versions kind and version by id
 */
import { fromUtf8, randomBytes, toUtf8 } from "/shared/protocol/bytes.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { answered, inStore, inTransaction, openDatabase } from "./database.js";
import { loadKeys, makeKeys } from "./keyring.js";

const MANIFEST = "manifest";
const FORM = 2;
/** The form before there was a manifest; a vault of it is taken over once. */
const FORM_WITHOUT_MANIFEST = 1;
const TRIES = 20;

/**
 * @param {Pick<Row, "id" | "kind" | "version">} row
 * @param {number} form
 */
function additionalData({ id, kind, version }, form) {
  return toUtf8(`vdr-vault|${form}|${kind}|${id}|${version}`);
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
    const { rows } = await this.#read();
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
    await this.#change(async (versions, version) => {
      versions[value.id] = [kind, version];
      return { row: await this.#seal({ id: value.id, kind, version }, value) };
    });
  }

  /**
   * Forget a value; one that is not there is no error.
   * @param {string} id
   */
  async drop(id) {
    await this.#change(async (versions) => {
      delete versions[id];
      return { gone: id };
    });
  }

  /**
   * Change one value and the manifest together; begin again when another tab was faster.
   * @param {(versions: Versions, version: number) => Promise<{row?: Row, gone?: string}>} change alters the versions;
   *   is given the manifest's next version, which no value has had before
   */
  async #change(change) {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { manifest, versions } = await this.#read();
      const version = (manifest?.version ?? 0) + 1;
      const { row, gone } = await change(versions, version);
      const next = await this.#seal({ id: MANIFEST, kind: MANIFEST, version }, versions);
      const stored = await inTransaction(this.#database, "vault", "readwrite", async (store) => {
        /** @type {Row | undefined} */
        const present = await answered(store.get(MANIFEST));
        if (present?.version !== manifest?.version) return false;
        if (row) store.put(row);
        if (gone !== undefined) store.delete(gone);
        store.put(next);
        return true;
      });
      if (stored) return;
    }
    throw new ResumeError("storage_unavailable", "Another tab of this wallet keeps changing what is kept.");
  }

  /**
   * Every row, held against the manifest.
   * @returns {Promise<{manifest: Row | undefined, versions: Versions, rows: Row[]}>}
   */
  async #read() {
    /** @type {Row[]} */
    const all = await inStore(this.#database, "vault", "readonly", (store) => store.getAll());
    const manifest = all.find(({ id }) => id === MANIFEST);
    const rows = all.filter(({ id }) => id !== MANIFEST);
    if (!manifest) {
      if (rows.length === 0) return { manifest, versions: Object.create(null), rows };
      await this.#takeOver(rows);
      return this.#read();
    }
    /** @type {Versions} */
    const versions = Object.assign(Object.create(null), await this.#open(manifest));
    const fits =
      manifest.kind === MANIFEST &&
      rows.length === Object.keys(versions).length &&
      rows.every(({ id, kind, version }) => versions[id]?.[0] === kind && versions[id]?.[1] === version);
    if (!fits)
      throw new ResumeError(
        "vault_rolled_back",
        "Something kept in this browser was replaced by an older copy, removed or added.",
      );
    return { manifest, versions, rows };
  }

  /**
   * Give a vault of the form before a manifest. Only if every row is of that form: nobody without the key can make one.
   * @param {Row[]} rows
   */
  async #takeOver(rows) {
    /** @type {Versions} */
    const versions = Object.create(null);
    const sealed = await Promise.all(
      rows.map(async (row) => {
        const value = await this.#open(row, FORM_WITHOUT_MANIFEST);
        versions[row.id] = [/** @type {keyof Kinds} */ (row.kind), row.version];
        return this.#seal(row, value);
      }),
    );
    const version = Math.max(...rows.map((row) => row.version)) + 1;
    const manifest = await this.#seal({ id: MANIFEST, kind: MANIFEST, version }, versions);
    await inTransaction(this.#database, "vault", "readwrite", async (store) => {
      if (await answered(store.get(MANIFEST))) return; // another tab did it
      for (const row of [...sealed, manifest]) store.put(row);
    });
  }

  /**
   * @param {Pick<Row, "id" | "kind" | "version">} place
   * @param {unknown} value
   * @returns {Promise<Row>}
   */
  async #seal({ id, kind, version }, value) {
    const iv = randomBytes(12);
    const algorithm = { name: "AES-GCM", iv, additionalData: additionalData({ id, kind, version }, FORM) };
    const sealed = await crypto.subtle.encrypt(algorithm, this.#vaultKey, toUtf8(JSON.stringify(value)));
    return { id, kind, version, iv, sealed };
  }

  /**
   * @param {Row} row
   * @param {number} [form]
   * @returns {Promise<any>}
   */
  async #open(row, form = FORM) {
    try {
      const algorithm = { name: "AES-GCM", iv: row.iv, additionalData: additionalData(row, form) };
      const plain = await crypto.subtle.decrypt(algorithm, this.#vaultKey, row.sealed);
      return JSON.parse(fromUtf8(new Uint8Array(plain)));
    } catch {
      throw new ResumeError(
        "vault_unreadable",
        "Something kept in this browser was altered or belongs to another key.",
      );
    }
  }
}

/**
 * @param {Kinds[keyof Kinds]} value
 * @returns {string}
 */
function moment(value) {
  return "receivedAt" in value ? value.receivedAt : value.madeAt;
}

/**
 * Open this browser's vault.
 * @param {Parameters<typeof openDatabase>[0]} [tell]
 * @returns {Promise<Vault | null>} `null` before the first visit's key is made
 */
export async function openVault(tell) {
  const database = await reachable(tell);
  const keys = await loadKeys(database);
  return keys && new Vault(database, keys);
}

/**
 * Make the keys and the empty vault; when another tab was faster, its keys are used.
 * @param {Parameters<typeof openDatabase>[0]} [tell]
 * @returns {Promise<Vault>}
 */
export async function createVault(tell) {
  const database = await reachable(tell);
  const vault = new Vault(database, await makeKeys(database));
  // Asks the browser not to clear the wallet when space is short; it may say no, and passkeys will be the answer.
  await navigator.storage?.persist?.().catch(() => false);
  return vault;
}

/** @param {Parameters<typeof openDatabase>[0]} tell */
async function reachable(tell) {
  try {
    return await openDatabase(tell);
  } catch (error) {
    if (error instanceof ResumeError) throw error;
    throw new ResumeError(
      "storage_unavailable",
      "This browser keeps nothing for this page: private mode, or storage is switched off.",
    );
  }
}
