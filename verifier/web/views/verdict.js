// The verdict: one big answer, whose resume it is, then each item with what it rests on.

import { h, icon } from "/shared/dom.js";
import { formatDate, pick, t } from "/shared/i18n.js";
import { UNKNOWN_DISPLAY, inResumeOrder, parseTypeDisplay } from "/shared/protocol/type_display.js";
import { asWritten } from "/shared/wording.js";
import { asOfForm, asOfNotice } from "./as_of.js";
import { checksView, reasonOf } from "./checks.js";
import { emblem, toneOf } from "./emblem.js";
import { itemCard, typeNameOf } from "./item.js";

/**
 * @typedef {import("../protocol/verification.js").Verdict} Verdict
 * @typedef {import("../protocol/verification.js").Item} Item
 */

const WORST_FIRST = [
  "not_genuine",
  "not_in_force",
  "unknown_issuer",
  "could_not_check",
  "superseded",
  "caution",
  "verified",
];

/**
 * Items in the order of concern, then of a resume: what went wrong is never below what is in order.
 * @param {Item[]} items
 * @returns {Item[]}
 */
function worstFirst(items) {
  const concern = (/** @type {Item} */ { verdict }) => WORST_FIRST.indexOf(verdict);
  const displays = new Map(items.map((item) => [item, parseTypeDisplay(item.display)]));
  const place = (/** @type {Item} */ item) => displays.get(item) ?? UNKNOWN_DISPLAY;
  return items.toSorted((a, b) => concern(a) - concern(b) || inResumeOrder(place(a), place(b)) || a.index - b.index);
}

/**
 * For whom the resume says it was made.
 * @param {string | null} domain
 * @returns {string | null}
 */
function recipient(domain) {
  if (!domain) return null;
  const named = /^urn:vdr:recipient:(.+)$/.exec(domain)?.[1];
  if (named === undefined) return domain === location.origin ? t("verdict.forAnyone") : domain;
  try {
    return decodeURIComponent(named);
  } catch {
    return named;
  }
}

/**
 * Why the verdict is not "verified": of the bundle itself, else of the first item that shares the verdict.
 * @param {Verdict} verdict
 * @returns {HTMLElement | null}
 */
function reasonLine(verdict) {
  if (verdict.verdict === "verified") return null;
  const item = verdict.items.find((found) => found.verdict === verdict.verdict);
  const reason = item ? reasonOf(item.checks) : reasonOf(verdict.presentation.checks);
  if (!reason) return null;
  return h("p", { class: "banner-reason" }, item && h("strong", {}, `${typeNameOf(item)}: `), pick(reason.message));
}

/**
 * @param {Verdict} verdict
 * @param {Item[]} items worst first
 * @param {() => void} again
 * @returns {HTMLElement}
 */
function banner(verdict, items, again) {
  const good = items.filter((item) => item.verdict === "verified").length;
  return h(
    "section",
    { class: `banner tone-${toneOf(verdict.verdict)}`, "data-verdict": verdict.verdict },
    emblem(verdict.verdict, 112),
    h(
      "div",
      { class: "banner-words" },
      h("h1", { class: "verdict-word" }, pick(verdict.title)),
      h("p", { class: "banner-next" }, pick(verdict.next)),
      reasonLine(verdict),
      verdict.verdict === "could_not_check" &&
        h(
          "div",
          { class: "row no-print" },
          h("button", { type: "button", class: "button", onclick: again }, t("verdict.again")),
        ),
      items.length > 0 &&
        h(
          "ul",
          { class: "tally", "aria-label": t("verdict.tally", { good, all: items.length }) },
          ...items.map((item) =>
            h(
              "li",
              {},
              h(
                "a",
                {
                  href: `#item-${item.index}`,
                  class: `tally-item tone-${toneOf(item.verdict)}`,
                  onclick: goTo(item.index),
                },
                emblem(item.verdict, 22),
                h("span", {}, typeNameOf(item)),
                h("span", { class: "visually-hidden" }, pick(item.title)),
              ),
            ),
          ),
        ),
    ),
  );
}

