/// <reference types="node" />
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import {
  UNKNOWN_DISPLAY,
  inResumeOrder,
  leadOf,
  parseTypeDisplay,
  startHidden,
} from "/shared/protocol/type_display.js";

const TYPES = new URL("../../digital_resume/core/credentials/types/", import.meta.url);
const good = {
  section: { id: "education", label: { ko: "학력", en: "Education" }, order: 20 },
  order: 10,
  icon: { tone: "blue", path: "M3 9.5L12 5l9 4.5-9 4.5z" },
  lead: ["major", "degree"],
  hiddenByDefault: ["birthDate"],
};
const claims = [
  { path: "name", value: "김하늘", canHide: false },
  { path: "degree", value: "공학사", canHide: true },
  { path: "birthDate", value: "2001-03-14", canHide: true },
];

test("every shipped type's display is read as it stands in its file", () => {
  const files = readdirSync(TYPES).filter((name) => name.endsWith(".json"));
  assert.ok(files.length >= 10);
  for (const name of files) {
    const { resume } = JSON.parse(readFileSync(new URL(name, TYPES), "utf8"));
    assert.deepEqual(parseTypeDisplay(resume), resume, name);
  }
});

test("a resume is in the order of its parts, then of the places in them; what is unknown comes last", () => {
  const displays = [
    UNKNOWN_DISPLAY,
    { ...good, order: 20 },
    good,
    { ...good, section: { ...good.section, id: "identity", order: 10 } },
  ];
  assert.deepEqual(
    displays
      .map(parseTypeDisplay)
      .sort(inResumeOrder)
      .map(({ section, order }) => [section.id, order]),
    [
      ["identity", 10],
      ["education", 10],
      ["education", 20],
      ["", 1000],
    ],
  );
});

test("what starts hidden is what the type says and can be hidden", () => {
  assert.deepEqual(startHidden(parseTypeDisplay(good), claims), ["birthDate"]);
  assert.deepEqual(startHidden(parseTypeDisplay({ ...good, hiddenByDefault: ["name", "wage"] }), claims), []);
});

test("where nothing readable was said, all that can be hidden starts hidden", () => {
  for (const value of [
    undefined,
    null,
    [],
    "x",
    {},
    { ...good, hiddenByDefault: "name" },
    { ...good, hiddenByDefault: [1] },
    { ...good, hiddenByDefault: Array(201).fill("a") },
  ]) {
    assert.deepEqual(startHidden(parseTypeDisplay(value), claims), ["degree", "birthDate"]);
  }
});

test("the first line is of what is shown, in the type's order", () => {
  assert.deepEqual(leadOf(parseTypeDisplay({ ...good, lead: ["degree", "name"] }), claims), ["공학사", "김하늘"]);
  assert.deepEqual(leadOf(parseTypeDisplay({ ...good, lead: ["major"] }), claims), []);
  assert.deepEqual(leadOf(UNKNOWN_DISPLAY, claims), ["김하늘"]);
});

test("what an issuer says is bounded part by part", () => {
  for (const icon of [
    null,
    {},
    { path: 'M0 0"/><script>', tone: "blue" },
    { path: "M".repeat(1001), tone: "blue" },
    { path: "url(https://x)", tone: "blue" },
  ]) {
    const parsed = parseTypeDisplay({ ...good, icon });
    assert.equal(parsed.icon, null);
    assert.deepEqual(parsed.lead, good.lead);
  }
  assert.equal(parseTypeDisplay({ ...good, icon: { ...good.icon, tone: "x y" } }).icon?.tone, "grey");
  for (const section of [
    null,
    { id: "a", order: 1 },
    { id: "a", label: { ko: "가" }, order: 1 },
    { id: "a", label: { ko: "가", en: "a".repeat(41) }, order: 1 },
  ]) {
    assert.equal(parseTypeDisplay({ ...good, section }).section.label, null);
  }
  for (const order of [-1, 1.5, 1000, "1", null, Number.NaN])
    assert.equal(parseTypeDisplay({ ...good, order }).order, 1000);
  for (const lead of ["major", [1], Array(5).fill("a"), ["a".repeat(101)]])
    assert.deepEqual(parseTypeDisplay({ ...good, lead }).lead, []);
});
