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

export const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const MAX_OFFER = 8 * 1024;
const MAX_CREDENTIALS = 16;

/**
 * Read an offer as it reaches a person: an `openid-credential-offer://` link, a wallet link whose fragment or query
 * carries `credential_offer(_uri)`, or the offer's JSON itself (section 4.1).
 * @param {string} text
 * @returns {{offer: Offer} | {uri: string}}
 */
export function parseOfferLink(text) {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > MAX_OFFER)
    throw new ResumeError("offer_invalid", "The offer is empty or too long.");
  if (trimmed.startsWith("{")) return { offer: parseOffer(parseJsonObject(trimmed, "offer_invalid", "The offer")) };
  let url;
  try {
    url = new URL(trimmed);
  } catch {
    throw new ResumeError("offer_invalid", "This is not an offer's link.");
  }
  const parameters = [url.searchParams, new URLSearchParams(url.hash.replace(/^#(\/?[\w-]*\?)?/, ""))].find(
    (candidate) => candidate.has("credential_offer") || candidate.has("credential_offer_uri"),
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
