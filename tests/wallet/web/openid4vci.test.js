/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  buildEntry,
  displayOf,
  hiddenAtFirst,
  identityAmong,
  labelledClaims,
  refreshReceipts,
} from "../../../wallet/web/protocol/entries.js";
import { claimByIdentity } from "../../../wallet/web/protocol/identity_claim.js";
import { didOfIssuer, fetchMetadata } from "../../../wallet/web/protocol/issuer_metadata.js";
import { generateHolderKey } from "../../../wallet/web/protocol/keys.js";
import { parseOffer, parseOfferLink, parseTxCode, resolveOffer } from "../../../wallet/web/protocol/offers.js";
import { takeOffer } from "../../../wallet/web/protocol/openid4vci.js";
import { parseSdJwt } from "../../../wallet/web/protocol/sd_jwt.js";
import { institution, issue, receiptFor, refused, server } from "./support.js";

const now = new Date("2026-11-23T06:00:00Z");

test("an offer's link is read in every form it reaches a person", async () => {
  const { offer, offerUri } = await institution();
  const json = encodeURIComponent(JSON.stringify(offer));
  const uri = encodeURIComponent(offerUri);
  for (const link of [
    `openid-credential-offer://?credential_offer_uri=${uri}`,
    `http://localhost:8002/#credential_offer_uri=${uri}`,
    `http://localhost:8002/#/offer?credential_offer_uri=${uri}`,
    `http://localhost:8002/?credential_offer_uri=${uri}`,
    `  openid-credential-offer://?credential_offer_uri=${uri}\n`,
  ]) {
    assert.deepEqual(parseOfferLink(link), { uri: offerUri });
  }
  for (const link of [JSON.stringify(offer), `openid-credential-offer://?credential_offer=${json}`]) {
    const parsed = parseOfferLink(link);
    assert.ok("offer" in parsed);
    assert.equal(parsed.offer.preAuthorizedCode, "code-1");
    assert.deepEqual(parsed.offer.txCode, { length: 6, inputMode: "numeric", description: "창구에서 받은 번호" });
  }
});

test("an offer is found in what institutions send and messengers deliver", async () => {
  const { offer, offerUri } = await institution();
  const uri = encodeURIComponent(offerUri);
  const link = `https://wallet.example.kr/#credential_offer_uri=${uri}`;
  const scheme = `openid-credential-offer://?credential_offer_uri=${uri}`;
  for (const text of [
    `[새벽대학교] 졸업증명을 받으세요.\n${link}\n번호는 따로 알려 드립니다.`,
    `[Web발신]\n새벽대학교 ${link} 입니다.`,
    `${link}입니다`,
    `<${link}>`,
    `(${link}).`,
    `"${link}"`,
    `[받기](${link})`,
    scheme.toUpperCase().replace(uri.toUpperCase(), uri).replace("CREDENTIAL_OFFER_URI", "credential_offer_uri"),
    `새벽대학교: ${scheme}.`,
    scheme.replace("openid-credential-offer", "haip-vci"),
    link.replace("#", "%23"),
    `${link.slice(0, 60)}\n${link.slice(60)}`,
    `${link.slice(0, 70)}\u200b${link.slice(70)}`,
    `https://kor01.safelinks.protection.outlook.com/?url=${encodeURIComponent(link)}&data=05`,
    `https://www.google.com/url?q=${encodeURIComponent(link)}&sa=D`,
  ]) {
    assert.deepEqual(parseOfferLink(text), { uri: offerUri }, text);
  }
  const parsed = parseOfferLink(`아래를 붙여 넣으세요:\n${JSON.stringify(offer)}\n감사합니다.`);
  assert.ok("offer" in parsed);
});

