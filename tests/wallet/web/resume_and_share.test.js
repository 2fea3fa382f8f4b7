/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, randomBytes, sha256, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { newShareId, parseLink } from "/shared/protocol/envelope.js";
import { fetchShare, openStored } from "/shared/protocol/share_store.js";
import { verifyProof } from "../../../wallet/web/protocol/data_integrity.js";
import { generateHolderKey, parseVerificationMethod, verify } from "../../../wallet/web/protocol/keys.js";
import { leafOf, rootFromPath, verifyReceipt } from "../../../wallet/web/protocol/receipts.js";
import { composeResume, shareDomain } from "../../../wallet/web/protocol/resume.js";
import { parseJwt, parseSdJwt } from "../../../wallet/web/protocol/sd_jwt.js";
import { depositShare, expiryAfter, prepareShare, stopShare } from "../../../wallet/web/protocol/share.js";
import { issue, receiptFor, refused, server, vectors } from "./support.js";

const now = new Date("2026-11-23T06:00:00.789Z");
const bytesOf = (/** @type {string} */ hex) => Uint8Array.from(Buffer.from(hex, "hex"));

async function composed(changes = {}) {
  const key = await generateHolderKey(false);
  const credential = await issue({
    credentialIssuer: "http://localhost:8001/i/saebyeok",
    issuerKey: await generateHolderKey(false),
    holder: key.publicJwk,
    type: "UniversityDegree",
    visible: { name: "김하늘" },
    hideable: { birthDate: "2001-03-14", degree: "공학사" },
  });
  const receipt = await receiptFor(credential);
  const input = {
    items: [{ credential, receipt, hidden: ["birthDate"] }],
    statement: "  안녕하세요.  ",
    key,
    shareId: newShareId(),
    domain: "http://localhost:8003",
    expires: expiryAfter(30, now),
    now,
    ...changes,
  };
  return { key, credential, receipt, input, presentation: /** @type {any} */ (await composeResume(input)) };
}

test("a resume is signed by its holder for one share, one recipient and one period", async () => {
  const { key, input, receipt, presentation } = await composed();
  assert.equal(await verifyProof(presentation), key.verificationMethod);
  const { proof } = presentation;
  assert.deepEqual(
    [proof.proofPurpose, proof.challenge, proof.domain, proof.created, proof.expires],
    ["authentication", input.shareId, "http://localhost:8003", "2026-11-23T06:00:00Z", "2026-12-23T06:00:00Z"],
  );
  assert.deepEqual(proof["@context"], presentation["@context"]);
  assert.equal(presentation.holder, key.did);
  assert.deepEqual(presentation.receipts, [receipt]);
  assert.deepEqual(presentation.type, ["VerifiablePresentation", "DigitalResume"]);
});

test("each credential is bound to the share, without what is hidden", async () => {
  const { key, input, presentation } = await composed();
  const [enveloped] = presentation.verifiableCredential;
  assert.match(enveloped.id, /^data:application\/dc\+sd-jwt,/);
  const sdJwt = await parseSdJwt(enveloped.id.slice("data:application/dc+sd-jwt,".length));
  assert.deepEqual(
    sdJwt.disclosures.map(({ name }) => name),
    ["degree"],
  );
  const binding = parseJwt(String(sdJwt.keyBindingJwt));
  assert.equal(binding.payload.nonce, input.shareId);
  assert.equal(binding.payload.aud, input.domain);
  assert.ok(await verify(parseVerificationMethod(presentation.holder), binding.signature, binding.signingInput));
  assert.equal(JSON.stringify(presentation).includes("2001-03-14"), false);
  assert.ok(key);
});

test("the own words are a credential of the holder's own, apart from the institutions'", async () => {
  const { key, presentation } = await composed();
  const words = presentation.verifiableCredential[1];
  assert.equal(words.issuer, key.did);
  assert.deepEqual(words.type, ["VerifiableCredential", "SelfDeclaration"]);
  assert.deepEqual(words.credentialSubject, { id: key.did, statement: "안녕하세요." });
  assert.equal(await verifyProof(words), key.verificationMethod);
  const without = await composed({ statement: " " });
  assert.equal(without.presentation.verifiableCredential.length, 1);
});

test("an empty, overfull or overlong resume is not made", async () => {
  const { input } = await composed();
  await assert.rejects(composeResume({ ...input, items: [], statement: "" }), refused("resume_empty"));
  await assert.rejects(composeResume({ ...input, items: Array(33).fill(input.items[0]) }), refused("too_large"));
  await assert.rejects(composeResume({ ...input, statement: "가".repeat(4001) }), refused("too_large"));
});

