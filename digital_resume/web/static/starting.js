// What a page needs before it can show anything: fetched until it comes, with a second try behind a button.

import { find, template } from "./dom.js";

/**
 * Do what a page cannot begin without. Where it fails, the page's bilingual `not-started` template stands in for the
 * content, and its button tries again: what the address held stays in memory, where a reload would lose it.
 * @template T
 * @param {HTMLElement} content
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function insist(content, work) {
  for (;;) {
    try {
      const result = await work();
      content.hidden = false;
      return result;
    } catch (error) {
      console.warn(error);
      await secondTry(content);
    }
  }
}

/** Show the page: its first screen is in place. */
export function started() {
  document.body.classList.remove("starting");
}

/**
 * Wait for something that the first screen would rather have, but not for long.
 * @param {Promise<unknown>} wanted
 * @returns {Promise<void>}
 */
export async function atMost(wanted, milliseconds = 2_000) {
  const pause = new Promise((resolve) => setTimeout(resolve, milliseconds));
  await Promise.race([wanted.catch(() => {}), pause]);
}

/**
 * @param {HTMLElement} content
 * @returns {Promise<void>} settled when the person wants to try again
 */
async function secondTry(content) {
  const node = template("not-started");
  content.hidden = true;
  content.before(node);
  await new Promise((resolve) => find("button", node).addEventListener("click", resolve, { once: true }));
  node.remove();
}