test("a transaction code is read as people type and are sent it", () => {
  /** @type {(text: string) => string} */
  const six = (text) => parseTxCode(text, { length: 6, inputMode: "numeric", description: null });
  for (const text of [
    "123456",
    " 123456 ",
    "123 456",
    "123-456",
    "123–456",
    "１２３４５６",
    "거래번호 123456",
    "[새벽대학교] 거래번호는 123456 입니다.",
    "12 34 56",
    "123\u200b456",
    "1234\n56",
  ])
    assert.equal(six(text), "123456", text);
  for (const text of ["", "12345", "1234567", "abcdef", "12345a", "111111 또는 222222"])
    assert.throws(() => six(text), refused("tx_code_malformed"), text);
  /** @type {(text: string, length: number | null) => string} */
  const letters = (text, length) => parseTxCode(text, { length, inputMode: "text", description: null });
  assert.equal(letters(" ab-12 ", 5), "ab-12");
  assert.equal(letters("AB 12 CD", 6), "AB12CD");
  assert.throws(() => letters("AB", 6), refused("tx_code_malformed"));
  assert.equal(parseTxCode("７７", { length: null, inputMode: "numeric", description: null }), "77");
  assert.throws(
    () => parseTxCode("번호", { length: null, inputMode: "numeric", description: null }),
    refused("tx_code_no_digits"),
  );
});

test("a code that cannot be right is not sent", async () => {
  const { offer } = await institution();
  const key = await generateHolderKey(false);
  let asked = 0;
  /** @type {typeof globalThis.fetch} */
  const fetch = async () => {
    asked += 1;
    return new Response("{}");
  };
  await assert.rejects(
    takeOffer(fetch, parseOffer(offer), { key, txCode: "12345", now }),
    refused("tx_code_malformed"),
  );
  assert.equal(asked, 0);
});

test("what is not an offer is refused", () => {
  for (const link of [
    "",
    "안녕",
    "http://localhost:8002/",
    "{",
    "[]",
    "openid-credential-offer://?credential_offer=%7B%7D",
    "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fexample.com%2Fo",
    "openid-credential-offer://?credential_offer_uri=javascript%3Aalert(1)",
    "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fa%2F&credential_offer=%7B%7D",
    "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fuser%3Apw%40a%2F",
    "x".repeat(9000),
  ]) {
    assert.throws(() => parseOfferLink(link), refused("offer_invalid"), link.slice(0, 60));
  }
  assert.throws(
    () =>
      parseOffer({
        credential_issuer: "https://a.example",
        credential_configuration_ids: ["T"],
        grants: { authorization_code: {} },
      }),
    refused("offer_unsupported"),
  );
});

test("an offer is taken: token, nonce, proof, credential, notification", async () => {
  const { routes, offerUri, state, credentialIssuer } = await institution();
  const fetch = server(routes);
  const key = await generateHolderKey(false);
  const offer = await resolveOffer(
    fetch,
    `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(offerUri)}`,
  );
  const [issued] = await takeOffer(fetch, offer, { key, txCode: "123456", now });
  assert.deepEqual(/** @type {any} */ ((await parseSdJwt(issued.credential)).payload.cnf).jwk, key.publicJwk);
  assert.equal(state.notified, 1);
  const entry = await buildEntry(issued, now);
  assert.equal(entry.type, "UniversityDegree");
  assert.equal(entry.credentialIssuer, credentialIssuer);
  assert.deepEqual(entry.issuerNames, { ko: "새벽대학교(시연용)", en: "Saebyeok University (demo)" });
  const claims = await labelledClaims(entry, "en");
  assert.deepEqual(
    claims.slice(0, 2).map(({ path, label }) => [path, label]),
    [
      ["name", "이름"],
      ["birthDate", "생년월일"],
    ],
  );
  await assert.rejects(
    takeOffer(fetch, offer, { key, txCode: "123456", now }),
    refused("tx_code_or_offer_refused"),
    "an offer is used once",
  );
});

test("a wrong or missing transaction code is its own error", async () => {
  const { routes, offer } = await institution();
  const key = await generateHolderKey(false);
  const parsed = parseOffer(offer);
  await assert.rejects(takeOffer(server(routes), parsed, { key, now }), refused("tx_code_needed"));
  await assert.rejects(
    takeOffer(server(routes), parsed, { key, txCode: "000000", now }),
    refused("tx_code_or_offer_refused"),
  );
});