test("a recipient is named in the domain; a name with control or direction characters is not", () => {
  assert.equal(shareDomain("http://localhost:8003"), "http://localhost:8003");
  assert.equal(shareDomain("http://localhost:8003", " 푸른숲 "), `urn:vdr:recipient:${encodeURIComponent("푸른숲")}`);
  for (const name of ["a\u202eb", "a\nb", "x".repeat(101)])
    assert.throws(() => shareDomain("v", name), refused("recipient_invalid"));
});

test("a share is deposited, fetched and stopped, and its key never leaves", async () => {
  /** @type {any} */
  let stored = null;
  /** @type {string[]} */
  const sent = [];
  const id = newShareId();
  const fetch = server({
    "POST http://localhost:8002/api/v1/shares": async (request) => {
      const text = await request.text();
      sent.push(text);
      stored = JSON.parse(text);
      return { status: 201, body: {} };
    },
    [`GET http://localhost:8002/api/v1/shares/${id}`]: () =>
      stored
        ? { body: { id, version: 1, expires: stored.expires, ciphertext: stored.ciphertext } }
        : { status: 410, body: { code: "share_stopped" } },
    [`DELETE http://localhost:8002/api/v1/shares/${id}`]: async (request) => {
      const secret = decode(String(request.headers.get("authorization")).slice("Bearer ".length));
      if (toHex(await sha256(secret)) !== stored.stopKeyHash) return { status: 403, body: {} };
      stored = null;
      return { status: 204 };
    },
  });
  const { share, deposit } = await prepareShare({
    verifierUrl: "http://localhost:8003",
    id,
    expires: expiryAfter(30, now),
    presentation: { a: "가" },
  });
  await depositShare(fetch, "http://localhost:8002", deposit);
  const link = parseLink(share.link);
  assert.deepEqual(await openStored(await fetchShare(fetch, "http://localhost:8002", id), link), { a: "가" });
  assert.ok(!sent.join().includes(share.key) && !sent.join().includes(share.stopSecret));
  assert.ok(toUtf8(share.link).length <= 200);
  await assert.rejects(
    stopShare(fetch, "http://localhost:8002", id, encode(randomBytes(32))),
    refused("server_refused"),
  );
  await stopShare(fetch, "http://localhost:8002", id, share.stopSecret);
  await assert.rejects(fetchShare(fetch, "http://localhost:8002", id), refused("share_stopped"));
});

test("a share lives whole days within its bounds", () => {
  assert.equal(expiryAfter(1, now) - Math.floor(now.getTime() / 1000), 86_400);
  for (const days of [0, 201, 1.5, Number.NaN]) assert.throws(() => expiryAfter(days, now), refused("days_invalid"));
});

const anchoring = vectors("anchoring");
test("paths lead to the roots of the shared vectors, and altered ones do not", async () => {
  for (const tree of anchoring.trees) {
    for (const [index, path] of tree.paths.entries()) {
      const siblings = path.map(bytesOf);
      const leaf = bytesOf(tree.leaves[index]);
      const size = tree.leaves.length;
      assert.equal(toHex(await rootFromPath(leaf, index, size, siblings)), tree.root);
      await assert.rejects(rootFromPath(leaf, size, size, siblings), refused("receipt_invalid"));
      await assert.rejects(rootFromPath(leaf, index, size, [...siblings, leaf]), refused("receipt_invalid"));
      if (siblings.length > 0)
        await assert.rejects(rootFromPath(leaf, index, size, siblings.slice(1)), refused("receipt_invalid"));
    }
  }
});

test("a credential's leaf is the shared vectors' and the same whatever is disclosed", async () => {
  const { credential, presentation } = await composed();
  const enveloped = presentation.verifiableCredential[0].id.slice("data:application/dc+sd-jwt,".length);
  assert.equal(await leafOf(enveloped), await leafOf(credential));
  const { receipt } = await composed();
  assert.ok(await verifyReceipt(receipt, receipt.leaf));
  for (const broken of [
    { ...receipt, root: "0".repeat(64) },
    { ...receipt, index: 0 },
    { ...receipt, size: 3 },
    { ...receipt, path: [] },
    { ...receipt, path: ["AA"] },
    { ...receipt, path: Array(65).fill(receipt.path[0]) },
    { ...receipt, version: 2 },
    { ...receipt, chain: null },
    { ...receipt, block: { number: -1, time: 1 } },
    [],
    null,
  ]) {
    await assert.rejects(verifyReceipt(broken, receipt.leaf), refused("receipt_invalid"));
  }
  await assert.rejects(verifyReceipt(receipt, "0".repeat(64)), refused("receipt_invalid"));
});
