/**
 * The identity claim of this product: presenting a credential that proves who one is to an institution that holds
 * records of the same person, which answers with offers.
 */
import { ResumeError } from "/shared/protocol/errors.js";
import { requestJson } from "/shared/protocol/http.js";
import { fetchMetadata } from "./issuer_metadata.js";
import { parseOffer } from "./offers.js";
import { fetchNonce } from "./openid4vci.js";
import { present, viewCredential } from "./resume.js";
import { bind } from "./sd_jwt.js";

const MAX_OFFERS = 32;
const MAX_HELD = 256;
/** What issuers of this product name credentials by; a credential of another kind is nothing they could know. */
const CREDENTIAL_ID = /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Prove to an institution who one is, and get offers for the records it holds.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {object} input
 * @param {string} input.credentialIssuer the institution's identifier
 * @param {string} input.identityCredential text of a held credential that the institution takes (`identityAmong`)
 * @param {import("./receipts.js").Receipt | null} [input.receipt] its receipt, for an institution that another issuer
 *   serves
 * @param {import("./keys.js").HolderKey} input.key
 * @param {Date} input.now
 * @param {string[]} [input.held] ids of the institution's credentials that the wallet has
 * @param {boolean} [input.again] ask as well for what was issued to a wallet that is lost: the earlier credential is
 *   superseded when its offer is taken
 * @returns {Promise<{offers: import("./offers.js").Offer[], claimableAgain: number}>} and how many more `again` gives
 */
export async function claimByIdentity(
  fetch,
  { credentialIssuer, identityCredential, receipt = null, key, now, held = [], again = false },
) {
  const metadata = await fetchMetadata(fetch, credentialIssuer);
  const { nonceEndpoint, identityClaim } = metadata;
  if (!nonceEndpoint) throw new ResumeError("metadata_invalid", "The institution has no nonce endpoint.");
  if (!identityClaim)
    throw new ResumeError("identity_unsupported", "The institution does not say by which credential one claims.");
  const { claims, vct } = await viewCredential(identityCredential);
  if (!identityClaim.vcts.includes(vct))
    throw new ResumeError("identity_missing", "The institution takes another kind of credential.");
  // What the institution asks for is what it finds records by; it has no use for more.
  const hidden = claims
    .filter(({ path, canHide }) => canHide && !identityClaim.claims.includes(path))
    .map(({ path }) => path);
  const presentation = await bind(await present(identityCredential, hidden), {
    privateKey: key.privateKey,
    audience: credentialIssuer,
    nonce: await fetchNonce(fetch, nonceEndpoint),
    issuedAt: Math.floor(now.getTime() / 1000),
  });
  const ids = held.filter((id) => CREDENTIAL_ID.test(id)).slice(-MAX_HELD);
  const { body } = await requestJson(fetch, identityClaim.endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({
      presentation,
      ...(receipt ? { receipt } : {}),
      ...(ids.length > 0 ? { held: ids } : {}),
      ...(again ? { again } : {}),
    }),
  });
  if (!Array.isArray(body.offers) || body.offers.length > MAX_OFFERS) {
    throw new ResumeError("answer_malformed", "The institution's answer holds no list of offers.");
  }
  const { claimableAgain } = body;
  const offers = body.offers.map((value) => {
    const offer = parseOffer(value);
    if (offer.credentialIssuer !== credentialIssuer) {
      throw new ResumeError("issuer_mismatch", "An offer names another institution than the one asked.");
    }
    return offer;
  });
  return { offers, claimableAgain: typeof claimableAgain === "number" && claimableAgain > 0 ? claimableAgain : 0 };
}
