/// <reference types="node" />
// A resident registration number is found however it is written; other numbers pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateHolderKey } from "../../../wallet/web/protocol/keys.js";
import { holdsResidentNumber } from "../../../wallet/web/protocol/free_text.js";
import { composeResume, shareDomain } from "../../../wallet/web/protocol/resume.js";
import { refused, vectors } from "./support.js";

// Shared with the issuer's tests/unit/digital_resume/core/credentials/test_text.py.
const { found, passes } = /** @type {{ found: string[], passes: string[] }} */ (vectors("resident-numbers"));
for (const text of found) test(`found in ${JSON.stringify(text)}`, () => assert.equal(holdsResidentNumber(text), true));
for (const text of passes) test(`passes ${JSON.stringify(text)}`, () => assert.equal(holdsResidentNumber(text), false));

test("own words and recipient are refused with it, whoever calls", async () => {
  const key = await generateHolderKey(false);
  const now = new Date("2026-11-23T06:00:00Z");
  const expires = now.getTime() / 1000 + 86_400;
  const input = { items: [], key, shareId: "s", domain: "https://v.example", expires, now };
  await assert.rejects(
    composeResume({ ...input, statement: "０１０３１４ ４００００００" }),
    refused("resident_number"),
  );
  assert.throws(() => shareDomain("https://v.example", "홍길동 010314-4000000"), refused("resident_number"));
});
