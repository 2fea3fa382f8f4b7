/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex, toUtf8 } from "/shared/protocol/bytes.js";
import { addProof, hashData, verifyProof } from "../../../wallet/web/protocol/data_integrity.js";
import { canonicalize } from "../../../wallet/web/protocol/jcs.js";
import {
  encodeMultikey,
  exportPrivateJwk,
  generateHolderKey,
  importHolderKey,
  parseMultikey,
  parsePublicJwk,
  parseVerificationMethod,
  sign,
  thumbprint,
  verify,
} from "../../../wallet/web/protocol/keys.js";
import { refused, vectors } from "./support.js";

test("a key survives its multikey, its did:key and its JWK", async () => {
  for (let i = 0; i < 20; i += 1) {
    const key = await generateHolderKey(true);
    const multikey = encodeMultikey(key.publicJwk);
    assert.match(multikey, /^zDn/);
    assert.deepEqual(parseMultikey(multikey), key.publicJwk);
    assert.equal(key.verificationMethod, `did:key:${multikey}#${multikey}`);
    assert.deepEqual(parseVerificationMethod(key.verificationMethod), key.publicJwk);
    assert.deepEqual(parseVerificationMethod(`did:web:localhost%3A8001:i:univ#${multikey}`), key.publicJwk);
    const again = await importHolderKey(await exportPrivateJwk(key));
    assert.equal(again.did, key.did);
    const data = toUtf8("서명");
    assert.ok(await verify(key.publicJwk, await sign(again.privateKey, data), data));
    assert.equal(again.privateKey.extractable, false);
  }
});

test("a key that is not a P-256 point is refused", async () => {
  const { publicJwk } = await generateHolderKey(false);
  const other = (await generateHolderKey(false)).publicJwk;
  await assert.rejects(
    verify({ ...publicJwk, y: other.y }, new Uint8Array(64), toUtf8("x")),
    refused("key_unsupported"),
  );
  assert.throws(() => parsePublicJwk({ ...publicJwk, crv: "P-384" }), refused("key_unsupported"));
  assert.throws(() => parsePublicJwk({ ...publicJwk, x: "AA" }), refused("key_unsupported"));
  for (const multikey of ["", "z", "zDn", "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "uAAA"]) {
    assert.throws(() => parseMultikey(multikey), refused("key_unsupported"), multikey);
  }
  assert.throws(() => parseVerificationMethod("did:web:example.com"), refused("key_unsupported"));
});

test("the thumbprint is RFC 7638's", async () => {
  const jwk = parsePublicJwk({
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  });
  assert.equal(await thumbprint(jwk), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
});

test("W3C's ecdsa-jcs-2019 vector verifies, every intermediate value included", async () => {
  const vector = vectors("ecdsa-jcs-2019-p256");
  const { proof, ...document } = vector.secured;
  const { proofValue, ...config } = proof;
  assert.equal(canonicalize(document), vector.canonicalDocument);
  assert.equal(canonicalize(config), vector.canonicalProof);
  assert.equal(toHex(await hashData(document, config)), vector.proofHash + vector.documentHash);
  assert.equal(toHex(await hashData(document, config)), vector.combinedHash);
  assert.equal(proofValue, vector.signatureMultibase);
  assert.equal(await verifyProof(vector.secured), proof.verificationMethod);
});

test("an altered document, proof or context does not verify", async () => {
  const key = await generateHolderKey(false);
  const secured = await addProof({ "@context": ["https://www.w3.org/ns/credentials/v2"], a: 1 }, key, {
    purpose: "authentication",
    created: "2026-11-23T06:00:00Z",
    challenge: "c",
    domain: "d",
  });
  assert.equal(await verifyProof(secured), key.verificationMethod);
  const proof = /** @type {Record<string, unknown>} */ (secured.proof);
  for (const broken of [
    { ...secured, a: 2 },
    { ...secured, b: 1 },
    { ...secured, "@context": ["https://example.com"] },
    { ...secured, proof: { ...proof, challenge: "other" } },
    { ...secured, proof: { ...proof, verificationMethod: (await generateHolderKey(false)).verificationMethod } },
    { ...secured, proof: { ...proof, cryptosuite: "eddsa-jcs-2022" } },
    { ...secured, proof: { ...proof, proofValue: "z1" } },
    { ...secured, proof: [proof] },
  ]) {
    await assert.rejects(verifyProof(broken), refused("proof_invalid"));
  }
});
