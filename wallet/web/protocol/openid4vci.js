/**
 * OpenID for Verifiable Credential Issuance 1.0, wallet's side: pre-authorized code with transaction code, nonce,
 * proof, credential, notification. Offers are read in `offers.js`, metadata in `issuer_metadata.js`. The
 * authorization-code flow and deferred issuance are left to later.
 *
 * @typedef {import("/shared/protocol/http.js").Fetch} Fetch
 * @typedef {import("./keys.js").HolderKey} HolderKey
 * @typedef {import("./issuer_metadata.js").Configuration} Configuration
 * @typedef {import("./issuer_metadata.js").IssuerMetadata} IssuerMetadata
 * @typedef {import("./offers.js").Offer} Offer
 * @typedef {{id: string, credentialIssuer: string, configurationId: string, identifiers: string[], accessToken: string,
 *   madeAt: string, expires: number}} Pending a credential that was granted and is not kept yet; expiry in Unix seconds
 * @typedef {{credential: string, configuration: Configuration, credentialIssuer: string,
 *   issuerNames: Record<string, string>}} IssuedCredential
 * @typedef {{key: HolderKey, now: Date, keep: (issued: IssuedCredential) => Promise<void>,
 *   forget: (id: string) => Promise<void>}} Receiver
 */
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import { requestJson } from "/shared/protocol/http.js";
import { didOfIssuer, fetchMetadata } from "./issuer_metadata.js";
import { signJwt } from "./keys.js";
import { PRE_AUTHORIZED, parseTxCode } from "./offers.js";
import { verifyReceived } from "./sd_jwt.js";

const MAX_CREDENTIALS = 16;
const TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 3600;
/** Refusals after which asking again with the same token is of no use. */
const FINAL = new Set([
  "invalid_token",
  "insufficient_scope",
  "credential_request_denied",
  "unknown_credential_configuration",
]);
const JSON_HEADERS = { "Content-Type": "application/json", Accept: "application/json" };

/**
 * Take an offer: token, nonce, proof, credentials. Each credential is checked before it is handed to `keep`, and the
 * issuer, who erases its copy then, is told that it was accepted only after `keep` is done: a wallet that cannot store
 * it, or dies in between, loses nothing that the issuer could not deliver again.
 *
 * The code is used up with the token, so the token is handed to `remember` before any credential is asked for: after
 * a lost answer or a closed page `finishPending` asks again, and the issuer delivers the same credential to the same
 * key while the token lives.
 * @param {Fetch} fetch
 * @param {Offer} offer
 * @param {{key: HolderKey, txCode?: string, now: Date, keep?: (issued: IssuedCredential) => Promise<void>,
 *   remember?: (pending: Pending) => Promise<void>, forget?: (id: string) => Promise<void>}} wallet
 * @returns {Promise<IssuedCredential[]>}
 */
export async function takeOffer(
  fetch,
  offer,
  { key, txCode, now, keep = nothing, remember = nothing, forget = nothing },
) {
  if (offer.txCode && !txCode)
    throw new ResumeError("tx_code_needed", "The offer needs the code the institution gave separately.");
  const code = offer.txCode && txCode ? parseTxCode(txCode, offer.txCode) : undefined;
  const metadata = await fetchMetadata(fetch, offer.credentialIssuer);
  const configurations = offer.configurationIds.map((id) => {
    const configuration = metadata.configurations.get(id);
    if (!configuration)
      throw new ResumeError("offer_unsupported", "The offer names a credential the institution does not list.");
    if (configuration.format !== "dc+sd-jwt")
      throw new ResumeError("offer_unsupported", "The credential's format is not dc+sd-jwt.");
    return configuration;
  });
  const token = await fetchToken(fetch, metadata, offer, code);
  const pending = configurations.map(({ id }) => ({
    id: `urn:uuid:${crypto.randomUUID()}`,
    credentialIssuer: offer.credentialIssuer,
    configurationId: id,
    identifiers: token.identifiers.get(id) ?? [],
    accessToken: token.accessToken,
    madeAt: now.toISOString(),
    expires: Math.floor(now.getTime() / 1000) + token.seconds,
  }));
  for (const one of pending) await remember(one);
  /** @type {IssuedCredential[]} */
  const issued = [];
  for (const one of pending) issued.push(...(await receive(fetch, metadata, one, { key, now, keep, forget })));
  return issued;
}

async function nothing() {}

