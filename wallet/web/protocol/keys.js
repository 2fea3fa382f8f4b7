/**
 * P-256 keys: making, importing, did:key and multikey forms, ES256 signatures (raw r ‖ s, as WebCrypto gives them).
 * Multikey: multibase base58btc of 0x8024 (varint of p256-pub 0x1200) ‖ compressed point (W3C Controlled Identifiers).
 *
 * @typedef {import("/shared/protocol/bytes.js").Bytes} Bytes
 * @typedef {{kty: "EC", crv: "P-256", x: string, y: string}} PublicJwk
 * @typedef {PublicJwk & {d: string}} PrivateJwk
 * @typedef {{privateKey: CryptoKey, publicJwk: PublicJwk, did: string, verificationMethod: string}} HolderKey
 */
import { concat, decode, encode, sha256, toUtf8 } from "/shared/protocol/bytes.js";
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import * as base58 from "./base58.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const PREFIX = Uint8Array.of(0x80, 0x24);
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Make a holder key.
 * @param {boolean} extractable false in the browser: the key can then sign and never leave
 * @returns {Promise<HolderKey>}
 */
export async function generateHolderKey(extractable) {
  const pair = /** @type {CryptoKeyPair} */ (
    await crypto.subtle.generateKey(ALGORITHM, extractable, ["sign", "verify"])
  );
  return describeHolderKey(pair.privateKey, parsePublicJwk(await crypto.subtle.exportKey("jwk", pair.publicKey)));
}

/**
 * Put a private key together with the names that follow from its public half.
 * @param {CryptoKey} privateKey
 * @param {PublicJwk} publicJwk
 * @returns {HolderKey}
 */
export function describeHolderKey(privateKey, publicJwk) {
  const multikey = encodeMultikey(publicJwk);
  return { privateKey, publicJwk, did: `did:key:${multikey}`, verificationMethod: `did:key:${multikey}#${multikey}` };
}

/**
 * Import a holder key from its private JWK (the Node wallet keeps one in its state file).
 * @param {PrivateJwk} jwk
 * @param {boolean} [extractable]
 * @returns {Promise<HolderKey>}
 */
export async function importHolderKey(jwk, extractable = false) {
  const privateKey = await crypto.subtle.importKey("jwk", { ...jwk, key_ops: ["sign"] }, ALGORITHM, extractable, [
    "sign",
  ]);
  return describeHolderKey(privateKey, parsePublicJwk(jwk));
}

/**
 * Export the private JWK of an extractable holder key.
 * @param {HolderKey} key
 * @returns {Promise<PrivateJwk>}
 */
export async function exportPrivateJwk(key) {
  const jwk = await crypto.subtle.exportKey("jwk", key.privateKey);
  if (typeof jwk.d !== "string") throw new ResumeError("malformed", "The key has no private part.");
  return { ...key.publicJwk, d: jwk.d };
}

/**
 * Read a public JWK, dropping every member but the four that make the key.
 * @param {unknown} value
 * @returns {PublicJwk}
 */
export function parsePublicJwk(value) {
  if (
    !isObject(value) ||
    value.kty !== "EC" ||
    value.crv !== "P-256" ||
    typeof value.x !== "string" ||
    typeof value.y !== "string"
  ) {
    throw new ResumeError("key_unsupported", "The key is not a P-256 JWK.");
  }
  if (
    value.x.length !== 43 ||
    value.y.length !== 43 ||
    decode(value.x).length !== 32 ||
    decode(value.y).length !== 32
  ) {
    throw new ResumeError("key_unsupported", "A coordinate of the P-256 JWK is not 32 bytes.");
  }
  return { kty: "EC", crv: "P-256", x: value.x, y: value.y };
}

/**
 * Tell whether two public JWKs are the same key.
 * @param {PublicJwk} a
 * @param {PublicJwk} b
 */
export function sameKey(a, b) {
  return a.x === b.x && a.y === b.y;
}

/**
 * Multikey of a public key.
 * @param {PublicJwk} jwk
 * @returns {string}
 */
export function encodeMultikey(jwk) {
  const y = decode(jwk.y);
  return `z${base58.encode(concat(PREFIX, Uint8Array.of(2 + (y[31] & 1)), decode(jwk.x)))}`;
}

