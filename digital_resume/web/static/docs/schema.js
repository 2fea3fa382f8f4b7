// A JSON Schema as a list that people read: names, kinds, bounds; references are links to the schema's own place.

import { h } from "/shared/dom.js";
import { t } from "/shared/i18n.js";

/**
 * @typedef {{$ref?: string, type?: string | string[], title?: string, description?: string, format?: string,
 *   pattern?: string, const?: unknown, enum?: unknown[], items?: Schema, properties?: Record<string, Schema>,
 *   required?: string[], oneOf?: Schema[], anyOf?: Schema[], allOf?: Schema[], example?: unknown, examples?: unknown[],
 *   minLength?: number, maxLength?: number, minimum?: number, maximum?: number, minItems?: number,
 *   maxItems?: number}} Schema
 */

const DEEPEST = 6;
/** @type {("minLength" | "maxLength" | "minimum" | "maximum" | "minItems" | "maxItems" | "pattern")[]} */
const BOUNDS = ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern"];

/**
 * @param {Schema} schema
 * @returns {string}
 */
function kind(schema) {
  const type = Array.isArray(schema.type) ? schema.type.join(" | ") : (schema.type ?? "");
  return [type, schema.format].filter(Boolean).join(", ");
}

/**
 * @param {Schema} schema
 * @returns {string[]}
 */
function bounds(schema) {
  const told = BOUNDS.filter((name) => schema[name] !== undefined).map((name) =>
    t(name, { value: schema[name] ?? "" }),
  );
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  if (values.length > 0) told.push(t("values", { values: values.map(String).join(", ") }));
  return told;
}

/** @param {string} reference `#/components/schemas/Name` */
function link(reference) {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  return h("a", { href: `#schema-${name}` }, name);
}

/**
 * Show a schema.
 * @param {Schema} schema
 * @param {number} [depth]
 * @returns {HTMLElement}
 */
export function schemaView(schema, depth = 0) {
  if (schema.$ref) return h("p", { class: "docs-schema" }, link(schema.$ref));
  if (depth > DEEPEST) return h("p", {}, "…");
  const choices = schema.oneOf ?? schema.anyOf;
  const line = [kind(schema), ...bounds(schema)].filter(Boolean).join(" · ");
  return h(
    "div",
    { class: "docs-schema" },
    line !== "" && h("p", { class: "docs-kind" }, line),
    schema.description && h("p", { class: "soft small" }, schema.description),
    ...(schema.allOf ?? []).map((each) => schemaView(each, depth + 1)),
    choices && h("p", { class: "docs-kind" }, t("one_of")),
    choices && h("ul", { class: "docs-list" }, ...choices.map((each) => h("li", {}, schemaView(each, depth + 1)))),
    schema.properties && propertyList(schema.properties, schema.required ?? [], depth),
    schema.items && h("div", { class: "docs-items" }, schemaView(schema.items, depth + 1)),
  );
}

/**
 * @param {Record<string, Schema>} properties
 * @param {string[]} required
 * @param {number} depth
 */
function propertyList(properties, required, depth) {
  const rows = Object.entries(properties).map(([name, schema]) =>
    h(
      "li",
      {},
      h("code", {}, name),
      schema.title && schema.title !== name && h("span", { class: "docs-title" }, schema.title),
      required.includes(name) && h("span", { class: "docs-kind" }, t("required")),
      schemaView(schema, depth + 1),
    ),
  );
  return h("ul", { class: "docs-list" }, ...rows);
}
