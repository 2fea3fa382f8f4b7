// The verification API, as the page uses it.

import { ShareError } from "./share.js";

/**
 * @typedef {{ko: string, en: string}} Bilingual
 * @typedef {"pass" | "fail" | "unknown" | "not_applicable" | "caution"} Outcome
 * @typedef {{check: string, outcome: Outcome, code: string, message: Bilingual, detail?: Record<string, unknown>}} Check
 * @typedef {{path: string, label: Bilingual, value: unknown, columns?: {name: string, label: Bilingual}[]}} Claim
 * @typedef {{time: string, index: number, size: number, root: string, leaf?: string, path: string[], transaction: string,
 *   blockNumber: number, submitter: string}} Anchor
 * @typedef {{index: number, type: string | null, typeName: Bilingual | null, issuer: {did: string, name: Bilingual | null} | null,
 *   verdict: string, title: Bilingual, next: Bilingual, checks: Check[], claims: Claim[], hidden: number,
 *   anchor: Anchor | null, status: {value: string, asOf: string} | null}} Item
 * @typedef {{from: "copy" | "chain", block: number | null, blockTime: string | null, behindSeconds: number}} ChainRead
 * @typedef {{verdict: string, title: Bilingual, next: Bilingual, checkedAt: string, asOf: string | null, madeOn: string | null,
 *   domain: string | null, holder: {name: string} | null,
 *   chain: {id: string, name: Bilingual, demonstration: boolean, read?: ChainRead} | null,
 *   presentation: {checks: Check[]}, items: Item[], selfDeclared: {statement: string | null, verified: boolean}[]}} Verdict
 * @typedef {{walletUrl: string, demonstration: boolean, chain: {name: Bilingual} | null}} Config
 */

/** @returns {Promise<Config>} */
export async function fetchConfig() {
  const response = await fetch("/config.json");
  if (!response.ok) throw new ShareError("verifier_unreachable", `config ${response.status}`);
  return response.json();
}

/**
 * Have a presentation verified.
 * @param {Record<string, unknown>} presentation
 * @param {{id: string, expires: number}} share
 * @param {string} [day] as of which it is to be judged, `2026-03-02`; now when not given
 * @returns {Promise<Verdict>}
 */
export async function verify(presentation, share, day) {
  let response;
  try {
    response = await fetch("/api/v1/verifications", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ presentation, challenge: share.id, domain: null, expires: share.expires, ...(day ? { asOf: day } : {}) }),
      signal: AbortSignal.timeout(40_000),
    });
  } catch (error) {
    throw new ShareError("verifier_unreachable", String(error));
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new ShareError(
      response.status === 429 || response.status === 503 ? "verifier_busy" : "verification_refused",
      `${response.status} ${problem.code ?? ""}`,
    );
  }
  return response.json();
}
