// Pieces that several screens share: filled templates, credential cards, values as people read them, problems.

import { h, icon, s, template } from "/shared/dom.js";
import { applyWords, formatDate, language, t } from "/shared/i18n.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { areRows, table } from "/shared/table.js";
import { asWritten } from "/shared/wording.js";
import { labelledClaims, textFor } from "../protocol/entries.js";
import { viewCredential } from "../protocol/resume.js";

/** @typedef {import("../protocol/entries.js").Entry} Entry */

// One picture a kind of credential, on the same 24-unit grid as the shared icons.
/** @type {Record<string, {path: string, tone: string}>} */
const KINDS = {
  IdentityCredential: { tone: "violet", path: "M4 6h16v12H4zM9 11.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM6 16c.3-1.8 1.5-2.7 3-2.7s2.7.9 3 2.7M15 10h3M15 14h3" },
  UniversityDegree: { tone: "blue", path: "M3 9.5L12 5l9 4.5-9 4.5zM7 12v4.2c1.4 1.2 3 1.8 5 1.8s3.6-.6 5-1.8V12M21 9.5V15" },
  AcademicTranscript: { tone: "blue", path: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 15h5M10 18h3" },
  NationalTechnicalQualification: { tone: "amber", path: "M12 14a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM9 13l-1.5 8 4.5-2.4 4.5 2.4L15 13" },
  LanguageTestScore: { tone: "green", path: "M4 5h11v8H9l-3 3v-3H4zM11 16h3l3 3v-3h3v-7h-2" },
  Internship: { tone: "teal", path: "M4 8h16v11H4zM9 8V5h6v3M4 13h16" },
  EmploymentRecord: { tone: "teal", path: "M4 8h16v11H4zM9 8V5h6v3M4 13h16" },
  TrainingCompletion: { tone: "rose", path: "M4 5h7a2 2 0 0 1 1 .5 2 2 0 0 1 1-.5h7v13h-7a2 2 0 0 0-1 .5 2 2 0 0 0-1-.5H4zM12 6v12" },
};
const IDENTITY = "IdentityCredential";
/** The claims that say most of a credential, for its card. */
/** @type {Record<string, string[]>} */
const LEAD = {
  IdentityCredential: ["name"],
  UniversityDegree: ["major", "degree"],
  AcademicTranscript: ["major"],
  NationalTechnicalQualification: ["trade", "grade"],
  LanguageTestScore: ["test", "total"],
  Internship: ["organization", "position"],
  EmploymentRecord: ["organization", "position"],
  TrainingCompletion: ["course"],
};

/**
 * What is held, in the one order of every screen: the identity first, then the newest.
 * @param {Entry[]} entries oldest first, as they are kept
 * @returns {Entry[]}
 */
export function inOrder(entries) {
  return entries.toReversed().sort((a, b) => Number(b.type === IDENTITY) - Number(a.type === IDENTITY));
}

/**
 * A template's copy in the language in force, its icons drawn.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function filled(id) {
  const node = template(id);
  applyWords(node);
  for (const place of [node, ...node.querySelectorAll("[data-icon]")]) {
    const name = place.getAttribute("data-icon");
    if (name) place.prepend(icon(name, Number(place.getAttribute("data-icon-size") ?? 22)));
  }
  return node;
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
  const reason = error instanceof ResumeError ? error.context.reason : undefined;
  for (const key of [`error.reason.${reason}`, `error.${code}`]) {
    const words = t(key);
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
 * Put the picture of a credential's kind in its tile.
 * @param {HTMLElement} tile
 * @param {string} type
 */
export function drawTile(tile, type) {
  const kind = KINDS[type];
  tile.classList.add(`tile-${kind?.tone ?? "grey"}`);
  tile.replaceChildren(
    kind
      ? s("svg", { viewBox: "0 0 24 24", width: 24, height: 24, class: "icon", "aria-hidden": "true" }, s("path", { d: kind.path }))
      : icon("document"),
  );
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
 * A value as a person reads it.
 * @param {unknown} value
 * @returns {string}
 */
export function formatValue(value) {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDate(value);
  if (Array.isArray(value)) return value.map(formatValue).join("\n");
  if (typeof value === "object" && value !== null) return Object.values(value).map(formatValue).join(" · ");
  return String(value ?? "");
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
  const columns = entry.claimOrder.filter((name) => name.startsWith(prefix)).map((name) => {
    const column = name.slice(prefix.length);
    return /** @type {[string, string]} */ ([column, textFor(entry.claimLabels[name], language()) ?? column]);
  });
  return table(label, columns, value, (cell) => asWritten(formatValue(cell)));
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
  return claims.flatMap((claim) => fact(claim.label, tableOf(entry, claim) ?? asWritten(formatValue(claim.value))));
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
  drawTile(slot(node, "tile"), entry.type);
  slot(node, "type").textContent = typeName(entry);
  slot(node, "issuer").textContent = issuerName(entry);
  slot(node, "lead").append(asWritten(leadOf(entry.type, claims)));
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
 * The few words that say what a credential is about.
 * @param {string} type
 * @param {{path: string, value: unknown}[]} claims
 */
export function leadOf(type, claims) {
  const wanted = LEAD[type] ?? ["name"];
  return wanted.flatMap((path) => claims.filter((claim) => claim.path === path).map(({ value }) => formatValue(value))).join(" · ");
}
