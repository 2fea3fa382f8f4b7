// The institutions' desk: hand in a record with a click, see the API calls, read the API's reference.
import { find, h, icon, show } from "/shared/dom.js";
import { inLanguage, language, pick, preferredLanguage, t, useLanguage } from "/shared/i18n.js";
import { atMost, insist, started } from "/shared/starting.js";

/**
 * @typedef {import("/shared/i18n.js").Bilingual} Bilingual
 * @typedef {{key: string, institution: Bilingual, typeName: Bilingual, counter: boolean}} DeskRecord
 * @typedef {{issuerUrl: string, walletUrl: string, person: string, records: DeskRecord[]}} Desk
 * @typedef {{method: string, path: string, body: unknown, answer: unknown}} Call
 * @typedef {{calls: Call[], link: string | null, txCode: string | null} | "busy" | "failed"} Outcome
 * @typedef {{summary?: string, description?: string, tags?: string[], requestBody?: {content?: Record<string,
 *   {example?: unknown, examples?: Record<string, {value: unknown}>}>}, responses?: Record<string,
 *   {description?: string}>}} Operation
 * @typedef {{paths: Record<string, Record<string, Operation>>}} Reference
 */

/** @type {Desk | null} */
let desk = null;
/** @type {Reference | null} */
let reference = null;
/** @type {Map<string, Outcome>} */
const outcomes = new Map();

/** @param {unknown} value */
function code(value) {
  return h("pre", { class: "mono code", tabindex: 0 }, JSON.stringify(value, null, 2));
}

/** @param {Call} call */
function drawCall(call) {
  return h(
    "li",
    { class: "stack call" },
    h(
      "p",
      { class: "row" },
      h("span", { class: "badge method" }, call.method),
      h("span", { class: "mono" }, call.path),
    ),
    call.body ? code(call.body) : null,
    h("p", { class: "row soft small" }, icon("arrow", 16), "201"),
    code(call.answer),
  );
}

/** @param {DeskRecord} record */
function drawRecord(record) {
  const outcome = outcomes.get(record.key);
  const done = typeof outcome === "object" ? outcome : null;
  return h(
    "article",
    { class: "card case" },
    h(
      "div",
      { class: "case-head" },
      h("div", {}, h("h3", {}, pick(record.typeName)), h("p", { class: "soft small" }, pick(record.institution))),
      h("span", { class: "badge" }, t(record.counter ? "desk-counter" : "desk-identity")),
    ),
    outcome === "failed" ? h("p", { class: "notice tone-fail", role: "alert" }, t("desk-failed")) : null,
    done?.txCode
      ? h(
          "p",
          { class: "row" },
          h("span", { class: "soft" }, t("desk-code")),
          h("strong", { class: "tx-code" }, done.txCode),
        )
      : null,
    done && !done.link ? h("p", { class: "notice tone-pass" }, t("desk-waiting")) : null,
    h(
      "div",
      { class: "row" },
      done?.link
        ? h(
            "a",
            { class: "button", href: inLanguage(done.link), target: "_blank", rel: "noopener noreferrer" },
            t("desk-open"),
          )
        : null,
      outcome === "busy"
        ? h("span", { class: "busy", role: "status" })
        : h(
            "button",
            { class: `button ${done ? "quiet" : ""}`, type: "button", onclick: () => handIn(record) },
            t("desk-hand-in"),
          ),
    ),
    done
      ? h("details", {}, h("summary", {}, t("desk-calls")), h("ol", { class: "calls" }, ...done.calls.map(drawCall)))
      : null,
  );
}

function drawRecords() {
  if (desk) show(find("#records"), ...desk.records.map(drawRecord));
}

/** @param {DeskRecord} record */
async function handIn(record) {
  outcomes.set(record.key, "busy");
  drawRecords();
  try {
    const response = await fetch(`/api/desk/${record.key}`, { method: "POST" });
    outcomes.set(record.key, response.ok ? await response.json() : "failed");
  } catch {
    outcomes.set(record.key, "failed");
  }
  drawRecords();
}

/** @param {Operation} operation */
function example(operation) {
  const content = Object.values(operation.requestBody?.content ?? {})[0];
  return content?.example ?? Object.values(content?.examples ?? {})[0]?.value;
}

/**
 * @param {string} path
 * @param {string} method
 * @param {Operation} operation
 */
function drawOperation(path, method, operation) {
  const body = example(operation);
  return h(
    "details",
    { class: "card operation" },
    h(
      "summary",
      {},
      h("span", { class: "badge method" }, method.toUpperCase()),
      h("span", { class: "mono" }, path),
      h("span", { class: "soft" }, operation.summary ?? ""),
    ),
    operation.description ? h("p", {}, operation.description) : null,
    body === undefined ? null : h("div", {}, h("h4", {}, t("api-body")), code(body)),
    h(
      "div",
      {},
      h("h4", {}, t("api-answers")),
      h(
        "dl",
        { class: "facts" },
        ...Object.entries(operation.responses ?? {}).flatMap(([status, answer]) => [
          h("dt", { class: "mono" }, status),
          h("dd", {}, answer.description ?? ""),
        ]),
      ),
    ),
  );
}

function drawReference() {
  if (!reference) return;
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(reference.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "";
      groups.set(tag, [...(groups.get(tag) ?? []), drawOperation(path, method, operation)]);
    }
  }
  show(
    find("#reference"),
    ...[...groups].map(([tag, operations]) =>
      h("section", { class: "stack little-gap" }, h("h3", {}, tag), ...operations),
    ),
  );
}

function draw() {
  document.title = `${t("desk-title")} (${language() === "ko" ? "시연용" : "demo"})`;
  drawRecords();
  drawReference();
}

show(find("#brand-mark"), icon("document", 18));
find("#language").addEventListener("click", async () => {
  try {
    await useLanguage("/static/messages", language() === "ko" ? "en" : "ko");
  } catch {
    return; // as it was; the button is still there
  }
  draw();
});
desk = await insist(find("main"), async () => {
  const [answer] = await Promise.all([fetch("/api/desk"), useLanguage("/static/messages", preferredLanguage())]);
  if (!answer.ok) throw new Error(`the desk could not be loaded (${answer.status})`);
  return /** @type {Desk} */ (await answer.json());
});
find("#api-file").setAttribute("href", `${desk.issuerUrl}/openapi.json`);
const described = fetch("/api/openapi").then(async (answer) => {
  if (answer.ok) reference = await answer.json();
});
await atMost(described);
draw();
started();
await described.then(drawReference, () => {});
