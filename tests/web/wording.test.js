/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { isolated } from "/shared/i18n.js";
import { valueText } from "/shared/wording.js";

test("text from right to left is isolated among other text, other text is left as it is", () => {
  assert.equal(isolated("شركة المثال (Example Ltd.) 3"), "\u2068شركة المثال (Example Ltd.) 3\u2069");
  assert.equal(isolated("ירושלים"), "\u2068ירושלים\u2069");
  for (const text of ["김하늘", "Example Ltd. 3", "Нурсултан", "", "山田"]) assert.equal(isolated(text), text);
});

test("a list keeps its order around names of any script", () => {
  assert.equal(valueText(["محمد", "김하늘"]), "\u2068محمد\u2069, 김하늘");
  assert.equal(valueText(["a", "b"]), "a, b");
});
