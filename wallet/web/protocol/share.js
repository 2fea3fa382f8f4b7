/**
 * The share envelope and its link. The key lives only here and in the link's fragment, which no server receives.
 *
 * plaintext = uint32be length ‖ UTF-8 JSON ‖ zeros to a multiple of 4096; sealed with AES-256-GCM under a fresh key,
 * additional data `vdr-share|1|<id>|<expiry>`; stored blob = iv (12) ‖ ciphertext and tag.
 *
 * @typedef {import("/shared/protocol/bytes.js").Bytes} Bytes
 * @typedef {{id: string, version: 1, expires: number, ciphertext: string, stopKeyHash: string}} ShareDeposit
 * @typedef {{id: string, key: string, link: string, stopSecret: string, expires: number}} Share
 */
import { concat, decode, encode, fromUtf8, randomBytes, sha256, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { ResumeError, isObject, parseJsonObject } from "/shared/protocol/errors.js";
import { request, requestJson } from "/shared/protocol/http.js";

const VERSION = 1;
const BLOCK = 4096;
const IV_BYTES = 12;
/** The largest share: iv, ciphertext and tag (digital_resume/core/resume/envelope.py, MAX_BLOB_BYTES). */
const MAX_CIPHERTEXT = 512 * 1024;
const MAX_LINK = 200;
const DAY = 86_400;
export const MAX_DAYS = 200;

/** Make a share id: 16 random bytes, so that nobody meets another's by chance. */
export function newShareId() {
  return encode(randomBytes(16));
}

/**
 * Expiry of a share that lives a number of days.
 * @param {number} days whole days, 1 to 200
 * @param {Date} now
 * @returns {number} Unix seconds
 */
export function expiryAfter(days, now) {
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new ResumeError("days_invalid", "A share lives 1 to 200 days.", { maximum: MAX_DAYS });
  }
  return Math.floor(now.getTime() / 1000) + days * DAY;
}

/**
 * Additional authenticated data of a share.
 * @param {string} id
 * @param {number} expires
 */
function additionalData(id, expires) {
  return toUtf8(`vdr-share|${VERSION}|${id}|${expires}`);
}

/**
 * Seal a presentation.
 * @param {object} input
 * @param {Record<string, unknown>} input.presentation
 * @param {string} input.id
 * @param {Bytes} input.key 32 bytes
 * @param {number} input.expires Unix seconds
 * @returns {Promise<Bytes>} the stored blob
 */
export async function seal({ presentation, id, key, expires }) {
  const json = toUtf8(JSON.stringify(presentation));
  const plaintext = new Uint8Array(Math.ceil((4 + json.length) / BLOCK) * BLOCK);
  new DataView(plaintext.buffer).setUint32(0, json.length);
  plaintext.set(json, 4);
  if (plaintext.length + IV_BYTES + 16 > MAX_CIPHERTEXT) {
    throw new ResumeError("too_large", "The resume is larger than a share may be: choose fewer credentials.", { maxBytes: MAX_CIPHERTEXT });
  }
  const iv = randomBytes(IV_BYTES);
  const aesKey = await importKey(key, "encrypt");
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: additionalData(id, expires) }, aesKey, plaintext);
  return concat(iv, new Uint8Array(sealed));
}

/**
 * Decrypt a share.
 * @param {object} input
 * @param {Bytes} input.blob
 * @param {string} input.id
 * @param {Bytes} input.key
 * @param {number} input.expires
 * @param {number} [input.version]
 * @returns {Promise<Bytes>} the presentation's bytes, as they were sealed
 */
export async function openBytes({ blob, id, key, expires, version = VERSION }) {
  if (version !== VERSION) throw new ResumeError("share_version_unsupported", "The share was made by a newer wallet.");
  if (blob.length < IV_BYTES + 16 + BLOCK || blob.length > MAX_CIPHERTEXT) {
    throw new ResumeError("share_unreadable", "The share has an impossible size.");
  }
  const aesKey = await importKey(key, "decrypt");
  let plaintext;
  try {
    plaintext = new Uint8Array(
      await crypto.subtle.decrypt(
        { name: "AES-GCM", iv: blob.subarray(0, IV_BYTES), additionalData: additionalData(id, expires) },
        aesKey,
        blob.subarray(IV_BYTES),
      ),
    );
  } catch {
    throw new ResumeError("share_unreadable", "The key does not open this share: the link is damaged or the content was altered.");
  }
  const end = 4 + new DataView(plaintext.buffer).getUint32(0);
  const padding = plaintext.length - end;
  if (plaintext.length % BLOCK !== 0 || padding < 0 || padding >= BLOCK || plaintext.subarray(end).some((byte) => byte !== 0)) {
    throw new ResumeError("share_padding_invalid", "The share was not sealed the way shares are.");
  }
  return plaintext.subarray(4, end);
}

/**
 * Open a share.
 * @param {Parameters<typeof openBytes>[0]} input
 * @returns {Promise<Record<string, unknown>>} the presentation
 */
