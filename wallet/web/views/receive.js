// Getting credentials: an offer's link with its transaction code, or the records of institutions by identity.

import { h, show } from "/shared/dom.js";
import { language, t } from "/shared/i18n.js";
import { inAppNotice } from "/shared/in_app.js";
import { filled } from "/shared/templates.js";
import { counted } from "/shared/wording.js";
import { buildEntry, identityAmong, labelledClaims, textFor } from "../protocol/entries.js";
import { claimByIdentity } from "../protocol/identity_claim.js";
import { fetchMetadata } from "../protocol/issuer_metadata.js";
import { parseOfferLink, resolveOffer } from "../protocol/offers.js";
import { finishPending, isOver, takeOffer } from "../protocol/openid4vci.js";
import { action, busy, slot, typeName } from "./parts.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../app.js").Entry} Entry
 * @typedef {{node: HTMLElement, shows: Promise<string | null | undefined>}} Line of an institution, and what claiming
 *   shows to it: `undefined` when nothing held is taken there, `null` when it does not answer
 */

/**
 * @param {App} app
 * @returns {Promise<import("../app.js").View>}
 */
export async function receiveView(app) {
  const node = filled("receive");
  const form = /** @type {HTMLFormElement} */ (slot(node, "paste"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(button, slot(node, "problem"), async () => {
      const link = String(new FormData(form).get("offer") ?? "");
      parseOfferLink(link);
      app.offerLink = link;
      app.go(app.offerRoute);
    });
  });
  const issuers = app.config.credentialIssuers;
  if (issuers.length > 0) {
    const entries = await app.opened.list("credential");
    const note = slot(node, "identity-note");
    slot(node, "institutions").hidden = false;
    note.textContent = t(entries.length > 0 ? "receive.identityNote" : "receive.identityMissing");
    const lines = issuers.map((issuer) => institutionLine(app, issuer, entries));
    slot(node, "list").append(...lines.map((line) => line.node));
    void Promise.all(lines.map(({ shows }) => shows)).then((shown) => describe(note, lines, shown));
  }
  return { node, tab: "home" };
}

/**
 * Say what is shown to the institutions: once where it is the same to each; or that an identity is missing, where none
 * takes what is held.
 * @param {HTMLElement} note
 * @param {Line[]} lines
 * @param {(string | null | undefined)[]} shown to each institution, as `Line.shows`
 */
function describe(note, lines, shown) {
  const texts = new Set(shown.filter((text) => typeof text === "string"));
  if (texts.size === 0 && shown.includes(undefined)) note.textContent = t("receive.identityMissing");
  if (texts.size !== 1 || lines.length === 1) return;
  note.append(h("br"), ...texts);
  for (const { node } of lines) slot(node, "shows").textContent = "";
}

/**
 * @param {App} app
 * @param {string} credentialIssuer
 * @param {Entry[]} entries
 * @returns {Line}
 */
function institutionLine(app, credentialIssuer, entries) {
  const node = filled("institution");
  const name = slot(node, "name");
  name.textContent = credentialIssuer;
  const shows = (async () => {
    let metadata;
    try {
      metadata = await fetchMetadata(fetch.bind(globalThis), credentialIssuer);
    } catch {
      slot(node, "types").textContent = t("receive.unreachable");
      return null;
    }
    name.textContent = textFor(metadata.names, language()) ?? credentialIssuer;
    const types = [...metadata.configurations.values()].map((one) => textFor(one.names, language()) ?? one.id);
    slot(node, "types").textContent = types.join(", ");
    const identity = await identityAmong(metadata.identityClaim, entries);
    if (!identity || !metadata.identityClaim) return undefined;
    const text = await shownTo(identity, metadata.identityClaim);
    slot(node, "shows").textContent = text;
    offerClaim(app, node, credentialIssuer, identity);
    return text;
  })();
  return { node, shows };
}

/**
 * What an institution is shown of a credential by which a person claims.
 * @param {Entry} identity
 * @param {import("../protocol/issuer_metadata.js").IdentityClaim} identityClaim
 * @returns {Promise<string>}
 */
