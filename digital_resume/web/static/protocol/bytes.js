/**
 * base64url without padding (RFC 4648 section 5), strict: canonical form only, so no two texts
 * mean the same bytes.
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 */
import { ResumeError } from "./errors.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i += 1) VALUES[ALPHABET.charCodeAt(i)] = i;

/**
 * Encode bytes.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encode(bytes) {
  /** @type {string[]} */
  const parts = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
    let part = ALPHABET[word >> 18] + ALPHABET[(word >> 12) & 63];
    if (left > 1) part += ALPHABET[(word >> 6) & 63];
    if (left > 2) part += ALPHABET[word & 63];
    parts.push(part);
  }
  return parts.join("");
}

/**
 * Decode text; padding, whitespace, other alphabets and stray trailing bits are refused.
 * @param {string} text
 * @returns {Bytes}
 */
export function decode(text) {
  const remainder = text.length % 4;
  if (remainder === 1) throw new ResumeError("malformed", "base64url text has an impossible length.");
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let word = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? VALUES[code] : -1;
    if (value < 0) throw new ResumeError("malformed", "base64url text has a character outside its alphabet.");
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at] = (word >> bits) & 255;
      at += 1;
    }
  }
  if (bits > 0 && (word & ((1 << bits) - 1)) !== 0) {
    throw new ResumeError("malformed", "base64url text has stray trailing bits.");
  }
  return out;
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * UTF-8 bytes of a text.
 * @param {string} text
 * @returns {Bytes}
 */
export function toUtf8(text) {
  return /** @type {Bytes} */ (utf8.encode(text));
}

/**
 * Text of UTF-8 bytes; refuses bytes that are not UTF-8.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function fromUtf8(bytes) {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new ResumeError("malformed", "Bytes are not UTF-8.");
  }
}

/**
 * Lower-case hexadecimal of bytes.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function toHex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/**
 * Bytes of lower-case hexadecimal text, without `0x`.
 * @param {string} text
 * @returns {Bytes}
 */
export function fromHex(text) {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) {
    throw new ResumeError("malformed", "Text is not lower-case hexadecimal.");
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/**
 * Join byte arrays.
 * @param {...Uint8Array} parts
 * @returns {Bytes}
 */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * SHA-256 of bytes.
 * @param {Uint8Array} bytes
 * @returns {Promise<Bytes>}
 */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {Bytes} */ (bytes)));
}

/**
 * Fresh random bytes.
 * @param {number} length
 * @returns {Bytes}
 */
export function randomBytes(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}
