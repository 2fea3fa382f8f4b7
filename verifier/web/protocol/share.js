// The verifier's end of a share: link → ciphertext → presentation, all in this browser.
//
// The link's fragment is the key. It is never sent anywhere: the ciphertext is fetched by its id and
// opened here with AES-256-GCM, whose additional data bind the id and the expiry to the content.

const ID = /^[A-Za-z0-9_-]{22}$/;
const KEY = /^[A-Za-z0-9_-]{43}$/;
const SHARE_PATH = /^\/v\/([^/]+)\/?$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PAD = 4096;
/** The largest share: iv, ciphertext and tag (digital_resume/core/resume/envelope.py, MAX_BLOB_BYTES). */
const MAX_CIPHERTEXT = 512 * 1024;

/**
 * @typedef {{id: string, key: Uint8Array<ArrayBuffer>}} ShareLink
 * @typedef {{id: string, version: number, expires: number, ciphertext: string}} StoredShare
 */

/** A share that cannot be opened; `code` names the screen that says what to do. */
export class ShareError extends Error {
  /**
   * @param {string} code
   * @param {string} [detail] for the console, never a key or content
   */
  constructor(code, detail = code) {
    super(detail);
    this.code = code;
  }
}

/**
 * Decode base64url without padding.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decodeBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new ShareError("malformed");
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * Parse the two halves of a link.
 * @param {string} id the path's part
 * @param {string} fragment with or without its `#`
 * @returns {ShareLink}
 */
export function parseShare(id, fragment) {
  const text = fragment.replace(/^#/, "");
  if (!ID.test(id)) throw new ShareError("link_damaged");
  if (text === "") throw new ShareError("key_missing");
  if (!KEY.test(text)) throw new ShareError("key_damaged");
  const key = decodeBase64url(text);
  if (key.length !== 32 || !"AEIMQUYcgkosw048".includes(text.charAt(42))) throw new ShareError("key_damaged");
  return { id, key };
}

/**
 * Parse what a QR held or a person pasted.
 * @param {string} text
 * @returns {ShareLink}
 */
export function parseShareLink(text) {
  let address;
  try {
    address = new URL(text.trim());
  } catch {
    throw new ShareError("not_a_share");
  }
  const id = SHARE_PATH.exec(address.pathname)?.[1];
  if (!id || !/^https?:$/.test(address.protocol)) throw new ShareError("not_a_share");
  return parseShare(id, address.hash);
}

/**
 * Fetch the ciphertext from the wallet server.
 * @param {string} walletUrl
 * @param {string} id
 * @returns {Promise<StoredShare>}
 */
export async function fetchShare(walletUrl, id) {
  let response;
  try {
    response = await fetch(`${walletUrl}/api/v1/shares/${encodeURIComponent(id)}`, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      signal: AbortSignal.timeout(20_000),
    });
  } catch (error) {
    throw new ShareError("wallet_unreachable", String(error));
  }
  if (response.status === 404) throw new ShareError("share_unknown");
  if (response.status === 410) {
    const problem = await response.json().catch(() => ({}));
    throw new ShareError(problem.code === "share_expired" ? "share_expired" : "share_stopped");
  }
  if (!response.ok) throw new ShareError("wallet_unreachable", `status ${response.status}`);
  const share = await response.json().catch(() => null);
  if (
    share?.id !== id ||
    typeof share.ciphertext !== "string" ||
    !Number.isSafeInteger(share.expires) ||
    share.ciphertext.length > Math.ceil((MAX_CIPHERTEXT * 4) / 3)
  ) {
    throw new ShareError("share_damaged");
  }
  if (share.version !== 1) throw new ShareError("share_version");
  return share;
}

/**
 * Open a share's ciphertext.
 * @param {StoredShare} share
 * @param {ShareLink} link
 * @returns {Promise<Record<string, unknown>>} the presentation
 */
export async function openShare(share, link) {
  let blob;
  try {
    blob = decodeBase64url(share.ciphertext);
  } catch {
    throw new ShareError("share_damaged");
  }
  if (blob.length < IV_BYTES + TAG_BYTES + 4) throw new ShareError("share_damaged");
  const key = await crypto.subtle.importKey("raw", link.key, "AES-GCM", false, ["decrypt"]);
  let plain;
  try {
    plain = new Uint8Array(
      await crypto.subtle.decrypt(
        {
          name: "AES-GCM",
          iv: blob.subarray(0, IV_BYTES),
          additionalData: new TextEncoder().encode(`vdr-share|1|${link.id}|${share.expires}`),
        },
        key,
        blob.subarray(IV_BYTES),
      ),
    );
  } catch {
    // GCM cannot tell a wrong key from an altered ciphertext; the commoner cause is a cut link.
    throw new ShareError("key_damaged");
  }
  const length = new DataView(plain.buffer).getUint32(0);
  const padding = plain.subarray(4 + length);
  if (
    plain.length % PAD !== 0 ||
    length > plain.length - 4 ||
    padding.length >= PAD ||
    padding.some((byte) => byte !== 0)
  ) {
    throw new ShareError("share_damaged");
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(plain.subarray(4, 4 + length));
    const presentation = JSON.parse(text);
    if (typeof presentation !== "object" || presentation === null || Array.isArray(presentation)) throw new Error();
    return presentation;
  } catch {
    throw new ShareError("share_damaged");
  }
}
