/**
 * The share envelope and its link, for whoever seals and whoever opens. The key lives in the link's fragment and in
 * these arguments only: no server receives it.
 *
 * plaintext = uint32be length ‖ UTF-8 JSON ‖ zeros to a multiple of 4096; sealed with AES-256-GCM under a fresh key,
 * additional data `vdr-share|1|<id>|<expiry>`; stored blob = iv (12) ‖ ciphertext and tag. The same format in Python is
 * `digital_resume/core/resume/envelope.py`; `tests/vectors/share-envelope.json` drives both.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 * @typedef {{verifierUrl: string, id: string, key: Bytes}} ShareLink
 * @typedef {{id: string, key: Bytes, expires: number}} Seal what a share is bound to; expiry in Unix seconds
 */
import { concat, decode, encode, fromUtf8, randomBytes, toUtf8 } from "./bytes.js";
import { ResumeError, parseJsonObject } from "./errors.js";

export const VERSION = 1;
/** The largest share: iv, ciphertext and tag. */
export const MAX_BLOB = 512 * 1024;
/** What a QR code of version 10, level M, that ordinary cameras read, has room for. */
export const MAX_LINK = 200;
const BLOCK = 4096;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
/** The largest resume that a share has room for. */
export const MAX_PRESENTATION = Math.floor((MAX_BLOB - IV_BYTES - TAG_BYTES) / BLOCK) * BLOCK - LENGTH_BYTES;
const MAX_EXPIRES = 2 ** 34;
const ID_FORM = /^[A-Za-z0-9_-]{22}$/;
const KEY_FORM = /^[A-Za-z0-9_-]{43}$/;
const LINK_FORM = new RegExp(
  [
    "^([Hh][Tt][Tt][Pp][Ss]?)://", // scheme
    "((?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(?::([0-9]{1,5}))?)", // host and port
    "((?:/[A-Za-z0-9_~.-]{1,40}){0,4})/v/([A-Za-z0-9_-]{22})", // path and id
    "(?:#([$-~]*))?$", // key
  ].join(""),
);

/** Make a share id: 128 random bits. */
export function newShareId() {
  return encode(randomBytes(16));
}

/** Make a share's key: 256 random bits; one key seals one share. */
export function newShareKey() {
  return randomBytes(32);
}

/**
 * Seal a presentation.
 * @param {Record<string, unknown>} presentation
 * @param {Seal} seal
 * @returns {Promise<Bytes>} the blob that the wallet server stores
 */
export function sealShare(presentation, seal) {
  return sealBytes(toUtf8(JSON.stringify(presentation)), seal, randomBytes(IV_BYTES));
}

/**
 * Seal bytes with a given iv; apart from the vectors' test only `sealShare` may choose it.
 * @param {Bytes} presentation
 * @param {Seal} seal
 * @param {Bytes} iv
 * @returns {Promise<Bytes>}
 */
export async function sealBytes(presentation, seal, iv) {
  checkSeal(seal);
  if (presentation.length > MAX_PRESENTATION) {
    throw new ResumeError("share_too_large", "The resume is larger than a share has room for.", {
      maxBytes: MAX_PRESENTATION,
    });
  }
  const plaintext = new Uint8Array(Math.ceil((LENGTH_BYTES + presentation.length) / BLOCK) * BLOCK);
  new DataView(plaintext.buffer).setUint32(0, presentation.length);
  plaintext.set(presentation, LENGTH_BYTES);
  const sealed = await crypto.subtle.encrypt(algorithm(seal, iv), await importKey(seal.key, "encrypt"), plaintext);
  return concat(iv, new Uint8Array(sealed));
}

/**
 * Open a share.
 * @param {Bytes} blob what the wallet server stores
 * @param {Seal & {version?: number}} seal
 * @returns {Promise<Record<string, unknown>>} the presentation
 */
export async function openShare(blob, seal) {
  const bytes = await openBytes(blob, seal);
  let text;
  try {
    text = fromUtf8(bytes);
  } catch {
    throw new ResumeError("share_damaged", "The share's content is not UTF-8.");
  }
  return parseJsonObject(text, "share_damaged", "The share's content");
}

/**
 * Decrypt a share.
 * @param {Bytes} blob
 * @param {Seal & {version?: number}} seal
 * @returns {Promise<Bytes>} the presentation's bytes, as they were sealed
 */
