// The receipt, drawn: from this credential's leaf over the hashes beside it to the root, the block and
// the chain. Siblings stand on the side on which they are hashed.

import { h, icon, s } from "/shared/dom.js";
import { formatDate, pick, t } from "/shared/i18n.js";
import { sidesOf } from "/shared/protocol/merkle_path.js";

/**
 * @typedef {import("../protocol/verification.js").Anchor} Anchor
 * @typedef {{side: import("/shared/protocol/merkle_path.js").Side, hash: string} | {more: number}} Step
 */

const WIDTH = 340;
const MIDDLE = WIDTH / 2;
const STEP = 46;
/** Of a long path this many hashes are drawn at its beginning and its end. */
const HEAD = 3;
const TAIL = 2;

/**
 * The hashes beside the path with their sides; a long path is folded in its middle.
 * @param {Anchor} anchor
 * @returns {Step[]}
 */
function stepsOf({ index, size, path }) {
  const sides = sidesOf(index, size);
  const steps = path.map((hash, at) => ({ side: sides[at] ?? "right", hash }));
  if (steps.length <= HEAD + TAIL + 1) return steps;
  return [...steps.slice(0, HEAD), { more: steps.length - HEAD - TAIL }, ...steps.slice(-TAIL)];
}

/**
 * Shorten a hash for the eye; the full one stands in the facts below.
 * @param {string} hash
 * @returns {string}
 */
function brief(hash) {
  return `${hash.replace(/^0x/, "").slice(0, 6)}…`;
}

/**
 * A labelled box.
 * @param {number} y
 * @param {string} kind
 * @param {string} words
 * @param {string} [value]
 */
function box(y, kind, words, value = "") {
  return s(
    "g",
    { class: `node node-${kind}` },
    s("rect", { x: MIDDLE - 105, y, width: 210, height: 40, rx: 11 }),
    s("text", { x: MIDDLE, y: y + (value ? 17 : 25), "text-anchor": "middle", class: "node-words" }, words),
    value && s("text", { x: MIDDLE, y: y + 32, "text-anchor": "middle", class: "node-value" }, value),
  );
}

/**
 * @param {Step} step
 * @param {number} y
 */
function sibling(step, y) {
  if ("more" in step) {
    return s(
      "g",
      {},
      s("text", { x: MIDDLE + 14, y: y + 5, class: "node-value" }, t("receipt.more", { count: step.more })),
    );
  }
  const left = step.side === "left";
  const x = left ? 6 : WIDTH - 92;
  return s(
    "g",
    { class: "sibling" },
    s("path", { class: "edge", d: left ? `M92 ${y}H${MIDDLE}` : `M${WIDTH - 92} ${y}H${MIDDLE}` }),
    s("rect", { x, y: y - 13, width: 86, height: 26, rx: 8 }),
    s("text", { x: x + 43, y: y + 4.5, "text-anchor": "middle", class: "node-value" }, brief(step.hash)),
    s("circle", { cx: MIDDLE, cy: y, r: 6 }),
  );
}

/**
 * @param {Anchor} anchor
 * @param {import("../protocol/verification.js").Verdict["chain"]} chain
 * @returns {SVGSVGElement}
 */
function drawing(anchor, chain) {
  const steps = stepsOf(anchor);
  const first = 4;
  const siblings = first + 40 + 30;
  const root = siblings + Math.max(0, steps.length - 1) * STEP + (steps.length ? 28 : -6);
  const block = root + 66;
  const end = block + 66;
  return s(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${end + 44}`,
      class: "receipt-drawing",
      role: "img",
      "aria-label": t("receipt.alt", { size: anchor.size, block: anchor.blockNumber }),
    },
    s("path", { class: "spine", d: `M${MIDDLE} ${first + 40}V${end}` }),
    box(
      first,
      "leaf",
      t("receipt.leaf"),
      anchor.leaf ? brief(anchor.leaf) : t("receipt.place", { index: anchor.index + 1, size: anchor.size }),
    ),
    ...steps.map((step, place) => sibling(step, siblings + place * STEP)),
    box(root, "root", t("receipt.root"), brief(anchor.root)),
    box(block, "block", t("receipt.block", { number: anchor.blockNumber }), formatDate(anchor.time, true)),
    box(end, "chain", chain ? pick(chain.name) : t("receipt.chain"), chain?.id ?? ""),
  );
}

/**
 * @param {Anchor} anchor
 * @param {import("../protocol/verification.js").Verdict["chain"]} chain
 * @returns {HTMLElement}
 */
export function receiptView(anchor, chain) {
  const facts = [
    [t("receipt.time"), formatDate(anchor.time, true), ""],
    [t("receipt.with"), t("receipt.together", { count: anchor.size }), ""],
    [t("receipt.transaction"), anchor.transaction, "mono"],
    [t("receipt.rootFull"), anchor.root, "mono"],
    [t("receipt.submitter"), anchor.submitter, "mono"],
  ];
  return h(
    "details",
    { class: "receipt" },
    h(
      "summary",
      {},
      h("span", { class: "receipt-mark" }, icon("link", 18)),
      h("span", {}, t("receipt.title", { when: formatDate(anchor.time) })),
      h("span", { class: "chevron", "aria-hidden": "true" }, icon("arrow", 16)),
    ),
    h(
      "div",
      { class: "receipt-body" },
      drawing(anchor, chain),
      h(
        "div",
        { class: "stack" },
        h("p", { class: "small" }, t("receipt.meaning")),
        h(
          "dl",
          { class: "receipt-facts" },
          ...facts.map(([label, value, kind]) =>
            h("div", {}, h("dt", {}, label), h("dd", { class: kind || null }, value)),
          ),
        ),
      ),
    ),
  );
}
