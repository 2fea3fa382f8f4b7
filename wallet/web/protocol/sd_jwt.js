/**
 * SD-JWT (RFC 9901) as a holder handles it: parse, list what can be disclosed, present a choice of it with a
 * key-binding JWT. Only sha-256 and ES256. Disclosures are matched by digest; one that no digest names is refused.
 *
 * @typedef {import("./keys.js").PublicJwk} PublicJwk
 * @typedef {(string | number)[]} Path
 * @typedef {{encoded: string, digest: string, name: string | null, value: unknown}} Disclosure
 * @typedef {{path: Path, disclosure: Disclosure, needs: Disclosure[]}} DisclosableClaim
 * @typedef {{issuerJwt: string, header: Record<string, unknown>, payload: Record<string, unknown>,
 *   signature: Uint8Array<ArrayBuffer>, disclosures: Disclosure[], keyBindingJwt: string | null}} SdJwt
 */
import { decode, encode, fromUtf8, sha256, toUtf8 } from "/shared/protocol/bytes.js";
import { ResumeError, isObject, parseJsonObject } from "/shared/protocol/errors.js";
import { parseVerificationMethod, signJwt, verify } from "./keys.js";

const MAX_TEXT = 128 * 1024;
const MAX_DISCLOSURES = 256;
const MAX_DEPTH = 32;

/**
 * Parse the text of an SD-JWT or SD-JWT+KB. Nothing is verified here.
 * @param {string} text
 * @returns {Promise<SdJwt>}
 */
export async function parseSdJwt(text) {
  if (text.length > MAX_TEXT) throw new ResumeError("too_large", "The SD-JWT is larger than this wallet accepts.");
  const parts = text.split("~");
  if (parts.length < 2) throw new ResumeError("credential_malformed", "The SD-JWT has no tilde.");
  const issuerJwt = parts[0];
  const last = parts[parts.length - 1];
  const encodedDisclosures = parts.slice(1, -1);
  if (encodedDisclosures.length > MAX_DISCLOSURES)
    throw new ResumeError("too_large", "The SD-JWT has too many disclosures.");
  const { header, payload, signature } = parseJwt(issuerJwt);
  if (payload._sd_alg !== undefined && payload._sd_alg !== "sha-256") {
    throw new ResumeError("credential_unsupported", "The SD-JWT uses another digest than sha-256.");
  }
  const disclosures = await Promise.all(encodedDisclosures.map(parseDisclosure));
  if (new Set(disclosures.map((d) => d.digest)).size !== disclosures.length) {
    throw new ResumeError("credential_malformed", "The SD-JWT repeats a disclosure.");
  }
  return { issuerJwt, header, payload, signature, disclosures, keyBindingJwt: last === "" ? null : last };
}

/**
 * Parse a compact JWS into its parts.
 * @param {string} jwt
 */
export function parseJwt(jwt) {
  const parts = jwt.split(".");
  if (parts.length !== 3) throw new ResumeError("credential_malformed", "The JWT has not three parts.");
  return {
    header: parseJsonObject(fromUtf8(decode(parts[0])), "credential_malformed", "The JWT's header"),
    payload: parseJsonObject(fromUtf8(decode(parts[1])), "credential_malformed", "The JWT's payload"),
    signature: decode(parts[2]),
    signingInput: toUtf8(`${parts[0]}.${parts[1]}`),
  };
}

/**
 * @param {string} encoded
 * @returns {Promise<Disclosure>}
 */
async function parseDisclosure(encoded) {
  let items;
  try {
    items = JSON.parse(fromUtf8(decode(encoded)));
  } catch {
    throw new ResumeError("credential_malformed", "A disclosure is not base64url JSON.");
  }
  const shaped =
    Array.isArray(items) &&
    (items.length === 2 || (items.length === 3 && typeof items[1] === "string")) &&
    typeof items[0] === "string";
  if (!shaped || items[1] === "_sd" || items[1] === "...") {
    throw new ResumeError("credential_malformed", "A disclosure has not the form of RFC 9901 section 4.2.");
  }
  const digest = encode(await sha256(toUtf8(encoded)));
  return items.length === 3
    ? { encoded, digest, name: items[1], value: items[2] }
    : { encoded, digest, name: null, value: items[1] };
}

/**
 * Put the disclosed claims in their places (RFC 9901 section 7.1) and list each with its path.
 * @param {SdJwt} sdJwt
 * @returns {{claims: Record<string, unknown>, disclosable: DisclosableClaim[]}}
 */
