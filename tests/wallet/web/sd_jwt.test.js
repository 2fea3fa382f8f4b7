/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, sha256, toUtf8 } from "/shared/protocol/bytes.js";
import { generateHolderKey, signJwt, verify } from "../../../wallet/web/protocol/keys.js";
import { viewCredential, present } from "../../../wallet/web/protocol/resume.js";
import {
  bind,
  discloseAll,
  parseJwt,
  parseSdJwt,
  select,
  verifyReceived,
} from "../../../wallet/web/protocol/sd_jwt.js";
import { disclosure, issue, refused } from "./support.js";

const credentialIssuer = "http://localhost:8001/i/saebyeok";

async function degree() {
  const [issuerKey, holder] = [await generateHolderKey(false), await generateHolderKey(false)];
  const credential = await issue({
    credentialIssuer,
    issuerKey,
    holder: holder.publicJwk,
    type: "UniversityDegree",
    visible: { name: "김하늘", degree: "공학사" },
    hideable: { birthDate: "2001-03-14", gradeAverage: "4.1" },
  });
  return { credential, issuerKey, holder };
}

test("a credential is read with every claim and which of them can be hidden", async () => {
  const view = await viewCredential((await degree()).credential);
  assert.equal(view.type, "UniversityDegree");
  assert.equal(view.issuer, "did:web:localhost%3A8001:i:saebyeok");
  assert.deepEqual(Object.fromEntries(view.claims.map(({ path, value, canHide }) => [path, [value, canHide]])), {
    name: ["김하늘", false],
    degree: ["공학사", false],
    birthDate: ["2001-03-14", true],
    gradeAverage: ["4.1", true],
  });
});

test("hiding a claim drops its disclosure and nothing else", async () => {
  const { credential } = await degree();
  const shown = await present(credential, ["birthDate", "name"]);
  const { claims } = discloseAll(await parseSdJwt(shown));
  const subject = /** @type {any} */ (claims).ld.credentialSubject;
  assert.equal(subject.birthDate, undefined);
  assert.equal(subject.gradeAverage, "4.1");
  assert.equal(subject.name, "김하늘", "the name is never hidden");
  assert.equal(shown.split("~")[0], credential.split("~")[0], "the issuer's part stays the same");
});

test("the key binding covers what is shown, for one audience and nonce", async () => {
  const { credential, holder } = await degree();
  const selected = await present(credential, ["birthDate"]);
  const bound = await bind(selected, {
    privateKey: holder.privateKey,
    audience: "http://localhost:8003",
    nonce: "n",
    issuedAt: 1795000000,
  });
  const jwt = parseJwt(bound.slice(selected.length));
  assert.deepEqual(jwt.header, { alg: "ES256", typ: "kb+jwt" });
  assert.deepEqual(jwt.payload, {
    iat: 1795000000,
    aud: "http://localhost:8003",
    nonce: "n",
    sd_hash: encode(await sha256(toUtf8(selected))),
  });
  assert.ok(await verify(holder.publicJwk, jwt.signature, jwt.signingInput));
  assert.equal((await parseSdJwt(bound)).keyBindingJwt, bound.slice(selected.length));
  await assert.rejects(
    bind(bound, { privateKey: holder.privateKey, audience: "a", nonce: "n", issuedAt: 1 }),
    refused("credential_malformed"),
  );
});

test("nested and array disclosures are listed with their paths, and a child brings its parent", async () => {
  const { issuerKey, holder } = await degree();
  const street = await disclosure("street", "새벽로 1");
  const address = await disclosure("address", { city: "서울", _sd: [street.digest] });
  const course = await disclosure({ course: "자료구조" });
  const jwt = await signJwt(
    issuerKey.privateKey,
    { alg: "ES256" },
    {
      _sd: [address.digest, encode(await sha256(toUtf8("decoy")))],
      rows: ["a", { "...": course.digest }],
      cnf: { jwk: holder.publicJwk },
    },
  );
  const sdJwt = await parseSdJwt(`${jwt}~${address.encoded}~${street.encoded}~${course.encoded}~`);
  const { claims, disclosable } = discloseAll(sdJwt);
  assert.deepEqual(disclosable.map(({ path }) => path.join(".")).sort(), ["address", "address.street", "rows.1"]);
  assert.deepEqual(JSON.parse(JSON.stringify(claims.address)), { city: "서울", street: "새벽로 1" });
  const selected = select(sdJwt, (path) => path.at(-1) === "street");
  assert.deepEqual(selected.split("~").slice(1), [address.encoded, street.encoded, ""]);
  assert.deepEqual(JSON.parse(JSON.stringify(discloseAll(await parseSdJwt(`${jwt}~`)).claims.rows)), ["a"]);
});

