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
