/**
 * JSON Canonicalization Scheme (RFC 8785). ECMAScript's own number and string serialisation is what the RFC
 * prescribes, so only member order and the refusals are ours.
 */
import { ResumeError } from "/shared/protocol/errors.js";

const MAX_DEPTH = 64;

/**
 * Canonical text of a JSON value.
 * @param {unknown} value
 * @returns {string}
 */
export function canonicalize(value) {
  return write(value, 0);
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {string}
 */
function write(value, depth) {
  if (depth > MAX_DEPTH) throw new ResumeError("too_large", "JSON is nested deeper than this wallet accepts.");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new ResumeError("malformed", "JSON cannot hold a number that is not finite.");
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (!value.isWellFormed())
      throw new ResumeError("malformed", "Text holds a lone surrogate (RFC 8785 section 3.2.2.2).");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
  if (typeof value === "object") {
    const record = /** @type {Record<string, unknown>} */ (value);
    // Array.prototype.sort compares UTF-16 code units, the order of RFC 8785 section 3.2.3.
    const members = Object.keys(record)
      .sort()
      .map((key) => `${write(key, depth + 1)}:${write(record[key], depth + 1)}`);
    return `{${members.join(",")}}`;
  }
  throw new ResumeError("malformed", `JSON cannot hold a value of type ${typeof value}.`);
}
