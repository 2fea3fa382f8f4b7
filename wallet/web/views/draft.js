/**
 * The resume in progress: what was chosen, hidden and written. It is kept sealed in the vault with every change, so
 * that a reload, Back or a discarded tab shows the same choice. A screen that finds no choice sends back to choosing:
 * nothing is ever shown or sent that was not chosen on the screen.
 *
 * @typedef {import("../app.js").App} App
 * @typedef {import("../app.js").Entry} Entry
 * @typedef {import("../app.js").Draft} Draft
 * @typedef {{id: "draft", madeAt: string, chosen: [string, string[]][], statement: string, recipient: string,
 *   days: number}} KeptDraft ids of credentials with the paths of their hidden claims
 */
import { sha256, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { hiddenAtFirst } from "../protocol/entries.js";
import { isoSeconds } from "../protocol/resume.js";
import { isGood } from "../protocol/standing.js";
import { inOrder } from "./parts.js";

const DRAFT = "draft";
const DEFAULT_DAYS = 30;
const TYPING_MS = 250;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;
/** @type {Promise<unknown>} */
let saved = Promise.resolve();

/**
 * The draft in progress, and what the wallet holds. One that was begun on another screen or before a reload goes on.
 * @param {App} app
 * @returns {Promise<{draft: Draft | null, entries: Entry[]}>} no draft before anything was chosen
 */
export async function draftInProgress(app) {
  const entries = inOrder(await app.refreshedEntries());
  if (!app.draft) {
    const [kept] = await app.opened.list("draft");
    app.draft = kept ? unpacked(kept) : null;
  }
  const held = new Set(entries.map(({ id }) => id));
  for (const id of app.draft?.chosen.keys() ?? []) if (!held.has(id)) app.draft?.chosen.delete(id);
  return { draft: app.draft, entries };
}

/**
 * Begin a draft with everything the wallet holds that is in force, and the usual claims hidden. It is not kept, and so
 * not in progress, before something is changed or confirmed.
 * @param {Entry[]} entries
 * @returns {Promise<Draft>}
 */
export async function newDraft(entries) {
  const usual = entries.filter(isGood);
  const chosen = await Promise.all(
    usual.map(async (entry) => /** @type {const} */ ([entry.id, new Set(await hiddenAtFirst(entry))])),
  );
  return { chosen: new Map(chosen), statement: "", recipient: "", days: DEFAULT_DAYS };
}

/**
 * Keep a draft as it is now. Where it cannot be kept, no older one stays behind that might show more.
 * @param {App} app
 * @param {Draft} draft
 * @returns {Promise<void>} fails when it could not be kept
 */
export function keepDraft(app, draft) {
  clearTimeout(typing);
  app.draft = draft;
  const { opened } = app;
  const keeping = saved.then(async () => {
    try {
      await opened.put("draft", packed(draft));
    } catch (error) {
      await opened.drop(DRAFT).catch(() => undefined);
      throw error;
    }
  });
  saved = keeping.catch(() => undefined);
  return keeping;
}

/**
 * Keep a draft while it is typed in: when typing pauses, or the page is hidden.
 * @param {App} app
 * @param {Draft} draft
 * @param {(error: unknown) => void} failed
 */
export function keepWhileTyping(app, draft, failed) {
  clearTimeout(typing);
  const keep = () => {
    removeEventListener("pagehide", keep);
    keepDraft(app, draft).catch(failed);
  };
  typing = setTimeout(keep, TYPING_MS);
  addEventListener("pagehide", keep, { once: true });
}

/**
 * Forget the draft in progress: the next one begins with the usual choice.
 * @param {App} app
 */
export async function dropDraft(app) {
  clearTimeout(typing);
  await saved;
  app.draft = null;
  await app.opened.drop(DRAFT);
}

/**
 * What tells whether a share was made of a draft as it is now.
 * @param {Draft} draft
 * @returns {Promise<string>} lower-case hex
 */
export async function fingerprint(draft) {
  const { madeAt: _, ...said } = packed(draft);
  return toHex(await sha256(toUtf8(JSON.stringify(said))));
}

/**
 * @param {Draft} draft
 * @returns {KeptDraft}
 */
function packed({ chosen, statement, recipient, days }) {
  const sorted = [...chosen].map(([id, hidden]) => /** @type {[string, string[]]} */ ([id, [...hidden].sort()]));
  sorted.sort(([a], [b]) => a.localeCompare(b));
  return { id: DRAFT, madeAt: isoSeconds(new Date()), chosen: sorted, statement, recipient, days };
}

/**
 * @param {KeptDraft} kept
 * @returns {Draft}
 */
function unpacked({ chosen, statement, recipient, days }) {
  return { chosen: new Map(chosen.map(([id, hidden]) => [id, new Set(hidden)])), statement, recipient, days };
}
