/**
 * Bounded HTTP with an injected `fetch`: size, time, no redirects, no cookies, no referrer. Everything an issuer or
 * a server answers is hostile until parsed.
 *
 * @typedef {typeof globalThis.fetch} Fetch
 * @typedef {{status: number, headers: Headers, text: string}} Answer
 */
import { fromUtf8 } from "./bytes.js";
import { ResumeError, parseJsonObject } from "./errors.js";

const MAX_BYTES = 512 * 1024;
const TIMEOUT_MS = 15_000;

/**
 * Read a URL that may be fetched: https, or http on this machine only.
 * @param {string} text
 * @param {string} code code of the error when it may not
 * @returns {URL}
 */
export function parseFetchableUrl(text, code) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new ResumeError(code, "The address is not a URL.");
  }
  const local =
    url.hostname === "localhost" ||
    url.hostname.endsWith(".localhost") ||
    url.hostname === "127.0.0.1" ||
    url.hostname === "[::1]";
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local)) {
    throw new ResumeError(code, "The address is neither https nor on this machine.", { origin: url.origin });
  }
  if (url.username || url.password) throw new ResumeError(code, "The address carries a user name or password.");
  return url;
}

/**
 * Send a request and read a bounded body.
 * @param {Fetch} fetch
 * @param {string | URL} url
 * @param {RequestInit & {maxBytes?: number, timeoutMs?: number}} [options]
 * @returns {Promise<Answer>}
 */
export async function request(fetch, url, options = {}) {
  const { maxBytes = MAX_BYTES, timeoutMs = TIMEOUT_MS, ...init } = options;
  const origin = new URL(url).origin;
  const limit = AbortSignal.timeout(timeoutMs);
  let response;
  try {
    response = await fetch(url, {
      redirect: "error",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      ...init,
      signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit,
    });
    return { status: response.status, headers: response.headers, text: await readBounded(response, maxBytes) };
  } catch (error) {
    if (error instanceof ResumeError) throw error;
    const timedOut = error instanceof DOMException && error.name === "TimeoutError";
    throw new ResumeError(
      timedOut ? "timeout" : "network",
      timedOut ? "The server did not answer in time." : "The server could not be reached.",
      { origin },
    );
  }
}

/**
 * Read a body up to a limit; what is longer is cut off at the source.
 * @param {Response} response
 * @param {number} maxBytes
 * @returns {Promise<string>}
 */
async function readBounded(response, maxBytes) {
  if (!response.body) return "";
  const reader = response.body.getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new ResumeError("too_large", "The server's answer is larger than this wallet accepts.", { maxBytes });
    }
    parts.push(value);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return fromUtf8(body);
}

/**
 * GET or POST and parse a JSON object; any other status than the wanted raises what the server said.
 * @param {Fetch} fetch
 * @param {string | URL} url
 * @param {RequestInit & {maxBytes?: number, timeoutMs?: number, accept?: number[]}} [options]
 * @returns {Promise<{status: number, headers: Headers, body: Record<string, unknown>}>}
 */
export async function requestJson(fetch, url, options = {}) {
  const { accept = [200], ...init } = options;
  const answer = await request(fetch, url, init);
  if (!accept.includes(answer.status)) throw refusal(answer, new URL(url).origin);
  return {
    status: answer.status,
    headers: answer.headers,
    body: answer.text === "" ? {} : parseJsonObject(answer.text, "answer_malformed", "The server's answer"),
  };
}

/**
 * The error of a refused request: `server_refused` with the OAuth `error` or the problem's `code` in `context.reason`.
 * Where an OAuth answer has a `code` besides, which says more, that is `context.detail`.
 * @param {Answer} answer
 * @param {string} origin
 * @returns {ResumeError}
 */
function refusal(answer, origin) {
  /** @type {any} */
  let body;
  try {
    body = JSON.parse(answer.text);
  } catch {
    body = undefined;
  }
  const reason = word(body?.error ?? body?.code);
  return new ResumeError("server_refused", `The server answered ${answer.status}${reason ? ` (${reason})` : ""}.`, {
    status: answer.status,
    reason,
    detail: word(body?.code),
    origin,
  });
}

/**
 * @param {unknown} value
 * @returns {string | undefined} the value, when it is a machine's word
 */
function word(value) {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
}
