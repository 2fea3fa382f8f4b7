// Words of the pages in Korean and English: loaded from JSON, chosen by the person, remembered here.

/** @typedef {"ko" | "en"} Language */
/** @typedef {{ko: string, en: string}} Bilingual */

const STORED = "language";
const TIMEOUT_MS = 15_000;
/** @type {Record<string, string>} */
let messages = {};
/** @type {Language} */
let current = "ko";
/** Counts what was asked for: words that come late do not replace those of a later choice. */
let asked = 0;

/** @returns {Language} the language in force */
export function language() {
  return current;
}

/** @returns {Language} what the address, an earlier choice or the browser asks for; Korean otherwise */
export function preferredLanguage() {
  const named = new URLSearchParams(location.search).get("lang");
  if (named === "ko" || named === "en") return named;
  let stored = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    stored = null; // storage may be switched off; the choice then lasts for this page
  }
  if (stored === "ko" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("ko") || !navigator.language ? "ko" : "en";
}

/**
 * Load a language's words and apply them to the page's `data-t` elements.
 * @param {string} base folder of `ko.json` and `en.json`, e.g. `/static/messages`
 * @param {Language} wanted
 */
export async function useLanguage(base, wanted) {
  asked += 1;
  const turn = asked;
  const response = await fetch(`${base}/${wanted}.json`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the words of the page could not be loaded (${response.status})`);
  const words = await response.json();
  if (turn !== asked) return;
  messages = words;
  current = wanted;
  document.documentElement.lang = wanted;
  remember(wanted);
  applyWords(document);
}

/**
 * Keep a choice. Once it is kept, an address does not ask for a language any more: a later choice would lose to it.
 * @param {Language} chosen
 */
function remember(chosen) {
  try {
    localStorage.setItem(STORED, chosen);
  } catch {
    return; // see preferredLanguage
  }
  const url = new URL(location.href);
  if (!url.searchParams.has("lang")) return;
  url.searchParams.delete("lang");
  history.replaceState(history.state, "", url);
}

/**
 * An address of another of our services in the language in force: each host remembers its own.
 * @param {string} address
 * @returns {string}
 */
export function inLanguage(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("lang", current);
  return url.href;
}

/**
 * Load a language's words and name the other language on the button that changes to it.
 * @param {string} base
 * @param {Language} wanted
 * @param {HTMLElement} button
 */
export async function speak(base, wanted, button) {
  await useLanguage(base, wanted);
  button.textContent = current === "ko" ? "English" : "한국어";
  button.lang = current === "ko" ? "en" : "ko";
}

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * Text that may stand among other text: where it is written from right to left, isolated, so that what stands around
 * it keeps its order (Unicode Bidirectional Algorithm, FSI and PDI).
 * @param {string} text
 * @returns {string}
 */
export function isolated(text) {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

/**
 * The words behind a key, with `{name}` places filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = messages[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => isolated(String(values[name] ?? place)));
}

/**
 * Pick the language in force out of a bilingual value that came from a service.
 * @param {Bilingual | null | undefined} both
 * @returns {string}
 */
export function pick(both) {
  return both ? both[current] || both.ko : "";
}

/**
 * Fill every `data-t` element (text) and `data-t-label` element (aria-label) under a root.
 * @param {ParentNode} root
 */
export function applyWords(root) {
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = t(element.getAttribute("data-t") ?? "");
  }
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.getAttribute("data-t-label") ?? ""));
  }
  for (const element of root.querySelectorAll("[data-t-placeholder]")) {
    element.setAttribute("placeholder", t(element.getAttribute("data-t-placeholder") ?? ""));
  }
}

/**
 * A date or moment as people of the language write it.
 * @param {string | number} value ISO 8601, or seconds since 1970
 * @param {boolean} [withTime]
 * @returns {string}
 */
export function formatDate(value, withTime = false) {
  const moment = typeof value === "number" ? new Date(value * 1000) : new Date(value);
  if (Number.isNaN(moment.getTime())) return String(value);
  // A calendar date has no zone: west of Greenwich it would otherwise show as the day before.
  const isDay = typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value);
  return new Intl.DateTimeFormat(current === "ko" ? "ko-KR" : "en-GB", {
    dateStyle: "long",
    ...(isDay ? { timeZone: "UTC" } : {}),
    ...(withTime ? { timeStyle: "short" } : {}),
  }).format(moment);
}
