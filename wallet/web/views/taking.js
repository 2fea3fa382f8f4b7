// Taking an offer: room is made sure of before its code is used up, and what was granted is not lost when it cannot be
// kept at once.

import { t } from "/shared/i18n.js";
import { filled } from "/shared/templates.js";
import { counted } from "/shared/wording.js";
import { buildEntry } from "../protocol/entries.js";
import { finishPending, isOver, takeOffer } from "../protocol/openid4vci.js";
import { action, busy, slot } from "./parts.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../protocol/openid4vci.js").Pending} Pending
 */

/** More than a credential with its manifest takes. */
const ROOM = 128 * 1024;

/**
 * What was granted and could not be kept, by the code that was used up for it.
 * @type {Map<string, Pending[]>}
 */
const unkept = new Map();

/**
 * Take an offer and keep what it gives. Pressed again after the storage was full, it goes on where it stopped.
 * @param {App} app
 * @param {import("../protocol/offers.js").Offer} offer
 * @param {string} [txCode]
 * @returns {Promise<number>} how many credentials came
 */
export async function take(app, offer, txCode) {
  const send = fetch.bind(globalThis);
  const code = offer.preAuthorizedCode;
  const left = unkept.get(code);
  if (left) {
    let count = 0;
    for (const pending of left) count += (await finishPending(send, pending, receiver(app))).length;
    unkept.delete(code);
    return count;
  }
  await makeRoom(app);
  /** @type {Pending[]} */
  const granted = [];
  const issued = await takeOffer(send, offer, {
    ...receiver(app),
    txCode,
    remember: async (pending) => {
      granted.push(pending);
      unkept.set(code, granted);
      // The code is used up: what cannot be kept is held here, and the credential is still asked for.
      await app.opened.put("pending", pending).catch(() => undefined);
    },
  });
  unkept.delete(code);
  return issued.length;
}

/**
 * Make sure that a credential can be kept, before anything is used up to get it.
 * @param {App} app
 * @returns {Promise<void>} fails with `storage_full`
 */
async function makeRoom(app) {
  const room = {
    id: `urn:uuid:${crypto.randomUUID()}`,
    credentialIssuer: "",
    configurationId: "",
    identifiers: [],
    accessToken: "0".repeat(ROOM),
    madeAt: new Date().toISOString(),
    expires: 0, // left behind by a page that dies here, it is over and dropped
  };
  await app.opened.put("pending", room);
  await app.opened.drop(room.id);
}

/**
 * @param {App} app
 * @returns {import("../protocol/openid4vci.js").Receiver}
 */
function receiver(app) {
  const now = new Date();
  return {
    key: app.opened.holderKey,
    now,
    keep: async (one) => {
      const entry = await buildEntry(one, now);
      const held = await app.opened.list("credential");
      if (!held.some(({ id, credential }) => id === entry.id && credential === entry.credential))
        await app.opened.put("credential", entry);
    },
    forget: (id) => app.opened.drop(id),
  };
}

/**
 * What was granted and is not kept yet, as a quiet notice with a button; what can no longer be had is forgotten.
 * @param {App} app
 * @returns {Promise<HTMLElement | null>}
 */
export async function unfinishedNotice(app) {
  /** @type {Pending[]} */
  const waiting = [];
  for (const pending of await app.opened.list("pending")) {
    if (isOver(pending, new Date())) await app.opened.drop(pending.id);
    else waiting.push(pending);
  }
  if (waiting.length === 0) return null;
  const node = filled("unfinished");
  const button = action(node, "finish");
  const { visit } = app;
  button.addEventListener("click", () =>
    busy(button, slot(node, "problem"), async () => {
      let count = 0;
      for (const pending of waiting)
        count += (await finishPending(fetch.bind(globalThis), pending, receiver(app))).length;
      app.notice = count > 0 ? counted("home.added", count) : t("home.unfinishedOver");
      app.go("/", visit);
    }),
  );
  return node;
}
