/**
 * OpenID for Verifiable Credential Issuance 1.0, wallet's side: offer, metadata, pre-authorized code with transaction
 * code, nonce, proof, credential, notification. Also the identity claim of this product: presenting a credential that
 * proves who one is to an institution that holds records of the same person, which answers with offers.
 *
 * Every endpoint must lie on the credential issuer's own origin, so a metadata document cannot send a wallet's
 * codes or proofs elsewhere. The authorization-code flow and deferred issuance are left to later.
 *
 * @typedef {import("/shared/protocol/http.js").Fetch} Fetch
 * @typedef {import("./keys.js").HolderKey} HolderKey
 * @typedef {{length: number | null, inputMode: "numeric" | "text", description: string | null}} TxCode
 * @typedef {{credentialIssuer: string, configurationIds: string[], preAuthorizedCode: string, txCode: TxCode | null}} Offer
 * @typedef {{path: (string | number | null)[], labels: Record<string, string>}} ClaimDisplay
 * @typedef {{id: string, format: string, vct: string | null, names: Record<string, string>, claims: ClaimDisplay[],
 *   display: import("/shared/protocol/type_display.js").TypeDisplay}} Configuration
 * @typedef {{endpoint: string, vcts: string[], claims: string[]}} IdentityClaim where to claim, by credentials of which types, showing which claims
 * @typedef {{credentialIssuer: string, tokenEndpoint: string, credentialEndpoint: string, nonceEndpoint: string | null, notificationEndpoint: string | null, names: Record<string, string>, configurations: Map<string, Configuration>, identityClaim: IdentityClaim | null}} IssuerMetadata
 * @typedef {{id: string, credentialIssuer: string, configurationId: string, identifiers: string[], accessToken: string,
 *   madeAt: string, expires: number}} Pending a credential that was granted and is not kept yet; expiry in Unix seconds
 * @typedef {{key: HolderKey, now: Date, keep: (issued: IssuedCredential) => Promise<void>, forget: (id: string) => Promise<void>}} Receiver
 * @typedef {{credential: string, configuration: Configuration, credentialIssuer: string, issuerNames: Record<string, string>}} IssuedCredential
 */
import { ResumeError, isObject, parseJsonObject } from "/shared/protocol/errors.js";
import { parseFetchableUrl, requestJson } from "/shared/protocol/http.js";
import { parseTypeDisplay } from "/shared/protocol/type_display.js";
import { signJwt } from "./keys.js";
import { present, viewCredential } from "./resume.js";
import { bind, verifyReceived } from "./sd_jwt.js";

export const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const MAX_OFFER = 8 * 1024;
const MAX_METADATA = 512 * 1024;
const MAX_OFFERS = 32;
const MAX_CREDENTIALS = 16;
const MAX_CLAIMS = 200;
const TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 3600;
/** Refusals after which asking again with the same token is of no use. */
const FINAL = new Set(["invalid_token", "insufficient_scope", "credential_request_denied", "unknown_credential_configuration"]);
const JSON_HEADERS = { "Content-Type": "application/json", Accept: "application/json" };

/**
 * Read an offer as it reaches a person: an `openid-credential-offer://` link, a wallet link whose fragment or query
 * carries `credential_offer(_uri)`, or the offer's JSON itself (section 4.1).
 * @param {string} text
 * @returns {{offer: Offer} | {uri: string}}
 */