test("what an issuer hands over is checked before it is kept", async () => {
  const { credential, holder } = await degree();
  assert.ok(await verifyReceived(credential, holder.publicJwk));
  const stranger = (await generateHolderKey(false)).publicJwk;
  await assert.rejects(verifyReceived(credential, stranger), refused("credential_not_ours"));
  const [head, payload, signature] = credential.split("~")[0].split(".");
  const altered = payload.slice(0, -6) + (payload.at(-6) === "A" ? "B" : "A") + payload.slice(-5);
  await assert.rejects(
    verifyReceived(
      [[head, altered, signature].join("."), ...credential.split("~").slice(1)].join("~"),
      holder.publicJwk,
    ),
  );
  const foreign = await issue({
    credentialIssuer,
    issuerKey: await generateHolderKey(false),
    holder: holder.publicJwk,
    type: "T",
    visible: {},
    hideable: {},
  });
  const swapped = [`${foreign.split("~")[0].split(".").slice(0, 2).join(".")}.${signature}`, ""].join("~");
  await assert.rejects(verifyReceived(swapped, holder.publicJwk), refused("proof_invalid"));
});

test("hostile SD-JWTs are refused with our own errors", async () => {
  const { credential, issuerKey } = await degree();
  const jwt = credential.split("~")[0];
  const plain = await disclosure("a", 1);
  const sign = (/** @type {Record<string, unknown>} */ payload) =>
    signJwt(issuerKey.privateKey, { alg: "ES256" }, payload);
  const evil = encode(toUtf8(JSON.stringify(["s", "_sd", []])));
  for (const [text, code] of /** @type {[string, string][]} */ ([
    ["", "credential_malformed"],
    ["a.b.c", "credential_malformed"],
    ["a.b~", "credential_malformed"],
    [`${jwt}~!~`, "credential_malformed"],
    [`${jwt}~${evil}~`, "credential_malformed"],
    [`${jwt}~${credential.split("~")[1]}~${credential.split("~")[1]}~`, "credential_malformed"],
    [`${await sign({ _sd_alg: "md5" })}~`, "credential_unsupported"],
    ["x".repeat(200_000), "too_large"],
    [`${jwt}${"~AA".repeat(300)}~`, "too_large"],
  ])) {
    await assert.rejects(parseSdJwt(text), refused(code), text.slice(0, 40));
  }
  for (const text of [
    `${jwt}~${plain.encoded}~`, // belongs to no digest
    `${await sign({ _sd: [plain.digest, plain.digest] })}~${plain.encoded}~`,
    `${await sign({ a: 2, _sd: [plain.digest] })}~${plain.encoded}~`,
    `${await sign({ _sd: "x" })}~`,
    `${await sign({ _sd: [1] })}~`,
    `${await sign({ rows: [{ "...": plain.digest }] })}~${plain.encoded}~`,
  ]) {
    const sdJwt = await parseSdJwt(text);
    assert.throws(() => discloseAll(sdJwt), refused("credential_malformed"));
  }
  const proto = await disclosure("__proto__", { admin: true });
  const { claims } = discloseAll(await parseSdJwt(`${await sign({ _sd: [proto.digest] })}~${proto.encoded}~`));
  assert.equal(/** @type {any} */ ({}).admin, undefined);
  assert.ok(Object.hasOwn(claims, "__proto__"));
});