export async function open(input) {
  return parseJsonObject(fromUtf8(await openBytes(input)), "share_unreadable", "The share's content");
}

/**
 * @param {Bytes} key
 * @param {"encrypt" | "decrypt"} usage
 */
async function importKey(key, usage) {
  if (key.length !== 32) throw new ResumeError("share_unreadable", "A share's key has 32 bytes.");
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, [usage]);
}

/**
 * Link of a share: `{verifier}/v/{id}#{key}`, short enough for a QR that ordinary cameras read.
 * @param {string} verifierUrl
 * @param {string} id
 * @param {Bytes} key
 */
export function buildLink(verifierUrl, id, key) {
  const link = `${verifierUrl.replace(/\/+$/, "")}/v/${id}#${encode(key)}`;
  if (toUtf8(link).length > MAX_LINK) {
    throw new ResumeError("link_too_long", "The verifier's address is too long for a QR.", { maximum: MAX_LINK });
  }
  return link;
}

/**
 * Read a share's link.
 * @param {string} link
 * @returns {{id: string, key: Bytes}}
 */
export function parseLink(link) {
  const match = /\/v\/([\w-]{22})#([\w-]{43})$/.exec(link.trim());
  if (!match || link.length > 2 * MAX_LINK || decode(match[1]).length !== 16) {
    throw new ResumeError("link_invalid", "This is not a share's link, or a part of it is missing.");
  }
  return { id: match[1], key: decode(match[2]) };
}

/**
 * Make everything a share needs, before anything is sent: the caller keeps it first, so that a wallet that dies in
 * between can still repeat the deposit (the server takes an identical repeat) or stop the share.
 * @param {object} input
 * @param {string} input.verifierUrl
 * @param {string} input.id
 * @param {number} input.expires
 * @param {Record<string, unknown>} input.presentation
 * @returns {Promise<{share: Share, deposit: ShareDeposit}>}
 */
export async function prepareShare({ verifierUrl, id, expires, presentation }) {
  const key = randomBytes(32);
  const stopSecret = randomBytes(32);
  const link = buildLink(verifierUrl, id, key);
  const blob = await seal({ presentation, id, key, expires });
  return {
    share: { id, key: encode(key), link, stopSecret: encode(stopSecret), expires },
    deposit: { id, version: VERSION, expires, ciphertext: encode(blob), stopKeyHash: toHex(await sha256(stopSecret)) },
  };
}

/**
 * Hand the ciphertext to the wallet's server.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {string} walletUrl
 * @param {ShareDeposit} deposit
 */
export async function depositShare(fetch, walletUrl, deposit) {
  await requestJson(fetch, `${walletUrl}/api/v1/shares`, {
    method: "POST",
    accept: [201],
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(deposit),
  });
}

/**
 * Fetch and open a share by its link.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {string} walletUrl
 * @param {string} link
 * @returns {Promise<{id: string, expires: number, presentation: Record<string, unknown>}>}
 */
export async function fetchShare(fetch, walletUrl, link) {
  const { id, key } = parseLink(link);
  const { body } = await requestJson(fetch, `${walletUrl}/api/v1/shares/${id}`, {
    maxBytes: 2 * MAX_CIPHERTEXT,
    headers: { Accept: "application/json" },
  });
  const { version, expires, ciphertext } = body;
  if (body.id !== id || typeof version !== "number" || typeof expires !== "number" || !Number.isSafeInteger(expires) || typeof ciphertext !== "string") {
    throw new ResumeError("share_unreadable", "The server's answer is not this share.");
  }
  return { id, expires, presentation: await open({ blob: decode(ciphertext), id, key, expires, version }) };
}

/**
 * Stop a share at once; stopping what is stopped or unknown already is no error.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {string} walletUrl
 * @param {string} id
 * @param {string} stopSecret
 */
export async function stopShare(fetch, walletUrl, id, stopSecret) {
  const answer = await request(fetch, `${walletUrl}/api/v1/shares/${id}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${stopSecret}` },
  });
  if (![204, 404, 410].includes(answer.status)) {
    throw new ResumeError("server_refused", `The server answered ${answer.status}.`, { status: answer.status });
  }
}

/**
 * When a share was opened.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {string} walletUrl
 * @param {string} id
 * @param {string} stopSecret
 * @returns {Promise<{count: number, openings: string[]}>}
 */
export async function fetchOpenings(fetch, walletUrl, id, stopSecret) {
  const { body } = await requestJson(fetch, `${walletUrl}/api/v1/shares/${id}/openings`, {
    headers: { Authorization: `Bearer ${stopSecret}`, Accept: "application/json" },
  });
  if (!isObject(body) || typeof body.count !== "number" || !Array.isArray(body.openings)) {
    throw new ResumeError("answer_malformed", "The server's answer is not a list of openings.");
  }
  return { count: body.count, openings: body.openings.map(String) };
}
