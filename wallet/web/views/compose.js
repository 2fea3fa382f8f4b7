// Making a resume in three screens: choose credentials and claims, add words and a recipient, see what will be sent.

import { h, icon } from "/shared/dom.js";
import { formatDate, language, t } from "/shared/i18n.js";
import { newShareId } from "/shared/protocol/envelope.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { filled } from "/shared/templates.js";
import { typeTile } from "/shared/type_tile.js";
import { asWritten, counted, valueText } from "/shared/wording.js";
import { displayOf, hiddenAtFirst, labelledClaims } from "../protocol/entries.js";
import { refuseResidentNumber } from "../protocol/free_text.js";
import { composeResume, isoSeconds, present, shareDomain } from "../protocol/resume.js";
import { expiryAfter, prepareShare } from "../protocol/share.js";
import { isGood, standingOf } from "../protocol/standing.js";
import { clockNotice } from "./clock.js";
import { draftInProgress, dropDraft, fingerprint, keepDraft, keepWhileTyping, newDraft } from "./draft.js";
import {
  action,
  busy,
  claimFacts,
  drawState,
  drawWhich,
  issuerName,
  leadText,
  pointToIdentity,
  problem,
  sectionName,
  slot,
  standingAdvice,
  tableOf,
  typeName,
  whichOne,
} from "./parts.js";
import { sendShare, stateOf } from "./shares.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../app.js").View} View
 * @typedef {import("../app.js").Entry} Entry
 * @typedef {import("../app.js").Draft} Draft
 */

const DAYS = [7, 30, 90, 200];

/**
 * @param {App} app
 * @returns {Promise<View>}
 */
export async function composeView(app) {
  const { draft: going, entries } = await draftInProgress(app, { choosing: true });
  if (entries.length === 0)
    return {
      node: h("div", { class: "stack view" }, h("h1", {}, t("compose.title")), emptyHome(app)),
      tab: "compose",
    };
  const node = filled("compose");
  const { visit } = app;
  const draft = going ?? (await newDraft(entries));
  const changed = () => void keepDraft(app, draft).catch((error) => tell(node, error));
  slot(node, "list").append(...(await Promise.all(entries.map((entry) => choice(entry, { draft, entries, changed })))));
  slot(node, "going-on").hidden = !going;
  const restart = action(node, "restart");
  restart.addEventListener("click", () =>
    busy(restart, slot(node, "problem"), async () => {
      await dropDraft(app);
      app.go("/compose");
    }),
  );
  const next = action(node, "next");
  next.addEventListener("click", () =>
    busy(next, slot(node, "problem"), async () => {
      if (draft.chosen.size === 0) throw new ResumeError("resume_empty", "Nothing is chosen.");
      await keepDraft(app, draft);
      app.go("/compose/words", visit);
    }),
  );
  return { node, tab: "compose" };
}

/** @param {App} app */
function emptyHome(app) {
  const node = filled("home-empty");
  pointToIdentity(app, node);
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {unknown} error
 */
function tell(node, error) {
  slot(node, "problem").replaceChildren(problem(error));
}

/**
 * A credential that can be put in, with its claims.
 * @param {Entry} entry
 * @param {{draft: Draft, entries: Entry[], changed: () => void}} screen
 * @returns {Promise<HTMLElement>}
 */
async function choice(entry, { draft, entries, changed }) {
  const node = filled("choice");
  const claims = await labelledClaims(entry, language());
  slot(node, "tile").replaceWith(typeTile(displayOf(entry)));
  slot(node, "section").textContent = sectionName(entry);
  slot(node, "legend").textContent = `${typeName(entry)} · ${issuerName(entry)}`;
  slot(node, "type").textContent = typeName(entry);
  slot(node, "issuer").textContent = issuerName(entry);
  await drawWhich(slot(node, "which"), entry, entries);
  drawState(slot(node, "state"), entry);
  const advice = standingAdvice(entry);
  if (advice) slot(node, "standing").append(advice);
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
    changed();
  });
  const drawAndKeep = () => {
    summarise();
    changed();
  };
  list.append(...claims.map((claim) => claimLine(entry, claim, hidden, drawAndKeep)));
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
  const { draft } = await draftInProgress(app);
  if (!draft || draft.chosen.size === 0) return backToChoosing(app);
  const node = filled("words");
  const { visit } = app;
  const form = /** @type {HTMLFormElement} */ (node);
  const statement = /** @type {HTMLTextAreaElement} */ (node.querySelector("textarea"));
  const recipient = /** @type {HTMLInputElement} */ (node.querySelector('[name="recipient"]'));
  statement.value = draft.statement;
  recipient.value = draft.recipient;
  const typed = () => {
    draft.statement = statement.value;
    draft.recipient = recipient.value;
    keepWhileTyping(app, draft, (error) => tell(node, error));
  };
  statement.addEventListener("input", typed);
  recipient.addEventListener("input", typed);
  for (const days of DAYS.filter((one) => one <= app.config.maxDays)) {
    const radio = h("input", { type: "radio", name: "days", value: days, checked: days === draft.days });
    radio.addEventListener("change", () => {
      draft.days = days;
      keepDraft(app, draft).catch((error) => tell(node, error));
    });
    slot(node, "days").append(h("label", {}, radio, h("span", {}, t("words.day", { days }))));
  }
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type="submit"]'));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(button, slot(node, "problem"), async () => {
      refuseResidentNumber(draft.statement);
      shareDomain(app.config.verifierUrl, draft.recipient);
      await keepDraft(app, draft);
      app.go("/compose/preview", visit);
    });
  });
  return { node, tab: "compose" };
}

