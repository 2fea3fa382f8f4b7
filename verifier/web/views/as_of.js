// The verdict as of another day: small, below the answer, and named in the answer when it was chosen.

import { h, icon } from "/shared/dom.js";
import { formatDate, t } from "/shared/i18n.js";

const KOREA_HOURS = 9;

/**
 * The present day as Korea counts it, which is what a date means to the verifier.
 * @param {number} now milliseconds since 1970
 * @returns {string} `2026-03-02`
 */
export function todayInKorea(now) {
  return new Date(now + KOREA_HOURS * 3_600_000).toISOString().slice(0, 10);
}

/**
 * What says, above everything else, that this is the verdict of another day.
 * @param {string} asOf
 * @param {() => void} again
 * @returns {HTMLElement}
 */
export function asOfNotice(asOf, again) {
  return h(
    "div",
    { class: "notice row between as-of-notice" },
    h("strong", {}, t("asOf.notice", { when: formatDate(asOf, true) })),
    h("button", { type: "button", class: "button quiet little no-print", onclick: again }, t("asOf.now")),
  );
}

/**
 * The disclosure with the date.
 * @param {string} chosen the day that was asked for, empty for none
 * @param {(day: string) => void} ask
 * @returns {HTMLElement}
 */
export function asOfForm(chosen, ask) {
  const today = todayInKorea(Date.now());
  const input = h("input", {
    type: "date",
    id: "as-of",
    min: "2009-01-01",
    max: today,
    value: chosen,
    required: true,
    "aria-describedby": "as-of-note",
  });
  return h(
    "details",
    { class: "as-of no-print", open: chosen !== "" },
    h(
      "summary",
      {},
      h("span", {}, t("asOf.summary")),
      h("span", { class: "chevron", "aria-hidden": "true" }, icon("arrow", 16)),
    ),
    h(
      "form",
      {
        class: "as-of-form",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          if (input.value) ask(input.value);
        },
      },
      h("label", { for: "as-of" }, t("asOf.label")),
      h("div", { class: "row" }, input, h("button", { type: "submit", class: "button" }, t("asOf.ask"))),
      h("p", { class: "soft small", id: "as-of-note" }, t("asOf.note")),
    ),
  );
}
