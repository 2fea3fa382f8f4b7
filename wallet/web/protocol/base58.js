/** base58btc, as multibase `z` values carry it (keys and proof values: short inputs only). */
import { ResumeError } from "/shared/protocol/errors.js";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const MAX_LENGTH = 512;

/**
 * Encode bytes.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encode(bytes) {
  /** @type {number[]} */
  const digits = [];
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros += 1;
  for (const byte of bytes.subarray(zeros)) {
    let carry = byte;
    for (let i = 0; i < digits.length; i += 1) {
      carry += digits[i] << 8;
      digits[i] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    while (carry > 0) {
      digits.push(carry % 58);
      carry = Math.floor(carry / 58);
    }
  }
  return (
    "1".repeat(zeros) +
    digits
      .reverse()
      .map((d) => ALPHABET[d])
      .join("")
  );
}

/**
 * Decode text.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decode(text) {
  if (text.length > MAX_LENGTH) throw new ResumeError("too_large", "base58 text is longer than any value used here.");
  /** @type {number[]} */
  const bytes = [];
  let zeros = 0;
  while (zeros < text.length && text[zeros] === "1") zeros += 1;
  for (const character of text.slice(zeros)) {
    let carry = ALPHABET.indexOf(character);
    if (carry < 0) throw new ResumeError("malformed", "base58 text has a character outside its alphabet.");
    for (let i = 0; i < bytes.length; i += 1) {
      carry += bytes[i] * 58;
      bytes[i] = carry & 255;
      carry >>= 8;
    }
    while (carry > 0) {
      bytes.push(carry & 255);
      carry >>= 8;
    }
  }
  const out = new Uint8Array(zeros + bytes.length);
  out.set(bytes.reverse(), zeros);
  return out;
}