/**
 * Finish what a lost answer or a closed page left: ask again with the same token and key.
 * @param {Fetch} fetch
 * @param {Pending} pending
 * @param {Receiver} wallet
 * @returns {Promise<IssuedCredential[]>} none when its time is over
 */
export async function finishPending(fetch, pending, wallet) {
  if (isOver(pending, wallet.now)) {
    await wallet.forget(pending.id);
    return [];
  }
  return receive(fetch, await fetchMetadata(fetch, pending.credentialIssuer), pending, wallet);
}

/**
 * Tell whether a granted credential can no longer be had.
 * @param {Pending} pending
 * @param {Date} now
 */
export function isOver(pending, now) {
  return pending.expires * 1000 <= now.getTime();
}

/**
 * Ask for a granted credential, keep it, forget that it was to come, and tell the issuer; after a refusal that asking
 * again does not change it is forgotten too.
 * @param {Fetch} fetch
 * @param {IssuerMetadata} metadata
 * @param {Pending} pending
 * @param {Receiver} wallet
 */
async function receive(fetch, metadata, pending, wallet) {
  const configuration = metadata.configurations.get(pending.configurationId);
  if (!configuration) throw new ResumeError("offer_unsupported", "The institution no longer lists this credential.");
  try {
    return await fetchCredentials(fetch, metadata, configuration, pending, wallet);
  } catch (error) {
    if (error instanceof ResumeError && FINAL.has(String(error.context.reason))) await wallet.forget(pending.id);
    throw error;
  }
}

/**
 * @param {Fetch} fetch
 * @param {IssuerMetadata} metadata
 * @param {Offer} offer
 * @param {string | undefined} txCode
 * @returns {Promise<{accessToken: string, seconds: number, identifiers: Map<string, string[]>}>}
 */
async function fetchToken(fetch, metadata, offer, txCode) {
  const form = new URLSearchParams({ grant_type: PRE_AUTHORIZED, "pre-authorized_code": offer.preAuthorizedCode });
  if (txCode) form.set("tx_code", txCode);
  let body;
  try {
    ({ body } = await requestJson(fetch, metadata.tokenEndpoint, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: form.toString(),
    }));
  } catch (error) {
    if (error instanceof ResumeError && error.context.reason === "invalid_grant") {
      throw new ResumeError(
        offer.txCode ? "tx_code_or_offer_refused" : "offer_refused",
        offer.txCode
          ? "The code is wrong, or the offer has expired or was used."
          : "The offer has expired or was used.",
        error.context,
      );
    }
    throw error;
  }
  if (typeof body.access_token !== "string" || String(body.token_type).toLowerCase() !== "bearer") {
    throw new ResumeError("answer_malformed", "The token response has no bearer token.");
  }
  /** @type {Map<string, string[]>} */
  const identifiers = new Map();
  for (const detail of Array.isArray(body.authorization_details) ? body.authorization_details : []) {
    if (
      !isObject(detail) ||
      typeof detail.credential_configuration_id !== "string" ||
      !Array.isArray(detail.credential_identifiers)
    )
      continue;
    identifiers.set(
      detail.credential_configuration_id,
      detail.credential_identifiers.filter((id) => typeof id === "string").slice(0, MAX_CREDENTIALS),
    );
  }
  const lives = typeof body.expires_in === "number" && body.expires_in > 0 ? body.expires_in : TOKEN_SECONDS;
  return { accessToken: body.access_token, seconds: Math.floor(Math.min(lives, MAX_TOKEN_SECONDS)), identifiers };
}

/**
 * Ask for a fresh nonce (section 7).
 * @param {Fetch} fetch
 * @param {string} nonceEndpoint
 * @returns {Promise<string>}
 */
export async function fetchNonce(fetch, nonceEndpoint) {
  const { body } = await requestJson(fetch, nonceEndpoint, {
    method: "POST",
    maxBytes: 4096,
    headers: { Accept: "application/json" },
  });
  if (typeof body.c_nonce !== "string" || body.c_nonce === "")
    throw new ResumeError("answer_malformed", "The nonce response has no nonce.");
  return body.c_nonce;
}

/**
 * Key proof of type `jwt` (appendix F.1); no `iss`, because the pre-authorized flow is anonymous here.
 * @param {HolderKey} key
 * @param {string} audience credential issuer identifier
 * @param {string | null} nonce
 * @param {Date} now
 */
