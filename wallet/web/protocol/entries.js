/**
 * What a wallet keeps of a credential, whatever it keeps it in: the text, what it looks like to a person, its receipt.
 *
 * @typedef {import("/shared/protocol/type_display.js").TypeDisplay} TypeDisplay
 * @typedef {import("./issuer_metadata.js").Names} Names
 * @typedef {{id: string, type: string, credential: string, credentialIssuer: string, issuerNames: Names,
 *   typeNames: Names, claimLabels: Record<string, Names>, claimOrder: string[], display?: TypeDisplay, leaf: string,
 *   receipt: import("./receipts.js").Receipt | null, receivedAt: string,
 *   status?: import("./standing.js").Status}} Entry `status` as its institution last published it
 */
import { UNKNOWN_DISPLAY, startHidden } from "/shared/protocol/type_display.js";
import { subjectName } from "./issuer_metadata.js";
import { fetchReceipt, issuerBase, leafOf } from "./receipts.js";
import { isoSeconds, viewCredential } from "./resume.js";

/**
 * Make the entry of a credential that was just issued.
 * @param {import("./openid4vci.js").IssuedCredential} issued
 * @param {Date} now
 * @returns {Promise<Entry>}
 */
export async function buildEntry(issued, now) {
  const view = await viewCredential(issued.credential);
  /** @type {Record<string, Names>} */
  const claimLabels = {};
  for (const { path, labels } of issued.configuration.claims) {
    const name = subjectName(path);
    if (name !== "") claimLabels[name] = labels;
  }
  return {
    id: view.id,
    type: view.type,
    credential: issued.credential,
    credentialIssuer: issued.credentialIssuer,
    issuerNames: issued.issuerNames,
    typeNames: issued.configuration.names,
    claimLabels,
    claimOrder: Object.keys(claimLabels),
    display: issued.configuration.display,
    leaf: await leafOf(issued.credential),
    receipt: null,
    receivedAt: isoSeconds(now),
  };
}

/**
 * How an entry stands in a resume.
 * @param {Entry} entry
 * @returns {TypeDisplay}
 */
export function displayOf({ display }) {
  return display ?? UNKNOWN_DISPLAY;
}

/**
 * The claims of an entry that start hidden.
 * @param {Entry} entry
 * @returns {Promise<string[]>} their paths
 */
export async function hiddenAtFirst(entry) {
  return startHidden(displayOf(entry), (await viewCredential(entry.credential)).claims);
}

/**
 * The newest entry that an institution takes as proof of who somebody is.
 * @param {import("./issuer_metadata.js").IdentityClaim | null} identityClaim
 * @param {Entry[]} entries oldest first
 * @returns {Promise<Entry | undefined>}
 */
export async function identityAmong(identityClaim, entries) {
  for (const entry of identityClaim ? entries.toReversed() : []) {
    const { vct } = await viewCredential(entry.credential);
    if (identityClaim?.vcts.includes(vct)) return entry;
  }
  return undefined;
}

/**
 * Fetch the receipts that entries still wait for.
 * @param {import("/shared/protocol/http.js").Fetch} fetch
 * @param {Entry[]} entries
 * @returns {Promise<{entries: Entry[], pending: number, failed: {id: string, code: string}[]}>} entries with what came
 */
export async function refreshReceipts(fetch, entries) {
  /** @type {{id: string, code: string}[]} */
  const failed = [];
  let pending = 0;
  const refreshed = await Promise.all(
    entries.map(async (entry) => {
      if (entry.receipt) return entry;
      try {
        const receipt = await fetchReceipt(fetch, issuerBase(entry.credentialIssuer), entry.leaf);
        if (!receipt) pending += 1;
        return { ...entry, receipt };
      } catch (error) {
        pending += 1;
        failed.push({ id: entry.id, code: error instanceof Error && "code" in error ? String(error.code) : "unknown" });
        return entry;
      }
    }),
  );
  return { entries: refreshed, pending, failed };
}

/**
 * The claims of an entry in the order its type shows them, each with its label.
 * @param {Entry} entry
 * @param {"ko" | "en"} language
 * @returns {Promise<(import("./resume.js").Claim & {label: string})[]>}
 */
export async function labelledClaims(entry, language) {
  const { claims } = await viewCredential(entry.credential);
  const rank = (/** @type {string} */ path) => {
    const at = entry.claimOrder.indexOf(path);
    return at < 0 ? entry.claimOrder.length : at;
  };
  return claims
    .map((claim) => ({ ...claim, label: textFor(entry.claimLabels[claim.path], language) ?? claim.path }))
    .sort((a, b) => rank(a.path) - rank(b.path));
}

/**
 * Text in the wanted language, else in the other, else in any.
 * @param {Names | undefined} names
 * @param {"ko" | "en"} language
 * @returns {string | undefined}
 */
export function textFor(names, language) {
  if (!names) return undefined;
  return names[language] ?? names.ko ?? names.en ?? Object.values(names)[0];
}
