/// <reference types="node" />
// A resident registration number is found however it is written; other numbers pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateHolderKey } from "../../../wallet/web/protocol/keys.js";
import { holdsResidentNumber } from "../../../wallet/web/protocol/free_text.js";
import { composeResume, shareDomain } from "../../../wallet/web/protocol/resume.js";
import { refused } from "./support.js";

const FOUND = [
  "010314-4000000",
  "0103144000000",
  "제 번호는 010314 4000000 입니다",
  "０１０３１４－４００００００",
  "010314 - 4000000",
  "010314–4000000",
  "010314.4000000",
  "010314\u200b-4000000",
  "0 1 0 3 1 4 - 4 0 0 0 0 0 0",
  "٠١٠٣١٤-٤٠٠٠٠٠٠",
  "1. 010314-4000000",
  "𝟎𝟏𝟎𝟑𝟏𝟒-𝟒𝟎𝟎𝟎𝟎𝟎𝟎",
  "外 850229-8000000".replace("850229", "840229"),
];
for (const text of FOUND) test(`found in ${JSON.stringify(text)}`, () => assert.equal(holdsResidentNumber(text), true));

const PASSES = [
  "",
  "010-1234-5678",
  "2019.03.02 ~ 2021.02.28",
  "사업자등록번호 123-45-67890",
  "011314-4000000",
  "010230-4000000",
  "010314-9000000",
  "90101-1234567",
  "010314-40000001",
  "토익 885점, 2026년 8월 23일",
];
for (const text of PASSES) test(`passes ${JSON.stringify(text)}`, () => assert.equal(holdsResidentNumber(text), false));

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
