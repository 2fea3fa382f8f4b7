// The verifier of the Digital Credentials Consortium: node verify.mjs '{"credential", "host", "port"}'.
// Whatever it fetches from "host" is asked of the loopback's "port"; nothing else is fetched. Prints its verdict.
import { Buffer } from "node:buffer";
import { request } from "node:http";
import process from "node:process";

const { credential, host, port } = JSON.parse(process.argv[2] ?? "{}");

/** @param {string | URL | Request} target */
globalThis.fetch = async (target) => {
  const url = new URL(target instanceof Request ? target.url : target);
  if (url.host !== host) throw new TypeError(`nothing is fetched from ${url.host}`);
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path: url.pathname, headers: { host } }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const headers = { "content-type": answer.headers["content-type"] ?? "" };
      resolve(new Response(Buffer.concat(parts), { status: answer.statusCode, headers }));
    });
    asked.on("error", reject);
    asked.end();
  });
};

const { verifyCredential } = await import("@digitalcredentials/verifier-core");
const log = console.log;
console.log = console.error;
const result = await verifyCredential({ credential, knownDIDRegistries: [] });
log(
  JSON.stringify({
    log: result.log ?? [],
    errors: result.errors ?? [],
    additional: result.additionalInformation ?? [],
  }),
);
