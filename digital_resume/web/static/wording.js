// How words and counts that come from data stand in a page of either language.

import { h } from "./dom.js";
import { formatDate, isolated, language, t } from "./i18n.js";

const HANGUL = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]/;

/** The font with all syllables: the pages' own holds those of their words. */
const ALL_SYLLABLES = "/vendor/pretendard/pretendard.css";

/**
 * Text as somebody wrote it: in its own direction, whatever stands around it. Korean in a page of another language is
 * marked as such, so that it is read aloud rightly.
 * @param {string} text
 * @returns {HTMLElement}
 */
export function asWritten(text) {
  if (HANGUL.test(text)) loadAllSyllables();
  return h("bdi", { lang: language() !== "ko" && HANGUL.test(text) ? "ko" : null }, text);
}

/** Let the browser fetch what a name needs beyond the pages' own letters. */
function loadAllSyllables() {
  if (document.querySelector(`link[href="${ALL_SYLLABLES}"]`)) return;
  document.head.append(h("link", { rel: "stylesheet", href: ALL_SYLLABLES }));
}

/**
 * A value as people read it. Whatever it holds becomes text.
 * @param {unknown} value
 * @returns {string}
 */
export function valueText(value) {
  if (typeof value === "string") return /^\d{4}-\d{2}-\d{2}$/.test(value) ? formatDate(value) : value;
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value)) return value.map((one) => isolated(valueText(one))).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${isolated(valueText(inner))}`)
      .join(" · ");
  }
  return "–";
}

/**
 * The words behind a key for a count: `key.one` where the language has a form of its own for it, `key` otherwise.
 * @param {string} key
 * @param {number} count
 * @param {Record<string, string | number>} [values] filled in beside `{count}`
 * @returns {string}
 */
export function counted(key, count, values = {}) {
  const form = new Intl.PluralRules(language()).select(count);
  return t(form === "one" ? `${key}.one` : key, { count, ...values });
}