export function parseOfferLink(text) {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > MAX_OFFER) throw new ResumeError("offer_invalid", "The offer is empty or too long.");
  if (trimmed.startsWith("{")) return { offer: parseOffer(parseJsonObject(trimmed, "offer_invalid", "The offer")) };
  let url;
  try {
    url = new URL(trimmed);
  } catch {
    throw new ResumeError("offer_invalid", "This is not an offer's link.");
  }
  const parameters = [url.searchParams, new URLSearchParams(url.hash.replace(/^#(\/?[\w-]*\?)?/, ""))].find(
    (candidate) => candidate.has("credential_offer") || candidate.has("credential_offer_uri"),
  );
  if (!parameters) throw new ResumeError("offer_invalid", "The link carries no offer.");
  const inline = parameters.getAll("credential_offer");
  const reference = parameters.getAll("credential_offer_uri");
  if (inline.length + reference.length !== 1) {
    throw new ResumeError("offer_invalid", "An offer's link carries exactly one offer (section 4.1).");
  }
  if (inline.length === 1) return { offer: parseOffer(parseJsonObject(inline[0], "offer_invalid", "The offer")) };
  return { uri: parseFetchableUrl(reference[0], "offer_invalid").href };
}

/**
 * Validate a credential offer object (section 4.1.1).
 * @param {unknown} value
 * @returns {Offer}
 */
export function parseOffer(value) {
  if (!isObject(value) || typeof value.credential_issuer !== "string") {
    throw new ResumeError("offer_invalid", "The offer names no credential issuer.");
  }
  const issuer = parseFetchableUrl(value.credential_issuer, "offer_invalid");
  if (issuer.search || issuer.hash) throw new ResumeError("offer_invalid", "The credential issuer carries a query or fragment.");
  const ids = value.credential_configuration_ids;
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > MAX_CREDENTIALS || !ids.every((id) => typeof id === "string")) {
    throw new ResumeError("offer_invalid", "The offer names no credentials.");
  }
  const grant = isObject(value.grants) ? value.grants[PRE_AUTHORIZED] : undefined;
  if (!isObject(grant) || typeof grant["pre-authorized_code"] !== "string") {
    throw new ResumeError("offer_unsupported", "The offer has no pre-authorized code, the only way this wallet takes so far.");
  }
  const tx = grant.tx_code;
  return {
    credentialIssuer: value.credential_issuer,
    configurationIds: ids,
    preAuthorizedCode: grant["pre-authorized_code"],
    txCode: isObject(tx)
      ? {
          length: typeof tx.length === "number" && tx.length > 0 && tx.length <= 32 ? tx.length : null,
          inputMode: tx.input_mode === "text" ? "text" : "numeric",
          description: typeof tx.description === "string" ? tx.description.slice(0, 300) : null,
        }
      : null,
  };
}

/**
 * Fetch an offer that a link names by reference.
 * @param {Fetch} fetch
 * @param {string} uri
 * @returns {Promise<Offer>}
 */
export async function fetchOffer(fetch, uri) {
  const answer = requestJson(fetch, uri, { maxBytes: MAX_OFFER, headers: { Accept: "application/json" } });
  const { body } = await answer.catch((error) => {
    const gone = error instanceof ResumeError && (error.context.status === 404 || error.context.status === 410);
    throw gone ? new ResumeError("offer_refused", "The offer was used, has expired or never was.") : error;
  });
  const offer = parseOffer(body);
  if (new URL(offer.credentialIssuer).origin !== new URL(uri).origin) {
    throw new ResumeError("issuer_mismatch", "The offer comes from another place than the institution it names.");
  }
  return offer;
}

/**
 * Read an offer's link, fetching what it refers to.
 * @param {Fetch} fetch
 * @param {string} text
 * @returns {Promise<Offer>}
 */
export async function resolveOffer(fetch, text) {
  const parsed = parseOfferLink(text);
  return "offer" in parsed ? parsed.offer : fetchOffer(fetch, parsed.uri);
}

/**
 * Fetch and validate an issuer's metadata and its authorization server's (sections 12.2 and 12.3, RFC 8414).
 * @param {Fetch} fetch
 * @param {string} credentialIssuer
 * @returns {Promise<IssuerMetadata>}
 */
export async function fetchMetadata(fetch, credentialIssuer) {
  const url = parseFetchableUrl(credentialIssuer, "offer_invalid");
  const options = { maxBytes: MAX_METADATA, headers: { Accept: "application/json" } };
  const path = url.pathname === "/" ? "" : url.pathname;
  const issuer = (await requestJson(fetch, `${url.origin}/.well-known/openid-credential-issuer${path}`, options)).body;
  if (issuer.credential_issuer !== credentialIssuer) {
    throw new ResumeError("issuer_mismatch", "The metadata belongs to another credential issuer (section 12.2.1).");
  }
  const servers = issuer.authorization_servers;
  const server = Array.isArray(servers) && typeof servers[0] === "string" ? servers[0] : credentialIssuer;
  const serverUrl = parseFetchableUrl(server, "metadata_invalid");
  if (serverUrl.origin !== url.origin) {
    throw new ResumeError("metadata_invalid", "The authorization server lies on another origin than its issuer.");
  }
  const serverPath = serverUrl.pathname === "/" ? "" : serverUrl.pathname;
  const oauth = (await requestJson(fetch, `${serverUrl.origin}/.well-known/oauth-authorization-server${serverPath}`, options)).body;
  if (oauth.issuer !== server) throw new ResumeError("issuer_mismatch", "The authorization server's metadata belongs to another issuer.");
  return {
    credentialIssuer,
    tokenEndpoint: endpoint(oauth.token_endpoint, url.origin),
    credentialEndpoint: endpoint(issuer.credential_endpoint, url.origin),
    nonceEndpoint: issuer.nonce_endpoint === undefined ? null : endpoint(issuer.nonce_endpoint, url.origin),
    notificationEndpoint: issuer.notification_endpoint === undefined ? null : endpoint(issuer.notification_endpoint, url.origin),
    names: displayNames(issuer.display),
    configurations: parseConfigurations(issuer.credential_configurations_supported),
    identityClaim: parseIdentityClaim(issuer["urn:vdr:identity_claim"], url.origin),
  };
}

