// The verify page: takes a share from the address, the camera, an image or a pasted link, opens it in
// this browser and shows the verdict. One state, one screen; a change of language draws it again.

import { find, icon, show } from "/shared/dom.js";
import { language, preferredLanguage, speak, t } from "/shared/i18n.js";
import { inAppNotice, isInApp } from "/shared/in_app.js";
import { encode } from "/shared/protocol/bytes.js";
import { parseLinkParts } from "/shared/protocol/envelope.js";
import { fetchShare, openStored } from "/shared/protocol/share_store.js";
import { atMost, insist, started } from "/shared/starting.js";
import { Turns } from "/shared/turns.js";
import { fetchConfig, verify } from "./protocol/verification.js";
import { forget, keep, recall } from "./storage/tab_memory.js";
import { entranceView } from "./views/entrance.js";
import { problemView, screenOf } from "./views/problem.js";
import { sealedView, workingView } from "./views/sealed.js";
import { verdictView } from "./views/verdict.js";

/**
 * @typedef {{id: string, key: Uint8Array<ArrayBuffer>}} Link
 * @typedef {import("./protocol/verification.js").Verdict} Verdict
 * @typedef {{name: "entrance"} | {name: "sealed", link: Link} | {name: "working", step: string}
 *   | {name: "verdict", verdict: Verdict, link: Link, day: string} | {name: "problem", code: string,
 *   link: Link | null}} Screen
 */

const WORDS = "/static/messages";
const ENDED = new Set(["share_stopped", "share_expired"]);
const content = find("#content");
/** @type {Screen} */
let screen = { name: "entrance" };
/** @type {() => void} */
let leave = () => {};
const turns = new Turns();
/** The verdicts that this page has shown, for Back and Forward. @type {Map<string, Screen & {name: "verdict"}>} */
const shown = new Map();

/**
 * Take the share out of the address. The fragment is dropped from it at once, so that it stays out of
 * the history, of screenshots and of what is copied from the address bar. Inside an app it stays: the app's own way to
 * another browser hands over the address that is shown.
 * @returns {{id: string, fragment: string} | null} none at the entrance
 */
function shareOfAddress() {
  const [, id, escaped = ""] = /^\/v\/([^/%]+)\/?(?:%23(.*))?$/i.exec(location.pathname) ?? [];
  const fragment = location.hash.slice(1) || escaped; // a mail gateway has written the # as %23
  const kept = isInApp() && fragment ? `#${fragment}` : "";
  if (fragment) history.replaceState(null, "", (id ? `/v/${id}` : location.pathname) + location.search + kept);
  return id ? { id, fragment } : null;
}

/**
 * Show what the address names: the entrance, a verdict that was shown, or a share, its door first.
 * @param {{id: string, fragment: string} | null} share
 */
async function arrive(share) {
  if (!share) return void turn({ name: "entrance" });
  const { id, fragment } = share;
  const verdict = fragment === "" && shown.get(id);
  if (verdict) return void turn(verdict);
  const signal = turns.begin();
  const recalled = await recall(id);
  if (signal.aborted) return;
  const same = fragment === "" || (isInApp() && recalled && encode(recalled.link.key) === fragment);
  const kept = same ? recalled : null;
  try {
    const link = kept?.link ?? parseLinkParts(id, fragment);
    if (kept?.opened) return void open(link, kept.day);
    if (!kept) void keep({ link, opened: false, day: "" });
    turn({ name: "sealed", link });
  } catch (error) {
    turn({ name: "problem", code: screenOf(error), link: null });
  }
}

/**
 * A share's link at this verifier, for another browser.
 * @param {Link} link
 */
function addressOf({ id, key }) {
  return `${location.origin}/v/${id}#${encode(key)}`;
}

