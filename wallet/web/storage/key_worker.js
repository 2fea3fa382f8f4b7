// Makes the wallet's keys away from the page, neither of them exportable, and hands them over once.
import { generateHolderKey } from "../protocol/keys.js";

const { privateKey, publicJwk } = await generateHolderKey(false);
const vaultKey = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
postMessage({ privateKey, publicJwk, vaultKey });
