/**
 * What a credential issuer says of itself (OpenID4VCI 1.0, sections 12.2 and 12.3, RFC 8414): endpoints, the
 * credentials it issues and how they are shown, and by which credential a person may claim.
 *
 * Every endpoint must lie on the credential issuer's own origin, so a metadata document cannot send a wallet's codes or
 * proofs elsewhere.
 *
 * @typedef {import("/shared/protocol/http.js").Fetch} Fetch
 * @typedef {Record<string, string>} Names text by language
 * @typedef {{path: (string | number | null)[], labels: Names}} ClaimDisplay
 * @typedef {{id: string, format: string, vct: string | null, names: Names, claims: ClaimDisplay[],
 *   display: import("/shared/protocol/type_display.js").TypeDisplay}} Configuration
 * @typedef {{endpoint: string, vcts: string[], claims: string[]}} IdentityClaim where to claim, by credentials of which
 *   types, showing which claims
 * @typedef {{credentialIssuer: string, tokenEndpoint: string, credentialEndpoint: string, nonceEndpoint: string | null,
 *   notificationEndpoint: string | null, names: Names, configurations: Map<string, Configuration>,
 *   identityClaim: IdentityClaim | null}} IssuerMetadata
 */
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import { parseFetchableUrl, requestJson } from "/shared/protocol/http.js";
import { parseTypeDisplay } from "/shared/protocol/type_display.js";

const MAX_METADATA = 512 * 1024;
const MAX_CLAIMS = 200;
const MAX_VCTS = 16;

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
  const oauth = (
    await requestJson(fetch, `${serverUrl.origin}/.well-known/oauth-authorization-server${serverPath}`, options)
  ).body;
  if (oauth.issuer !== server)
    throw new ResumeError("issuer_mismatch", "The authorization server's metadata belongs to another issuer.");
  return {
    credentialIssuer,
    tokenEndpoint: endpoint(oauth.token_endpoint, url.origin),
    credentialEndpoint: endpoint(issuer.credential_endpoint, url.origin),
    nonceEndpoint: issuer.nonce_endpoint === undefined ? null : endpoint(issuer.nonce_endpoint, url.origin),
    notificationEndpoint:
      issuer.notification_endpoint === undefined ? null : endpoint(issuer.notification_endpoint, url.origin),
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
  if (!isObject(query) || query.format !== "dc+sd-jwt" || !isObject(query.meta) || !Array.isArray(query.claims))
    return null;
  const vcts = query.meta.vct_values;
  if (!Array.isArray(vcts) || vcts.length > MAX_VCTS || !vcts.every((vct) => typeof vct === "string")) return null;
  if (query.claims.length > MAX_CLAIMS) return null;
  const claims = query.claims.flatMap((claim) =>
    isObject(claim) && Array.isArray(claim.path) ? [subjectName(claim.path)] : [],
  );
  return { endpoint: endpoint(value.endpoint, origin), vcts, claims };
}

/**
 * Name of a claim below the credential's subject. Paths start at the credential's root (OpenID4VCI appendix C).
 * @param {unknown[]} path
 * @returns {string} empty for what is not a claim of the subject
 */
export function subjectName(path) {
  const start = path.lastIndexOf("credentialSubject") + 1;
  return path
    .slice(start)
    .filter((part) => typeof part === "string")
    .join(".");
}

/**
 * @param {unknown} value
 * @param {string} origin
 * @returns {string}
 */
function endpoint(value, origin) {
  if (typeof value !== "string") throw new ResumeError("metadata_invalid", "The metadata lacks an endpoint.");
  const url = parseFetchableUrl(value, "metadata_invalid");
  if (url.origin !== origin)
    throw new ResumeError("metadata_invalid", "An endpoint lies on another origin than its issuer.");
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
  if (!isObject(supported))
    throw new ResumeError("metadata_invalid", "The metadata lists no credential configurations.");
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
 * did:web of a credential issuer identifier.
 * @param {string} credentialIssuer
 * @returns {string}
 */
export function didOfIssuer(credentialIssuer) {
  const url = new URL(credentialIssuer);
  const path = url.pathname
    .split("/")
    .filter(Boolean)
    .map((segment) => `:${segment}`)
    .join("");
  return `did:web:${encodeURIComponent(url.host)}${path}`;
}
