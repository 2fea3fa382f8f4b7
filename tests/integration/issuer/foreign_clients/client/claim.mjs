// A wallet made of @openid4vc/openid4vci, the library under Credo: node claim.mjs '{"offer", "txCode", …}'.
// Prints {"credential", "tokenType", "details", "jwk"}, or the library's error on stderr.
import { Buffer } from "node:buffer";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import process from "node:process";
import { clientAuthenticationAnonymous, HashAlgorithm, setGlobalConfig } from "@openid4vc/oauth2";
import { Openid4vciClient } from "@openid4vc/openid4vci";

/** @typedef {{alg: "ES256" | "EdDSA", jwk: Record<string, string>, key: import("node:crypto").KeyObject}} Key */

const { offer, txCode, alg, binding, dpop, details } = JSON.parse(process.argv[2] ?? "{}");

/** @param {string | Uint8Array} bytes */
const b64u = (bytes) => Buffer.from(bytes).toString("base64url");

/**
 * @param {string} algorithm
 * @returns {Key}
 */
function makeKey(algorithm) {
  const pair =
    algorithm === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { alg: algorithm, jwk: pair.publicKey.export({ format: "jwk" }), key: pair.privateKey };
}

const keys = [makeKey(alg ?? "ES256"), makeKey("ES256")];
const [holder, client] = keys;
const signers = new Map(keys.map((each) => [JSON.stringify(each.jwk), each]));
const didJwk = `did:jwk:${b64u(JSON.stringify(holder.jwk))}`;

/** @type {any} */
const callbacks = {
  fetch,
  clientAuthentication: clientAuthenticationAnonymous(),
  /** @param {Uint8Array} data @param {string} algorithm */
  hash: (data, algorithm) =>
    createHash(algorithm === HashAlgorithm.Sha256 ? "sha256" : algorithm.replace("-", ""))
      .update(data)
      .digest(),
  /** @param {number} length */
  generateRandom: (length) => randomBytes(length),
  /** @param {any} signer @param {{header: any, payload: any}} jwt */
  signJwt: (signer, { header, payload }) => {
    const {
      key,
      jwk,
      alg: algorithm,
    } = signer.method === "did" ? holder : signers.get(JSON.stringify(signer.publicJwk));
    const input = `${b64u(JSON.stringify(header))}.${b64u(JSON.stringify(payload))}`;
    const signature =
      algorithm === "EdDSA"
        ? sign(null, Buffer.from(input), key)
        : sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
    return { jwt: `${input}.${b64u(signature)}`, signerJwk: jwk };
  },
};

setGlobalConfig({ allowInsecureUrls: true });
const wallet = new Openid4vciClient({ callbacks });
const credentialOffer = await wallet.resolveCredentialOffer(offer);
const issuerMetadata = await wallet.resolveIssuerMetadata(credentialOffer.credential_issuer);
const [configuration] = credentialOffer.credential_configuration_ids;
const asked = details && [{ type: "openid_credential", credential_configuration_id: configuration }];
const { accessTokenResponse, dpop: answered } = await wallet.retrievePreAuthorizedCodeAccessTokenFromOffer({
  credentialOffer,
  issuerMetadata,
  txCode,
  ...(asked && { additionalRequestPayload: { authorization_details: JSON.stringify(asked) } }),
  ...(dpop && { dpop: { signer: { method: "jwk", publicJwk: client.jwk, alg: "ES256" } } }),
});
const { c_nonce: nonce } = await wallet.requestNonce({ issuerMetadata });
const { jwt } = await wallet.createCredentialRequestJwtProof({
  issuerMetadata,
  credentialConfigurationId: configuration,
  nonce,
  signer:
    binding === "did"
      ? { method: "did", didUrl: `${didJwk}#0`, alg: holder.alg }
      : { method: "jwk", publicJwk: holder.jwk, alg: holder.alg },
});
const { credentialResponse } = await wallet.retrieveCredentials({
  issuerMetadata,
  credentialConfigurationId: configuration,
  accessToken: accessTokenResponse.access_token,
  proofs: { jwt: [jwt] },
  ...(answered && { dpop: answered }),
});
await wallet.sendNotification({
  issuerMetadata,
  accessToken: accessTokenResponse.access_token,
  notification: { notificationId: credentialResponse.notification_id, event: "credential_accepted" },
  ...(answered && { dpop: answered }),
});
const [{ credential }] = credentialResponse.credentials;
console.log(
  JSON.stringify({
    credential,
    tokenType: accessTokenResponse.token_type,
    details: accessTokenResponse.authorization_details ?? null,
    jwk: holder.jwk,
  }),
);
