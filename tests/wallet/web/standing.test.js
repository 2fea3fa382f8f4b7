/// <reference types="node" />
// How a held credential stands: only a list that its own issuer signed, that is not too old and not too large, counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { encode } from "/shared/protocol/bytes.js";
import { didOfIssuer } from "../../../wallet/web/protocol/issuer_metadata.js";
import { encodeMultikey, generateHolderKey, signJwt } from "../../../wallet/web/protocol/keys.js";
import { isGood, refreshStatuses, standingOf } from "../../../wallet/web/protocol/standing.js";
import { server } from "./support.js";

const now = new Date("2026-11-23T06:00:00Z");
const seconds = now.getTime() / 1000;
const credentialIssuer = "http://localhost:8001/i/saebyeok";
const did = didOfIssuer(credentialIssuer);
const uri = `${credentialIssuer}/status/1`;
const issuerKey = await generateHolderKey(false);
const KID = `${did}#${encodeMultikey(issuerKey.publicJwk)}`;

/**
 * @param {number} idx
 * @param {Record<string, unknown>} [more]
 * @returns {Promise<import("../../../wallet/web/protocol/entries.js").Entry>}
 */
async function entry(idx, more = {}) {
  const payload = { iss: did, status: { status_list: { idx, uri } }, ...more };
  const header = { alg: "ES256", kid: KID };
  const credential = `${await signJwt(issuerKey.privateKey, header, payload)}~`;
  return /** @type {any} */ ({ id: `urn:uuid:${idx}`, credential, receipt: null });
}

/**
 * @param {Record<number, number>} statuses
 * @param {{key?: import("../../../wallet/web/protocol/keys.js").HolderKey, payload?: object, header?: object,
 *   size?: number}} [other]
 */
async function list(statuses, { key = issuerKey, payload = {}, header = {}, size = 131_072 } = {}) {
  const raw = new Uint8Array(size / 4);
  for (const [index, status] of Object.entries(statuses))
    raw[Number(index) >> 2] |= status << (2 * (Number(index) & 3));
  const lst = encode(new Uint8Array(deflateSync(raw)));
  const token = await signJwt(
    key.privateKey,
    { alg: "ES256", typ: "statuslist+jwt", kid: `${did}#${encodeMultikey(key.publicJwk)}`, ...header },
    { sub: uri, iat: seconds, exp: seconds + 600, status_list: { bits: 2, lst }, ...payload },
  );
  return server({ [`GET ${uri}`]: () => ({ text: token }) });
}

test("each of the four statuses is read at its place, with one request a list", async () => {
  const entries = await Promise.all([0, 5, 70_002, 131_071].map((index) => entry(index)));
  let asked = 0;
  const network = await list({ 5: 1, 70_002: 2, 131_071: 3 });
  const counting = /** @type {typeof fetch} */ (
    (...asks) => {
      asked += 1;
      return network(...asks);
    }
  );
  const { entries: now_, unknown } = await refreshStatuses(counting, entries, now);
  assert.deepEqual(
    now_.map((one) => standingOf(one, now)),
    ["valid", "revoked", "suspended", "superseded"],
  );
  assert.deepEqual([unknown.size, asked], [0, 1]);
});

test("a suspension that ended is over", async () => {
  const held = { ...(await entry(7)), status: /** @type {const} */ ("suspended") };
  const { entries } = await refreshStatuses(await list({}), [held], now);
  assert.equal(standingOf(entries[0], now), "valid");
});

test("what is expired is so without any list, and revocation weighs more", async () => {
  const expired = await entry(1, { exp: seconds - 1 });
  assert.equal(standingOf(expired, now), "expired");
  assert.equal(isGood(expired), false);
  assert.equal(standingOf({ ...expired, status: "revoked" }, now), "revoked");
});

/** @type {[string, () => Promise<typeof fetch>][]} */
const BAD = [
  ["another's signature", async () => list({}, { key: await generateHolderKey(false), header: { kid: KID } })],
  [
    "another institution's list",
    async () => list({}, { header: { kid: `did:web:localhost:i:other${KID.slice(did.length)}` } }),
  ],
  ["another's subject", async () => list({ 5: 0 }, { payload: { sub: `${uri}0` } })],
  ["an old list", async () => list({ 5: 0 }, { payload: { exp: seconds - 301 } })],
  ["another type of token", async () => list({ 5: 0 }, { header: { typ: "JWT" } })],
  ["a list that is too short", async () => list({}, { size: 4 })],
  ["a list that inflates without end", async () => list({}, { size: 4 * 2 ** 21 })],
  ["no list", async () => server({})],
];
for (const [what, network] of BAD) {
  test(`${what} tells nothing, and what was known stays`, async () => {
    const held = { ...(await entry(5)), status: /** @type {const} */ ("revoked") };
    const { entries, unknown } = await refreshStatuses(await network(), [held], now);
    assert.equal(standingOf(entries[0], now), "revoked");
    assert.deepEqual([...unknown], [held.id]);
  });
}
