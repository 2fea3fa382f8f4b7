/**
 * Credential offers (OpenID4VCI 1.0, section 4): a link, a QR or JSON, by value or by reference.
 *
 * @typedef {import("/shared/protocol/http.js").Fetch} Fetch
 * @typedef {{length: number | null, inputMode: "numeric" | "text", description: string | null}} TxCode
 * @typedef {{credentialIssuer: string, configurationIds: string[], preAuthorizedCode: string, txCode: TxCode | null}}
 *   Offer
 */
import { ResumeError, isObject, parseJsonObject } from "/shared/protocol/errors.js";
import { parseFetchableUrl, requestJson } from "/shared/protocol/http.js";
import { folded, readings } from "/shared/protocol/pasted_text.js";

export const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const MAX_OFFER = 8 * 1024;
const MAX_CREDENTIALS = 16;
const MAX_CODE = 32;
/** An address that carries an offer; what a sentence or a bracket adds behind it is cut off below. */
const CARRIES_OFFER = /[a-z][a-z0-9+.-]{1,30}:\/\/[!#-;=?-_a-z{|}~]{0,8000}credential_offer[!#-;=?-_a-z{|}~]{0,8000}/gi;

/**
 * Read an offer as it reaches a person: an `openid-credential-offer://` link, a wallet link whose fragment or query
 * carries `credential_offer(_uri)`, or the offer's JSON itself (section 4.1); also among the words of a message.
 * @param {string} text
 * @returns {{offer: Offer} | {uri: string}}
 */
export function parseOfferLink(text) {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > MAX_OFFER)
    throw new ResumeError("offer_invalid", "The offer is empty or too long.");
  /** @type {unknown} */
  let problem = new ResumeError("offer_invalid", "This text holds no offer.");
  for (const candidate of candidates(trimmed)) {
    try {
      return parseCandidate(candidate);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

/**
 * The part of an offer's link that matters to a wallet, as an address of ours carries it.
 * @param {string} text
 * @returns {string} `credential_offer_uri=…` or `credential_offer=…`; empty when the text holds no offer's link
 */
export function offerParameters(text) {
  for (const reading of readings(text.trim())) {
    const found = /credential_offer(?:_uri)?=[!$%'-;=?-_a-z~]+/i.exec(reading)?.[0];
    if (found) return found;
  }
  return "";
}

/**
 * What may be an offer in a text, the most literal first.
 * @param {string} text
 * @returns {Generator<string>}
 */
function* candidates(text) {
  const json = /\{[^]*\}/.exec(text)?.[0];
  if (json) yield json;
  for (const reading of readings(text)) {
    for (const [found] of reading.matchAll(CARRIES_OFFER)) {
      yield found.replace(/%23(?=\/?[\w-]*\??credential_offer)/i, "#").replace(/[.,;:!?)\]}|]+$/, "");
    }
  }
}

/**
 * @param {string} candidate
 * @returns {{offer: Offer} | {uri: string}}
 */
function parseCandidate(candidate) {
  if (candidate.startsWith("{")) return { offer: parseOffer(parseJsonObject(candidate, "offer_invalid", "The offer")) };
  let url;
  try {
    url = new URL(candidate);
  } catch {
    throw new ResumeError("offer_invalid", "This is not an offer's link.");
  }
  const parameters = [url.searchParams, new URLSearchParams(url.hash.replace(/^#(\/?[\w-]*\?)?/, ""))].find(
    (each) => each.has("credential_offer") || each.has("credential_offer_uri"),
  );
  if (!parameters) throw new ResumeError("offer_invalid", "The link carries no offer.");
  const inline = parameters.getAll("credential_offer");
  const reference = parameters.getAll("credential_offer_uri");
  if (inline.length + reference.length !== 1) {
    throw new ResumeError("offer_invalid", "An offer's link carries exactly one offer (section 4.1).");
  }
  if (inline.length === 1) return { offer: parseOffer(parseJsonObject(inline[0], "offer_invalid", "The offer")) };
  return { uri: parseFetchableUrl(reference[0], "offer_invalid").href };
}

/**
 * Read a transaction code as people type, paste and are sent it: blanks, hyphens, full width, words around it. What
 * cannot be the code is refused here, where it costs none of the few tries that the institution allows.
 * @param {string} text
 * @param {TxCode} txCode
 * @returns {string}
 */
export function parseTxCode(text, { length, inputMode }) {
  const typed = folded(text).trim();
  const fits = (/** @type {string} */ code) => (length === null ? code.length <= MAX_CODE : code.length === length);
  if (inputMode === "text") {
    const found = [typed, typed.replaceAll(/[\s\p{Pd}]/gu, "")].find((code) => code !== "" && fits(code));
    if (found !== undefined) return found;
    throw new ResumeError("tx_code_malformed", "The code is longer or shorter than the institution's.", { length });
  }
  const runs = [...typed.matchAll(/\d(?:[\s\p{Pd}.·]*\d)*/gu)].map(([run]) => run.replaceAll(/\D/g, ""));
  const [only, ...others] = new Set(runs.filter(fits));
  if (only !== undefined && others.length === 0) return only;
  if (length === null) throw new ResumeError("tx_code_no_digits", "The code is made of digits.");
  throw new ResumeError("tx_code_malformed", "The code has another number of digits.", { length });
}

/**
 * Validate a credential offer object (section 4.1.1).
 * @param {unknown} value
 * @returns {Offer}
 */
export function parseOffer(value) {
  if (!isObject(value) || typeof value.credential_issuer !== "string") {
    throw new ResumeError("offer_invalid", "The offer names no credential issuer.");
  }
  const issuer = parseFetchableUrl(value.credential_issuer, "offer_invalid");
  if (issuer.search || issuer.hash)
    throw new ResumeError("offer_invalid", "The credential issuer carries a query or fragment.");
  const ids = value.credential_configuration_ids;
  if (
    !Array.isArray(ids) ||
    ids.length === 0 ||
    ids.length > MAX_CREDENTIALS ||
    !ids.every((id) => typeof id === "string")
  ) {
    throw new ResumeError("offer_invalid", "The offer names no credentials.");
  }
  const grant = isObject(value.grants) ? value.grants[PRE_AUTHORIZED] : undefined;
  if (!isObject(grant) || typeof grant["pre-authorized_code"] !== "string") {
    throw new ResumeError(
      "offer_unsupported",
      "The offer has no pre-authorized code, the only way this wallet takes so far.",
    );
  }
  const tx = grant.tx_code;
  return {
    credentialIssuer: value.credential_issuer,
    configurationIds: ids,
    preAuthorizedCode: grant["pre-authorized_code"],
    txCode: isObject(tx)
      ? {
          length: typeof tx.length === "number" && tx.length > 0 && tx.length <= 32 ? tx.length : null,
          inputMode: tx.input_mode === "text" ? "text" : "numeric",
          description: typeof tx.description === "string" ? tx.description.slice(0, 300) : null,
        }
      : null,
  };
}

/**
 * Fetch an offer that a link names by reference.
 * @param {Fetch} fetch
 * @param {string} uri
 * @returns {Promise<Offer>}
 */
export async function fetchOffer(fetch, uri) {
  const answer = requestJson(fetch, uri, { maxBytes: MAX_OFFER, headers: { Accept: "application/json" } });
  const { body } = await answer.catch((error) => {
    const gone = error instanceof ResumeError && (error.context.status === 404 || error.context.status === 410);
    throw gone ? new ResumeError("offer_refused", "The offer was used, has expired or never was.") : error;
  });
  const offer = parseOffer(body);
  if (new URL(offer.credentialIssuer).origin !== new URL(uri).origin) {
    throw new ResumeError("issuer_mismatch", "The offer comes from another place than the institution it names.");
  }
  return offer;
}

/**
 * Read an offer's link, fetching what it refers to.
 * @param {Fetch} fetch
 * @param {string} text
 * @returns {Promise<Offer>}
 */
export async function resolveOffer(fetch, text) {
  const parsed = parseOfferLink(text);
  return "offer" in parsed ? parsed.offer : fetchOffer(fetch, parsed.uri);
}
