/// <reference types="node" />
/** The commands of the Node wallet; `run.mjs` says what they are. */
import { access } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { newShareId } from "/shared/protocol/envelope.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { buildEntry, hiddenAtFirst, identityAmong, refreshReceipts } from "../web/protocol/entries.js";
import { claimByIdentity } from "../web/protocol/identity_claim.js";
import { fetchMetadata } from "../web/protocol/issuer_metadata.js";
import { exportPrivateJwk, generateHolderKey, importHolderKey } from "../web/protocol/keys.js";
import { resolveOffer } from "../web/protocol/offers.js";
import { finishPending, takeOffer } from "../web/protocol/openid4vci.js";
import { composeResume, isoSeconds, shareDomain } from "../web/protocol/resume.js";
import { depositShare, expiryAfter, fetchOpenings, prepareShare, stopShare } from "../web/protocol/share.js";
import { readState, writeState } from "./state.mjs";

const MAX_INPUT = 131_072;
const OPTIONS = /** @type {const} */ ({
  state: { type: "string" },
  input: { type: "string" },
  offer: { type: "string" },
  "tx-code": { type: "string" },
  issuer: { type: "string" },
  again: { type: "string" },
  wait: { type: "string" },
  "wallet-url": { type: "string" },
  "verifier-url": { type: "string" },
  hide: { type: "string" },
  only: { type: "string" },
  statement: { type: "string" },
  days: { type: "string" },
  recipient: { type: "string" },
  "share-id": { type: "string" },
});

/** @typedef {Partial<Record<keyof typeof OPTIONS, string>>} Values */
/** @typedef {import("./state.mjs").State} State */

/** @type {Record<string, (file: string, values: Values) => Promise<unknown>>} */
const COMMANDS = {
  init,
  claim,
  "claim-identity": claimIdentity,
  finish,
  receipts,
  "compose-share": composeShare,
  "stop-share": stop,
  openings,
  list,
};

