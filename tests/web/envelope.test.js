/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, randomBytes } from "/shared/protocol/bytes.js";
import {
  MAX_BLOB,
  MAX_PRESENTATION,
  buildLink,
  newShareId,
  newShareKey,
  openBytes,
  openShare,
  sealBytes,
  sealShare,
} from "/shared/protocol/envelope.js";
import { fetchShare, openStored } from "/shared/protocol/share_store.js";
import { refused, server, vectors } from "../wallet/web/support.js";
import { runVectors } from "./envelope_vectors.js";

const WALLET = "http://localhost:8002";

const outcomes = await runVectors(vectors("share-envelope"));
for (const { name, fault } of outcomes) test(name, () => assert.equal(fault, null));

test("what is sealed opens again, is padded, and differs each time", async () => {
  const presentation = { statement: "가".repeat(2000) };
  const seal = { id: newShareId(), key: newShareKey(), expires: 1798005600 };
  const [one, two] = [await sealShare(presentation, seal), await sealShare(presentation, seal)];
  assert.notDeepEqual(one, two);
  assert.equal((one.length - 28) % 4096, 0);
  assert.deepEqual(await openShare(one, seal), presentation);
});

test("the largest resume fits the largest share, and one byte more is not sealed", async () => {
  const seal = { id: newShareId(), key: newShareKey(), expires: 1798005600 };
  const largest = new Uint8Array(MAX_PRESENTATION);
  const blob = await sealBytes(largest, seal, randomBytes(12));
  assert.ok(blob.length <= MAX_BLOB && blob.length + 4096 > MAX_BLOB);
  assert.equal((await openBytes(blob, seal)).length, MAX_PRESENTATION);
  await assert.rejects(
    sealBytes(new Uint8Array(MAX_PRESENTATION + 1), seal, randomBytes(12)),
    refused("share_too_large"),
  );
});

test("a link that no camera reads is not built", () => {
  assert.throws(
    () => buildLink(`https://${"a".repeat(150)}.example`, newShareId(), newShareKey()),
    refused("link_too_long"),
  );
});

test("what is not a presentation is damaged, whoever sealed it", async () => {
  const seal = { id: newShareId(), key: newShareKey(), expires: 1798005600 };
  for (const text of ["", "[]", "null", "{", "\ufeff{}"]) {
    const blob = await sealBytes(new TextEncoder().encode(text), seal, randomBytes(12));
    await assert.rejects(openShare(blob, seal), refused("share_damaged"), text);
  }
  const blob = await sealBytes(Uint8Array.of(0x7b, 0xff, 0x7d), seal, randomBytes(12));
  await assert.rejects(openShare(blob, seal), refused("share_damaged"));
});

test("what the wallet server stores opens, and each of its refusals has a code", async () => {
  const seal = { id: newShareId(), key: newShareKey(), expires: 1798005600 };
  const ciphertext = encode(await sealShare({ a: "가" }, seal));
  const good = { id: seal.id, version: 1, expires: seal.expires, ciphertext };
  const address = `GET ${WALLET}/api/v1/shares/${seal.id}`;
  const fetched = (/** @type {any} */ reply) => fetchShare(server({ [address]: () => reply }), WALLET, seal.id);
  assert.deepEqual(await openStored(await fetched({ body: good }), seal), { a: "가" });
  for (const [reply, code] of /** @type {[any, string][]} */ ([
    [{ status: 404, body: {} }, "share_unknown"],
    [{ status: 410, body: { code: "share_expired" } }, "share_expired"],
    [{ status: 410, body: { code: "share_stopped" } }, "share_stopped"],
    [{ status: 410, text: "gone" }, "share_stopped"],
    [{ status: 500, text: "" }, "server_refused"],
    [{ text: "[]" }, "answer_malformed"],
    [{ body: { ...good, id: newShareId() } }, "share_damaged"],
    [{ body: { ...good, expires: "soon" } }, "share_damaged"],
    [{ body: { ...good, ciphertext: `${ciphertext}=` } }, "share_damaged"],
    [{ text: " ".repeat(2 * MAX_BLOB + 1) }, "too_large"],
  ])) {
    await assert.rejects(fetched(reply), refused(code), code);
  }
  const newer = await fetched({ body: { ...good, version: 2 } });
  await assert.rejects(openStored(newer, seal), refused("share_version_unsupported"));
});
