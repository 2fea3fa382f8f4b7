/**
 * A share as its maker handles it: prepared, handed to the wallet's server, watched and stopped. The key lives only
 * here and in the link's fragment, which no server receives (`/shared/protocol/envelope.js`).
 *
 * @typedef {{id: string, version: 1, expires: number, ciphertext: string, stopKeyHash: string}} ShareDeposit
 * @typedef {{id: string, key: string, link: string, stopSecret: string, expires: number}} Share
 */
import { encode, randomBytes, sha256, toHex } from "/shared/protocol/bytes.js";
import { VERSION, buildLink, newShareKey, sealShare } from "/shared/protocol/envelope.js";
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import { request, requestJson } from "/shared/protocol/http.js";

const DAY = 86_400;
export const MAX_DAYS = 200;

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
  const key = newShareKey();
  const stopSecret = randomBytes(32);
  const link = buildLink(verifierUrl, id, key);
  const blob = await sealShare(presentation, { id, key, expires });
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
