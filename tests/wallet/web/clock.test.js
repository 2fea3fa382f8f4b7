/// <reference types="node" />
// The device's clock against the server's `Date`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clockError } from "../../../wallet/web/protocol/clock.js";

const SERVER = Date.parse("2026-11-23T06:00:00Z");

/** @param {string | null} date */
function answering(date) {
  return /** @type {typeof fetch} */ (async () => new Response("{}", { headers: date === null ? {} : { date } }));
}

for (const [ahead, told] of [
  [0, false],
  [55_000, false],
  [-200_000, false],
  [90_000, true],
  [360_000, true],
  [-360_000, true],
  [86_400_000, true],
]) {
  test(`a clock ${Number(ahead) / 1000} s off is ${told ? "told" : "let pass"}`, async () => {
    const fetch = answering(new Date(SERVER).toUTCString());
    const error = await clockError(fetch, "http://localhost:8002", () => SERVER + Number(ahead));
    assert.equal(error !== 0, told);
    if (told) assert.ok(Math.abs(error - Number(ahead)) <= 1000);
  });
}

test("what cannot be compared is not blamed", async () => {
  assert.equal(await clockError(answering(null), "http://localhost:8002"), 0);
  const away = /** @type {typeof fetch} */ (() => Promise.reject(new TypeError("no line")));
  assert.equal(await clockError(away, "http://localhost:8002"), 0);
});
