// What went wrong before a verdict could be made, each with a screen of its own that says what to do.

import { h } from "/shared/dom.js";
import { t } from "/shared/i18n.js";
import { emblem } from "./emblem.js";

/** @type {Record<string, [string, string]>} emblem and tone; the rest is "unknown" */
const LOOKS = {
  share_stopped: ["sharing_ended", "unknown"],
  share_expired: ["sharing_ended", "unknown"],
  key_damaged: ["key", "caution"],
  key_missing: ["key", "caution"],
  link_damaged: ["key", "caution"],
  share_damaged: ["not_genuine", "fail"],
};
const WORTH_RETRYING = new Set(["wallet_unreachable", "verifier_unreachable", "verifier_busy", "unexpected"]);

/**
 * @param {string} code
 * @param {{again: (() => void) | null, another: () => void}} actions
 * @returns {HTMLElement}
 */
export function problemView(code, { again, another }) {
  const known = t(`problem.${code}.title`) === `problem.${code}.title` ? "unexpected" : code;
  const [look, tone] = LOOKS[known] ?? ["could_not_check", "unknown"];
  return h(
    "section",
    {
      class: `banner tone-${tone} problem`,
      "data-problem": known,
      "data-verdict": look === "sharing_ended" ? look : null,
    },
    emblem(look),
    h(
      "div",
      { class: "banner-words" },
      h("h1", {}, t(`problem.${known}.title`)),
      h("p", { class: "banner-next" }, t(`problem.${known}.why`)),
      h("p", { class: "banner-do" }, h("strong", {}, t("todo")), " ", t(`problem.${known}.next`)),
      h(
        "div",
        { class: "row no-print" },
        again && WORTH_RETRYING.has(known) && h("button", { type: "button", class: "button", onclick: again }, t("again")),
        h("button", { type: "button", class: "button quiet", onclick: another }, t("another")),
      ),
    ),
  );
}
