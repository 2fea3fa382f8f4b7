/**
 * The digital resume: one W3C VerifiablePresentation of chosen credentials with chosen claims, their receipts and the
 * holder's own words as a self-issued credential, signed by the holder for one share.
 *
 * Claims that a person may hide or show are named by their path below the credential's subject, joined by dots. The
 * holder's name is never among them: the verifier's same-person check needs it.
 *
 * @typedef {import("./receipts.js").Receipt} Receipt
 * @typedef {{credential: string, receipt: Receipt | null, hidden: string[]}} ResumeItem
 * @typedef {{path: string, value: unknown, canHide: boolean}} Claim
 * @typedef {{id: string, type: string, vct: string, issuer: string, issuedAt: number | null, expiresAt: number | null,
 *   claims: Claim[]}} CredentialView
 */
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import { addProof } from "./data_integrity.js";
import { refuseResidentNumber } from "./free_text.js";
import { bind, discloseAll, parseSdJwt, select } from "./sd_jwt.js";

export const VCDM = "https://www.w3.org/ns/credentials/v2";
const MAX_ITEMS = 32;
const MAX_STATEMENT = 4000;
const MAX_RECIPIENT = 100;

/**
 * Read a credential for showing: every claim of its subject, and which of them can be hidden.
 * @param {string} credential text of the SD-JWT
 * @returns {Promise<CredentialView>}
 */
export async function viewCredential(credential) {
  const sdJwt = await parseSdJwt(credential);
  const { claims, disclosable } = discloseAll(sdJwt);
  const ld = isObject(claims.ld) ? claims.ld : {};
  const subject = isObject(ld.credentialSubject) ? ld.credentialSubject : {};
  const hideable = disclosable.map((claim) => subjectPath(claim.path) ?? "");
  const types = Array.isArray(ld.type) ? ld.type : [];
  return {
    id: typeof ld.id === "string" ? ld.id : "",
    type: String(types.find((type) => type !== "VerifiableCredential") ?? ""),
    vct: String(claims.vct ?? ""),
    issuer: String(claims.iss ?? ""),
    issuedAt: typeof claims.iat === "number" ? claims.iat : null,
    expiresAt: typeof claims.exp === "number" ? claims.exp : null,
    claims: Object.entries(subject)
      .filter(([name]) => name !== "id")
      // A list whose rows can be hidden one by one can be hidden as a whole.
      .map(([path, value]) => ({
        path,
        value,
        canHide: hideable.some((one) => one === path || one.startsWith(`${path}.`)),
      })),
  };
}

/**
 * Path below the credential's subject, `null` for what lies elsewhere.
 * @param {import("./sd_jwt.js").Path} path
 * @returns {string | null}
 */
function subjectPath(path) {
  return path[0] === "ld" && path[1] === "credentialSubject" ? path.slice(2).join(".") : null;
}

/**
 * Compose and sign a resume for one share.
 * @param {object} input
 * @param {ResumeItem[]} input.items
 * @param {string} input.statement the holder's own words, may be empty
 * @param {import("./keys.js").HolderKey} input.key
 * @param {string} input.shareId
 * @param {string} input.domain who it is made for
 * @param {number} input.expires Unix seconds
 * @param {Date} input.now
 * @returns {Promise<Record<string, unknown>>}
 */
export async function composeResume({ items, statement, key, shareId, domain, expires, now }) {
  if (items.length > MAX_ITEMS)
    throw new ResumeError("too_large", "A resume holds at most 32 credentials.", { maximum: MAX_ITEMS });
  const words = statement.normalize("NFC").trim();
  if (words.length > MAX_STATEMENT)
    throw new ResumeError("too_large", "The own words are too long.", { maximum: MAX_STATEMENT });
  refuseResidentNumber(words);
  if (items.length === 0 && words === "")
    throw new ResumeError("resume_empty", "A resume needs a credential or words.");
  const created = isoSeconds(now);
  const issuedAt = Math.floor(now.getTime() / 1000);
  /** @type {Record<string, unknown>[]} */
  const credentials = [];
  for (const { credential, hidden } of items) {
    const bound = await bind(await present(credential, hidden), {
      privateKey: key.privateKey,
      audience: domain,
      nonce: shareId,
      issuedAt,
    });
    credentials.push({
      "@context": VCDM,
      type: "EnvelopedVerifiableCredential",
      id: `data:application/dc+sd-jwt,${bound}`,
    });
  }
  if (words !== "") credentials.push(await selfDeclare(words, key, created));
  const presentation = {
    "@context": [
      VCDM,
      {
        vdr: "urn:vdr:terms#",
        DigitalResume: "vdr:DigitalResume",
        receipts: { "@id": "vdr:receipts", "@type": "@json" },
      },
    ],
    id: `urn:uuid:${crypto.randomUUID()}`,
    type: ["VerifiablePresentation", "DigitalResume"],
    holder: key.did,
    verifiableCredential: credentials,
    receipts: items.flatMap(({ receipt }) => (receipt ? [receipt] : [])),
  };
  return addProof(presentation, key, {
    purpose: "authentication",
    created,
    expires: isoSeconds(new Date(expires * 1000)),
    challenge: shareId,
    domain,
  });
}

/**
 * The credential without the hidden claims.
 * @param {string} credential
 * @param {string[]} hidden
 * @returns {Promise<string>}
 */
export async function present(credential, hidden) {
  const hide = new Set(hidden);
  const isHidden = (/** @type {string} */ path) =>
    path.split(".").some((_, i, parts) => hide.has(parts.slice(0, i + 1).join(".")));
  return select(await parseSdJwt(credential), (path) => {
    const below = subjectPath(path);
    return below === null || !isHidden(below);
  });
}

/**
 * The holder's own words as a credential that the holder issues.
 * @param {string} statement
 * @param {import("./keys.js").HolderKey} key
 * @param {string} created
 * @returns {Promise<Record<string, unknown>>}
 */
async function selfDeclare(statement, key, created) {
  const credential = {
    "@context": [VCDM, { "@vocab": "urn:vdr:terms#" }],
    id: `urn:uuid:${crypto.randomUUID()}`,
    type: ["VerifiableCredential", "SelfDeclaration"],
    issuer: key.did,
    validFrom: created,
    credentialSubject: { id: key.did, statement },
  };
  return addProof(credential, key, { purpose: "assertionMethod", created });
}

/**
 * Domain of a share: the verifier's address, or a recipient whom the seeker names.
 * @param {string} verifierUrl
 * @param {string} [recipient]
 * @returns {string}
 */
export function shareDomain(verifierUrl, recipient = "") {
  // Marks that only steer the order of mixed scripts come with pasted text and are no letters.
  const name = recipient
    .normalize("NFC")
    .replaceAll(/[\u061c\u200e\u200f\u2066-\u2069]/g, "")
    .trim();
  if (name === "") return verifierUrl;
  refuseResidentNumber(name);
  if (name.length > MAX_RECIPIENT || /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(name)) {
    throw new ResumeError("recipient_invalid", "The recipient's name is too long or holds control characters.", {
      maximum: MAX_RECIPIENT,
    });
  }
  return `urn:vdr:recipient:${encodeURIComponent(name)}`;
}

/**
 * W3C time of whole seconds.
 * @param {Date} date
 * @returns {string}
 */
export function isoSeconds(date) {
  return `${date.toISOString().slice(0, 19)}Z`;
}