/** Draw the screen. */
function draw() {
  leave();
  leave = () => {};
  content.className = { verdict: "", working: "narrow tall" }[/** @type {string} */ (screen.name)] ?? "narrow";
  if (screen.name === "entrance") {
    const view = entranceView(go);
    leave = view.leave;
    show(content, view.node);
  } else if (screen.name === "sealed") {
    const { link } = screen;
    show(
      content,
      inAppNotice("inApp", addressOf(link)),
      sealedView(() => void open(link)),
    );
  } else if (screen.name === "working") {
    show(content, workingView(screen.step));
  } else if (screen.name === "verdict") {
    const { link } = screen;
    const asOf = (/** @type {string} */ day) => void open(link, day);
    show(
      content,
      inAppNotice("inApp", addressOf(link)),
      verdictView(screen.verdict, { again: () => void open(link), another: () => enter(), asOf, day: screen.day }),
    );
  } else {
    const { link } = screen;
    show(content, problemView(screen.code, { again: link && (() => void open(link)), another: () => enter() }));
  }
  const heading = content.querySelector("h1")?.textContent ?? "";
  document.title = heading ? `${heading} · ${t("product")}` : t("product");
  find("#announcer").textContent = heading;
}

/**
 * Show another screen. What earlier ones still wait for is given up.
 * @param {Screen} next
 * @returns {AbortSignal} aborted once the screen is left
 */
function turn(next) {
  const signal = turns.begin();
  change(next);
  scrollTo({ top: 0 });
  return signal;
}

/**
 * Change what the screen shows, on the same visit.
 * @param {Screen} next
 */
function change(next) {
  screen = next;
  draw();
}

/** Back to the entrance, under its own address. */
function enter() {
  history.pushState(null, "", "/");
  turn({ name: "entrance" });
}

/**
 * Show the door of a share that was scanned or pasted: opened by the press that follows.
 * @param {Link} link
 */
function go(link) {
  history.pushState(null, "", isInApp() ? `/v/${link.id}#${encode(link.key)}` : `/v/${link.id}`);
  void keep({ link, opened: false, day: "" });
  turn({ name: "sealed", link });
  find("#open").focus();
}

/**
 * Fetch, open and verify a share. An answer that comes when another screen is shown is dropped.
 * @param {Link} link
 * @param {string} [day] as of which it is to be judged; now when empty
 */
async function open(link, day = "") {
  const signal = turn({ name: "working", step: "fetch" });
  void keep({ link, opened: true, day });
  /** @type {Screen} */
  let result;
  try {
    const { walletUrl } = await configuration();
    const share = await fetchShare(globalThis.fetch, walletUrl, link.id, signal);
    signal.throwIfAborted();
    change({ name: "working", step: "open" });
    const presentation = await openStored(share, link);
    signal.throwIfAborted();
    change({ name: "working", step: "verify" });
    result = { name: "verdict", verdict: await verify(presentation, share, day, signal), link, day };
  } catch (error) {
    result = { name: "problem", code: screenOf(error), link };
  }
  if (signal.aborted) return;
  remember(link.id, result);
  turn(result);
  content.focus({ preventScroll: true });
}

/**
 * Keep a verdict for Back; forget a share that has ended.
 * @param {string} id
 * @param {Screen} result
 */
function remember(id, result) {
  if (result.name === "verdict") shown.set(id, result);
  if (result.name !== "problem") return;
  shown.delete(id);
  if (ENDED.has(result.code)) forget(id);
}

/** @type {Promise<import("./protocol/verification.js").Config> | null} */
let known = null;

/** @returns {Promise<import("./protocol/verification.js").Config>} fetched again when it did not come */
function configuration() {
  known ??= fetchConfig().catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

/** @param {import("/shared/i18n.js").Language} wanted */
async function drawIn(wanted) {
  await speak(WORDS, wanted, find("#language"));
  draw();
}

const arrived = shareOfAddress(); // before anything is awaited
const described = configuration().then(
  ({ demonstration }) => (find("#demonstration").hidden = !demonstration),
  () => {}, // told when a share is opened
);
find("#brand-mark").append(icon("pass", 20));
find("#language").addEventListener("click", () => {
  drawIn(language() === "ko" ? "en" : "ko").catch(() => {}); // as it was; the button is still there
});
addEventListener("hashchange", () => location.hash && void arrive(shareOfAddress()));
addEventListener("popstate", () => {
  if (!location.hash) void arrive(shareOfAddress());
});
addEventListener("beforeprint", () => {
  for (const details of content.querySelectorAll("details")) details.open = true;
});
await insist(content, () => speak(WORDS, preferredLanguage(), find("#language")));
await atMost(described);
await arrive(arrived);
started();
