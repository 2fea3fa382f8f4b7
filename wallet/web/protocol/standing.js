/**
 * How a held credential stands: by its validity, and by what its institution publishes in its Token Status List
 * (draft-ietf-oauth-status-list). The wallet asks so that a person learns of a revocation before an employer does;
 * whether the list is the one that the chain names is the verifier's check. A list covers 131,072 credentials or more,
 * so asking for it does not tell which one is held.
 *
 * @typedef {import("./entries.js").Entry} Entry
 * @typedef {"valid" | "revoked" | "suspended" | "superseded"} Status
 * @typedef {Status | "expired"} Standing
 */
import { decode } from "/shared/protocol/bytes.js";
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import { parseFetchableUrl, request } from "/shared/protocol/http.js";
import { parseVerificationMethod, verify } from "./keys.js";
import { parseJwt } from "./sd_jwt.js";

const STATUSES = /** @type {const} */ (["valid", "revoked", "suspended", "superseded"]);
const BITS = 2;
const MAX_TOKEN = 2 * 1024 * 1024;
/** 2^22 entries, the largest list that a verifier takes. */
const MAX_BYTES = 2 ** 20;
const TIMEOUT_MS = 4000;
const CLOCK_SKEW_S = 300;

/**
 * How a credential stands now, as far as this wallet knows.
 * @param {Entry} entry
 * @param {Date} [now]
 * @returns {Standing}
 */
export function standingOf(entry, now = new Date()) {
  const status = entry.status ?? "valid";
  if (status !== "valid") return status;
  const until = payloadOf(entry).exp;
  return typeof until === "number" && until * 1000 < now.getTime() ? "expired" : "valid";
}

/**
 * Tell whether an employer would find a credential in force.
 * @param {Entry} entry
 */
export function isGood(entry) {
  return standingOf(entry) === "valid";
}

/**
 * Ask the institutions for the status of what is held, once a list.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {Entry[]} entries
 * @param {Date} now
 * @returns {Promise<{entries: Entry[], unknown: Set<string>}>} entries with their status; ids of those whose status
 *   could not be had, which keep what was known of them
 */
export async function refreshStatuses(fetch, entries, now) {
  /** @type {Map<string, Promise<Uint8Array | null>>} */
  const lists = new Map();
  /** @type {Set<string>} */
  const unknown = new Set();
  const refreshed = await Promise.all(
    entries.map(async (entry) => {
      const place = placeOf(entry);
      if (!place) return entry;
      const { uri, index, issuer } = place;
      const key = `${issuer} ${uri}`;
      const list = lists.get(key) ?? fetchList(fetch, uri, issuer, now).catch(() => null);
      lists.set(key, list);
      const statuses = await list;
      const byte = statuses?.[index >> BITS];
      if (byte === undefined) {
        unknown.add(entry.id);
        return entry;
      }
      const status = STATUSES[(byte >> (BITS * (index & 3))) & 3];
      return (entry.status ?? "valid") === status ? entry : { ...entry, status };
    }),
  );
  return { entries: refreshed, unknown };
}

/** @param {Entry} entry */
function payloadOf({ credential }) {
  return parseJwt(credential.split("~", 1)[0]).payload;
}

/**
 * Where a credential's status stands; `null` where it has none.
 * @param {Entry} entry
 * @returns {{uri: string, index: number, issuer: string} | null}
 */
function placeOf(entry) {
  const { status, iss } = payloadOf(entry);
  const reference = isObject(status) && isObject(status.status_list) ? status.status_list : {};
  const { uri, idx } = reference;
  if (typeof uri !== "string" || typeof idx !== "number" || !Number.isSafeInteger(idx) || idx < 0) return null;
  return { uri, index: idx, issuer: String(iss ?? "") };
}

/**
 * Fetch a list and verify its signature, subject and time.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {string} uri
 * @param {string} issuer DID of the credential's issuer, whose key must have signed the list
 * @param {Date} now
 * @returns {Promise<Uint8Array>} the statuses, two bits each, least significant first
 */
async function fetchList(fetch, uri, issuer, now) {
  const { status, text } = await request(fetch, parseFetchableUrl(uri, "status_invalid"), {
    headers: { Accept: "application/statuslist+jwt" },
    maxBytes: MAX_TOKEN,
    timeoutMs: TIMEOUT_MS,
    cache: "default",
  });
  if (status !== 200) throw new ResumeError("server_refused", `The server answered ${status}.`, { status });
  const { header, payload, signature, signingInput } = parseJwt(text);
  const seconds = now.getTime() / 1000;
  const kid = String(header.kid ?? "");
  const good =
    header.alg === "ES256" &&
    header.typ === "statuslist+jwt" &&
    kid.split("#", 1)[0] === issuer &&
    payload.sub === uri &&
    (typeof payload.exp !== "number" || payload.exp + CLOCK_SKEW_S > seconds) &&
    (await verify(parseVerificationMethod(kid), signature, signingInput));
  if (!good) throw new ResumeError("status_invalid", "The status list is another's, too old or not signed.");
  const list = payload.status_list;
  if (!isObject(list) || list.bits !== BITS || typeof list.lst !== "string")
    throw new ResumeError("status_invalid", "The status list is not of two bits an entry.");
  return inflated(decode(list.lst));
}

/**
 * @param {Uint8Array<ArrayBuffer>} compressed
 * @returns {Promise<Uint8Array>}
 */
async function inflated(compressed) {
  const reader = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const out = new Uint8Array(MAX_BYTES);
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return out.subarray(0, size);
    if (size + value.length > MAX_BYTES) {
      await reader.cancel().catch(() => undefined);
      throw new ResumeError("too_large", "The status list is larger than this wallet accepts.");
    }
    out.set(value, size);
    size += value.length;
  }
}