test("a stale nonce is renewed once only", async () => {
  const { routes, offer, state } = await institution();
  const key = await generateHolderKey(false);
  state.staleNonces = 1;
  assert.equal((await takeOffer(server(routes), parseOffer(offer), { key, txCode: "123456", now })).length, 1);
  assert.equal(state.nonceCalls, 2);
  Object.assign(state, { used: false, staleNonces: 9 });
  await assert.rejects(
    takeOffer(server(routes), parseOffer(offer), { key, txCode: "123456", now }),
    refused("server_refused"),
  );
});

test("metadata that is another's, or sends the wallet elsewhere, is refused", async () => {
  const { routes, metadata, credentialIssuer } = await institution();
  const at = "GET http://localhost:8001/.well-known/openid-credential-issuer/i/saebyeok";
  const as = "GET http://localhost:8001/.well-known/oauth-authorization-server/i/saebyeok";
  const oauth = { issuer: credentialIssuer, token_endpoint: `${credentialIssuer}/token` };
  /** @type {[Record<string, import("./support.js").Route>, string][]} */
  const cases = [
    [
      { [at]: () => ({ body: { ...metadata, credential_issuer: "http://localhost:8001/i/other" } }) },
      "issuer_mismatch",
    ],
    [{ [at]: () => ({ body: { ...metadata, credential_issuer: `${credentialIssuer}/` } }) }, "issuer_mismatch"],
    [{ [at]: () => ({ body: { ...metadata, credential_endpoint: "https://evil.example/c" } }) }, "metadata_invalid"],
    [{ [at]: () => ({ body: { ...metadata, nonce_endpoint: "http://localhost:9/n" } }) }, "metadata_invalid"],
    [{ [at]: () => ({ body: { ...metadata, authorization_servers: ["https://evil.example"] } }) }, "metadata_invalid"],
    [{ [at]: () => ({ body: { ...metadata, credential_configurations_supported: [] } }) }, "metadata_invalid"],
    [{ [as]: () => ({ body: { ...oauth, issuer: "http://localhost:8001/i/other" } }) }, "issuer_mismatch"],
    [{ [as]: () => ({ body: { ...oauth, token_endpoint: "https://evil.example/t" } }) }, "metadata_invalid"],
    [{ [at]: () => ({ text: "<html>" }) }, "answer_malformed"],
    [{ [at]: () => ({ text: "[]" }) }, "answer_malformed"],
    [{ [at]: () => ({ text: " ".repeat(600_000) }) }, "too_large"],
    [{ [at]: () => ({ status: 500, body: {} }) }, "server_refused"],
    [{ [at]: () => Promise.reject(new TypeError("down")) }, "network"],
  ];
  for (const [changed, code] of cases) {
    await assert.rejects(fetchMetadata(server({ ...routes, ...changed }), credentialIssuer), refused(code), code);
  }
});

test("a credential that is not what was offered is not kept", async () => {
  const { routes, offer, issuerKey, credentialIssuer } = await institution();
  const key = await generateHolderKey(false);
  const common = {
    credentialIssuer,
    issuerKey,
    holder: key.publicJwk,
    type: "UniversityDegree",
    visible: { name: "김하늘" },
    hideable: {},
  };
  const stranger = (await generateHolderKey(false)).publicJwk;
  for (const [credential, code] of /** @type {[string, string][]} */ ([
    [await issue({ ...common, holder: stranger }), "credential_not_ours"],
    [await issue({ ...common, type: "IdentityCredential" }), "credential_malformed"],
    [await issue({ ...common, credentialIssuer: "http://localhost:8001/i/other" }), "issuer_mismatch"],
  ])) {
    const fetch = server({
      ...routes,
      [`POST ${credentialIssuer}/token`]: () => ({ body: { access_token: "t", token_type: "bearer" } }),
      [`POST ${credentialIssuer}/credential`]: () => ({ body: { credentials: [{ credential }] } }),
    });
    await assert.rejects(takeOffer(fetch, parseOffer(offer), { key, txCode: "123456", now }), refused(code));
  }
});

