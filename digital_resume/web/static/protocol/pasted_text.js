/**
 * Text as messengers and mail programs deliver it, read in the ways in which a link may stand in it: among words,
 * behind a link checker, broken over lines, escaped.
 */

/** Longer text is not looked through: no message that carries a link is as long. */
const MAX_TEXT = 16 * 1024;
/** Marks that nobody sees: soft hyphens, zero-width spaces, marks of direction. */
const INVISIBLE = /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
const URL_FORM = /https?:\/\/[^\s<>"'`]{1,8000}/gi;
/** A link checker's link may stand in another one's. */
const MAX_WRAPPERS = 3;
const MAX_LINKS = 50;

/**
 * Fold what is typed or pasted: full-width letters become narrow ones, invisible marks go.
 * @param {string} text
 * @returns {string}
 */
export function folded(text) {
  return text.slice(0, MAX_TEXT).normalize("NFKC").replace(INVISIBLE, "");
}

/**
 * The readings of a text, the most literal first.
 * @param {string} text
 * @returns {Generator<string>}
 */
export function* readings(text) {
  const plain = folded(text)
    .replaceAll(/&#(?:35|x23);/gi, "#")
    .replaceAll("&amp;", "&");
  // A quoted-printable line ends in "=", a quoted one begins with ">".
  const joined = plain.replaceAll(/=?[\r\n]+[>\s]*/g, "");
  const lines = joined === plain ? [plain] : [plain, joined, joined.replaceAll("=3D", "=")];
  for (const reading of lines) yield* unwrapped(reading, MAX_WRAPPERS);
  const close = plain.replaceAll(/\s/g, "");
  if (close !== plain && close !== joined) yield close;
}

/**
 * A text and the addresses that stand inside its links, as Safe Links, link checkers and redirects carry them.
 * @param {string} text
 * @param {number} depth
 * @returns {Generator<string>}
 */
function* unwrapped(text, depth) {
  yield text;
  if (depth === 0) return;
  for (const [found] of [...text.matchAll(URL_FORM)].slice(0, MAX_LINKS)) {
    for (const inner of innerAddresses(found)) yield* unwrapped(inner, depth - 1);
  }
}

/**
 * @param {string} address
 * @returns {string[]} what may be addresses inside it
 */
function innerAddresses(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return [];
  }
  const found = [...url.searchParams.values()].flatMap((value) => [value, proofpoint2(value)]);
  found.push(proofpoint3(address));
  found.push(decoded(url.pathname.slice(1) + url.search));
  return found.filter((inner) => /:\/\//.test(inner) && inner !== address);
}

/**
 * Proofpoint's second form writes `-` for `%` and `_` for `/`.
 * @param {string} value
 */
function proofpoint2(value) {
  return /^https?-3A__/i.test(value) ? decoded(value.replaceAll("-", "%").replaceAll("_", "/")) : "";
}

/**
 * Proofpoint's third form puts the address between `__`, with `*` for characters that follow in base64.
 * @param {string} address
 */
function proofpoint3(address) {
  const parts = /\/v3\/__(.+?)__;([A-Za-z0-9_-]*)!/.exec(address);
  if (!parts) return "";
  let replaced = "";
  try {
    replaced = atob((parts[2] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
  let at = 0;
  return (parts[1] ?? "").replaceAll("*", () => replaced[at++] ?? "*");
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
