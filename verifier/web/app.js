// The verify page: takes a share from the address, the camera, an image or a pasted link, opens it in
// this browser and shows the verdict. One state, one screen; a change of language draws it again.

import { find, icon, show } from "/shared/dom.js";
import { language, preferredLanguage, t, useLanguage } from "/shared/i18n.js";
import { ShareError, fetchShare, openShare, parseShare } from "./protocol/share.js";
import { fetchConfig, verify } from "./protocol/verification.js";
import { entranceView } from "./views/entrance.js";
import { problemView } from "./views/problem.js";
import { sealedView, workingView } from "./views/sealed.js";
import { verdictView } from "./views/verdict.js";

/**
 * @typedef {import("./protocol/share.js").ShareLink} ShareLink
 * @typedef {import("./protocol/verification.js").Verdict} Verdict
 * @typedef {{name: "entrance"} | {name: "sealed", link: ShareLink} | {name: "working", step: string}
 *   | {name: "verdict", verdict: Verdict, link: ShareLink, day: string} | {name: "problem", code: string, link: ShareLink | null}} Screen
 */

const WORDS = "/static/messages";
const content = find("#content");
/** @type {Screen} */
let screen = { name: "entrance" };
/** @type {() => void} */
let leave = () => {};

/**
 * Take the share out of the address. The fragment is dropped from it at once, so that it stays out of
 * the history, of screenshots and of what is copied from the address bar; the key lives in memory only.
 * @returns {Screen}
 */
function screenOfAddress() {
  const id = /^\/v\/([^/]+)\/?$/.exec(location.pathname)?.[1];
  const fragment = location.hash;
  if (fragment) history.replaceState(null, "", location.pathname + location.search);
  if (!id) return { name: "entrance" };
  try {
    return { name: "sealed", link: parseShare(id, fragment) };
  } catch (error) {
    return { name: "problem", code: codeOf(error), link: null };
  }
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function codeOf(error) {
  if (error instanceof ShareError) return error.code;
  console.error(error);
  return "unexpected";
}

/** Draw the screen. */
function draw() {
  leave();
  leave = () => {};
  content.className = screen.name === "verdict" ? "" : "narrow";
  if (screen.name === "entrance") {
    const view = entranceView(go);
    leave = view.leave;
    show(content, view.node);
  } else if (screen.name === "sealed") {
    const { link } = screen;
    show(content, sealedView(() => void open(link)));
  } else if (screen.name === "working") {
    show(content, workingView(screen.step));
  } else if (screen.name === "verdict") {
    const { link } = screen;
    const asOf = (/** @type {string} */ day) => void open(link, day);
    show(content, verdictView(screen.verdict, { again: () => void open(link), another: () => enter(), asOf, day: screen.day }));
  } else {
    const { link } = screen;
    show(content, problemView(screen.code, { again: link && (() => void open(link)), another: () => enter() }));
  }
  const heading = content.querySelector("h1")?.textContent ?? "";
  document.title = heading ? `${heading} · ${t("product")}` : t("product");
  find("#announcer").textContent = heading;
}

/** @param {Screen} next */
function turn(next) {
  screen = next;
  draw();
  scrollTo({ top: 0 });
}

/** Back to the entrance, under its own address. */
function enter() {
  history.pushState(null, "", "/");
  turn({ name: "entrance" });
}

/**
 * Show the door of a share that was scanned or pasted: opened by the press that follows.
 * @param {ShareLink} link
 */
function go(link) {
  history.pushState(null, "", `/v/${link.id}`);
  turn({ name: "sealed", link });
  find("#open").focus();
}

/**
 * Fetch, open and verify a share.
 * @param {ShareLink} link
 * @param {string} [day] as of which it is to be judged; now when empty
 */
async function open(link, day = "") {
  try {
    turn({ name: "working", step: "fetch" });
    const { walletUrl } = await config;
    const share = await fetchShare(walletUrl, link.id);
    turn({ name: "working", step: "open" });
    const presentation = await openShare(share, link);
    turn({ name: "working", step: "verify" });
    turn({ name: "verdict", verdict: await verify(presentation, share, day), link, day });
  } catch (error) {
    turn({ name: "problem", code: codeOf(error), link });
  }
  content.focus({ preventScroll: true });
}

/** @param {import("/shared/i18n.js").Language} wanted */
async function speak(wanted) {
  await useLanguage(WORDS, wanted);
  const button = find("#language");
  button.textContent = wanted === "ko" ? "English" : "한국어";
  button.lang = wanted === "ko" ? "en" : "ko";
  draw();
}

screen = screenOfAddress(); // before anything is awaited
const config = fetchConfig();
config.then(
  (known) => (find("#demonstration").hidden = !known.demonstration),
  () => {}, // told when a share is opened
);
find("#brand-mark").append(icon("pass", 20));
find("#language").addEventListener("click", () => void speak(language() === "ko" ? "en" : "ko"));
addEventListener("hashchange", () => location.hash && turn(screenOfAddress()));
addEventListener("popstate", () => {
  if (!location.hash) turn(location.pathname === "/" ? { name: "entrance" } : screenOfAddress());
});
addEventListener("beforeprint", () => {
  for (const details of content.querySelectorAll("details")) details.open = true;
});
await speak(preferredLanguage());
