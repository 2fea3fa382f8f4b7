/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, randomBytes, toUtf8 } from "/shared/protocol/bytes.js";
import * as base58 from "../../../wallet/web/protocol/base58.js";
import { canonicalize } from "../../../wallet/web/protocol/jcs.js";
import { refused } from "./support.js";

test("base58btc keeps leading zeros and the known values", () => {
  assert.equal(base58.encode(toUtf8("Hello World!")), "2NEpo7TZRRrLZSi2U");
  assert.equal(base58.encode(fromHex("0000287fb4cd")), "11233QC4");
  for (let length = 0; length < 66; length += 1) {
    const bytes = randomBytes(length);
    if (length > 3) bytes.fill(0, 0, length % 4);
    assert.deepEqual(base58.decode(base58.encode(bytes)), bytes);
  }
  for (const text of ["0", "O", "I", "l", "é"]) assert.throws(() => base58.decode(text), refused("malformed"));
  assert.throws(() => base58.decode("2".repeat(513)), refused("too_large"));
});

test("JCS follows RFC 8785's examples", () => {
  const numbers = "[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]";
  const string = '"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"';
  const value = JSON.parse(`{"numbers":${numbers},"string":${string},"literals":[null,true,false]}`);
  assert.equal(
    canonicalize(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  // Section 3.2.3: sorted by UTF-16 code units.
  const keys = {
    "\u20ac": "Euro",
    "\r": "CR",
    "\ufb33": "Dalet",
    1: "One",
    "\ud83d\ude00": "Smile",
    "\u0080": "Control",
    "\u00f6": "o",
  };
  assert.deepEqual(Object.values(JSON.parse(canonicalize(keys))).length, 7);
  assert.equal(
    canonicalize(keys),
    '{"\\r":"CR","1":"One","\u0080":"Control","ö":"o","€":"Euro","😀":"Smile","דּ":"Dalet"}'.replace("דּ", "\ufb33"),
  );
  assert.equal(canonicalize(-0), "0");
});

test("JCS refuses what JSON cannot hold", () => {
  for (const value of [NaN, Infinity, undefined, () => 0, 1n, "\ud800", { "\udc00": 1 }]) {
    assert.throws(() => canonicalize(value), refused("malformed"));
  }
  /** @type {unknown} */
  let deep = 1;
  for (let i = 0; i < 100; i += 1) deep = [deep];
  assert.throws(() => canonicalize(deep), refused("too_large"));
});
