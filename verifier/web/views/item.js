// One item of the resume: what it is, who says so (as the registry names them), what it says, and why.

import { h, icon } from "/shared/dom.js";
import { formatDate, pick, t } from "/shared/i18n.js";
import { checksView, reasonOf } from "./checks.js";
import { emblem, toneOf } from "./emblem.js";
import { receiptView } from "./receipt.js";

/** @typedef {import("../protocol/verification.js").Item} Item */

/**
 * Draw a claim's value. Whatever it holds becomes text.
 * @param {unknown} value
 * @returns {string | HTMLElement}
 */
function valueOf(value) {
  if (typeof value === "string") return /^\d{4}-\d{2}-\d{2}$/.test(value) ? formatDate(value) : value;
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value)) return Array.isArray(value) && value.every(isRow) ? table(value) : value.map(String).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, inner]) => `${name}: ${String(inner)}`).join(" · ");
  }
  return "–";
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRow(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {Record<string, unknown>[]} rows
 * @returns {HTMLElement}
 */
function table(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, 8);
  return h(
    "div",
    { class: "table", role: "region", tabindex: "0" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...columns.map((name) => h("td", {}, String(row[name] ?? "")))))),
    ),
  );
}

/**
 * @param {Item} item
 * @returns {string}
 */
export function typeNameOf(item) {
  return pick(item.typeName) || item.type || t("item.unnamed");
}

/**
 * @param {Item} item
 * @returns {HTMLElement}
 */
function issuerLine(item) {
  const known = item.checks.some((check) => check.check === "issuer" && check.outcome === "pass");
  return h(
    "p",
    { class: "issuer" },
    h("span", { class: "issuer-name" }, icon("building", 20), h("span", {}, pick(item.issuer?.name) || t("item.issuerUnknown"))),
    known && h("span", { class: "badge tone-pass" }, icon("pass", 14), t("item.registered")),
  );
}

/**
 * @param {Item} item
 * @returns {HTMLElement | null}
 */
function statusLine(item) {
  if (!item.status) return null;
  const key = `status.${item.status.value}`;
  const word = t(key) === key ? item.status.value : t(key);
  return h("p", { class: "soft small" }, t("item.status", { status: word, when: formatDate(item.status.asOf, true) }));
}

/**
 * @param {Item} item
 * @param {import("../protocol/verification.js").Verdict["chain"]} chain
 * @returns {HTMLElement}
 */
export function itemCard(item, chain) {
  const tone = toneOf(item.verdict);
  const reason = reasonOf(item.checks);
  const claims = item.claims.filter((claim) => claim.value !== null && claim.value !== undefined);
  return h(
    "article",
    { class: `card item tone-line-${tone}`, id: `item-${item.index}`, tabindex: "-1", "data-verdict": item.verdict, "data-type": item.type },
    h(
      "header",
      { class: "item-head" },
      h("div", { class: "item-name" }, h("h3", {}, typeNameOf(item)), issuerLine(item)),
      h("p", { class: `item-verdict tone-${tone}` }, emblem(item.verdict, 30), h("strong", {}, pick(item.title))),
    ),
    item.verdict !== "verified" &&
      h("p", { class: `notice tone-${tone}` }, reason && h("strong", {}, pick(reason.message), " "), pick(item.next)),
    claims.length > 0
      ? h(
          "dl",
          { class: "claims" },
          ...claims.map((claim) =>
            h("div", { class: isWide(claim.value) ? "wide" : null }, h("dt", {}, pick(claim.label) || claim.path), h("dd", {}, valueOf(claim.value))),
          ),
        )
      : h("p", { class: "soft" }, t("item.notShown")),
    item.hidden > 0 && h("p", { class: "hidden-claims soft small" }, icon("lock", 16), h("span", {}, t("item.hidden", { count: item.hidden }))),
    statusLine(item),
    checksView(item.checks),
    item.anchor && receiptView(item.anchor, chain),
  );
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isWide(value) {
  return (typeof value === "string" && value.length > 40) || (Array.isArray(value) && value.some(isRow));
}
