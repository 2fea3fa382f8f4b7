// Making a resume in three screens: choose credentials and claims, add words and a recipient, see what will be sent.

import { h, icon } from "/shared/dom.js";
import { formatDate, language, t } from "/shared/i18n.js";
import { newShareId } from "/shared/protocol/envelope.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { filled } from "/shared/templates.js";
import { typeTile } from "/shared/type_tile.js";
import { asWritten, counted, valueText } from "/shared/wording.js";
import { displayOf, hiddenAtFirst, labelledClaims } from "../protocol/entries.js";
import { composeResume, isoSeconds, present, shareDomain } from "../protocol/resume.js";
import { expiryAfter, prepareShare } from "../protocol/share.js";
import {
  action,
  busy,
  claimFacts,
  drawState,
  inOrder,
  issuerName,
  leadText,
  sectionName,
  slot,
  tableOf,
  typeName,
} from "./parts.js";
import { sendShare } from "./shares.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../app.js").View} View
 * @typedef {import("../app.js").Entry} Entry
 * @typedef {import("../app.js").Draft} Draft
 */

const DAYS = [7, 30, 90, 200];
const DEFAULT_DAYS = 30;

/**
 * The draft in progress, begun with everything the wallet holds and the usual claims hidden.
 * @param {App} app
 * @returns {Promise<{draft: Draft, entries: Entry[]}>}
 */
async function draftOf(app) {
  const entries = inOrder(await app.refreshedEntries());
  if (!app.draft) {
    const chosen = await Promise.all(
      entries.map(async (entry) => /** @type {const} */ ([entry.id, new Set(await hiddenAtFirst(entry))])),
    );
    app.draft = { chosen: new Map(chosen), statement: "", recipient: "", days: DEFAULT_DAYS };
  }
  const held = new Set(entries.map(({ id }) => id));
  for (const id of app.draft.chosen.keys()) if (!held.has(id)) app.draft.chosen.delete(id);
  return { draft: app.draft, entries };
}

/**
 * @param {App} app
 * @returns {Promise<View>}
 */
export async function composeView(app) {
  const { draft, entries } = await draftOf(app);
  if (entries.length === 0)
    return {
      node: h("div", { class: "stack view" }, h("h1", {}, t("compose.title")), filled("home-empty")),
      tab: "compose",
    };
  const node = filled("compose");
  slot(node, "list").append(...(await Promise.all(entries.map((entry) => choice(entry, draft)))));
  const next = action(node, "next");
  next.addEventListener("click", () =>
    busy(next, slot(node, "problem"), async () => {
      if (draft.chosen.size === 0) throw new ResumeError("resume_empty", "Nothing is chosen.");
      app.go("/compose/words");
    }),
  );
  return { node, tab: "compose" };
}

/**
 * A credential that can be put in, with its claims.
 * @param {Entry} entry
 * @param {Draft} draft
 * @returns {Promise<HTMLElement>}
 */
async function choice(entry, draft) {
  const node = filled("choice");
  const claims = await labelledClaims(entry, language());
  slot(node, "tile").replaceWith(typeTile(displayOf(entry)));
  slot(node, "section").textContent = sectionName(entry);
  slot(node, "legend").textContent = `${typeName(entry)} · ${issuerName(entry)}`;
  slot(node, "type").textContent = typeName(entry);
  slot(node, "issuer").textContent = issuerName(entry);
  drawState(slot(node, "state"), entry);
  const include = /** @type {HTMLInputElement} */ (slot(node, "include"));
  include.setAttribute("aria-label", t("compose.include", { type: typeName(entry) }));
  const list = slot(node, "claims");
  const hidden = draft.chosen.get(entry.id) ?? new Set(await hiddenAtFirst(entry));
  include.checked = draft.chosen.has(entry.id);
  const fold = slot(node, "fold");
  const summarise = () => {
    const labels = claims.filter(({ path, canHide }) => canHide && hidden.has(path)).map(({ label }) => label);
    slot(node, "summary").textContent =
      labels.length > 0 ? t("compose.summary", { labels: labels.join(", ") }) : t("compose.summaryAll");
    fold.hidden = !include.checked;
    node.classList.toggle("out", !include.checked);
  };
  include.addEventListener("change", () => {
    if (include.checked) draft.chosen.set(entry.id, hidden);
    else draft.chosen.delete(entry.id);
    summarise();
  });
  list.append(...claims.map((claim) => claimLine(entry, claim, hidden, summarise)));
  summarise();
  return node;
}

/**
 * @param {Entry} entry
 * @param {import("../protocol/resume.js").Claim & {label: string}} claim
 * @param {Set<string>} hidden
 * @param {() => void} changed
 * @returns {HTMLElement}
 */
function claimLine(entry, claim, hidden, changed) {
  const { path, label, value, canHide } = claim;
  const rows = tableOf(entry, claim);
  const words = h(
    "span",
    { class: "claim-words" },
    h("span", { class: "soft small" }, label),
    !rows && h("span", { class: "claim-value" }, asWritten(valueText(value))),
  );
  if (!canHide) {
    return h(
      "li",
      { class: "claim" },
      h(
        "div",
        { class: "fixed" },
        words,
        h("span", { class: "claim-state soft small" }, icon("lock", 16), t("compose.always")),
      ),
      rows,
    );
  }
  const box = h("input", { type: "checkbox", class: "switch", role: "switch" });
  const state = h("span", { class: "claim-state small" });
  const line = h("li", { class: "claim" }, h("label", {}, words, state, box), rows);
  const draw = () => {
    box.checked = !hidden.has(path);
    state.textContent = t(box.checked ? "compose.shown" : "compose.hidden");
    line.classList.toggle("off", !box.checked);
  };
  box.addEventListener("change", () => {
    if (box.checked) hidden.delete(path);
    else hidden.add(path);
    draw();
    changed();
  });
  draw();
  return line;
}

