// The checks of an item: a drawn row that is read at a glance, and the words behind it.

import { h, icon } from "/shared/dom.js";
import { pick, t } from "/shared/i18n.js";

/** @typedef {import("../protocol/verification.js").Check} Check */

/** @type {Record<string, string>} */
const TONES = { pass: "pass", fail: "fail", caution: "caution", unknown: "unknown", not_applicable: "none" };

/**
 * @param {Check} check
 * @returns {string} its short name: the service's where it says less than usual, its code when this page knows no name
 */
function nameOf(check) {
  if (check.label) return pick(check.label);
  const key = `check.${check.check}`;
  const name = t(key);
  return name === key ? check.check : name;
}

/**
 * The check that decided against an item, worst first: the reason that is told without being asked for.
 * @param {Check[]} checks
 * @returns {Check | null}
 */
export function reasonOf(checks) {
  for (const outcome of ["fail", "unknown", "caution"]) {
    const found = checks.find((check) => check.outcome === outcome);
    if (found) return found;
  }
  return null;
}

/** @param {Check} check */
function mark(check) {
  const tone = TONES[check.outcome] ?? "unknown";
  return h("span", { class: `mark tone-${tone}` }, icon(tone === "none" ? "not_applicable" : tone, 16));
}

/**
 * @param {Check[]} checks
 * @returns {HTMLElement}
 */
export function checksView(checks) {
  const passed = checks.filter((check) => check.outcome === "pass").length;
  return h(
    "details",
    { class: "checks" },
    h(
      "summary",
      {},
      h(
        "span",
        { class: `check-row${checks.length < 6 ? " short" : ""}` },
        ...checks.map((check) =>
          h(
            "span",
            { class: "check-cell", "data-check": check.check, "data-outcome": check.outcome },
            mark(check),
            h("span", { class: "check-name" }, nameOf(check)),
            h("span", { class: "visually-hidden" }, `: ${t(`outcome.${check.outcome}`)}. `),
          ),
        ),
      ),
      h(
        "span",
        { class: "check-more" },
        h("span", {}, t("checks.more", { passed, all: checks.length })),
        h("span", { class: "chevron", "aria-hidden": "true" }, icon("arrow", 16)),
      ),
    ),
    h(
      "ul",
      { class: "check-list" },
      ...checks.map((check) =>
        h(
          "li",
          {},
          mark(check),
          h(
            "div",
            {},
            h(
              "p",
              { class: "check-title" },
              h("strong", {}, nameOf(check)),
              " ",
              h("span", { class: "soft small" }, t(`outcome.${check.outcome}`)),
            ),
            h("p", { class: "check-message" }, pick(check.message)),
            check.outcome !== "pass" && check.code && h("p", { class: "mono soft" }, check.code),
          ),
        ),
      ),
    ),
  );
}