test("an identity is presented with the birth date and nothing more that can be hidden", async () => {
  const { routes, offer, credentialIssuer } = await institution();
  const key = await generateHolderKey(false);
  const identityCredential = await issue({
    credentialIssuer: "http://localhost:8001/i/mobile-id",
    issuerKey: await generateHolderKey(false),
    holder: key.publicJwk,
    type: "IdentityCredential",
    visible: { name: "김하늘" },
    hideable: { birthDate: "2001-03-14", nationality: "KOR" },
  });
  /** @type {string} */
  let presented = "";
  /** @type {unknown[]} */
  const asked = [];
  const bound = structuredClone(offer);
  delete (/** @type {any} */ (bound.grants["urn:ietf:params:oauth:grant-type:pre-authorized_code"]).tx_code);
  const fetch = server({
    ...routes,
    [`POST ${credentialIssuer}/claims/identity`]: async (request) => {
      const { presentation, ...rest } = await request.json();
      presented = presentation;
      asked.push(rest);
      return { body: { offers: [bound], claimableAgain: 2 } };
    },
  });
  const { offers, claimableAgain } = await claimByIdentity(fetch, { credentialIssuer, identityCredential, key, now });
  assert.equal(claimableAgain, 2);
  const held = ["urn:uuid:0b7f3a52-8a1e-4e0c-9b7e-6f0a3c1d2e4f", "https://elsewhere.example/1"];
  await claimByIdentity(fetch, { credentialIssuer, identityCredential, key, now, held, again: true });
  assert.deepEqual(asked, [{}, { held: held.slice(0, 1), again: true }], "what the wallet has, by ids that are known");
  assert.equal(offers[0].txCode, null);
  const sdJwt = await parseSdJwt(presented);
  assert.deepEqual(
    sdJwt.disclosures.map(({ name }) => name),
    ["birthDate"],
  );
  assert.ok(sdJwt.keyBindingJwt);

  const foreign = server({
    ...routes,
    [`POST ${credentialIssuer}/claims/identity`]: () => ({
      body: { offers: [{ ...bound, credential_issuer: "http://localhost:8001/i/other" }] },
    }),
  });
  await assert.rejects(
    claimByIdentity(foreign, { credentialIssuer, identityCredential, key, now }),
    refused("issuer_mismatch"),
  );
});