export function buildProof(key, audience, nonce, now) {
  return signJwt(
    key.privateKey,
    { alg: "ES256", typ: "openid4vci-proof+jwt", jwk: key.publicJwk },
    { aud: audience, iat: Math.floor(now.getTime() / 1000), ...(nonce === null ? {} : { nonce }) },
  );
}

/**
 * @param {Fetch} fetch
 * @param {IssuerMetadata} metadata
 * @param {Configuration} configuration
 * @param {Pending} pending
 * @param {Receiver} wallet
 * @returns {Promise<IssuedCredential[]>}
 */
async function fetchCredentials(fetch, metadata, configuration, pending, wallet) {
  // Section 8.2: where the token response gave credential identifiers, they must be used.
  const asks = pending.identifiers.length
    ? pending.identifiers.map((id) => ({ credential_identifier: id }))
    : [{ credential_configuration_id: configuration.id }];
  /** @type {IssuedCredential[]} */
  const credentials = [];
  /** @type {string[]} */
  const notifications = [];
  for (const ask of asks) {
    const body = await requestCredential(fetch, metadata, ask, pending.accessToken, wallet);
    if (
      !Array.isArray(body.credentials) ||
      body.credentials.length === 0 ||
      body.credentials.length > MAX_CREDENTIALS
    ) {
      throw new ResumeError("answer_malformed", "The credential response holds no credentials.");
    }
    for (const entry of body.credentials) {
      if (!isObject(entry) || typeof entry.credential !== "string")
        throw new ResumeError("answer_malformed", "A credential is not text.");
      await checkIssued(entry.credential, metadata, configuration, wallet.key);
      const { credentialIssuer, names: issuerNames } = metadata;
      const issued = { credential: entry.credential, configuration, credentialIssuer, issuerNames };
      await wallet.keep(issued);
      credentials.push(issued);
    }
    if (typeof body.notification_id === "string") notifications.push(body.notification_id);
  }
  await wallet.forget(pending.id);
  const { notificationEndpoint } = metadata;
  if (notificationEndpoint) {
    for (const id of notifications) await notify(fetch, notificationEndpoint, pending.accessToken, id);
  }
  return credentials;
}

/**
 * One credential request; a nonce that the issuer no longer takes is renewed once (section 8.3.1.2).
 * @param {Fetch} fetch
 * @param {IssuerMetadata} metadata
 * @param {Record<string, string>} ask
 * @param {string} accessToken
 * @param {{key: HolderKey, now: Date}} wallet
 */
async function requestCredential(fetch, metadata, ask, accessToken, { key, now }) {
  for (let attempt = 0; ; attempt += 1) {
    const nonce = metadata.nonceEndpoint ? await fetchNonce(fetch, metadata.nonceEndpoint) : null;
    const proof = await buildProof(key, metadata.credentialIssuer, nonce, now);
    try {
      const { body } = await requestJson(fetch, metadata.credentialEndpoint, {
        method: "POST",
        headers: { ...JSON_HEADERS, Authorization: `Bearer ${accessToken}` },
        body: JSON.stringify({ ...ask, proofs: { jwt: [proof] } }),
      });
      return body;
    } catch (error) {
      const stale = error instanceof ResumeError && error.context.reason === "invalid_nonce";
      if (!stale || attempt > 0) throw error;
    }
  }
}

/**
 * @param {string} credential
 * @param {IssuerMetadata} metadata
 * @param {Configuration} configuration
 * @param {HolderKey} key
 */
async function checkIssued(credential, metadata, configuration, key) {
  const { payload } = await verifyReceived(credential, key.publicJwk);
  if (configuration.vct !== null && payload.vct !== configuration.vct) {
    throw new ResumeError("credential_malformed", "The credential is of another type than the one offered.");
  }
  if (payload.iss !== didOfIssuer(metadata.credentialIssuer)) {
    throw new ResumeError(
      "issuer_mismatch",
      "The credential is signed in the name of another institution than the one that offered it.",
    );
  }
}

/**
 * Tell the issuer that its credential is kept (section 11). It is a courtesy: its failure loses nothing.
 * @param {Fetch} fetch
 * @param {string} url
 * @param {string} accessToken
 * @param {string} notificationId
 */
async function notify(fetch, url, accessToken, notificationId) {
  await requestJson(fetch, url, {
    method: "POST",
    accept: [200, 204],
    timeoutMs: 5000,
    headers: { ...JSON_HEADERS, Authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ notification_id: notificationId, event: "credential_accepted" }),
  }).catch(() => undefined);
}
