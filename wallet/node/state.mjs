/// <reference types="node" />
/**
 * The Node wallet's state: one JSON file, mode 0600, replaced atomically. It holds a private key in the clear: this
 * wallet is for the demonstration and for tests, where nobody's own key is at stake.
 *
 * @typedef {import("../web/protocol/entries.js").Entry} Entry
 * @typedef {import("../web/protocol/share.js").Share & {domain: string, madeAt: string,
 *   state: "prepared" | "shared" | "stopped", walletUrl: string}} KeptShare
 * @typedef {import("../web/protocol/openid4vci.js").Pending} Pending
 * @typedef {{version: 1, key: import("../web/protocol/keys.js").PrivateJwk, entries: Entry[], shares: KeptShare[],
 *   pending?: Pending[]}} State
 */
import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { ResumeError } from "/shared/protocol/errors.js";

/**
 * Read the state.
 * @param {string} file
 * @returns {Promise<State>}
 */
export async function readState(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new ResumeError("state_missing", "The state file cannot be read: run `init` first.");
  }
  const state = JSON.parse(text);
  if (state?.version !== 1) throw new ResumeError("state_unsupported", "The state file is of another version.");
  return state;
}

/**
 * Write the state so that a crash leaves either the old or the new one.
 * @param {string} file
 * @param {State} state
 */
export async function writeState(file, state) {
  // Not by process id alone: ids come again, and a killed process leaves its file behind.
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify(state));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file).catch(async (error) => {
    await rm(temporary, { force: true });
    throw error;
  });
}
