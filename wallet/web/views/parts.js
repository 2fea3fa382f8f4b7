// Pieces that several screens share: places of templates, credential cards, problems.

import { h, icon } from "/shared/dom.js";
import { formatDate, isolated, language, pick, t } from "/shared/i18n.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { inResumeOrder, leadOf } from "/shared/protocol/type_display.js";
import { areRows, table } from "/shared/table.js";
import { filled } from "/shared/templates.js";
import { typeTile } from "/shared/type_tile.js";
import { asWritten, valueText } from "/shared/wording.js";
import { displayOf, labelledClaims, textFor } from "../protocol/entries.js";
import { viewCredential } from "../protocol/resume.js";
import { standingOf } from "../protocol/standing.js";

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
    place.scrollIntoView({ block: "center" }); // it may lie under the bar at the bottom
  } finally {
    spinner.remove();
    button.removeAttribute("aria-disabled");
  }
}

/**
 * Lead the first step, where it is shown, to where a person gets what proves who they are.
 * @param {import("../app.js").App} app
 * @param {HTMLElement} node
 */
export function pointToIdentity(app, node) {
  const { identityUrl } = app.config;
  const link = node.querySelector('[data-slot="identity"]');
  if (!identityUrl || !(link instanceof HTMLAnchorElement)) return;
  const url = new URL(identityUrl);
  url.searchParams.set("lang", language());
  link.href = url.href;
  link.hidden = false;
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
 * What is said when the storage has gone: what happened, and a button that loads the page again.
 * @param {ResumeError} error
 * @returns {HTMLElement}
 */
export function lostView(error) {
  const node = filled("lost");
  slot(node, "title").textContent = t(`${error.code}.title`);
  slot(node, "words").textContent = problemWords(error);
  const button = action(node, "reload");
  button.hidden = error.code === "storage_blocked";
  button.addEventListener("click", () => location.reload());
  return node;
}

/**
 * Ask before something that cannot be undone.
 * @param {{title: string, words: string, does: string}} question `does` names what the button does
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, words, does }) {
  const dialog = /** @type {HTMLDialogElement} */ (filled("confirm"));
  slot(dialog, "confirm-title").textContent = title;
  slot(dialog, "confirm-words").textContent = words;
  slot(dialog, "confirm-do").textContent = does;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener(
      "close",
      () => {
        dialog.remove();
        resolve(dialog.returnValue === "do");
      },
      { once: true },
    ),
  );
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

/** How each state of a credential looks. */
const TONES = /** @type {const} */ ({
  revoked: "fail",
  suspended: "fail",
  superseded: "caution",
  expired: "caution",
  anchored: "pass",
  pending: "unknown",
});

/**
 * Say how a credential stands: out of force, or whether it is on the chain yet.
 * @param {HTMLElement} badge
 * @param {Entry} entry
 */
export function drawState(badge, entry) {
  const standing = standingOf(entry);
  const state = standing !== "valid" ? standing : entry.receipt ? "anchored" : "pending";
  const tone = TONES[state];
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
 * What tells a credential apart from others of its type and issuer: when it was issued, its number, and when it came
 * where even those are the same.
 * @param {Entry} entry
 * @param {Entry[]} held
 * @returns {Promise<string>} empty where there is no other
 */
export async function whichOne(entry, held) {
  const alike = held.filter((one) => one.type === entry.type && one.credentialIssuer === entry.credentialIssuer);
  if (alike.length < 2) return "";
  const claims = await Promise.all(alike.map((one) => labelledClaims(one, language())));
  const valueOf = (/** @type {{path: string, value: unknown}[]} */ own, /** @type {string} */ path) =>
    valueText(own.find((claim) => claim.path === path)?.value ?? "");
  // Its number: the first that is not the same in all of them.
  const number = claims[0]
    .map(({ path }) => path)
    .find((path) => /Number$/.test(path) && new Set(claims.map((own) => valueOf(own, path))).size > 1);
  const told = await Promise.all(
    alike.map(async ({ credential }, i) => {
      const { issuedAt } = await viewCredential(credential);
      const date = issuedAt === null ? "" : t("credential.issuedOn", { date: formatDate(issuedAt) });
      return [date, number ? valueOf(claims[i], number) : ""].filter(Boolean).join(" · ");
    }),
  );
  const own = told[alike.findIndex(({ id }) => id === entry.id)] ?? "";
  const only = told.filter((one) => one === own).length === 1;
  return only ? own : `${own} · ${t("credential.receivedAt")} ${formatDate(entry.receivedAt, true)}`;
}

/**
 * Write what tells a credential apart into its place.
 * @param {HTMLElement} place
 * @param {Entry} entry
 * @param {Entry[]} held
 */
export async function drawWhich(place, entry, held) {
  const words = await whichOne(entry, held);
  place.hidden = words === "";
  place.replaceChildren(asWritten(words));
}

/**
 * The card of a credential that is held.
 * @param {Entry} entry
 * @param {Entry[]} held everything that is, to tell alike ones apart
 * @param {(entry: Entry) => Promise<void>} remove
 * @returns {Promise<HTMLElement>}
 */
export async function credentialCard(entry, held, remove) {
  const node = filled("credential");
  const claims = await labelledClaims(entry, language());
  const { expiresAt } = await viewCredential(entry.credential);
  slot(node, "tile").replaceWith(typeTile(displayOf(entry)));
  slot(node, "type").textContent = typeName(entry);
  slot(node, "issuer").textContent = issuerName(entry);
  await drawWhich(slot(node, "which"), entry, held);
  slot(node, "lead").append(asWritten(leadText(entry, claims)));
  const button = action(node, "remove");
  button.setAttribute("aria-label", `${t("credential.remove")}: ${typeName(entry)}`);
  button.addEventListener("click", async () => {
    const question = {
      title: t("credential.removeTitle"),
      words: t("credential.removeWords", { type: typeName(entry) }),
      does: t("credential.removeNow"),
    };
    if (await confirmed(question)) await busy(button, slot(node, "problem"), () => remove(entry));
  });
  drawState(slot(node, "state"), entry);
  const advice = standingAdvice(entry);
  if (advice) slot(node, "standing").append(advice);
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
 * What a standing out of force means for a credential, and what to do; `null` where it is in force.
 * @param {Entry} entry
 * @returns {HTMLElement | null}
 */
export function standingAdvice(entry) {
  const standing = standingOf(entry);
  return standing === "valid" ? null : h("p", { class: "small standing" }, t(`credential.${standing}Advice`));
}

/**
 * The few words that say what a credential is about, of the claims that are shown.
 * @param {Entry} entry
 * @param {{path: string, value: unknown}[]} claims
 */
export function leadText(entry, claims) {
  return leadOf(displayOf(entry), claims)
    .map((value) => isolated(valueText(value)))
    .join(" · ");
}
