/// <reference types="node" />
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseLink } from "/shared/protocol/envelope.js";
import { fetchShare, openStored } from "/shared/protocol/share_store.js";

const RUN = new URL("../../../wallet/node/run.mjs", import.meta.url).pathname;
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "wallet-"));
});
after(() => rm(folder, { recursive: true }));

/**
 * @param {...string} args
 * @returns {Promise<{code: number, out: any}>}
 */
function run(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [RUN, "--state", join(folder, "state.json"), ...args], (error, stdout) => {
      resolve({ code: error ? Number(error.code) : 0, out: JSON.parse(stdout) });
    });
  });
}

test("the runner keeps its state privately, shares, and stops", async (context) => {
  /** @type {Map<string, any>} */
  const kept = new Map();
  const service = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const id = request.url?.split("/").at(-1) ?? "";
    if (request.method === "POST") kept.set(JSON.parse(body).id, JSON.parse(body));
    if (request.method === "DELETE") kept.delete(id);
    response.statusCode = request.method === "POST" ? 201 : request.method === "DELETE" ? 204 : 200;
    response.end(
      request.method === "GET" ? JSON.stringify(kept.get(id)) : request.method === "POST" ? "{}" : undefined,
    );
  });
  await new Promise((resolve) => service.listen(0, "127.0.0.1", () => resolve(undefined)));
  context.after(() => service.close());
  const walletUrl = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (service.address()).port}`;

  assert.equal((await run("list")).out.error.code, "state_missing");
  const made = await run("init");
  assert.equal(made.out.created, true);
  assert.equal((await run("init")).out.did, made.out.did, "a second init keeps the key");
  assert.equal((await stat(join(folder, "state.json"))).mode & 0o777, 0o600);

  const shared = await run(
    "compose-share",
    "--wallet-url",
    walletUrl,
    "--verifier-url",
    "http://localhost:8003",
    "--statement",
    "안녕",
    "--days",
    "7",
  );
  assert.equal(shared.code, 0, JSON.stringify(shared.out));
  const link = parseLink(shared.out.link);
  const presentation = await openStored(await fetchShare(fetch, walletUrl, link.id), link);
  assert.equal(presentation.holder, made.out.did);
  assert.deepEqual((await run("stop-share", "--share-id", shared.out.shareId)).out, {
    shareId: shared.out.shareId,
    state: "stopped",
  });
  assert.equal(kept.size, 0);
  assert.equal((await run("list")).out.shares[0].state, "stopped");

  // One id of 64 begins with "-", one of 4096 with "--": it is still the value of its option.
  const file = join(folder, "state.json");
  for (const shareId of ["-TF6dZjkHhI-xKjMIjZ42Q", "--F6dZjkHhI-xKjMIjZ42Q"]) {
    const state = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...state, shares: [{ ...state.shares[0], id: shareId, state: "shared" }] }));
    assert.deepEqual((await run("stop-share", "--share-id", shareId)).out, { shareId, state: "stopped" });
    assert.deepEqual((await run(`--share-id=${shareId}`, "stop-share")).out, { shareId, state: "stopped" });
  }
  assert.deepEqual(await readdir(folder), ["state.json"], "no temporary file is left");
  assert.ok(JSON.parse(await readFile(join(folder, "state.json"), "utf8")).key.d);
});

/**
 * @param {string} input
 * @param {...string} args
 * @returns {Promise<{code: number, out: any}>}
 */
function runWith(input, ...args) {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [RUN, ...args], (error, stdout) => {
      resolve({ code: error ? Number(error.code) : 0, out: JSON.parse(stdout) });
    });
    child.stdin?.end(input);
  });
}

test("what others must not see comes on stdin", async () => {
  const state = join(folder, "stdin.json");
  assert.equal((await runWith(JSON.stringify({ state }), "init", "--input", "-")).out.created, true);
  const refused = await runWith(
    JSON.stringify({ offer: "nonsense", "tx-code": "123456" }),
    "claim",
    "--state",
    state,
    "--input",
    "-",
  );
  assert.equal(refused.code, 1);
  for (const input of [
    "",
    "[]",
    "null",
    '{"offer": 1}',
    '{"dance": "x"}',
    '{"input": "-"}',
    `{"statement": "${"x".repeat(140_000)}"}`,
  ]) {
    assert.equal(
      (await runWith(input, "list", "--state", state, "--input", "-")).out.error.code,
      "usage",
      input.slice(0, 20),
    );
  }
  assert.equal(
    (await runWith(JSON.stringify({ state }), "list", "--state", state, "--input", "-")).code,
    2,
    "given twice",
  );
  assert.equal((await runWith("{}", "list", "--state", state, "--input", "file")).code, 2);
});

test("wrong use is told from a refusal", async () => {
  assert.equal((await run("dance")).code, 2);
  assert.equal((await run("claim")).code, 2);
  assert.equal((await run("claim", "--offer")).code, 2);
  assert.equal((await run("claim", "--offer", "--tx-code", "1234")).code, 2, "an option is nobody's value");
  assert.equal((await run("claim", "--offer", "nonsense")).code, 1);
  const twice = await run(
    "compose-share",
    "--wallet-url",
    "http://127.0.0.1:1",
    "--verifier-url",
    "http://localhost:8003",
    "--days",
    "201",
  );
  assert.equal(twice.code, 2);
});
