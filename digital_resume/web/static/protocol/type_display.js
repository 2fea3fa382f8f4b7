/**
 * How a credential of a type stands in a resume: its part of the resume, its place there, its picture, its first line
 * and what starts hidden. The type's file says it; it comes here with the issuer's metadata (`urn:vdr:resume`) and with
 * a verdict (`display`), so that no page knows a type by name. What comes from elsewhere is bounded, part by part.
 *
 * @typedef {{ko: string, en: string}} Label
 * @typedef {{id: string, label: Label | null, order: number}} Section without label: whatever belongs to no part
 * @typedef {{path: string, tone: string}} Icon
 * @typedef {{section: Section, order: number, icon: Icon | null, lead: string[], hiddenByDefault: string[] | null}}
 *   TypeDisplay
 */
import { isObject } from "./errors.js";

const TONES = ["grey", "blue", "violet", "amber", "green", "teal", "rose"];
/** SVG path data and nothing else. */
const PATH = /^[MmLlHhVvCcSsQqTtAaZz0-9 .,-]{1,1000}$/;
const MAX_LABEL = 40;
const MAX_LEAD = 4;
const MAX_HIDDEN = 200;
const LAST = 1000;

/** Of a type about which nothing was said. */
export const UNKNOWN_DISPLAY = /** @type {TypeDisplay} */ (
  Object.freeze({
    section: { id: "", label: null, order: LAST },
    order: LAST,
    icon: null,
    lead: [],
    hiddenByDefault: null,
  })
);

/**
 * Read a type's display; a part that is not of its form counts as not said.
 * @param {unknown} value
 * @returns {TypeDisplay}
 */
export function parseTypeDisplay(value) {
  if (!isObject(value)) return UNKNOWN_DISPLAY;
  const { section, order, icon, lead, hiddenByDefault } = value;
  return {
    section: parseSection(section),
    order: placeOf(order),
    icon: parseIcon(icon),
    lead: namesOf(lead, MAX_LEAD) ?? [],
    hiddenByDefault: namesOf(hiddenByDefault, MAX_HIDDEN),
  };
}

/**
 * @param {unknown} value
 * @returns {Section}
 */
function parseSection(value) {
  if (!isObject(value) || typeof value.id !== "string" || !isObject(value.label)) return UNKNOWN_DISPLAY.section;
  const { ko, en } = value.label;
  if (!isLabel(ko) || !isLabel(en)) return UNKNOWN_DISPLAY.section;
  return { id: value.id.slice(0, MAX_LABEL), label: { ko, en }, order: placeOf(value.order) };
}

/**
 * @param {unknown} text
 * @returns {text is string}
 */
function isLabel(text) {
  return typeof text === "string" && text.length > 0 && text.length <= MAX_LABEL;
}

/** @param {unknown} order */
function placeOf(order) {
  return typeof order === "number" && Number.isInteger(order) && order >= 0 && order < LAST ? order : LAST;
}

/**
 * @param {unknown} value
 * @returns {Icon | null}
 */
function parseIcon(value) {
  if (!isObject(value) || typeof value.path !== "string" || !PATH.test(value.path)) return null;
  return { path: value.path, tone: TONES.find((tone) => tone === value.tone) ?? "grey" };
}

/**
 * @param {unknown} value
 * @param {number} most
 * @returns {string[] | null}
 */
function namesOf(value, most) {
  const good =
    Array.isArray(value) &&
    value.length <= most &&
    value.every((name) => typeof name === "string" && name.length <= 100);
  return good ? value : null;
}

/**
 * Order of a resume: by its parts, then by the places in them.
 * @param {TypeDisplay} a
 * @param {TypeDisplay} b
 */
export function inResumeOrder(a, b) {
  return a.section.order - b.section.order || a.section.id.localeCompare(b.section.id) || a.order - b.order;
}

/**
 * The claims that start hidden. Where nothing was said, all that can be hidden do: who was not told what is private
 * must not guess it.
 * @param {TypeDisplay} display
 * @param {{path: string, canHide: boolean}[]} claims
 * @returns {string[]}
 */
export function startHidden({ hiddenByDefault }, claims) {
  const hideable = claims.filter(({ canHide }) => canHide).map(({ path }) => path);
  return hiddenByDefault === null ? hideable : hideable.filter((path) => hiddenByDefault.includes(path));
}

/**
 * The values of the claims that say most of a credential, those that are shown; the holder's name where nothing was
 * said.
 * @param {TypeDisplay} display
 * @param {{path: string, value: unknown}[]} claims
 * @returns {unknown[]}
 */
export function leadOf({ lead }, claims) {
  const wanted = lead.length > 0 ? lead : ["name"];
  return wanted.flatMap((path) => claims.filter((claim) => claim.path === path).map(({ value }) => value));
}