export async function openBytes(blob, { version = VERSION, ...seal }) {
  if (version !== VERSION) throw new ResumeError("share_version_unsupported", "The share was made by a newer wallet.");
  checkSeal(seal);
  if (blob.length > MAX_BLOB) throw new ResumeError("share_too_large", "The share is larger than a resume can be.");
  const unreadable = new ResumeError(
    "share_unreadable",
    "The key does not open this share: the link is damaged or the content was altered.",
  );
  if (blob.length < IV_BYTES + BLOCK + TAG_BYTES) throw unreadable;
  const key = await importKey(seal.key, "decrypt");
  let plaintext;
  try {
    const sealed = await crypto.subtle.decrypt(
      algorithm(seal, blob.subarray(0, IV_BYTES)),
      key,
      blob.subarray(IV_BYTES),
    );
    plaintext = new Uint8Array(sealed);
  } catch {
    throw unreadable;
  }
  return unpad(plaintext);
}

/**
 * Take the presentation out of the padded plaintext; only the canonical padding is accepted.
 * @param {Bytes} plaintext
 * @returns {Bytes}
 */
function unpad(plaintext) {
  const whole = plaintext.length > 0 && plaintext.length % BLOCK === 0;
  const end = whole ? LENGTH_BYTES + new DataView(plaintext.buffer).getUint32(0) : Infinity;
  const padding = plaintext.length - end;
  if (padding < 0 || padding >= BLOCK || plaintext.subarray(end).some((byte) => byte !== 0)) {
    throw new ResumeError("share_padding_invalid", "The share was not sealed the way shares are.");
  }
  return plaintext.subarray(LENGTH_BYTES, end);
}

/**
 * Build the link of a share: `{verifier}/v/{id}#{key}`, short enough for a QR that ordinary cameras read.
 * @param {string} verifierUrl
 * @param {string} id
 * @param {Bytes} key
 */
export function buildLink(verifierUrl, id, key) {
  checkSeal({ id, key, expires: 0 });
  const link = `${verifierUrl.replace(/\/+$/, "")}/v/${id}#${encode(key)}`;
  if (toUtf8(link).length > MAX_LINK) {
    throw new ResumeError("link_too_long", "The verifier's address is too long for a QR.", { maximum: MAX_LINK });
  }
  return link;
}

/**
 * Take a share's link apart, as a QR held it or a person pasted it.
 * @param {string} link
 * @returns {ShareLink}
 */
export function parseLink(link) {
  const parts = link.length <= MAX_LINK ? LINK_FORM.exec(link.replace(/^ +| +$/g, "")) : null;
  const [, scheme = "", authority, port = "1", path, id = "", fragment = ""] = parts ?? [];
  if (!parts || Number(port) < 1 || Number(port) > 65_535) {
    throw new ResumeError("link_malformed", "This is not the link of a shared resume.");
  }
  return { verifierUrl: `${scheme.toLowerCase()}://${authority}${path}`, ...parseLinkParts(id, fragment) };
}

/**
 * Read the two parts of a link that matter to whoever opens it.
 * @param {string} id
 * @param {string} fragment without its `#`
 * @returns {{id: string, key: Bytes}}
 */
export function parseLinkParts(id, fragment) {
  checkId(id);
  if (fragment === "") throw keyMalformed("The link has no key.", true);
  let key;
  try {
    key = KEY_FORM.test(fragment) ? decode(fragment) : null;
  } catch {
    key = null;
  }
  if (key === null) throw keyMalformed("The key at the end of the link is damaged.", false);
  return { id, key };
}

/**
 * @param {string} message
 * @param {boolean} missing
 */
function keyMalformed(message, missing) {
  return new ResumeError("share_key_malformed", message, { missing });
}

/** @param {string} id */
function checkId(id) {
  try {
    if (ID_FORM.test(id) && decode(id).length === 16) return;
  } catch {
    // not canonical base64url: told below
  }
  throw new ResumeError("share_id_malformed", "The share's id is damaged.");
}

/** @param {Seal} seal */
function checkSeal({ id, key, expires }) {
  if (key.length !== 32) throw keyMalformed("A share's key has 32 bytes.", false);
  checkId(id);
  if (!Number.isSafeInteger(expires) || expires < 0 || expires >= MAX_EXPIRES) {
    throw new ResumeError("share_expiry_malformed", "The share's expiry is out of range.");
  }
}

/**
 * @param {Seal} seal
 * @param {Bytes} iv
 */
function algorithm({ id, expires }, iv) {
  return { name: "AES-GCM", iv, additionalData: toUtf8(`vdr-share|${VERSION}|${id}|${expires}`) };
}

/**
 * @param {Bytes} key
 * @param {"encrypt" | "decrypt"} usage
 */
function importKey(key, usage) {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, [usage]);
}
