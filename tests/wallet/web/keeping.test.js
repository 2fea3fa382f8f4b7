/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateHolderKey } from "../../../wallet/web/protocol/keys.js";
import { parseOffer } from "../../../wallet/web/protocol/offers.js";
import { takeOffer } from "../../../wallet/web/protocol/openid4vci.js";
import { institution, server } from "./support.js";

const now = new Date("2026-11-23T06:00:00Z");

test("the issuer, who then erases its copy, hears of it only after the wallet has kept the credential", async () => {
  const { routes, offer, state } = await institution();
  /** @type {number[]} */
  const notifiedWhenKept = [];
  await takeOffer(server(routes), parseOffer(offer), {
    key: await generateHolderKey(false),
    txCode: "123456",
    now,
    keep: async () => void notifiedWhenKept.push(state.notified),
  });
  assert.deepEqual(notifiedWhenKept, [0]);
  assert.equal(state.notified, 1);
});

test("what could not be kept is not reported as accepted", async () => {
  const { routes, offer, state } = await institution();
  const keep = () => Promise.reject(new Error("the storage is full"));
  await assert.rejects(
    takeOffer(server(routes), parseOffer(offer), { key: await generateHolderKey(false), txCode: "123456", now, keep }),
    /storage is full/,
  );
  assert.equal(state.notified, 0);
});
