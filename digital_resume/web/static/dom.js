// Small helpers over the DOM: text goes in as text only, so nothing a credential says becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {string | number | Node | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | ((event: any) => unknown) | null | undefined>} Attributes
 */

/**
 * @param {Element} element
 * @param {Attributes} attributes `onclick`-like functions become listeners, `true` an empty attribute
 * @param {Child[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "number" ? String(child) : child);
  }
}

/**
 * Make an HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/**
 * Make an SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, attributes, children);
  return element;
}

/**
 * Find an element that the page is known to have.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 */
export function find(selector, root = document) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * Show exactly these children in an element.
 * @param {Element} element
 * @param {...Child} children
 */
export function show(element, ...children) {
  element.replaceChildren();
  fill(element, {}, children);
}

/**
 * Clone a `<template>`'s first element.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function template(id) {
  const source = document.getElementById(id);
  if (!(source instanceof HTMLTemplateElement)) throw new Error(`the page has no template ${id}`);
  const first = source.content.firstElementChild;
  if (!(first instanceof HTMLElement)) throw new Error(`the template ${id} is empty`);
  return /** @type {HTMLElement} */ (first.cloneNode(true));
}

// The icons of the outcomes, drawn on a 24-unit grid: a shape each, so that colour is never alone.
/** @type {Record<string, string>} */
const PATHS = {
  pass: "M5 12.5l4.5 4.5L19 7.5",
  fail: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  unknown: "M8.6 9a3.5 3.5 0 1 1 5.2 3.1c-1.2.7-1.8 1.3-1.8 2.6M12 18.2v.1",
  caution: "M12 6v7.5M12 17.7v.1",
  not_applicable: "M6.5 12h11",
  stopped: "M8 8h8v8H8z",
  building: "M4 20h16M6 20V9l6-4 6 4v11M10 20v-5h4v5",
  person: "M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.6-4 3.4-6 7-6s6.4 2 7 6",
  scan: "M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  document: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  plus: "M12 5v14M5 12h14",
  arrow: "M5 12h14M13 6l6 6-6 6",
};

/**
 * Draw an icon; it is decoration, the words beside it carry the meaning.
 * @param {string} name one of the outcomes or things above
 * @param {number} [size] in CSS pixels
 * @returns {SVGSVGElement}
 */
export function icon(name, size = 24) {
  return s(
    "svg",
    { viewBox: "0 0 24 24", width: size, height: size, class: `icon icon-${name}`, "aria-hidden": "true" },
    s("path", { d: PATHS[name] ?? PATHS.unknown ?? "" }),
  );
}
