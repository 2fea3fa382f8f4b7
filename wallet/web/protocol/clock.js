/**
 * This device's clock against the server's. What is signed carries the device's time, and an employer's check refuses
 * what is dated in the future: a clock that is off is told before anything is shared.
 */
import { request } from "/shared/protocol/http.js";

/** Institutions refuse proofs that are dated more than a minute ahead. */
const TOLERATED_AHEAD_MS = 60_000;
/** A share that was made minutes ago is as good as a fresh one; proofs to institutions are not older than five. */
const TOLERATED_BEHIND_MS = 240_000;
const TIMEOUT_MS = 4000;

/**
 * How far this clock is ahead of the server's, when that is more than is tolerated.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {string} walletUrl
 * @param {() => number} [now] milliseconds
 * @returns {Promise<number>} milliseconds, negative when it is behind; 0 when it is right or could not be compared
 */
export async function clockError(fetch, walletUrl, now = Date.now) {
  const before = now();
  let server;
  try {
    const { headers } = await request(fetch, `${walletUrl}/config.json`, { timeoutMs: TIMEOUT_MS });
    server = Date.parse(headers.get("date") ?? "");
  } catch {
    return 0; // without the server nothing is shared either, and that is told then
  }
  if (Number.isNaN(server)) return 0;
  // The header is of whole seconds and of a moment between question and answer.
  const ahead = (before + now()) / 2 - (server + 500);
  return ahead > TOLERATED_AHEAD_MS || ahead < -TOLERATED_BEHIND_MS ? ahead : 0;
}