/**
 * @param {App} app
 * @returns {Promise<View>}
 */
export async function wordsView(app) {
  const { draft } = await draftOf(app);
  const node = filled("words");
  const form = /** @type {HTMLFormElement} */ (node);
  const statement = /** @type {HTMLTextAreaElement} */ (node.querySelector("textarea"));
  const recipient = /** @type {HTMLInputElement} */ (node.querySelector('[name="recipient"]'));
  statement.value = draft.statement;
  recipient.value = draft.recipient;
  statement.addEventListener("input", () => (draft.statement = statement.value));
  recipient.addEventListener("input", () => (draft.recipient = recipient.value));
  for (const days of DAYS.filter((one) => one <= app.config.maxDays)) {
    const radio = h("input", { type: "radio", name: "days", value: days, checked: days === draft.days });
    radio.addEventListener("change", () => (draft.days = days));
    slot(node, "days").append(h("label", {}, radio, h("span", {}, t("words.day", { days }))));
  }
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type="submit"]'));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(button, slot(node, "problem"), async () => {
      shareDomain(app.config.verifierUrl, draft.recipient);
      app.go("/compose/preview");
    });
  });
  return { node, tab: "compose" };
}

/**
 * What the employer will see: made from the very tokens that will be sent.
 * @param {App} app
 * @returns {Promise<View>}
 */
export async function previewView(app) {
  const { draft, entries } = await draftOf(app);
  const chosen = entries.filter(({ id }) => draft.chosen.has(id));
  if (chosen.length === 0) return composeView(app);
  const node = filled("preview");
  const paper = slot(node, "paper");
  slot(node, "lead").textContent = t("preview.lead", {
    recipient: draft.recipient.trim() || t("preview.anyone"),
    date: formatDate(expiryAfter(draft.days, new Date())),
  });
  const pending = chosen.filter(({ receipt }) => !receipt).length;
  slot(node, "pending").hidden = pending === 0;
  slot(node, "pending").textContent = counted("preview.pending", pending);
  paper.append(h("h2", { class: "paper-name" }, asWritten(await nameOf(chosen))));
  for (const [section, inSection] of Map.groupBy(chosen, sectionName)) {
    const items = await Promise.all(
      inSection.map((entry) => previewItem(entry, draft.chosen.get(entry.id) ?? new Set())),
    );
    paper.append(h("section", { class: "paper-section" }, h("h3", {}, section), ...items));
  }
  if (draft.statement.trim()) {
    paper.append(
      h(
        "section",
        { class: "paper-section own" },
        h("h3", {}, icon("person", 20), t("preview.words")),
        h("p", { class: "words" }, asWritten(draft.statement.trim())),
      ),
    );
  }
  const button = action(node, "share");
  button.addEventListener("click", () => busy(button, slot(node, "problem"), () => share(app, draft, chosen)));
  return { node, tab: "compose" };
}

/**
 * @param {Entry[]} entries
 * @returns {Promise<string>}
 */
async function nameOf(entries) {
  for (const entry of entries) {
    const name = (await labelledClaims(entry, language())).find(({ path }) => path === "name");
    if (name) return valueText(name.value);
  }
  return "";
}

/**
 * @param {Entry} entry
 * @param {Set<string>} hidden
 * @returns {Promise<HTMLElement>}
 */
async function previewItem(entry, hidden) {
  const all = await labelledClaims(entry, language());
  const sent = await labelledClaims({ ...entry, credential: await present(entry.credential, [...hidden]) }, language());
  const left = all.length - sent.length;
  const told = sent.filter(({ path }) => path !== "name"); // the name stands above
  return h(
    "article",
    { class: "paper-item" },
    h(
      "h4",
      {},
      typeTile(displayOf(entry), "small-tile"),
      h("span", {}, typeName(entry), h("small", { class: "soft" }, issuerName(entry))),
    ),
    h("p", { class: "paper-lead" }, asWritten(leadText(entry, told))),
    h("dl", { class: "facts" }, ...claimFacts(entry, told)),
    left > 0 && h("p", { class: "small soft hidden-count" }, icon("lock", 16), counted("preview.hidden", left)),
  );
}

/**
 * Sign, seal, keep, send: kept before it is sent, so that a share can always be sent again or stopped.
 * @param {App} app
 * @param {Draft} draft
 * @param {Entry[]} chosen
 */
async function share(app, draft, chosen) {
  const now = new Date();
  const { visit } = app;
  const { verifierUrl } = app.config;
  const id = newShareId();
  const expires = expiryAfter(draft.days, now);
  const domain = shareDomain(verifierUrl, draft.recipient);
  const presentation = await composeResume({
    items: chosen.map(({ id: held, credential, receipt }) => ({
      credential,
      receipt,
      hidden: [...(draft.chosen.get(held) ?? [])],
    })),
    statement: draft.statement,
    key: app.opened.holderKey,
    shareId: id,
    domain,
    expires,
    now,
  });
  const { share: made, deposit } = await prepareShare({ verifierUrl, id, expires, presentation });
  /** @type {import("./shares.js").UnsentShare} */
  const kept = {
    ...made,
    domain,
    recipient: draft.recipient.trim(),
    madeAt: isoSeconds(now),
    items: chosen.map(({ type }) => type),
    state: "prepared",
    deposit,
  };
  await app.opened.put("share", kept);
  await sendShare(app, kept);
  app.draft = null;
  app.go(`/shares/${id}`, visit);
}
