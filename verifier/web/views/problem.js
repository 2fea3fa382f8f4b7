// What went wrong before a verdict could be made, each with a screen of its own that says what to do.

import { h } from "/shared/dom.js";
import { t } from "/shared/i18n.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { emblem } from "./emblem.js";

/** Errors that share a screen; every other code has one of its own name. */
/** @type {Record<string, string>} */
const SCREENS = {
  link_malformed: "not_a_share",
  share_id_malformed: "link_damaged",
  share_key_malformed: "key_damaged",
  // AES-GCM cannot tell a wrong key from an altered ciphertext; the commoner cause is a cut link.
  share_unreadable: "key_damaged",
  share_expiry_malformed: "share_damaged",
  share_padding_invalid: "share_damaged",
  share_too_large: "share_damaged",
  share_version_unsupported: "share_version",
  answer_malformed: "share_damaged",
  malformed: "share_damaged",
  too_large: "share_damaged",
  network: "wallet_unreachable",
  timeout: "wallet_unreachable",
  server_refused: "wallet_unreachable",
};

/**
 * The screen that says what an error means and what to do.
 * @param {unknown} error
 * @returns {string}
 */
export function screenOf(error) {
  if (!(error instanceof ResumeError)) {
    console.error(error);
    return "unexpected";
  }
  if (error.code === "share_key_malformed" && error.context.missing) return "key_missing";
  return SCREENS[error.code] ?? error.code;
}

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
        again &&
          WORTH_RETRYING.has(known) &&
          h("button", { type: "button", class: "button", onclick: again }, t("again")),
        h("button", { type: "button", class: "button quiet", onclick: another }, t("another")),
      ),
    ),
  );
}