/**
 * Public key of a multikey.
 * @param {string} multikey
 * @returns {PublicJwk}
 */
export function parseMultikey(multikey) {
  const bytes = multikey.startsWith("z") ? base58.decode(multikey.slice(1)) : new Uint8Array();
  if (bytes.length !== 35 || bytes[0] !== PREFIX[0] || bytes[1] !== PREFIX[1] || (bytes[2] !== 2 && bytes[2] !== 3)) {
    throw new ResumeError("key_unsupported", "The multikey is not a compressed P-256 public key.");
  }
  const x = toInteger(bytes.subarray(3));
  if (x >= P) throw new ResumeError("key_unsupported", "The multikey's coordinate lies outside the field.");
  const square = (((x * x) % P) * x + (P - 3n) * x + B) % P;
  // p ≡ 3 (mod 4), so a root, if there is one, is square^((p+1)/4).
  let y = power(square, (P + 1n) / 4n);
  if ((y * y) % P !== square) throw new ResumeError("key_unsupported", "The multikey is not a point of P-256.");
  if ((y & 1n) !== BigInt(bytes[2] & 1)) y = P - y;
  return { kty: "EC", crv: "P-256", x: encode(bytes.subarray(3)), y: encode(fromInteger(y)) };
}

/**
 * Public key of a `did:key` DID or DID URL, or of an institution's `did:web:…#<multikey>`.
 * @param {string} url
 * @returns {PublicJwk}
 */
export function parseVerificationMethod(url) {
  const [did, fragment] = url.split("#", 2);
  if (did.startsWith("did:key:")) {
    const multikey = did.slice("did:key:".length);
    if (fragment !== undefined && fragment !== multikey) {
      throw new ResumeError("key_unsupported", "The did:key URL's fragment names another key than the DID.");
    }
    return parseMultikey(multikey);
  }
  if (!fragment) throw new ResumeError("key_unsupported", "The verification method names no key.");
  return parseMultikey(fragment);
}

/**
 * JWK thumbprint (RFC 7638), base64url.
 * @param {PublicJwk} jwk
 * @returns {Promise<string>}
 */
export async function thumbprint(jwk) {
  const canonical = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return encode(await sha256(toUtf8(canonical)));
}

/**
 * ES256 signature over bytes.
 * @param {CryptoKey} privateKey
 * @param {Uint8Array} data
 * @returns {Promise<Bytes>}
 */
export async function sign(privateKey, data) {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, privateKey, /** @type {Bytes} */ (data)));
}

/**
 * Tell whether an ES256 signature holds.
 * @param {PublicJwk} publicJwk
 * @param {Uint8Array} signature
 * @param {Uint8Array} data
 * @returns {Promise<boolean>}
 */
export async function verify(publicJwk, signature, data) {
  if (signature.length !== 64) return false;
  let key;
  try {
    key = await crypto.subtle.importKey("jwk", publicJwk, ALGORITHM, false, ["verify"]);
  } catch {
    throw new ResumeError("key_unsupported", "The public key is not a point of P-256.");
  }
  return crypto.subtle.verify(SIGNATURE, key, /** @type {Bytes} */ (signature), /** @type {Bytes} */ (data));
}

/**
 * Compact JWS over a payload, ES256.
 * @param {CryptoKey} privateKey
 * @param {Record<string, unknown>} header
 * @param {Record<string, unknown>} payload
 * @returns {Promise<string>}
 */
export async function signJwt(privateKey, header, payload) {
  const input = `${encode(toUtf8(JSON.stringify(header)))}.${encode(toUtf8(JSON.stringify(payload)))}`;
  return `${input}.${encode(await sign(privateKey, toUtf8(input)))}`;
}

/**
 * @param {Uint8Array} bytes
 * @returns {bigint}
 */
function toInteger(bytes) {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/**
 * @param {bigint} value
 * @returns {Bytes}
 */
function fromInteger(value) {
  const hex = value.toString(16).padStart(64, "0");
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/**
 * @param {bigint} base
 * @param {bigint} exponent
 * @returns {bigint}
 */
function power(base, exponent) {
  let result = 1n;
  for (let b = base % P, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) {
    if (e & 1n) result = (result * b) % P;
  }
  return result;
}