export function discloseAll(sdJwt) {
  const byDigest = new Map(sdJwt.disclosures.map((d) => [d.digest, d]));
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {DisclosableClaim[]} */
  const disclosable = [];

  /**
   * @param {unknown} digest
   * @returns {Disclosure | undefined}
   */
  const take = (digest) => {
    if (typeof digest !== "string") throw new ResumeError("credential_malformed", "A digest is not a string.");
    if (seen.has(digest))
      throw new ResumeError("credential_malformed", "A digest appears twice (RFC 9901 section 7.1 step 4).");
    seen.add(digest);
    return byDigest.get(digest);
  };

  /**
   * @param {unknown} node
   * @param {Path} path
   * @param {Disclosure[]} needs
   * @returns {unknown}
   */
  const walk = (node, path, needs) => {
    if (path.length > MAX_DEPTH)
      throw new ResumeError("too_large", "The credential is nested deeper than this wallet accepts.");
    if (Array.isArray(node)) {
      /** @type {unknown[]} */
      const out = [];
      for (const item of node) {
        const isPlaceholder = isObject(item) && Object.keys(item).length === 1 && "..." in item;
        if (!isPlaceholder) {
          out.push(walk(item, [...path, out.length], needs));
          continue;
        }
        const disclosure = take(item["..."]);
        if (!disclosure) continue;
        if (disclosure.name !== null)
          throw new ResumeError("credential_malformed", "An array element's disclosure has a name.");
        const here = [...path, out.length];
        disclosable.push({ path: here, disclosure, needs });
        out.push(walk(disclosure.value, here, [...needs, disclosure]));
      }
      return out;
    }
    if (!isObject(node)) return node;
    /** @type {Record<string, unknown>} */
    const out = Object.create(null);
    for (const [key, value] of Object.entries(node)) {
      if (key === "_sd" || (key === "_sd_alg" && path.length === 0)) continue;
      out[key] = walk(value, [...path, key], needs);
    }
    if (node._sd !== undefined) {
      if (!Array.isArray(node._sd)) throw new ResumeError("credential_malformed", "`_sd` is not an array.");
      for (const digest of node._sd) {
        const disclosure = take(digest);
        if (!disclosure) continue;
        if (disclosure.name === null || disclosure.name in out) {
          throw new ResumeError("credential_malformed", "A disclosure has no name or overwrites a claim.");
        }
        const here = [...path, disclosure.name];
        disclosable.push({ path: here, disclosure, needs });
        out[disclosure.name] = walk(disclosure.value, here, [...needs, disclosure]);
      }
    }
    return out;
  };

  const claims = /** @type {Record<string, unknown>} */ (walk(sdJwt.payload, [], []));
  for (const disclosure of sdJwt.disclosures) {
    if (!seen.has(disclosure.digest)) {
      throw new ResumeError("credential_malformed", "A disclosure belongs to no digest of the credential.");
    }
  }
  return { claims, disclosable };
}

/**
 * Text of the SD-JWT with only the chosen claims, ready for a key-binding JWT.
 * @param {SdJwt} sdJwt
 * @param {(path: Path) => boolean} shows tells for each claim that can be hidden whether it is shown
 * @returns {string}
 */
export function select(sdJwt, shows) {
  /** @type {Set<string>} */
  const chosen = new Set();
  for (const claim of discloseAll(sdJwt).disclosable) {
    if (!shows(claim.path)) continue;
    for (const disclosure of [...claim.needs, claim.disclosure]) chosen.add(disclosure.encoded);
  }
  const kept = sdJwt.disclosures.map((d) => d.encoded).filter((encoded) => chosen.has(encoded));
  return [sdJwt.issuerJwt, ...kept, ""].join("~");
}

/**
 * Append a key-binding JWT (RFC 9901 section 4.3).
 * @param {string} selected text that ends in a tilde
 * @param {{privateKey: CryptoKey, audience: string, nonce: string, issuedAt: number}} binding `issuedAt` in Unix
 *   seconds
 * @returns {Promise<string>}
 */
export async function bind(selected, { privateKey, audience, nonce, issuedAt }) {
  if (!selected.endsWith("~")) throw new ResumeError("credential_malformed", "The SD-JWT is bound already.");
  const sdHash = encode(await sha256(toUtf8(selected)));
  const jwt = await signJwt(
    privateKey,
    { alg: "ES256", typ: "kb+jwt" },
    { iat: issuedAt, aud: audience, nonce, sd_hash: sdHash },
  );
  return selected + jwt;
}

/**
 * Check what an issuer just handed over before it is kept: signed by the key its `kid` names, form, and bound to us.
 * Whether that key may sign for that institution is the verifier's question to the chain, not the wallet's.
 * @param {string} text
 * @param {PublicJwk} holder
 * @returns {Promise<SdJwt>}
 */
export async function verifyReceived(text, holder) {
  const sdJwt = await parseSdJwt(text);
  const { header, payload } = sdJwt;
  if (header.alg !== "ES256" || header.typ !== "dc+sd-jwt" || typeof header.kid !== "string") {
    throw new ResumeError(
      "credential_unsupported",
      "The credential's header is not that of an ES256 dc+sd-jwt with a kid.",
    );
  }
  if (typeof payload.iss !== "string" || header.kid.split("#", 1)[0] !== payload.iss) {
    throw new ResumeError("credential_malformed", "The credential's kid belongs to another issuer.");
  }
  const cnf = isObject(payload.cnf) && isObject(payload.cnf.jwk) ? payload.cnf.jwk : {};
  if (cnf.x !== holder.x || cnf.y !== holder.y) {
    throw new ResumeError("credential_not_ours", "The credential is bound to another key than this wallet's.");
  }
  const { signature, signingInput } = parseJwt(sdJwt.issuerJwt);
  if (!(await verify(parseVerificationMethod(header.kid), signature, signingInput))) {
    throw new ResumeError("proof_invalid", "The issuer's signature does not hold.");
  }
  discloseAll(sdJwt);
  return sdJwt;
}
