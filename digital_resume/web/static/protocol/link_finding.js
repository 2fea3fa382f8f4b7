/**
 * A share's link in the text that somebody pasted, scanned or opened.
 *
 * @typedef {import("./envelope.js").ShareLink} ShareLink
 */
import { parseLinkParts } from "./envelope.js";
import { ResumeError } from "./errors.js";
import { readings } from "./pasted_text.js";

const ID_AND_KEY = new RegExp(
  [
    "(?:(https?)://)?", // messengers leave the scheme away
    "((?:[a-z0-9._-]{1,253}|\\[[0-9a-f:.]{2,45}\\])(?::[0-9]{1,5})?)", // host and port
    "((?:/[a-z0-9_~.-]{1,40}){0,4})/v/([a-z0-9_-]{22})(?![a-z0-9_-])", // path and id
    "(?:/?\\?(?:(?!%23|%2523)[^\\s#<>\"'`]){0,1000}|/)?", // what a tracker adds
    "(?:(?:#|%23|%2523)([a-z0-9_-]*))?", // key
  ].join(""),
  "gi",
);
const KEY_LETTERS = 43;

/**
 * Find a share's link in a text. What follows the key, a full stop or a bracket, is not part of it.
 * @param {string} text
 * @returns {ShareLink}
 */
export function findLink(text) {
  /** @type {unknown} */
  let problem = new ResumeError("link_malformed", "This text holds no link of a shared resume.");
  let nearest = 0;
  for (const reading of readings(text)) {
    for (const [, scheme, authority = "", path = "", id = "", key = ""] of reading.matchAll(ID_AND_KEY)) {
      try {
        const parts = parseLinkParts(id, key.slice(0, KEY_LETTERS));
        return { verifierUrl: `${scheme?.toLowerCase() ?? "https"}://${authority.toLowerCase()}${path}`, ...parts };
      } catch (error) {
        // Of several links that do not open, the one with most of a key says best what is wrong.
        if (nearest < 1 + key.length) [problem, nearest] = [error, 1 + key.length];
      }
    }
  }
  throw problem;
}
