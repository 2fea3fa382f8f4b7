/// <reference types="node" />
// What the wallet's tests share: vectors, and an institution that signs and speaks OpenID4VCI for real.
import { readFileSync } from "node:fs";
import { concat, encode, randomBytes, sha256, toHex, toUtf8 } from "/shared/protocol/bytes.js";
import * as base58 from "../../../wallet/web/protocol/base58.js";
import { didOfIssuer } from "../../../wallet/web/protocol/issuer_metadata.js";
import {
  encodeMultikey,
  generateHolderKey,
  parsePublicJwk,
  signJwt,
  verify,
} from "../../../wallet/web/protocol/keys.js";
import { leafOf } from "../../../wallet/web/protocol/receipts.js";
import { parseJwt } from "../../../wallet/web/protocol/sd_jwt.js";

/** @param {string} name */
export function vectors(name) {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
}

/**
 * @param {string} code
 * @returns {(error: unknown) => boolean}
 */
export const refused = (code) => (error) => /** @type {any} */ (error).code === code;

/** @param {unknown[]} parts */
export async function disclosure(...parts) {
  const encoded = encode(toUtf8(JSON.stringify([encode(randomBytes(16)), ...parts])));
  return { encoded, digest: encode(await sha256(toUtf8(encoded))) };
}

/**
 * Sign a credential the way institutions do.
 * @param {object} input
 * @param {string} input.credentialIssuer
 * @param {import("../../../wallet/web/protocol/keys.js").HolderKey} input.issuerKey
 * @param {import("../../../wallet/web/protocol/keys.js").PublicJwk} input.holder
 * @param {string} input.type
 * @param {Record<string, unknown>} input.visible
 * @param {Record<string, unknown>} input.hideable
 */
export async function issue({ credentialIssuer, issuerKey, holder, type, visible, hideable }) {
  const did = didOfIssuer(credentialIssuer);
  const disclosures = await Promise.all(Object.entries(hideable).map(([name, value]) => disclosure(name, value)));
  const payload = {
    iss: did,
    vct: `urn:vdr:${type}:1`,
    iat: 1795000000,
    nbf: 1795000000,
    cnf: { jwk: holder },
    _sd_alg: "sha-256",
    ld: {
      "@context": ["https://www.w3.org/ns/credentials/v2", { "@vocab": "urn:vdr:terms#" }],
      id: `urn:uuid:${crypto.randomUUID()}`,
      type: ["VerifiableCredential", type],
      credentialSubject: { ...visible, _sd: disclosures.map(({ digest }) => digest).sort() },
    },
  };
  const header = { alg: "ES256", typ: "dc+sd-jwt", kid: `${did}#${encodeMultikey(issuerKey.publicJwk)}` };
  return [await signJwt(issuerKey.privateKey, header, payload), ...disclosures.map(({ encoded }) => encoded), ""].join(
    "~",
  );
}

/**
 * @typedef {{status?: number, body?: unknown, text?: string}} Reply
 * @typedef {(request: Request) => Reply | Promise<Reply>} Route
 */

/**
 * A `fetch` that answers from routes; what is not among them does not exist.
 * @param {Record<string, Route>} routes by `METHOD url`
 * @returns {typeof fetch}
 */
export function server(routes) {
  return async (input, init) => {
    const { signal: _signal, ...rest } = init ?? {};
    const request = new Request(input, rest);
    const route = routes[`${request.method} ${request.url}`];
    const { status = 200, body, text } = route ? await route(request) : { status: 404, body: { error: "not_found" } };
    return new Response(status === 204 ? null : (text ?? JSON.stringify(body)), { status });
  };
}