/**
 * Where there is no choice to go on with, one is made first; the address says so, and Back does not return here.
 * @param {App} app
 * @returns {Promise<View>}
 */
function backToChoosing(app) {
  history.replaceState(null, "", "#/compose");
  return composeView(app);
}

/**
 * What the employer will see: made from the very tokens that will be sent.
 * @param {App} app
 * @returns {Promise<View>}
 */
export async function previewView(app) {
  const { draft, entries } = await draftInProgress(app);
  const chosen = entries.filter(({ id }) => draft?.chosen.has(id));
  if (!draft || chosen.length === 0) return backToChoosing(app);
  const node = filled("preview");
  const paper = slot(node, "paper");
  slot(node, "lead").textContent = t("preview.lead", {
    recipient: draft.recipient.trim() || t("preview.anyone"),
    date: formatDate(expiryAfter(draft.days, new Date())),
  });
  slot(node, "warnings").append(...warningsOf(app, chosen, await clockNotice()));
  paper.append(h("h2", { class: "paper-name" }, asWritten(await nameOf(chosen))));
  const sent = await Promise.all(
    chosen.map(async (entry) => ({
      ...entry,
      credential: await present(entry.credential, [...(draft.chosen.get(entry.id) ?? [])]),
    })),
  );
  for (const [section, inSection] of Map.groupBy(chosen, sectionName)) {
    const items = await Promise.all(inSection.map((entry) => previewItem(entry, sent, entries)));
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
 * What an employer will see besides "verified", said before it is shared.
 * @param {App} app
 * @param {Entry[]} chosen
 * @param {HTMLElement | null} clock what is wrong with this device's clock
 * @returns {HTMLElement[]}
 */
function warningsOf(app, chosen, clock) {
  const caution = (/** @type {string} */ words) => h("p", { class: "notice tone-caution" }, words);
  const told = clock ? [clock] : [];
  for (const entry of chosen.filter((one) => !isGood(one))) {
    const standing = standingOf(entry);
    const tone = standing === "revoked" || standing === "suspended" ? "fail" : "caution";
    const words = t(`preview.${standing}`, { type: typeName(entry), issuer: issuerName(entry) });
    told.push(h("p", { class: `notice tone-${tone}` }, words));
  }
  const pending = chosen.filter((entry) => isGood(entry) && !entry.receipt).length;
  if (pending > 0) told.push(caution(counted("preview.pending", pending)));
  const unknown = chosen.filter(({ id }) => app.statusUnknown.has(id)).length;
  if (unknown > 0) told.push(caution(counted("preview.statusUnknown", unknown)));
  return told;
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
 * @param {Entry[]} presented everything that is chosen, without what is hidden
 * @param {Entry[]} held everything that is, to tell alike ones apart by what is hidden, for the seeker alone
 * @returns {Promise<HTMLElement>}
 */
async function previewItem(entry, presented, held) {
  const shown = presented.find(({ id }) => id === entry.id) ?? entry;
  const all = await labelledClaims(entry, language());
  const sent = await labelledClaims(shown, language());
  const left = all.length - sent.length;
  const told = sent.filter(({ path }) => path !== "name"); // the name stands above
  const which = await whichOne(shown, presented);
  const inWallet = await whichOne(entry, held);
  return h(
    "article",
    { class: "paper-item" },
    h(
      "h4",
      {},
      typeTile(displayOf(entry), "small-tile"),
      h(
        "span",
        {},
        typeName(entry),
        h("small", { class: "soft", dir: "auto" }, issuerName(entry)),
        which !== "" && h("small", { class: "soft" }, asWritten(which)),
      ),
    ),
    h("p", { class: "paper-lead" }, asWritten(leadText(entry, told))),
    h("dl", { class: "facts" }, ...claimFacts(entry, told)),
    left > 0 && h("p", { class: "small soft hidden-count" }, icon("lock", 16), counted("preview.hidden", left)),
    inWallet !== which && h("p", { class: "small soft" }, asWritten(t("preview.inWallet", { which: inWallet }))),
  );
}

/**
 * Sign, seal, keep, send: kept before it is sent, so that a share can always be sent again or stopped. One that was
 * made of the same draft and whose deposit had no answer is sent again as it is: the server takes it once.
 * @param {App} app
 * @param {Draft} draft
 * @param {Entry[]} chosen
 */
async function share(app, draft, chosen) {
  const now = new Date();
  const { visit } = app;
  const { verifierUrl } = app.config;
  const madeOf = await fingerprint(draft);
  /** @type {import("./shares.js").UnsentShare[]} */
  const shares = await app.opened.list("share");
  const unsent = shares.find((one) => one.draft === madeOf && one.deposit && stateOf(one) === "unsent");
  if (unsent) {
    await sendShare(app, unsent);
    return app.go(`/shares/${unsent.id}`, visit);
  }
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
    draft: madeOf,
    deposit,
  };
  await app.opened.put("share", kept);
  await sendShare(app, kept);
  app.go(`/shares/${id}`, visit);
}
