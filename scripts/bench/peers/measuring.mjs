/**
 * The measuring loop of a peer: one request a line on standard input, one answer a line on standard output.
 * The same protocol as scripts/bench/measuring.py.
 */

import { createInterface } from "node:readline";

const CHUNK = 8;

/**
 * Serve requests until standard input ends.
 *
 * @param {Record<string, (number: number) => Promise<unknown>>} works what can be measured, by name
 * @param {Record<string, (value: any) => unknown>} calls what can be asked once, by name
 */
export async function serve(works, calls) {
  process.stdout.write('{"ready":true}\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    let answer;
    try {
      answer =
        request.work === undefined
          ? { value: (await calls[request.call](request.value)) ?? null }
          : await measure(works[request.work], request.seconds);
    } catch (error) {
      answer = { error: describe(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** Run a work for a number of seconds of processor time, which on a pinned process is what it costs. */
async function measure(work, seconds) {
  await work(0);
  const wall = performance.now();
  const begun = process.cpuUsage();
  let count = 0;
  let used = 0;
  while (used < seconds) {
    for (let step = 0; step < CHUNK; step += 1) await work(count + step);
    count += CHUNK;
    const now = process.cpuUsage(begun);
    used = (now.user + now.system) / 1e6;
  }
  return { count, cpu: used, wall: (performance.now() - wall) / 1000 };
}

function describe(error) {
  const inner = error?.error?.errors?.[0] ?? error?.errors?.[0] ?? error?.error;
  return String(inner?.message ?? error?.message ?? error).slice(0, 300);
}
