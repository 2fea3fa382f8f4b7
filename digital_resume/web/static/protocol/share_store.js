/**
 * Where a share's ciphertext is fetched from: the wallet server, by the share's id. Its answer is hostile until parsed.
 *
 * @typedef {{id: string, version: number, expires: number, blob: import("./bytes.js").Bytes}} StoredShare
 */
import { decode } from "./bytes.js";
import { MAX_BLOB, openShare } from "./envelope.js";
import { ResumeError } from "./errors.js";
import { requestJson } from "./http.js";

const TIMEOUT_MS = 20_000;

/**
 * Fetch what is stored under a share's id.
 * @param {import("./http.js").Fetch} fetch
 * @param {string} walletUrl
 * @param {string} id
 * @param {AbortSignal} [signal] gives up
 * @returns {Promise<StoredShare>}
 */
export async function fetchShare(fetch, walletUrl, id, signal) {
  try {
    const { body } = await requestJson(fetch, `${walletUrl}/api/v1/shares/${encodeURIComponent(id)}`, {
      maxBytes: 2 * MAX_BLOB,
      timeoutMs: TIMEOUT_MS,
      signal,
      headers: { Accept: "application/json" },
    });
    return parseStored(body, id);
  } catch (error) {
    throw endedOr(error);
  }
}

/**
 * What a refusal of the wallet server says of the share; every other error as it is.
 * @param {unknown} error
 */
function endedOr(error) {
  if (!(error instanceof ResumeError)) return error;
  const { status, reason } = error.context;
  if (status === 404) return new ResumeError("share_unknown", "There is no such share.");
  if (status !== 410) return error;
  return reason === "share_expired"
    ? new ResumeError("share_expired", "The share's period is over.")
    : new ResumeError("share_stopped", "The share was stopped.");
}

/**
 * @param {Record<string, unknown>} body
 * @param {string} id
 * @returns {StoredShare}
 */
function parseStored({ id: named, version, expires, ciphertext }, id) {
  if (named === id && typeof version === "number" && typeof expires === "number" && typeof ciphertext === "string") {
    try {
      return { id, version, expires, blob: decode(ciphertext) };
    } catch {
      // not base64url: told below
    }
  }
  throw new ResumeError("share_damaged", "The server's answer is not this share.");
}

/**
 * Open a share that was fetched.
 * @param {StoredShare} stored
 * @param {{key: import("./bytes.js").Bytes}} link
 * @returns {Promise<Record<string, unknown>>} the presentation
 */
export function openStored({ id, version, expires, blob }, { key }) {
  return openShare(blob, { id, key, expires, version });
}
