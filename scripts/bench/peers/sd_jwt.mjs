/**
 * @sd-jwt/core with the ES256 of @sd-jwt/crypto-nodejs: issue and verify as its documentation shows. Keys that
 * were imported once stay imported, as in the credential core.
 */

import { readFileSync } from "node:fs";
import { SDJwtInstance } from "@sd-jwt/core";
import { digest, ES256, generateSalt } from "@sd-jwt/crypto-nodejs";
import { serve } from "./measuring.mjs";

const material = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { payloads, frame, presented, nonce, audience, issuer } = material.sdJwt;
const kept = new Map();

/** The verifier of a public JWK, kept by its coordinates. */
async function verifierOf(jwk) {
  const name = `${jwk.x}.${jwk.y}`;
  let found = kept.get(name);
  if (found === undefined) kept.set(name, (found = await ES256.getVerifier(jwk)));
  return found;
}

const issuers = new Map([[issuer.verificationMethod, issuer.publicJwk]]);

/** The issuer's key is found by the header's kid; the library hands over what was signed. */
async function issuerVerifier(data, signature) {
  const { kid } = JSON.parse(Buffer.from(data.slice(0, data.indexOf(".")), "base64url").toString());
  const jwk = issuers.get(kid);
  if (jwk === undefined) throw new Error("unknown key");
  return (await verifierOf(jwk))(data, signature);
}

const instance = new SDJwtInstance({
  hasher: digest,
  hashAlg: "sha-256",
  saltGenerator: generateSalt,
  signer: await ES256.getSigner(issuer.secretJwk),
  signAlg: "ES256",
  verifier: issuerVerifier,
  kbVerifier: async (data, signature, payload) => (await verifierOf(payload.cnf.jwk))(data, signature),
});
const header = { typ: "dc+sd-jwt", kid: issuer.verificationMethod };

const issue = (payload) => instance.issue(payload, frame, { header });

async function verify(token) {
  const { kb } = await instance.verify(token, { keyBindingNonce: nonce });
  if (kb.payload.aud !== audience) throw new Error("another audience");
}

await serve(
  {
    "issue SD-JWT": (number) => issue(payloads[number % payloads.length]),
    "verify SD-JWT": (number) => verify(presented[number % presented.length]),
  },
  { issue, verify },
);