/**
 * Scroll to an item without a fragment in the address, where this page expects a key.
 * @param {number} index
 */
function goTo(index) {
  return (/** @type {Event} */ event) => {
    event.preventDefault();
    const card = document.getElementById(`item-${index}`);
    card?.scrollIntoView({ behavior: "smooth", block: "start" });
    card?.focus({ preventScroll: true });
  };
}

/**
 * @param {Verdict} verdict
 * @returns {HTMLElement}
 */
function whose(verdict) {
  const target = recipient(verdict.domain);
  const behind = verdict.chain?.read?.behindSeconds ?? 0;
  const facts = [
    [t("verdict.madeFor"), target && asWritten(target)],
    [t("verdict.madeOn"), verdict.madeOn && formatDate(verdict.madeOn, true)],
    [t("verdict.checkedAt"), formatDate(verdict.checkedAt, true)],
    [t("verdict.chain"), verdict.chain && pick(verdict.chain.name)],
    [t("verdict.behind"), behind > 60 && t("verdict.behindMinutes", { minutes: Math.ceil(behind / 60) })],
  ];
  return h(
    "section",
    { class: "whose" },
    h(
      "div",
      { class: "whose-name" },
      h("span", { class: "whose-mark" }, icon("person", 34)),
      h(
        "div",
        {},
        h("p", { class: "soft small" }, t("verdict.resumeOf")),
        h("h2", { class: "person" }, verdict.holder ? asWritten(verdict.holder.name) : t("verdict.nameHidden")),
      ),
    ),
    h(
      "dl",
      { class: "whose-facts" },
      ...facts
        .filter(([, value]) => value)
        .map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))),
    ),
  );
}

/**
 * @param {Verdict} verdict
 * @returns {HTMLElement | null}
 */
function ownWords(verdict) {
  if (verdict.selfDeclared.length === 0) return null;
  return h(
    "section",
    { class: "card own-words", "aria-labelledby": "own-words" },
    h(
      "div",
      { class: "row between" },
      h("h2", { id: "own-words" }, t("own.title")),
      h("span", { class: "badge" }, t("own.badge")),
    ),
    h("p", { class: "soft small" }, t("own.note")),
    ...verdict.selfDeclared.map(({ statement, verified }) =>
      verified && statement
        ? h("blockquote", {}, asWritten(statement))
        : h("p", { class: "notice tone-fail" }, t("own.broken")),
    ),
  );
}

/**
 * @param {Verdict} verdict
 * @param {{again: () => void, another: () => void, asOf: (day: string) => void, day: string}} actions
 * @returns {HTMLElement}
 */
export function verdictView(verdict, { again, another, asOf, day }) {
  const items = worstFirst(verdict.items);
  return h(
    "div",
    { class: "stack verdict" },
    verdict.asOf && asOfNotice(verdict.asOf, again),
    banner(verdict, items, again),
    verdict.chain?.demonstration &&
      h(
        "p",
        { class: "demonstration" },
        icon("caution", 20),
        h("span", {}, t("verdict.demonstration", { chain: pick(verdict.chain.name) })),
      ),
    (verdict.holder || items.length > 0) && whose(verdict),
    ...items.map((item) => itemCard(item, verdict.chain)),
    ownWords(verdict),
    verdict.presentation.checks.length > 0 &&
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("verdict.presentation")),
        h("p", { class: "soft small" }, t("verdict.presentationNote")),
        checksView(verdict.presentation.checks),
      ),
    (verdict.holder || verdict.items.length > 0) && asOfForm(day, asOf),
    h(
      "div",
      { class: "row actions no-print" },
      h(
        "button",
        { type: "button", class: "button quiet", onclick: () => print() },
        icon("document", 20),
        t("verdict.print"),
      ),
      h("button", { type: "button", class: "button quiet", onclick: again }, t("verdict.again")),
      h("button", { type: "button", class: "button", onclick: another }, icon("scan", 20), t("another")),
    ),
  );
}
