// A share that has arrived and is not opened yet, and the short wait while it is verified.

import { find, icon } from "/shared/dom.js";
import { filled } from "/shared/templates.js";

const STEPS = ["fetch", "open", "verify"];

/**
 * @param {() => void} open
 * @returns {HTMLElement}
 */
export function sealedView(open) {
  const node = filled("sealed");
  find("#open", node).addEventListener("click", open);
  return node;
}

/**
 * @param {string} step the one in progress
 * @returns {HTMLElement}
 */
export function workingView(step) {
  const node = filled("working");
  const reached = STEPS.indexOf(step);
  for (const row of node.querySelectorAll("[data-step]")) {
    const place = STEPS.indexOf(row.getAttribute("data-step") ?? "");
    const mark = row.querySelector(".step-mark");
    if (place < reached) {
      row.classList.add("done");
      mark?.append(icon("pass", 18));
    } else if (place === reached) {
      row.classList.add("now");
      row.setAttribute("aria-current", "step");
      mark?.classList.add("busy");
    }
  }
  return node;
}
