// Pieces that several screens share: places of templates, credential cards, problems.

import { h, icon } from "/shared/dom.js";
import { formatDate, language, pick, t } from "/shared/i18n.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { inResumeOrder, leadOf } from "/shared/protocol/type_display.js";
import { areRows, table } from "/shared/table.js";
import { filled } from "/shared/templates.js";
import { typeTile } from "/shared/type_tile.js";
import { asWritten, valueText } from "/shared/wording.js";
import { displayOf, labelledClaims, textFor } from "../protocol/entries.js";
import { viewCredential } from "../protocol/resume.js";

/** @typedef {import("../protocol/entries.js").Entry} Entry */

/**
 * What is held, in the one order of every screen: that of a resume, then the newest.
 * @param {Entry[]} entries oldest first, as they are kept
 * @returns {Entry[]}
 */
export function inOrder(entries) {
  return entries.toReversed().sort((a, b) => inResumeOrder(displayOf(a), displayOf(b)));
}

/**
 * Heading of the part of the resume that an entry belongs to.
 * @param {Entry} entry
 */
export function sectionName(entry) {
  return pick(displayOf(entry).section.label) || t("section.other");
}

/**
 * A named place of a filled template.
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLElement}
 */
export function slot(root, name) {
  const found = root.querySelector(`[data-slot="${name}"]`);
  if (found instanceof HTMLElement) return found;
  if (root instanceof HTMLElement && root.dataset.slot === name) return root;
  throw new Error(`the template has no place ${name}`);
}

/**
 * A button of a filled template.
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLButtonElement}
 */
export function action(root, name) {
  const found = root.querySelector(`[data-action="${name}"]`);
  if (!(found instanceof HTMLButtonElement)) throw new Error(`the template has no button ${name}`);
  return found;
}

/**
 * Do something behind a button: it waits, cannot be pressed twice, and a problem is told beside it.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place where a problem is shown
 * @param {() => Promise<void>} work
 */
export async function busy(button, place, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const spinner = h("span", { class: "busy", role: "img", "aria-label": t("working") });
  button.setAttribute("aria-disabled", "true");
  button.prepend(spinner);
  place.replaceChildren();
  try {
    await work();
  } catch (error) {
    place.replaceChildren(problem(error));
  } finally {
    spinner.remove();
    button.removeAttribute("aria-disabled");
  }
}

/**
 * What went wrong and what to do, in the person's language.
 * @param {unknown} error
 * @returns {string}
 */
export function problemWords(error) {
  if (!(error instanceof ResumeError)) console.error(error);
  const code = error instanceof ResumeError ? error.code : "unknown";
  const values = /** @type {Record<string, string | number>} */ (error instanceof ResumeError ? error.context : {});
  for (const key of [`error.reason.${values.detail}`, `error.reason.${values.reason}`, `error.${code}`]) {
    const words = t(key, values);
    if (words !== key) return words;
  }
  return t("error.unknown");
}

/**
 * @param {unknown} error
 * @returns {HTMLElement}
 */
export function problem(error) {
  return h("p", { class: "notice tone-fail", role: "alert" }, problemWords(error));
}

/**
 * @param {unknown} error
 * @returns {HTMLElement}
 */
export function brokenView(error) {
  const node = filled("broken");
  slot(node, "words").textContent = problemWords(error);
  return node;
}

/**
 * Name of a credential's type.
 * @param {Entry} entry
 */
export function typeName(entry) {
  return textFor(entry.typeNames, language()) ?? entry.type;
}

/**
 * Name of a credential's issuer; the address stands in where the institution gave none.
 * @param {Entry} entry
 */
export function issuerName(entry) {
  return textFor(entry.issuerNames, language()) ?? entry.credentialIssuer;
}

/**
 * Say whether a credential stands on the chain yet.
 * @param {HTMLElement} badge
 * @param {Entry} entry
 * @param {number | null} [expiresAt]
 */
export function drawState(badge, entry, expiresAt = null) {
  const expired = expiresAt !== null && expiresAt * 1000 < Date.now();
  const state = expired ? "expired" : entry.receipt ? "anchored" : "pending";
  const tone = { expired: "caution", anchored: "pass", pending: "unknown" }[state];
  badge.classList.add(`tone-${tone}`);
  badge.replaceChildren(icon(tone === "unknown" ? "not_applicable" : tone, 16), t(`credential.${state}`));
}

/**
 * The table of a claim that holds rows, its columns named and ordered as the institution says.
 * @param {Entry} entry
 * @param {{path: string, label: string, value: unknown}} claim
 * @returns {HTMLElement | null} none when the claim is not of that kind
 */
export function tableOf(entry, { path, label, value }) {
  if (!areRows(value)) return null;
  const prefix = `${path}.`;
  const columns = entry.claimOrder
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const column = name.slice(prefix.length);
      return /** @type {[string, string]} */ ([column, textFor(entry.claimLabels[name], language()) ?? column]);
    });
  return table(label, columns, value, (cell) => asWritten(valueText(cell)));
}

/**
 * One line of facts; a table takes the full width.
 * @param {string} label
 * @param {string | HTMLElement} value
 * @returns {HTMLElement[]}
 */
export function fact(label, value) {
  const wide = value instanceof HTMLElement && value.classList.contains("table") ? "wide" : null;
  return [h("dt", { class: wide }, label), h("dd", { class: wide }, value)];
}

/**
 * The lines of facts of claims.
 * @param {Entry} entry
 * @param {{path: string, label: string, value: unknown}[]} claims
 * @returns {HTMLElement[]}
 */
export function claimFacts(entry, claims) {
  return claims.flatMap((claim) => fact(claim.label, tableOf(entry, claim) ?? asWritten(valueText(claim.value))));
}

/**
 * The card of a credential that is held.
 * @param {Entry} entry
 * @returns {Promise<HTMLElement>}
 */
export async function credentialCard(entry) {
  const node = filled("credential");
  const claims = await labelledClaims(entry, language());
  const { expiresAt } = await viewCredential(entry.credential);
  slot(node, "tile").replaceWith(typeTile(displayOf(entry)));
  slot(node, "type").textContent = typeName(entry);
  slot(node, "issuer").textContent = issuerName(entry);
  slot(node, "lead").append(asWritten(leadText(entry, claims)));
  drawState(slot(node, "state"), entry, expiresAt);
  slot(node, "facts").append(...claimFacts(entry, claims));
  const receipt = slot(node, "receipt");
  receipt.append(...fact(t("credential.receivedAt"), formatDate(entry.receivedAt, true)));
  if (expiresAt !== null) receipt.append(...fact(t("credential.validUntil"), formatDate(expiresAt)));
  if (entry.receipt) {
    receipt.append(...fact(t("credential.anchoredAt"), formatDate(entry.receipt.block.time, true)));
    receipt.append(...fact(t("credential.block"), String(entry.receipt.block.number)));
  }
  return node;
}

/**
 * The few words that say what a credential is about, of the claims that are shown.
 * @param {Entry} entry
 * @param {{path: string, value: unknown}[]} claims
 */
export function leadText(entry, claims) {
  return leadOf(displayOf(entry), claims).map(valueText).join(" · ");
}
