/**
 * The resume in progress: what was chosen, hidden and written. It is kept sealed in the vault with every change, so
 * that a reload, Back or a discarded tab shows the same choice. A screen that finds no choice sends back to choosing:
 * nothing is ever shown or sent that was not chosen on the screen. A draft belongs to one tab: what another tab chooses
 * is taken up only on the screen of choosing, where it can be seen and changed.
 *
 * @typedef {import("../app.js").App} App
 * @typedef {import("../app.js").Entry} Entry
 * @typedef {import("../app.js").Draft} Draft
 * @typedef {{chosen: [string, string[]][], statement: string, recipient: string, days: number}} Said ids of credentials
 *   with the paths of their hidden claims
 * @typedef {{id: string, revision?: string, madeAt: string} & Said} KeptDraft `revision` differs each time it is kept
 */
import { randomBytes, sha256, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { hiddenAtFirst } from "../protocol/entries.js";
import { isoSeconds } from "../protocol/resume.js";
import { isGood } from "../protocol/standing.js";
import { inOrder } from "./parts.js";

const OWN = "draft";
/** Drafts of other tabs that stay; with the tab's own, so many more. */
const MOST_OTHERS = 4;
const DEFAULT_DAYS = 30;
const TYPING_MS = 250;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;
/** @type {Promise<unknown>} */
let saved = Promise.resolve();
/**
 * Id and revision of this tab's draft as this tab last kept it: a copy of the tab that goes on choosing makes another
 * revision. Empty after beginning again, `null` in a new tab.
 */
let own = ownOfTab();

function ownOfTab() {
  try {
    return sessionStorage.getItem(OWN);
  } catch {
    return null; // storage is switched off: a reload sends back to choosing
  }
}

/** @param {string} mark */
function setOwn(mark) {
  own = mark;
  try {
    sessionStorage.setItem(OWN, mark);
  } catch {
    // it lasts until a reload
  }
}

/** @param {KeptDraft} kept */
function markOf({ id, revision }) {
  return `${id} ${revision}`;
}

/**
 * The draft in progress, and what the wallet holds. One that was begun on another screen or before a reload goes on.
 * @param {App} app
 * @param {{choosing?: boolean}} [screen] whether it is that of choosing: a tab without a draft takes the newest there
 * @returns {Promise<{draft: Draft | null, entries: Entry[]}>} no draft before anything was chosen
 */
export async function draftInProgress(app, { choosing = false } = {}) {
  const entries = inOrder(await app.refreshedEntries());
  if (!app.draft) {
    const drafts = await app.opened.list("draft");
    let kept = drafts.find((one) => markOf(one) === own);
    if (own && !kept) own = null; // another tab changed or removed it
    if (choosing && own === null) kept = drafts.at(-1);
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
 * Keep a draft as it is now, as this tab's. Where it cannot be kept, no older one stays behind that might show more.
 * @param {App} app
 * @param {Draft} draft
 * @returns {Promise<void>} fails when it could not be kept
 */
export function keepDraft(app, draft) {
  clearTimeout(typing);
  app.draft = draft;
  const { opened } = app;
  const keeping = saved.then(async () => {
    const id = own ? own.split(" ")[0] : `draft-${randomId()}`;
    const kept = { id, revision: randomId(), madeAt: isoSeconds(new Date()), ...packed(draft) };
    try {
      if (!own) for (const old of (await opened.list("draft")).slice(0, -MOST_OTHERS)) await opened.drop(old.id);
      await opened.put("draft", kept);
      setOwn(markOf(kept));
    } catch (error) {
      await opened.drop(id).catch(() => undefined);
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
  if (own) await app.opened.drop(own.split(" ")[0]);
  setOwn("");
}

function randomId() {
  return toHex(randomBytes(16));
}

/**
 * What tells whether a share was made of a draft as it is now.
 * @param {Draft} draft
 * @returns {Promise<string>} lower-case hex
 */
export async function fingerprint(draft) {
  return toHex(await sha256(toUtf8(JSON.stringify(packed(draft)))));
}

/**
 * @param {Draft} draft
 * @returns {Said}
 */
function packed({ chosen, statement, recipient, days }) {
  const sorted = [...chosen].map(([id, hidden]) => /** @type {[string, string[]]} */ ([id, [...hidden].sort()]));
  sorted.sort(([a], [b]) => a.localeCompare(b));
  return { chosen: sorted, statement, recipient, days };
}

/**
 * @param {KeptDraft} kept
 * @returns {Draft}
 */
function unpacked({ chosen, statement, recipient, days }) {
  return { chosen: new Map(chosen.map(([id, hidden]) => [id, new Set(hidden)])), statement, recipient, days };
}