/**
 * Where and by which credential an institution lets a person claim (a DCQL query of one credential, OpenID4VP 1.0
 * section 6); `null` when it does not say so in a way this wallet can follow.
 * @param {unknown} value
 * @param {string} origin
 * @returns {IdentityClaim | null}
 */
function parseIdentityClaim(value, origin) {
  if (!isObject(value) || !isObject(value.dcql_query)) return null;
  const queries = value.dcql_query.credentials;
  const query = Array.isArray(queries) && queries.length === 1 ? queries[0] : null;
  if (!isObject(query) || query.format !== "dc+sd-jwt" || !isObject(query.meta) || !Array.isArray(query.claims)) return null;
  const vcts = query.meta.vct_values;
  if (!Array.isArray(vcts) || vcts.length > MAX_CREDENTIALS || !vcts.every((vct) => typeof vct === "string")) return null;
  if (query.claims.length > MAX_CLAIMS) return null;
  const claims = query.claims.flatMap((claim) => (isObject(claim) && Array.isArray(claim.path) ? [subjectName(claim.path)] : []));
  return { endpoint: endpoint(value.endpoint, origin), vcts, claims };
}

/**
 * Name of a claim below the credential's subject. Paths start at the credential's root (OpenID4VCI appendix C).
 * @param {unknown[]} path
 * @returns {string} empty for what is not a claim of the subject
 */
export function subjectName(path) {
  const start = path.lastIndexOf("credentialSubject") + 1;
  return path.slice(start).filter((part) => typeof part === "string").join(".");
}

/**
 * @param {unknown} value
 * @param {string} origin
 * @returns {string}
 */
function endpoint(value, origin) {
  if (typeof value !== "string") throw new ResumeError("metadata_invalid", "The metadata lacks an endpoint.");
  const url = parseFetchableUrl(value, "metadata_invalid");
  if (url.origin !== origin) throw new ResumeError("metadata_invalid", "An endpoint lies on another origin than its issuer.");
  return url.href;
}

/**
 * Names by language (`ko`, `en`, …; first subtag only) from a `display` array.
 * @param {unknown} display
 * @returns {Record<string, string>}
 */
function displayNames(display) {
  /** @type {Record<string, string>} */
  const names = {};
  for (const entry of Array.isArray(display) ? display.slice(0, 32) : []) {
    if (!isObject(entry) || typeof entry.name !== "string") continue;
    const language = typeof entry.locale === "string" ? entry.locale.split("-")[0].toLowerCase() : "und";
    if (/^[a-z]{2,3}$/.test(language)) names[language] ??= entry.name.slice(0, 200);
  }
  return names;
}

/**
 * @param {unknown} supported
 * @returns {Map<string, Configuration>}
 */
