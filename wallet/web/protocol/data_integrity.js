/**
 * Data Integrity with `ecdsa-jcs-2019` on P-256 (W3C vc-di-ecdsa, section 3.3): hashData = SHA-256(JCS(proof options))
 * ‖ SHA-256(JCS(document)); the signature is raw r ‖ s, multibase base58btc.
 *
 * @typedef {{purpose: "authentication" | "assertionMethod", created: string, expires?: string, challenge?: string,
 *   domain?: string}} ProofOptions
 */
import { concat, sha256, toUtf8 } from "/shared/protocol/bytes.js";
import { ResumeError, isObject } from "/shared/protocol/errors.js";
import * as base58 from "./base58.js";
import { canonicalize } from "./jcs.js";
import { parseVerificationMethod, sign, verify } from "./keys.js";

/**
 * Secure a document with the holder's key.
 * @param {Record<string, unknown>} document without proof
 * @param {import("./keys.js").HolderKey} key
 * @param {ProofOptions} options
 * @returns {Promise<Record<string, unknown>>}
 */
export async function addProof(document, key, { purpose, ...options }) {
  if ("proof" in document) throw new ResumeError("malformed", "The document is secured already.");
  const config = {
    type: "DataIntegrityProof",
    cryptosuite: "ecdsa-jcs-2019",
    verificationMethod: key.verificationMethod,
    proofPurpose: purpose,
    ...options,
    // Section 3.3.1 step 2: the proof carries the document's context.
    ...("@context" in document ? { "@context": document["@context"] } : {}),
  };
  const signature = await sign(key.privateKey, await hashData(document, config));
  return { ...document, proof: { ...config, proofValue: `z${base58.encode(signature)}` } };
}

/**
 * Verify the proof of a document that is secured with `ecdsa-jcs-2019`; returns the key's DID URL.
 * @param {Record<string, unknown>} secured
 * @returns {Promise<string>}
 */
export async function verifyProof(secured) {
  const { proof, ...document } = secured;
  if (!isObject(proof)) throw new ResumeError("proof_invalid", "The document has not one proof.");
  const { proofValue, ...config } = proof;
  if (config.type !== "DataIntegrityProof" || config.cryptosuite !== "ecdsa-jcs-2019") {
    throw new ResumeError("proof_invalid", "The proof is of another cryptosuite.");
  }
  if (typeof proofValue !== "string" || !proofValue.startsWith("z") || typeof config.verificationMethod !== "string") {
    throw new ResumeError("proof_invalid", "The proof lacks its value or its verification method.");
  }
  if ("@context" in config) {
    const own = [config["@context"]].flat();
    const documents = [document["@context"]].flat();
    if (!own.every((entry, i) => canonicalize(entry) === canonicalize(documents[i] ?? null))) {
      throw new ResumeError("proof_invalid", "The document's context does not start with the proof's.");
    }
    document["@context"] = config["@context"];
  }
  const publicJwk = parseVerificationMethod(config.verificationMethod);
  if (!(await verify(publicJwk, base58.decode(proofValue.slice(1)), await hashData(document, config)))) {
    throw new ResumeError("proof_invalid", "The signature does not hold.");
  }
  return config.verificationMethod;
}

/**
 * The 64 bytes that are signed.
 * @param {Record<string, unknown>} document
 * @param {Record<string, unknown>} config
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function hashData(document, config) {
  return concat(await sha256(toUtf8(canonicalize(config))), await sha256(toUtf8(canonicalize(document))));
}