/** An institution with one record, behind routes; each test may replace some. */
export async function institution() {
  const credentialIssuer = "http://localhost:8001/i/saebyeok";
  const issuerKey = await generateHolderKey(false);
  /** @type {Set<string>} */
  const nonces = new Set();
  const state = { txCode: "123456", used: false, nonceCalls: 0, notified: 0, staleNonces: 0 };
  const offer = {
    credential_issuer: credentialIssuer,
    credential_configuration_ids: ["UniversityDegree"],
    grants: {
      "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
        "pre-authorized_code": "code-1",
        tx_code: { length: 6, input_mode: "numeric", description: "창구에서 받은 번호" },
      },
    },
  };
  const metadata = {
    credential_issuer: credentialIssuer,
    credential_endpoint: `${credentialIssuer}/credential`,
    nonce_endpoint: `${credentialIssuer}/nonce`,
    notification_endpoint: `${credentialIssuer}/notification`,
    display: [
      { name: "새벽대학교(시연용)", locale: "ko-KR" },
      { name: "Saebyeok University (demo)", locale: "en" },
    ],
    "urn:vdr:identity_claim": {
      endpoint: `${credentialIssuer}/claims/identity`,
      dcql_query: {
        credentials: [
          {
            id: "identity",
            format: "dc+sd-jwt",
            meta: { vct_values: ["urn:vdr:IdentityCredential:1"] },
            claims: [{ path: ["ld", "credentialSubject", "name"] }, { path: ["ld", "credentialSubject", "birthDate"] }],
          },
        ],
      },
    },
    credential_configurations_supported: {
      UniversityDegree: {
        format: "dc+sd-jwt",
        vct: "urn:vdr:UniversityDegree:1",
        credential_metadata: {
          display: [
            { name: "학위", locale: "ko" },
            { name: "Degree", locale: "en" },
          ],
          claims: [
            { path: ["ld", "credentialSubject", "name"], display: [{ name: "이름", locale: "ko" }] },
            { path: ["ld", "credentialSubject", "birthDate"], display: [{ name: "생년월일", locale: "ko" }] },
          ],
          "urn:vdr:resume": {
            section: { id: "education", label: { ko: "학력", en: "Education" }, order: 20 },
            order: 10,
            icon: { tone: "blue", path: "M3 9.5L12 5l9 4.5-9 4.5z" },
            lead: ["degree"],
            hiddenByDefault: ["birthDate", "gradeAverage"],
          },
        },
      },
    },
  };
  /** @type {Record<string, Route>} */
  const routes = {
    "GET http://localhost:8001/i/saebyeok/offers/1": () => ({ body: offer }),
    "GET http://localhost:8001/.well-known/openid-credential-issuer/i/saebyeok": () => ({ body: metadata }),
    "GET http://localhost:8001/.well-known/oauth-authorization-server/i/saebyeok": () => ({
      body: { issuer: credentialIssuer, token_endpoint: `${credentialIssuer}/token` },
    }),
    [`POST ${credentialIssuer}/token`]: async (request) => {
      const form = new URLSearchParams(await request.text());
      const good = form.get("pre-authorized_code") === "code-1" && form.get("tx_code") === state.txCode && !state.used;
      if (!good) return { status: 400, body: { error: "invalid_grant" } };
      state.used = true;
      return { body: { access_token: "token-1", token_type: "Bearer", expires_in: 60 } };
    },
    [`POST ${credentialIssuer}/nonce`]: () => {
      const nonce = encode(randomBytes(16));
      state.nonceCalls += 1;
      nonces.add(nonce);
      return { body: { c_nonce: nonce } };
    },
    [`POST ${credentialIssuer}/credential`]: async (request) => {
      const body = await request.json();
      if (request.headers.get("authorization") !== "Bearer token-1")
        return { status: 401, body: { error: "invalid_token" } };
      const proof = parseJwt(body.proofs.jwt[0]);
      const holder = parsePublicJwk(proof.header.jwk);
      const proven =
        proof.header.typ === "openid4vci-proof+jwt" &&
        proof.payload.aud === credentialIssuer &&
        (await verify(holder, proof.signature, proof.signingInput));
      if (!proven) return { status: 400, body: { error: "invalid_proof" } };
      if (state.staleNonces > 0 || !nonces.delete(String(proof.payload.nonce))) {
        state.staleNonces -= 1;
        return { status: 400, body: { error: "invalid_nonce" } };
      }
      const credential = await issue({
        credentialIssuer,
        issuerKey,
        holder,
        type: "UniversityDegree",
        visible: { name: "김하늘", degree: "공학사" },
        hideable: { birthDate: "2001-03-14", gradeAverage: "4.1" },
      });
      return { body: { credentials: [{ credential }], notification_id: "n-1" } };
    },
    [`POST ${credentialIssuer}/notification`]: () => {
      state.notified += 1;
      return { status: 204 };
    },
  };
  return {
    credentialIssuer,
    issuerKey,
    routes,
    offer,
    metadata,
    state,
    offerUri: "http://localhost:8001/i/saebyeok/offers/1",
  };
}

/**
 * A receipt of a credential that is the second of two leaves.
 * @param {string} credential
 */
export async function receiptFor(credential) {
  const leaf = await leafOf(credential);
  const sibling = randomBytes(32);
  const root = await sha256(concat(Uint8Array.of(1), sibling, Uint8Array.from(Buffer.from(leaf, "hex"))));
  const hash = `0x${"ab".repeat(32)}`;
  return {
    type: /** @type {const} */ ("AnchorReceipt"),
    version: /** @type {const} */ (1),
    leaf,
    index: 1,
    size: 2,
    path: [encode(sibling)],
    root: toHex(root),
    chain: { id: "eip155:20261", genesis: hash, contract: `0x${"Cd".repeat(20)}`, codeHash: hash },
    submitter: `0x${"Ef".repeat(20)}`,
    transaction: hash,
    block: { number: 7, time: 1795414102 },
  };
}

export { base58 };
