// A small table of a claim that holds rows, such as the courses of a transcript.

import { h } from "./dom.js";

const MAX_COLUMNS = 8;
/** A cell of no more characters stays on one line. */
const BRIEF = 12;

/** @typedef {Record<string, unknown>} Row */

/**
 * @param {unknown} value
 * @returns {value is Row[]}
 */
export function areRows(value) {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((row) => typeof row === "object" && row !== null && !Array.isArray(row))
  );
}

/**
 * Draw rows; what does not fit is reached by scrolling, with the keyboard too.
 * @param {string} label what the table is
 * @param {[string, string][]} columns names and words, in order; one that is not named here comes last, under its own
 *   name
 * @param {Row[]} rows
 * @param {(value: unknown) => string | Node} draw a cell
 * @returns {HTMLElement}
 */
export function table(label, columns, rows, draw) {
  const present = new Set(rows.flatMap((row) => Object.keys(row)));
  const names = new Map(columns.filter(([name]) => present.has(name)));
  for (const name of present) if (!names.has(name)) names.set(name, name);
  const shown = [...names].slice(0, MAX_COLUMNS);
  return h(
    "div",
    { class: "table", role: "region", tabindex: "0", "aria-label": label },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...shown.map(([, words]) => h("th", { scope: "col" }, words)))),
      h(
        "tbody",
        {},
        ...rows.map((row) => h("tr", {}, ...shown.map(([name]) => cell(name in row ? draw(row[name]) : "")))),
      ),
    ),
  );
}

/** @param {string | Node} content */
function cell(content) {
  const drawn = h("td", {}, content);
  if ((drawn.textContent ?? "").length <= BRIEF) drawn.className = "brief";
  return drawn;
}
