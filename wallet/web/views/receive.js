// Getting credentials: an offer's link with its transaction code, or the records of institutions by identity.

import { h, show } from "/shared/dom.js";
import { language, t } from "/shared/i18n.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { counted } from "/shared/wording.js";
import { buildEntry, textFor } from "../protocol/entries.js";
import { claimByIdentity, fetchMetadata, finishPending, isOver, parseOfferLink, resolveOffer, takeOffer } from "../protocol/openid4vci.js";
import { action, busy, filled, slot } from "./parts.js";

/** @typedef {import("../app.js").App} App */

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
      app.offerLink = link.trim();
      app.go("/offer");
    });
  });
  const issuers = app.config.credentialIssuers;
  if (issuers.length > 0) {
    const identity = (await app.opened.list("credential")).findLast(({ type }) => type === "IdentityCredential");
    slot(node, "institutions").hidden = false;
    slot(node, "identity-note").textContent = t(identity ? "receive.identityNote" : "receive.identityMissing");
    slot(node, "list").append(...issuers.map((issuer) => institutionLine(app, issuer, identity)));
  }
  return { node, tab: "home" };
}

/**
 * @param {App} app
 * @param {string} credentialIssuer
 * @param {import("../app.js").Entry | undefined} identity
 * @returns {HTMLElement}
 */
function institutionLine(app, credentialIssuer, identity) {
  const node = filled("institution");
  const button = action(node, "claim");
  const name = slot(node, "name");
  name.textContent = credentialIssuer;
  button.hidden = !identity;
  fetchMetadata(fetch.bind(globalThis), credentialIssuer).then(
    ({ names, configurations }) => {
      name.textContent = textFor(names, language()) ?? credentialIssuer;
      const types = [...configurations.values()].map((one) => textFor(one.names, language()) ?? one.id);
      slot(node, "types").textContent = types.join(", ");
      button.setAttribute("aria-label", `${name.textContent} · ${t("receive.claim")}`);
    },
    () => {
      slot(node, "types").textContent = t("receive.unreachable");
    },
  );
  button.addEventListener("click", () =>
    busy(button, slot(node, "result"), async () => {
      if (!identity) throw new ResumeError("identity_missing", "No identity is held.");
      const key = app.opened.holderKey;
      const offers = await claimByIdentity(fetch.bind(globalThis), {
        credentialIssuer,
        identityCredential: identity.credential,
        receipt: identity.receipt,
        key,
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
  return node;
}

/**
 * Take an offer and keep what it gives.
 * @param {App} app
 * @param {import("../protocol/openid4vci.js").Offer} offer
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
      if (!held.some(({ id, credential }) => id === entry.id && credential === entry.credential)) await app.opened.put("credential", entry);
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
  button.addEventListener("click", () =>
    busy(button, slot(node, "problem"), async () => {
      let count = 0;
      for (const pending of waiting) count += (await finishPending(fetch.bind(globalThis), pending, receiver(app))).length;
      app.notice = count > 0 ? counted("home.added", count) : t("home.unfinishedOver");
      app.go("/");
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
  const offer = await resolveOffer(fetch.bind(globalThis), link);
  const metadata = await fetchMetadata(fetch.bind(globalThis), offer.credentialIssuer);
  slot(node, "title").textContent = t("offer.title");
  slot(node, "issuer").textContent = textFor(metadata.names, language()) ?? offer.credentialIssuer;
  slot(node, "address").textContent = new URL(offer.credentialIssuer).host;
  slot(node, "types").append(
    ...offer.configurationIds.map((id) => h("li", {}, textFor(metadata.configurations.get(id)?.names, language()) ?? id)),
  );
  const input = codeField(node, offer.txCode);
  const form = /** @type {HTMLFormElement} */ (slot(node, "form"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(button, slot(node, "problem"), async () => {
      try {
        const count = await take(app, offer, input?.value.trim() || undefined);
        app.offerLink = null;
        app.notice = counted("home.added", count);
        app.go("/");
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
 * @param {import("../protocol/openid4vci.js").TxCode | null} txCode
 * @returns {HTMLInputElement | null}
 */
function codeField(node, txCode) {
  if (!txCode) return null;
  slot(node, "code").hidden = false;
  slot(node, "code-hint").textContent = txCode.length ? t("offer.codeHint", { length: txCode.length }) : t("offer.codeHintAny");
  const input = node.querySelector("input");
  if (!input) return null;
  input.inputMode = txCode.inputMode === "numeric" ? "numeric" : "text";
  if (txCode.length) input.maxLength = txCode.length;
  return input;
}

