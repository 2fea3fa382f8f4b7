// Finding one's records at the institutions by identity: all in one press, or at one of them; and again, what a wallet
// held that is lost.

import { h, show } from "/shared/dom.js";
import { language, t } from "/shared/i18n.js";
import { filled } from "/shared/templates.js";
import { counted } from "/shared/wording.js";
import { identityAmong, labelledClaims, textFor } from "../protocol/entries.js";
import { claimByIdentity } from "../protocol/identity_claim.js";
import { fetchMetadata } from "../protocol/issuer_metadata.js";
import { action, busy, pointToIdentity, problem, slot, typeName } from "./parts.js";
import { take } from "./taking.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../app.js").Entry} Entry
 * @typedef {{node: HTMLElement, shows: Promise<string | null | undefined>, ask: {claim: ((again: boolean) =>
 *   Promise<Found>) | null}}} Line of an institution, what claiming shows to it (`undefined` when nothing held is taken
 *   there, `null` when it does not answer), and how it is asked once that is known
 * @typedef {{count: number, again: number}} Found credentials that came, and that were issued to another wallet before
 */

/**
 * Fill the part of the screen that asks institutions.
 * @param {App} app
 * @param {HTMLElement} node the screen
 */
export async function drawInstitutions(app, node) {
  const issuers = app.config.credentialIssuers;
  if (issuers.length === 0) return;
  const entries = await app.opened.list("credential");
  const note = slot(node, "identity-note");
  slot(node, "institutions").hidden = false;
  note.textContent = t(entries.length > 0 ? "receive.identityNote" : "receive.identityMissing");
  if (entries.length === 0) pointToIdentity(app, node);
  else slot(node, "paste").before(slot(node, "institutions")); // whoever has an identity asks by it first
  const lines = issuers.map((issuer) => institutionLine(app, issuer, entries));
  slot(node, "list").append(...lines.map((line) => line.node));
  const all = action(node, "claim-all");
  const shown = Promise.all(lines.map(({ shows }) => shows));
  void shown.then((texts) => describe(app, node, lines, texts));
  if (app.findNow) void shown.then(() => node.isConnected && all.click());
  app.findNow = false;
  all.addEventListener("click", () => busy(all, slot(node, "all-problem"), () => claimAll(node, lines, false)));
  const again = action(node, "claim-again");
  again.addEventListener("click", () => busy(again, slot(node, "all-problem"), () => claimAll(node, lines, true)));
}

/**
 * Ask every institution, one after another, and say what came; one that fails says so in its line and stops no other.
 * @param {HTMLElement} node
 * @param {Line[]} lines
 * @param {boolean} again
 */
async function claimAll(node, lines, again) {
  let count = 0;
  let lost = 0;
  let failed = 0;
  for (const { node: line, ask } of lines) {
    if (!ask.claim) continue;
    try {
      const found = await ask.claim(again);
      count += found.count;
      lost += found.again;
    } catch (error) {
      failed += 1;
      slot(line, "result").replaceChildren(problem(error));
    }
  }
  slot(node, "again").hidden = lost === 0;
  slot(node, "again-words").textContent = counted("receive.again", lost);
  const words = count > 0 ? counted("receive.claimed", count) : t("receive.nothing");
  show(
    slot(node, "all-result"),
    h("span", {}, words),
    failed > 0 && h("span", {}, counted("receive.someFailed", failed)),
    count > 0 && h("a", { href: "#/" }, t("receive.see")),
  );
}

/**
 * Say what is shown to the institutions: once where it is the same to each; or that an identity is missing, where none
 * takes what is held, and where one gets it.
 * @param {App} app
 * @param {HTMLElement} node
 * @param {Line[]} lines
 * @param {(string | null | undefined)[]} shown to each institution, as `Line.shows`
 */
function describe(app, node, lines, shown) {
  const note = slot(node, "identity-note");
  const texts = new Set(shown.filter((text) => typeof text === "string"));
  slot(node, "all").hidden = texts.size === 0;
  if (texts.size === 0 && shown.includes(undefined)) {
    note.textContent = t("receive.identityMissing");
    pointToIdentity(app, node);
  }
  if (texts.size !== 1 || lines.length === 1) return;
  note.append(h("br"), ...texts);
  for (const { node: line } of lines) slot(line, "shows").textContent = "";
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
  /** @type {Line["ask"]} */
  const ask = { claim: null };
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
    ask.claim = (again) => claim(app, node, { credentialIssuer, identity, again });
    const button = action(node, "claim");
    button.setAttribute("aria-label", `${name.textContent} · ${t("receive.claim")}`);
    button.hidden = false;
    button.addEventListener("click", () =>
      busy(button, slot(node, "result"), async () => void (await ask.claim?.(false))),
    );
    return text;
  })();
  return { node, shows, ask };
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
 * Claim what one institution holds, and say in its line what came.
 * @param {App} app
 * @param {HTMLElement} node its line
 * @param {{credentialIssuer: string, identity: Entry, again: boolean}} what
 * @returns {Promise<Found>}
 */
async function claim(app, node, { credentialIssuer, identity, again }) {
  const held = await app.opened.list("credential");
  const { offers, claimableAgain } = await claimByIdentity(fetch.bind(globalThis), {
    credentialIssuer,
    identityCredential: identity.credential,
    receipt: identity.receipt,
    key: app.opened.holderKey,
    now: new Date(),
    held: held.filter((entry) => entry.credentialIssuer === credentialIssuer).map(({ id }) => id),
    again,
  });
  let count = 0;
  for (const offer of offers) count += await take(app, offer);
  show(
    slot(node, "result"),
    h("span", { class: "small result" }, count > 0 ? counted("receive.claimed", count) : t("receive.nothing")),
    count > 0 && h("a", { class: "small", href: "#/" }, t("receive.see")),
  );
  return { count, again: claimableAgain };
}