test("an institution says by which credential one claims, and another is not shown to it", async () => {
  const { routes, metadata, credentialIssuer } = await institution();
  const key = await generateHolderKey(false);
  const held = async (/** @type {string} */ type) => {
    const credential = await issue({
      credentialIssuer: "http://localhost:8001/i/mobile-id",
      issuerKey: await generateHolderKey(false),
      holder: key.publicJwk,
      type,
      visible: { name: "김하늘" },
      hideable: { birthDate: "2001-03-14" },
    });
    return /** @type {import("../../../wallet/web/protocol/entries.js").Entry} */ (
      /** @type {unknown} */ ({ id: type, type, credential })
    );
  };
  const entries = [await held("IdentityCredential"), await held("UniversityDegree")];
  const { identityClaim } = await fetchMetadata(server(routes), credentialIssuer);
  assert.deepEqual(identityClaim, {
    endpoint: `${credentialIssuer}/claims/identity`,
    vcts: ["urn:vdr:IdentityCredential:1"],
    claims: ["name", "birthDate"],
  });
  assert.equal(await identityAmong(identityClaim, entries), entries[0]);
  assert.equal(await identityAmong(identityClaim, entries.slice(1)), undefined);
  assert.equal(await identityAmong(null, entries), undefined);
  const wrong = { credentialIssuer, identityCredential: entries[1].credential, key, now };
  await assert.rejects(claimByIdentity(server(routes), wrong), refused("identity_missing"));

  const saying = (/** @type {unknown} */ claim) => {
    const url = "GET http://localhost:8001/.well-known/openid-credential-issuer/i/saebyeok";
    return server({ ...routes, [url]: () => ({ body: { ...metadata, "urn:vdr:identity_claim": claim } }) });
  };
  const { dcql_query: query, endpoint } = metadata["urn:vdr:identity_claim"];
  const [one] = query.credentials;
  for (const claim of [
    undefined,
    {},
    { endpoint },
    { endpoint, dcql_query: { credentials: [one, one] } },
    { endpoint, dcql_query: { credentials: [{ ...one, format: "mso_mdoc" }] } },
    { endpoint, dcql_query: { credentials: [{ ...one, meta: { vct_values: [1] } }] } },
    { endpoint, dcql_query: { credentials: [{ ...one, claims: Array(201).fill(one.claims[0]) }] } },
  ]) {
    const fetch = saying(claim);
    assert.equal((await fetchMetadata(fetch, credentialIssuer)).identityClaim, null);
    const input = { credentialIssuer, identityCredential: entries[0].credential, key, now };
    await assert.rejects(claimByIdentity(fetch, input), refused("identity_unsupported"));
  }
  const elsewhere = saying({ endpoint: "https://other.example/claims", dcql_query: query });
  await assert.rejects(fetchMetadata(elsewhere, credentialIssuer), refused("metadata_invalid"));
});

test("what a wallet keeps says how it stands in a resume and what starts hidden", async () => {
  const { routes, offer } = await institution();
  const key = await generateHolderKey(false);
  const [issued] = await takeOffer(server(routes), parseOffer(offer), { key, txCode: "123456", now });
  const entry = await buildEntry(issued, now);
  assert.equal(displayOf(entry).section.label?.en, "Education");
  assert.deepEqual((await hiddenAtFirst(entry)).sort(), ["birthDate", "gradeAverage"]);
  const { display: _, ...kept } = entry;
  assert.equal(displayOf(kept).section.label, null, "kept before issuers said so");
  const shown = { ...entry, display: { ...displayOf(entry), hiddenByDefault: ["birthDate"] } };
  assert.deepEqual(await hiddenAtFirst(shown), ["birthDate"]);
  assert.deepEqual((await hiddenAtFirst(kept)).sort(), ["birthDate", "gradeAverage"], "all that can be hidden");
});

test("receipts come when they are there, and one that fails does not stop the others", async () => {
  const { routes, offer, issuerKey, credentialIssuer } = await institution();
  const key = await generateHolderKey(false);
  const [issued] = await takeOffer(server(routes), parseOffer(offer), { key, txCode: "123456", now });
  const entry = await buildEntry(issued, now);
  const other = await buildEntry(
    {
      ...issued,
      credential: await issue({
        credentialIssuer,
        issuerKey,
        holder: key.publicJwk,
        type: "UniversityDegree",
        visible: {},
        hideable: {},
      }),
    },
    now,
  );
  const receipt = await receiptFor(entry.credential);
  const before = server({
    [`GET http://localhost:8001/receipts/${entry.leaf}`]: () => ({ status: 202, body: { state: "pending" } }),
  });
  const first = await refreshReceipts(before, [entry, other]);
  assert.deepEqual([first.pending, first.failed.map(({ code }) => code)], [2, ["server_refused"]]);
  const after = server({ [`GET http://localhost:8001/receipts/${entry.leaf}`]: () => ({ body: receipt }) });
  const second = await refreshReceipts(after, first.entries);
  assert.deepEqual(second.entries[0].receipt, receipt);
  assert.equal(second.pending, 1);
});

test("did:web follows the credential issuer's address", () => {
  assert.equal(didOfIssuer("http://localhost:8001/i/univ"), "did:web:localhost%3A8001:i:univ");
  assert.equal(didOfIssuer("https://issuer.example/i/univ"), "did:web:issuer.example:i:univ");
});