function parseConfigurations(supported) {
  if (!isObject(supported)) throw new ResumeError("metadata_invalid", "The metadata lists no credential configurations.");
  /** @type {Map<string, Configuration>} */
  const configurations = new Map();
  for (const [id, value] of Object.entries(supported)) {
    if (!isObject(value)) continue;
    const metadata = isObject(value.credential_metadata) ? value.credential_metadata : {};
    const claims = Array.isArray(metadata.claims) ? metadata.claims.slice(0, MAX_CLAIMS) : [];
    configurations.set(id, {
      id,
      format: String(value.format ?? ""),
      vct: typeof value.vct === "string" ? value.vct : null,
      names: displayNames(metadata.display),
      display: parseTypeDisplay(metadata["urn:vdr:resume"]),
      claims: claims.flatMap((claim) =>
        isObject(claim) && Array.isArray(claim.path) ? [{ path: claim.path, labels: displayNames(claim.display) }] : [],
      ),
    });
  }
  return configurations;
}

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
export async function takeOffer(fetch, offer, { key, txCode, now, keep = nothing, remember = nothing, forget = nothing }) {
  if (offer.txCode && !txCode) throw new ResumeError("tx_code_needed", "The offer needs the code the institution gave separately.");
  const metadata = await fetchMetadata(fetch, offer.credentialIssuer);
  const configurations = offer.configurationIds.map((id) => {
    const configuration = metadata.configurations.get(id);
    if (!configuration) throw new ResumeError("offer_unsupported", "The offer names a credential the institution does not list.");
    if (configuration.format !== "dc+sd-jwt") throw new ResumeError("offer_unsupported", "The credential's format is not dc+sd-jwt.");
    return configuration;
  });
  const token = await fetchToken(fetch, metadata, offer, txCode);
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
        offer.txCode ? "The code is wrong, or the offer has expired or was used." : "The offer has expired or was used.",
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
    if (!isObject(detail) || typeof detail.credential_configuration_id !== "string" || !Array.isArray(detail.credential_identifiers)) continue;
    identifiers.set(detail.credential_configuration_id, detail.credential_identifiers.filter((id) => typeof id === "string").slice(0, MAX_CREDENTIALS));
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
  const { body } = await requestJson(fetch, nonceEndpoint, { method: "POST", maxBytes: 4096, headers: { Accept: "application/json" } });
  if (typeof body.c_nonce !== "string" || body.c_nonce === "") throw new ResumeError("answer_malformed", "The nonce response has no nonce.");
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
    if (!Array.isArray(body.credentials) || body.credentials.length === 0 || body.credentials.length > MAX_CREDENTIALS) {
      throw new ResumeError("answer_malformed", "The credential response holds no credentials.");
    }
    for (const entry of body.credentials) {
      if (!isObject(entry) || typeof entry.credential !== "string") throw new ResumeError("answer_malformed", "A credential is not text.");
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
    throw new ResumeError("issuer_mismatch", "The credential is signed in the name of another institution than the one that offered it.");
  }
}

/**
 * did:web of a credential issuer identifier.
 * @param {string} credentialIssuer
 * @returns {string}
 */
export function didOfIssuer(credentialIssuer) {
  const url = new URL(credentialIssuer);
  const path = url.pathname.split("/").filter(Boolean).map((segment) => `:${segment}`).join("");
  return `did:web:${encodeURIComponent(url.host)}${path}`;
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

/**
 * Prove to an institution who one is, and get offers for the records it holds.
 * @param {Fetch} fetch
 * @param {object} input
 * @param {string} input.credentialIssuer the institution's identifier
 * @param {string} input.identityCredential text of a held credential that the institution takes (`identityAmong`)
 * @param {import("./receipts.js").Receipt | null} [input.receipt] its receipt, for an institution that another issuer serves
 * @param {HolderKey} input.key
 * @param {Date} input.now
 * @returns {Promise<Offer[]>}
 */
export async function claimByIdentity(fetch, { credentialIssuer, identityCredential, receipt = null, key, now }) {
  const metadata = await fetchMetadata(fetch, credentialIssuer);
  const { nonceEndpoint, identityClaim } = metadata;
  if (!nonceEndpoint) throw new ResumeError("metadata_invalid", "The institution has no nonce endpoint.");
  if (!identityClaim) throw new ResumeError("identity_unsupported", "The institution does not say by which credential one claims.");
  const { claims, vct } = await viewCredential(identityCredential);
  if (!identityClaim.vcts.includes(vct)) throw new ResumeError("identity_missing", "The institution takes another kind of credential.");
  // What the institution asks for is what it finds records by; it has no use for more.
  const hidden = claims.filter(({ path, canHide }) => canHide && !identityClaim.claims.includes(path)).map(({ path }) => path);
  const presentation = await bind(await present(identityCredential, hidden), {
    privateKey: key.privateKey,
    audience: credentialIssuer,
    nonce: await fetchNonce(fetch, nonceEndpoint),
    issuedAt: Math.floor(now.getTime() / 1000),
  });
  const { body } = await requestJson(fetch, identityClaim.endpoint, {
    method: "POST",
    headers: JSON_HEADERS,
    body: JSON.stringify(receipt ? { presentation, receipt } : { presentation }),
  });
  if (!Array.isArray(body.offers) || body.offers.length > MAX_OFFERS) {
    throw new ResumeError("answer_malformed", "The institution's answer holds no list of offers.");
  }
  return body.offers.map((value) => {
    const offer = parseOffer(value);
    if (offer.credentialIssuer !== credentialIssuer) {
      throw new ResumeError("issuer_mismatch", "An offer names another institution than the one asked.");
    }
    return offer;
  });
}