/** @param {string} file */
async function init(file) {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (!exists) {
    const key = await generateHolderKey(true);
    await writeState(file, { version: 1, key: await exportPrivateJwk(key), entries: [], shares: [] });
  }
  const { did, publicJwk } = await importHolderKey((await readState(file)).key);
  return { created: !exists, did, jwk: publicJwk };
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function claim(file, values) {
  const offer = await resolveOffer(fetch, needed(values, "offer"));
  return { credentials: await take(file, offer, values["tx-code"]) };
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function claimIdentity(file, values) {
  const state = await readState(file);
  const credentialIssuer = needed(values, "issuer");
  const { identityClaim } = await fetchMetadata(fetch, credentialIssuer);
  const identity = await identityAmong(identityClaim, state.entries);
  if (!identity)
    throw new ResumeError(
      "identity_missing",
      "The wallet holds no credential that the institution takes as proof of identity.",
    );
  const { offers, claimableAgain } = await claimByIdentity(fetch, {
    credentialIssuer,
    identityCredential: identity.credential,
    receipt: identity.receipt,
    key: await importHolderKey(state.key),
    now: new Date(),
    held: state.entries.filter((entry) => entry.credentialIssuer === credentialIssuer).map(({ id }) => id),
    again: values.again === "yes",
  });
  const credentials = [];
  for (const offer of offers) credentials.push(...(await take(file, offer)));
  return { credentials, claimableAgain };
}

/**
 * Take an offer and keep what it gives before anything else is done.
 * @param {string} file
 * @param {import("../web/protocol/offers.js").Offer} offer
 * @param {string} [txCode]
 */
async function take(file, offer, txCode) {
  /** @type {import("../web/protocol/entries.js").Entry[]} */
  const kept = [];
  await takeOffer(fetch, offer, {
    ...(await receiver(file, kept)),
    txCode,
    remember: async (pending) => {
      const state = await readState(file);
      await writeState(file, { ...state, pending: [...(state.pending ?? []), pending] });
    },
  });
  return kept.map(summary);
}

/**
 * Finish what a lost answer or a killed wallet left.
 * @param {string} file
 */
async function finish(file) {
  /** @type {import("../web/protocol/entries.js").Entry[]} */
  const kept = [];
  const wallet = await receiver(file, kept);
  for (const pending of (await readState(file)).pending ?? []) await finishPending(fetch, pending, wallet);
  return { credentials: kept.map(summary), pending: ((await readState(file)).pending ?? []).length };
}

/**
 * @param {string} file
 * @param {import("../web/protocol/entries.js").Entry[]} kept what came is added here too
 * @returns {Promise<import("../web/protocol/openid4vci.js").Receiver>}
 */
async function receiver(file, kept) {
  const now = new Date();
  return {
    key: await importHolderKey((await readState(file)).key),
    now,
    keep: async (one) => {
      const entry = await buildEntry(one, now);
      const state = await readState(file);
      const held = state.entries.some(({ id, credential }) => id === entry.id && credential === entry.credential);
      if (!held) await writeState(file, { ...state, entries: [...state.entries, entry] });
      kept.push(entry);
    },
    forget: async (id) => {
      const state = await readState(file);
      await writeState(file, { ...state, pending: (state.pending ?? []).filter((one) => one.id !== id) });
    },
  };
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function receipts(file, values) {
  const until = Date.now() + 1000 * wholeNumber(values.wait ?? "0", 0, 3600);
  for (;;) {
    const state = await readState(file);
    const { entries, pending, failed } = await refreshReceipts(fetch, state.entries);
    await writeState(file, { ...state, entries });
    if (pending === 0 || Date.now() >= until) {
      return { pending, failed, receipts: entries.flatMap(({ receipt }) => (receipt ? [receipt] : [])) };
    }
    await sleep(300);
  }
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function composeShare(file, values) {
  const state = await readState(file);
  const walletUrl = needed(values, "wallet-url").replace(/\/+$/, "");
  const verifierUrl = needed(values, "verifier-url").replace(/\/+$/, "");
  const only = values.only === undefined ? null : names(values.only);
  const chosen = state.entries.filter(({ id, type }) => !only || only.includes(id) || only.includes(type));
  const hide = values.hide === undefined ? null : names(values.hide);
  const items = await Promise.all(
    chosen.map(async (entry) => ({ ...entry, hidden: hide ?? (await hiddenAtFirst(entry)) })),
  );
  const now = new Date();
  const id = newShareId();
  const expires = expiryAfter(wholeNumber(values.days ?? "30", 1, 200), now);
  const domain = shareDomain(verifierUrl, values.recipient);
  const presentation = await composeResume({
    items: items.map(({ credential, receipt, hidden }) => ({ credential, receipt, hidden })),
    statement: values.statement ?? "",
    key: await importHolderKey(state.key),
    shareId: id,
    domain,
    expires,
    now,
  });
  const { share, deposit } = await prepareShare({ verifierUrl, id, expires, presentation });
  /** @type {import("./state.mjs").KeptShare} */
  const kept = { ...share, domain, madeAt: isoSeconds(now), state: "prepared", walletUrl };
  await writeState(file, { ...state, shares: [...state.shares, kept] });
  await depositShare(fetch, walletUrl, deposit);
  await markShare(file, id, "shared");
  return {
    shareId: id,
    link: share.link,
    stopSecret: share.stopSecret,
    expires,
    domain,
    items: chosen.map(summary),
    presentationBytes: JSON.stringify(presentation).length,
    ciphertextBytes: Math.floor((deposit.ciphertext.length * 3) / 4),
  };
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function stop(file, values) {
  const share = await shareOf(file, values);
  await stopShare(fetch, share.walletUrl, share.id, share.stopSecret);
  await markShare(file, share.id, "stopped");
  return { shareId: share.id, state: "stopped" };
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function openings(file, values) {
  const share = await shareOf(file, values);
  return fetchOpenings(fetch, share.walletUrl, share.id, share.stopSecret);
}

/** @param {string} file */
async function list(file) {
  const state = await readState(file);
  return {
    did: (await importHolderKey(state.key)).did,
    credentials: state.entries.map(summary),
    shares: state.shares.map(({ id, link, expires, domain, madeAt, state: now }) => ({
      shareId: id,
      link,
      expires,
      domain,
      madeAt,
      state: now,
    })),
  };
}

/** @param {import("../web/protocol/entries.js").Entry} entry */
function summary({ id, type, credentialIssuer, issuerNames, typeNames, leaf, receipt }) {
  return { id, type, typeNames, credentialIssuer, issuerNames, leaf, anchored: receipt !== null };
}

/**
 * @param {string} file
 * @param {Values} values
 */
async function shareOf(file, values) {
  const id = needed(values, "share-id");
  const share = (await readState(file)).shares.find((one) => one.id === id);
  if (!share) throw new ResumeError("share_unknown", "This wallet made no such share.");
  return share;
}

/**
 * @param {string} file
 * @param {string} id
 * @param {import("./state.mjs").KeptShare["state"]} to
 */
async function markShare(file, id, to) {
  const state = await readState(file);
  await writeState(file, {
    ...state,
    shares: state.shares.map((share) => (share.id === id ? { ...share, state: to } : share)),
  });
}

/**
 * @param {Values} values
 * @param {keyof typeof OPTIONS} name
 * @returns {string}
 */
function needed(values, name) {
  const value = values[name];
  if (!value) throw new ResumeError("usage", `--${name} is needed.`);
  return value;
}

/** @param {string} list */
function names(list) {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
}

/**
 * @param {string} text
 * @param {number} least
 * @param {number} most
 */
function wholeNumber(text, least, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ResumeError("usage", `A whole number from ${least} to ${most} is needed.`);
  }
  return value;
}

/**
 * Read the options that stdin holds.
 * @param {NodeJS.ReadableStream} stream
 * @returns {Promise<Values>}
 */
async function readInput(stream) {
  stream.setEncoding("utf8");
  let text = "";
  for await (const part of stream) {
    text += part;
    if (text.length > MAX_INPUT) throw new ResumeError("usage", "The input is too long.");
  }
  /** @type {unknown} */
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    throw new ResumeError("usage", "The input is not JSON.");
  }
  const fits =
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.entries(given).every(
      ([name, value]) => name !== "input" && Object.hasOwn(OPTIONS, name) && typeof value === "string",
    );
  if (!fits) throw new ResumeError("usage", "The input is one JSON object: names of options without --, and strings.");
  return /** @type {Values} */ (given);
}

/**
 * Tie every option to its value: an id that begins with "-" (one of 64 does) is a value, not another option.
 * @param {string[]} words
 * @returns {string[]}
 */
function tied(words) {
  const isOption = (/** @type {string | undefined} */ word) =>
    word?.startsWith("--") && Object.hasOwn(OPTIONS, word.slice(2).split("=")[0] ?? "");
  /** @type {string[]} */
  const out = [];
  for (let at = 0; at < words.length; at += 1) {
    const [word, next] = [words[at] ?? "", words[at + 1]];
    const takesNext = isOption(word) && !word.includes("=") && next !== undefined && !isOption(next);
    out.push(takesNext ? `${word}=${next}` : word);
    if (takesNext) at += 1;
  }
  return out;
}

/**
 * @param {string[]} words
 * @returns {Promise<unknown>} the command's answer
 */
async function answer(words) {
  let parsed;
  try {
    parsed = parseArgs({ args: tied(words), options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ResumeError("usage", error instanceof Error ? error.message : "The arguments cannot be read.");
  }
  const command = COMMANDS[parsed.positionals[0] ?? ""];
  if (!command || parsed.positionals.length !== 1)
    throw new ResumeError("usage", `Commands: ${Object.keys(COMMANDS).join(", ")}.`);
  /** @type {Values} */
  let values = { ...parsed.values };
  if (values.input !== undefined) {
    if (values.input !== "-") throw new ResumeError("usage", "--input takes -, which is stdin.");
    const given = await readInput(process.stdin);
    const twice = Object.keys(given).find((name) => Object.hasOwn(parsed.values, name));
    if (twice) throw new ResumeError("usage", `--${twice} is given twice.`);
    values = { ...values, ...given };
  }
  return command(needed(values, "state"), values);
}

/**
 * Carry out a command and print one JSON document.
 * @param {string[]} words the arguments
 * @returns {Promise<number>} exit code
 */
export async function run(words) {
  try {
    process.stdout.write(`${JSON.stringify(await answer(words))}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ResumeError)) throw error;
    process.stdout.write(
      `${JSON.stringify({ error: { code: error.code, message: error.message, ...error.context } })}\n`,
    );
    return error.code === "usage" ? 2 : 1;
  }
}