async function shownTo(identity, identityClaim) {
  const claims = await labelledClaims(identity, language());
  const labels = claims
    .filter(({ path, canHide }) => !canHide || identityClaim.claims.includes(path))
    .map(({ label }) => label);
  return t("receive.shows", { type: typeName(identity), labels: labels.join(", ") });
}

/**
 * Let a person claim what an institution holds.
 * @param {App} app
 * @param {HTMLElement} node
 * @param {string} credentialIssuer
 * @param {Entry} identity
 */
function offerClaim(app, node, credentialIssuer, identity) {
  const button = action(node, "claim");
  button.setAttribute("aria-label", `${slot(node, "name").textContent} · ${t("receive.claim")}`);
  button.hidden = false;
  button.addEventListener("click", () =>
    busy(button, slot(node, "result"), async () => {
      const offers = await claimByIdentity(fetch.bind(globalThis), {
        credentialIssuer,
        identityCredential: identity.credential,
        receipt: identity.receipt,
        key: app.opened.holderKey,
        now: new Date(),
      });
      let count = 0;
      for (const offer of offers) count += await take(app, offer);
      const words = count > 0 ? t("receive.claimed", { count }) : t("receive.nothing");
      show(
        slot(node, "result"),
        h("span", { class: "small result" }, words),
        count > 0 && h("a", { class: "small", href: "#/" }, t("receive.see")),
      );
    }),
  );
}

/**
 * Take an offer and keep what it gives.
 * @param {App} app
 * @param {import("../protocol/offers.js").Offer} offer
 * @param {string} [txCode]
 * @returns {Promise<number>} how many credentials came
 */
async function take(app, offer, txCode) {
  const issued = await takeOffer(fetch.bind(globalThis), offer, {
    ...receiver(app),
    txCode,
    remember: (pending) => app.opened.put("pending", pending),
  });
  return issued.length;
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
  /** @type {import("../protocol/openid4vci.js").Pending[]} */
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

/**
 * An offer, shown before it is taken.
 * @param {App} app
 * @param {string} link
 * @returns {Promise<import("../app.js").View>}
 */
export async function offerView(app, link) {
  const node = filled("offer");
  const { visit } = app;
  const offer = await resolveOffer(fetch.bind(globalThis), link);
  const metadata = await fetchMetadata(fetch.bind(globalThis), offer.credentialIssuer);
  slot(node, "title").textContent = t("offer.title");
  node.prepend(inAppNotice("inApp", app.address) ?? "");
  slot(node, "issuer").textContent = textFor(metadata.names, language()) ?? offer.credentialIssuer;
  slot(node, "address").textContent = new URL(offer.credentialIssuer).host;
  slot(node, "types").append(
    ...offer.configurationIds.map((id) =>
      h("li", {}, textFor(metadata.configurations.get(id)?.names, language()) ?? id),
    ),
  );
  const input = codeField(node, offer.txCode);
  const form = /** @type {HTMLFormElement} */ (slot(node, "form"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(button, slot(node, "problem"), async () => {
      try {
        const count = await take(app, offer, input?.value.trim() || undefined);
        if (app.offerLink === link) app.offerLink = null;
        app.notice = counted("home.added", count);
        app.go("/", visit);
      } catch (error) {
        input?.setAttribute("aria-invalid", "true");
        input?.focus();
        throw error;
      }
    });
  });
  return { node, tab: "home" };
}

/**
 * Show the field of the transaction code, if the offer wants one.
 * @param {HTMLElement} node
 * @param {import("../protocol/offers.js").TxCode | null} txCode
 * @returns {HTMLInputElement | null}
 */
function codeField(node, txCode) {
  if (!txCode) return null;
  slot(node, "code").hidden = false;
  slot(node, "code-hint").textContent = txCode.length
    ? t("offer.codeHint", { length: txCode.length })
    : t("offer.codeHintAny");
  const input = node.querySelector("input");
  if (!input) return null;
  input.inputMode = txCode.inputMode === "numeric" ? "numeric" : "text";
  return input;
}
