// Shows a service's OpenAPI document: text only, no file of anybody else's, no form that sends anything.

import { find, h, icon, show } from "/shared/dom.js";
import { language, preferredLanguage, speak, t } from "/shared/i18n.js";
import { schemaView } from "/shared/docs/schema.js";

/**
 * @typedef {import("/shared/docs/schema.js").Schema} Schema
 * @typedef {Record<string, {schema?: Schema, example?: unknown}>} Content
 * @typedef {{description?: string, content?: Content}} Answer
 * @typedef {{name: string, in: string, required?: boolean, description?: string, schema?: Schema}} Parameter
 * @typedef {{summary?: string, description?: string, operationId?: string, tags?: string[], parameters?: Parameter[],
 *   requestBody?: {content: Content}, responses: Record<string, Answer>,
 *   security?: Record<string, unknown>[]}} Operation
 * @typedef {{info: {title: string, version: string, summary?: string, description?: string},
 *   tags?: {name: string, description?: string}[], paths: Record<string, Record<string, Operation>>,
 *   components?: {schemas?: Record<string, Schema>}}} OpenApi
 * @typedef {{method: string, path: string, operation: Operation}} Request
 */

const METHODS = ["get", "post", "put", "patch", "delete"];
const WORDS = "/shared/docs/messages";

/** @type {OpenApi | null} */
let loaded = null;

/**
 * Text with `code` between backticks; blank lines part paragraphs.
 * @param {string | undefined} text
 * @returns {HTMLElement[]}
 */
function prose(text) {
  const paragraphs = (text ?? "").split(/\n\s*\n/).filter((each) => each.trim());
  return paragraphs.map((paragraph) =>
    h(
      "p",
      {},
      ...paragraph
        .replaceAll("**", "")
        .split(/`+([^`]+)`+/)
        .map((part, place) => (place % 2 ? h("code", {}, part) : part.replaceAll("\n", " "))),
    ),
  );
}

/** @param {Parameter} parameter */
function parameterRow(parameter) {
  const where = t(`in.${parameter.in}`);
  return h(
    "li",
    {},
    h("code", {}, parameter.name),
    h("span", { class: "docs-kind" }, parameter.required ? `${where}, ${t("required")}` : where),
    ...prose(parameter.description),
    schemaView(parameter.schema ?? {}),
  );
}

/**
 * @param {Content | undefined} content
 * @returns {HTMLElement[]}
 */
function contentViews(content) {
  return Object.entries(content ?? {}).map(([type, { schema, example }]) => {
    const shown = example ?? schema?.example ?? schema?.examples?.[0];
    return h(
      "div",
      { class: "docs-content" },
      h("p", { class: "docs-kind" }, h("code", {}, type)),
      schema && schemaView(schema),
      shown !== undefined &&
        h("details", {}, h("summary", {}, t("example")), h("pre", { tabindex: "0" }, JSON.stringify(shown, null, 2))),
    );
  });
}

/**
 * @param {string} status
 * @param {Answer} answer
 */
function answerView(status, answer) {
  const tone = status.startsWith("2") ? "tone-pass" : status.startsWith("3") ? "tone-unknown" : "tone-caution";
  return h(
    "li",
    { class: "docs-answer" },
    h("span", { class: `badge ${tone}` }, status),
    h("div", {}, ...prose(answer.description), ...contentViews(answer.content)),
  );
}

/**
 * @param {string} title
 * @param {...import("/shared/dom.js").Child} children
 */
function part(title, ...children) {
  return h("section", { class: "docs-part" }, h("h3", {}, title), ...children);
}

/** @param {Request} request */
function operationView({ method, path, operation }) {
  const keys = [...new Set((operation.security ?? []).flatMap((entry) => Object.keys(entry)))];
  const answers = Object.entries(operation.responses);
  return h(
    "details",
    { class: "card docs-operation", id: operation.operationId ?? `${method} ${path}` },
    h(
      "summary",
      {},
      h("span", { class: `docs-method docs-${method}` }, method.toUpperCase()),
      h("code", { class: "docs-path" }, path),
      h("span", { class: "docs-summary" }, operation.summary ?? ""),
    ),
    ...prose(operation.description),
    keys.length > 0 && h("p", {}, t("key", { names: keys.join(", ") })),
    operation.parameters &&
      part(t("parameters"), h("ul", { class: "docs-list" }, ...operation.parameters.map(parameterRow))),
    operation.requestBody && part(t("body"), ...contentViews(operation.requestBody.content)),
    part(t("answers"), h("ul", { class: "docs-list" }, ...answers.map((entry) => answerView(...entry)))),
  );
}

/**
 * The requests of a document, by tag in the document's order.
 * @param {OpenApi} api
 * @returns {Map<string, Request[]>}
 */
function byTag(api) {
  /** @type {Map<string, Request[]>} */
  const groups = new Map((api.tags ?? []).map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? t("other");
      const group = groups.get(tag) ?? [];
      group.push({ method, path, operation });
      groups.set(tag, group);
    }
  }
  return groups;
}

/**
 * @param {string} name
 * @param {Schema} schema
 */
function namedSchema(name, schema) {
  return h(
    "details",
    { class: "card docs-operation", id: `schema-${name}` },
    h(
      "summary",
      {},
      h("code", { class: "docs-path" }, name),
      schema.title !== name && h("span", { class: "docs-summary" }, schema.title ?? ""),
    ),
    schemaView(schema),
  );
}

/** @param {OpenApi} api */
function draw(api) {
  const { info } = api;
  document.title = `${info.title} · API`;
  const described = new Map((api.tags ?? []).map((tag) => [tag.name, tag.description]));
  const groups = [...byTag(api)].filter(([, requests]) => requests.length > 0);
  const schemas = Object.entries(api.components?.schemas ?? {}).sort(([a], [b]) => a.localeCompare(b));
  show(
    find("#content"),
    h("div", {}, h("h1", {}, info.title), h("p", { class: "soft" }, info.summary ?? ""), ...prose(info.description)),
    ...groups.map(([tag, requests]) =>
      h(
        "section",
        { class: "stack docs-group" },
        h("h2", {}, tag),
        ...prose(described.get(tag)),
        ...requests.map(operationView),
      ),
    ),
    h(
      "section",
      { class: "stack docs-group" },
      h("h2", {}, t("schemas")),
      ...schemas.map(([name, schema]) => namedSchema(name, schema)),
    ),
  );
  openNamed();
}

/** Open what the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(named instanceof HTMLDetailsElement)) return;
  named.open = true;
  named.scrollIntoView();
}

/** Load the document, and show it or a second try. */
async function load() {
  try {
    const response = await fetch(document.body.dataset.openapi ?? "");
    if (!response.ok) throw new Error(String(response.status));
    loaded = await response.json();
  } catch {
    loaded = null;
  }
  redraw();
}

function redraw() {
  if (loaded) {
    draw(loaded);
    return;
  }
  find("#announcer").textContent = t("failed");
  show(
    find("#content"),
    h("p", { class: "notice tone-fail" }, t("failed")),
    h("button", { type: "button", class: "button", onclick: () => void load() }, t("again")),
  );
}

/** @param {import("/shared/i18n.js").Language} wanted */
async function drawIn(wanted) {
  await speak(WORDS, wanted, find("#language"));
  if (loaded) redraw();
}

find("#brand-mark").append(icon("document", 20));
find("#language").addEventListener("click", () => void drawIn(language() === "ko" ? "en" : "ko"));
window.addEventListener("hashchange", openNamed);
await drawIn(preferredLanguage());
await load();
