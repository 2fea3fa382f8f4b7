// Getting credentials: an offer's link with its transaction code, or the records of institutions by identity.

import { h } from "/shared/dom.js";
import { language, t } from "/shared/i18n.js";
import { inAppNotice } from "/shared/in_app.js";
import { filled } from "/shared/templates.js";
import { counted } from "/shared/wording.js";
import { textFor } from "../protocol/entries.js";
import { fetchMetadata } from "../protocol/issuer_metadata.js";
import { parseOfferLink, resolveOffer } from "../protocol/offers.js";
import { drawInstitutions } from "./claims.js";
import { clockNotice } from "./clock.js";
import { busy, slot } from "./parts.js";
import { take } from "./taking.js";

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
      app.offerLink = link;
      app.go(app.offerRoute);
    });
  });
  await drawInstitutions(app, node);
  void clockNotice().then((notice) => notice && slot(node, "clock").append(notice));
  return { node, tab: "home" };
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
  void clockNotice().then((notice) => notice && slot(node, "clock").append(notice));
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
