// One item of the resume: what it is, who says so (as the registry names them), what it says, and why.

import { h, icon } from "/shared/dom.js";
import { formatDate, isolated, pick, t } from "/shared/i18n.js";
import { leadOf, parseTypeDisplay } from "/shared/protocol/type_display.js";
import { areRows, table } from "/shared/table.js";
import { typeTile } from "/shared/type_tile.js";
import { asWritten, counted, valueText } from "/shared/wording.js";
import { checksView, reasonOf } from "./checks.js";
import { emblem, toneOf } from "./emblem.js";
import { receiptView } from "./receipt.js";

/**
 * @typedef {import("../protocol/verification.js").Item} Item
 * @typedef {import("../protocol/verification.js").Claim} Claim
 */

// What a credential is called whose type is not known, by the check that it failed.
/** @type {Record<string, string>} */
const UNNAMED = { proof: "item.unsigned", holder: "item.unowned" };

/**
 * Draw a claim's value.
 * @param {Claim} claim
 * @returns {string | HTMLElement}
 */
function valueOf({ path, label, value, columns = [] }) {
  if (!areRows(value)) return asWritten(valueText(value));
  const names = columns.map((column) => /** @type {[string, string]} */ ([column.name, pick(column.label)]));
  return table(pick(label) || path, names, value, (cell) => asWritten(valueText(cell)));
}

/**
 * What an item is called: its type, or the check that it failed and its place in the resume.
 * @param {Item} item
 * @returns {string}
 */
export function typeNameOf(item) {
  const failed = item.checks.find((check) => check.outcome === "fail")?.check ?? "";
  return pick(item.typeName) || item.type || t(UNNAMED[failed] ?? "item.unnamed", { number: item.index + 1 });
}

/**
 * @param {Item} item
 * @returns {HTMLElement}
 */
function issuerLine(item) {
  const outcome = item.checks.find((check) => check.check === "issuer")?.outcome;
  const known = outcome === "pass";
  const unnamed = t(outcome === "fail" ? "item.issuerUnknown" : "item.issuerUnread");
  return h(
    "p",
    { class: "issuer" },
    h("span", { class: "issuer-name" }, icon("building", 20), h("bdi", {}, pick(item.issuer?.name) || unnamed)),
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
  const display = parseTypeDisplay(item.display);
  // Whose resume it is stands above; a first line says what else this is about.
  const lead = leadOf(
    display,
    claims.filter(({ path }) => path !== "name"),
  )
    .map((value) => isolated(valueText(value)))
    .join(" · ");
  return h(
    "article",
    {
      class: `card item tone-line-${tone}`,
      id: `item-${item.index}`,
      tabindex: "-1",
      "data-verdict": item.verdict,
      "data-type": item.type,
    },
    h(
      "header",
      { class: "item-head" },
      typeTile(display),
      h(
        "div",
        { class: "item-name" },
        display.section.label && h("p", { class: "section-name" }, pick(display.section.label)),
        h("h3", {}, typeNameOf(item)),
        issuerLine(item),
      ),
      h("p", { class: `item-verdict tone-${tone}` }, emblem(item.verdict, 30), h("strong", {}, pick(item.title))),
    ),
    item.verdict !== "verified" &&
      h("p", { class: `notice tone-${tone}` }, reason && h("strong", {}, pick(reason.message), " "), pick(item.next)),
    lead && h("p", { class: "item-lead" }, asWritten(lead)),
    claims.length > 0
      ? h(
          "dl",
          { class: "claims" },
          ...claims.map((claim) =>
            h(
              "div",
              { class: isWide(claim.value) ? "wide" : null },
              h("dt", {}, pick(claim.label) || claim.path),
              h("dd", {}, valueOf(claim)),
            ),
          ),
        )
      : h("p", { class: "soft" }, t("item.notShown")),
    item.hidden > 0 &&
      h(
        "p",
        { class: "hidden-claims soft small" },
        icon("lock", 16),
        h("span", {}, counted("item.hidden", item.hidden)),
      ),
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
  return (typeof value === "string" && value.length > 40) || areRows(value);
}
