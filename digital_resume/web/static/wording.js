// How words and counts that come from data stand in a page of either language.

import { h } from "./dom.js";
import { formatDate, language, t } from "./i18n.js";

const HANGUL = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]/;

/**
 * Text as it was written. Korean in a page of another language is marked as such, so that it is read aloud rightly.
 * @param {string} text
 * @returns {string | HTMLElement}
 */
export function asWritten(text) {
  return language() !== "ko" && HANGUL.test(text) ? h("span", { lang: "ko" }, text) : text;
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
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${valueText(inner)}`)
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
