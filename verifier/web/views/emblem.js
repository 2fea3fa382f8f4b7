// The emblems of the verdicts: a filled shape each, so that a verdict is told without its colour.

import { s } from "/shared/dom.js";

const SHIELD = "M32 4l23 8v18c0 14.5-9.4 25-23 30C18.4 55 9 44.5 9 30V12z";
const TRIANGLE = "M32 6.5a5 5 0 0 1 4.3 2.5l22 39a5 5 0 0 1-4.3 7.5H10a5 5 0 0 1-4.3-7.5l22-39A5 5 0 0 1 32 6.5z";
const OCTAGON = "M21 5h22l16 16v22L43 59H21L5 43V21z";
const CIRCLE = "M32 5a27 27 0 1 1 0 54 27 27 0 0 1 0-54z";
const SQUARE = "M14 6h36a8 8 0 0 1 8 8v36a8 8 0 0 1-8 8H14a8 8 0 0 1-8-8V14a8 8 0 0 1 8-8z";
const DIAMOND = "M32 3l29 29-29 29L3 32z";

const CROSS = "M23 23l18 18M41 23L23 41";
const QUESTION = "M26 26a6.5 6.5 0 1 1 9.6 5.7c-2.4 1.3-3.6 2.5-3.6 5.3M32 44v.2";

/** @type {Record<string, [string, string]>} shape and sign */
const EMBLEMS = {
  verified: [SHIELD, "M21 32.5l8 8 15-16.5"],
  caution: [TRIANGLE, "M32 24v13M32 45.5v.2"],
  superseded: [CIRCLE, "M21 28a12 12 0 0 1 21.5-3M43 17v8.5h-8.5M43 36a12 12 0 0 1-21.5 3M21 47v-8.5h8.5"],
  not_in_force: [OCTAGON, "M19 32h26"],
  unknown_issuer: [DIAMOND, QUESTION],
  could_not_check: [CIRCLE, QUESTION],
  not_genuine: [OCTAGON, CROSS],
  sharing_ended: [SQUARE, "M25 25h14v14H25zM25 32h14"],
  key: [TRIANGLE, "M26 37a4.5 4.5 0 1 0 0-.1zM30.5 37H43M39 37v5"],
};

/** @type {Record<string, string>} */
const TONES = {
  verified: "pass",
  caution: "caution",
  superseded: "caution",
  not_in_force: "fail",
  unknown_issuer: "fail",
  could_not_check: "unknown",
  not_genuine: "fail",
  sharing_ended: "unknown",
};

/**
 * The tone of a verdict; anything unheard of is never green.
 * @param {string} verdict
 * @returns {string}
 */
export function toneOf(verdict) {
  return TONES[verdict] ?? "unknown";
}

/**
 * Draw a verdict's emblem.
 * @param {string} verdict
 * @param {number} [size]
 * @returns {SVGSVGElement}
 */
export function emblem(verdict, size = 96) {
  const [shape, sign] = EMBLEMS[verdict] ?? [CIRCLE, QUESTION];
  return s(
    "svg",
    { viewBox: "0 0 64 64", width: size, height: size, class: "emblem", "aria-hidden": "true" },
    s("path", { class: "emblem-shape", d: shape }),
    s("path", { class: "emblem-sign", d: sign }),
  );
}
