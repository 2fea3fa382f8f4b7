// The verification API, as the page uses it.

import { ResumeError } from "/shared/protocol/errors.js";
import { requestJson } from "/shared/protocol/http.js";

const TIMEOUT_MS = 40_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * @typedef {{ko: string, en: string}} Bilingual
 * @typedef {"pass" | "fail" | "unknown" | "not_applicable" | "caution"} Outcome
 * @typedef {{check: string, outcome: Outcome, code: string, message: Bilingual, label?: Bilingual,
 *   detail?: Record<string, unknown>}} Check
 * @typedef {{path: string, label: Bilingual, value: unknown, columns?: {name: string, label: Bilingual}[]}} Claim
 * @typedef {{time: string, index: number, size: number, root: string, leaf?: string, path: string[],
 *   transaction: string, blockNumber: number, submitter: string}} Anchor
 * @typedef {{index: number, type: string | null, typeName: Bilingual | null, display?: unknown, issuer: {did: string,
 *   name: Bilingual | null} | null, verdict: string, title: Bilingual, next: Bilingual, checks: Check[],
 *   claims: Claim[], hidden: number, anchor: Anchor | null, status: {value: string, asOf: string} | null}} Item
 * @typedef {{from: "index" | "chain", block: number | null, blockTime: string | null, behindSeconds: number}} ChainRead
 * @typedef {{verdict: string, title: Bilingual, next: Bilingual, checkedAt: string, asOf: string | null,
 *   madeOn: string | null, domain: string | null, holder: {name: string} | null,
 *   chain: {id: string, name: Bilingual, demonstration: boolean, read?: ChainRead} | null,
 *   presentation: {checks: Check[]}, items: Item[], selfDeclared: {statement: string | null, verified: boolean}[]}}
 *   Verdict
 * @typedef {{walletUrl: string, demonstration: boolean, chain: {name: Bilingual} | null}} Config
 */

/** @returns {Promise<Config>} */
export async function fetchConfig() {
  try {
    const { body } = await requestJson(globalThis.fetch, `${location.origin}/config.json`);
    return /** @type {Config} */ (/** @type {unknown} */ (body));
  } catch (error) {
    throw new ResumeError("verifier_unreachable", `config: ${String(error)}`);
  }
}

/**
 * Have a presentation verified.
 * @param {Record<string, unknown>} presentation
 * @param {{id: string, expires: number}} share
 * @param {string} [day] as of which it is to be judged, `2026-03-02`; now when not given
 * @param {AbortSignal} [signal] gives up
 * @returns {Promise<Verdict>}
 */
export async function verify(presentation, share, day, signal) {
  try {
    const { body } = await requestJson(globalThis.fetch, `${location.origin}/api/v1/verifications`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({
        presentation,
        challenge: share.id,
        domain: null,
        expires: share.expires,
        ...(day ? { asOf: day } : {}),
      }),
      maxBytes: MAX_BYTES,
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    return /** @type {Verdict} */ (/** @type {unknown} */ (body));
  } catch (error) {
    throw refusalOf(error);
  }
}

/** @param {unknown} error */
function refusalOf(error) {
  const { status, reason } = error instanceof ResumeError ? error.context : {};
  if (typeof status !== "number") return new ResumeError("verifier_unreachable", String(error));
  const busy = status === 429 || status === 503;
  return new ResumeError(
    busy ? "verifier_busy" : "verification_refused",
    `The verifier answered ${status} (${reason}).`,
  );
}
