// Filled templates: a page's `<template>` in the language in force, with its icons drawn.

import { icon, template } from "./dom.js";
import { applyWords } from "./i18n.js";

const ICON_SIZE = 22;

/**
 * A template's copy in the language in force, its icons (`data-icon`, `data-icon-size`) drawn.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function filled(id) {
  const node = template(id);
  applyWords(node);
  for (const place of [node, ...node.querySelectorAll("[data-icon]")]) {
    const name = place.getAttribute("data-icon");
    if (name) place.prepend(icon(name, Number(place.getAttribute("data-icon-size") ?? ICON_SIZE)));
  }
  return node;
}
