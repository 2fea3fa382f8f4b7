/// <reference types="node" />
// A lost answer or a closed tab loses nothing: the token is kept before the credential is asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateHolderKey } from "../../../wallet/web/protocol/keys.js";
import { parseOffer } from "../../../wallet/web/protocol/offers.js";
import { finishPending, isOver, takeOffer } from "../../../wallet/web/protocol/openid4vci.js";
import { institution, refused, server } from "./support.js";

const now = new Date("2026-11-23T06:00:00Z");

/** What a wallet keeps, in memory. */
async function wallet() {
  /** @type {Map<string, import("../../../wallet/web/protocol/openid4vci.js").Pending>} */
  const pending = new Map();
  /** @type {string[]} */
  const kept = [];
  return {
    pending,
    kept,
    key: await generateHolderKey(false),
    txCode: "123456",
    now,
    keep: async (/** @type {{credential: string}} */ { credential }) => void kept.push(credential),
    remember: async (/** @type {import("../../../wallet/web/protocol/openid4vci.js").Pending} */ one) =>
      void pending.set(one.id, one),
    forget: async (/** @type {string} */ id) => void pending.delete(id),
  };
}

test("a lost answer is asked for again with the same token and key", async () => {
  const { routes, offer, credentialIssuer, state } = await institution();
  const holder = await wallet();
  const endpoint = `POST ${credentialIssuer}/credential`;
  /** @type {string[]} */
  const asked = [];
  const answer = routes[endpoint];
  let lost = true;
  const network = server({
    ...routes,
    [endpoint]: async (request) => {
      asked.push(String(request.headers.get("authorization")));
      assert.equal(holder.pending.size, 1, "kept before the credential is asked for");
      const reply = await answer(request);
      if (lost) throw new TypeError("the answer was lost");
      return reply;
    },
  });
  await assert.rejects(takeOffer(network, parseOffer(offer), holder), refused("network"));
  assert.equal(holder.kept.length, 0);
  const [left] = holder.pending.values();
  assert.deepEqual(
    [left.credentialIssuer, left.configurationId, left.accessToken],
    [credentialIssuer, "UniversityDegree", "token-1"],
  );
  assert.equal(left.expires, now.getTime() / 1000 + 60, "the token's own lifetime");

  lost = false;
  const later = { ...holder, now: new Date(now.getTime() + 30_000) };
  assert.equal((await finishPending(network, structuredClone(left), later)).length, 1);
  assert.deepEqual([holder.kept.length, holder.pending.size, state.notified], [1, 0, 1]);
  assert.deepEqual(asked, ["Bearer token-1", "Bearer token-1"]);
});

test("a wallet that died after keeping has nothing left to ask for once it says so", async () => {
  const { routes, offer, state } = await institution();
  const holder = await wallet();
  /** @type {number[]} */
  const notifiedWhenForgotten = [];
  const forget = async (/** @type {string} */ id) => {
    assert.equal(holder.kept.length, 1, "kept before it is forgotten");
    notifiedWhenForgotten.push(state.notified);
    await holder.forget(id);
  };
  await takeOffer(server(routes), parseOffer(offer), { ...holder, forget });
  assert.deepEqual([notifiedWhenForgotten, state.notified, holder.pending.size], [[0], 1, 0]);
});

test("what is over or refused for good is forgotten, what may still come is not", async () => {
  const { routes, offer, credentialIssuer } = await institution();
  const holder = await wallet();
  const endpoint = `POST ${credentialIssuer}/credential`;
  const down = server({ ...routes, [endpoint]: () => ({ status: 503, body: { code: "database_unavailable" } }) });
  await assert.rejects(takeOffer(down, parseOffer(offer), holder), refused("server_refused"));
  const [left] = holder.pending.values();
  await assert.rejects(finishPending(down, left, holder), refused("server_refused"));
  assert.equal(holder.pending.size, 1);

  const unknown = { error: "temporarily_unavailable", code: "standing_unknown" };
  const waits = server({ ...routes, [endpoint]: () => ({ status: 503, body: unknown }) });
  await assert.rejects(finishPending(waits, left, holder), refused("server_refused"));
  assert.equal(holder.pending.size, 1);

  const suspended = { error: "credential_request_denied", code: "institution_suspended" };
  const denied = server({ ...routes, [endpoint]: () => ({ status: 400, body: suspended }) });
  await assert.rejects(
    finishPending(denied, left, holder),
    (/** @type {any} */ error) => error.context.detail === "institution_suspended",
  );
  assert.equal(holder.pending.size, 0);

  await holder.remember(left);
  const afterwards = { ...holder, now: new Date(now.getTime() + 61_000) };
  assert.equal(isOver(left, afterwards.now), true);
  assert.deepEqual(await finishPending(server({}), left, afterwards), []);
  assert.equal(holder.pending.size, 0);
});
