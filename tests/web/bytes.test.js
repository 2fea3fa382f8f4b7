/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, fromHex, fromUtf8, randomBytes, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { refused } from "../wallet/web/support.js";

test("base64url agrees with Node's for every length", () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = randomBytes(length);
    const text = encode(bytes);
    assert.equal(text, Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(decode(text), bytes);
  }
});

test("base64url refuses every second spelling of the same bytes", () => {
  for (const text of ["AA==", "AB", "AAB", "A", "A A", "AA\n", "A+", "A/", "AÁ", "가나"]) {
    assert.throws(() => decode(text), refused("malformed"), text);
  }
});

test("hex and UTF-8 refuse what is not theirs", () => {
  assert.equal(toHex(fromHex("00ff7a")), "00ff7a");
  for (const text of ["0", "FF", "0x", "zz"]) assert.throws(() => fromHex(text), refused("malformed"));
  assert.throws(() => fromUtf8(Uint8Array.of(0xff)), refused("malformed"));
  assert.equal(fromUtf8(toUtf8("\ufeff가")), "\ufeff가");
});
