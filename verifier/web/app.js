// The verify page: takes a share from the address, the camera, an image or a pasted link, opens it in
// this browser and shows the verdict. One state, one screen; a change of language draws it again.

import { find, icon, show } from "/shared/dom.js";
import { language, preferredLanguage, speak, t } from "/shared/i18n.js";
import { parseLinkParts } from "/shared/protocol/envelope.js";
import { fetchShare, openStored } from "/shared/protocol/share_store.js";
import { fetchConfig, verify } from "./protocol/verification.js";
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
    return { name: "sealed", link: parseLinkParts(id, fragment.slice(1)) };
  } catch (error) {
    return { name: "problem", code: screenOf(error), link: null };
  }
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
    show(
      content,
      sealedView(() => void open(link)),
    );
  } else if (screen.name === "working") {
    show(content, workingView(screen.step));
  } else if (screen.name === "verdict") {
    const { link } = screen;
    const asOf = (/** @type {string} */ day) => void open(link, day);
    show(
      content,
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
 * @param {Link} link
 */
function go(link) {
  history.pushState(null, "", `/v/${link.id}`);
  turn({ name: "sealed", link });
  find("#open").focus();
}

/**
 * Fetch, open and verify a share.
 * @param {Link} link
 * @param {string} [day] as of which it is to be judged; now when empty
 */
async function open(link, day = "") {
  try {
    turn({ name: "working", step: "fetch" });
    const { walletUrl } = await config;
    const share = await fetchShare(globalThis.fetch, walletUrl, link.id);
    turn({ name: "working", step: "open" });
    const presentation = await openStored(share, link);
    turn({ name: "working", step: "verify" });
    turn({ name: "verdict", verdict: await verify(presentation, share, day), link, day });
  } catch (error) {
    turn({ name: "problem", code: screenOf(error), link });
  }
  content.focus({ preventScroll: true });
}

/** @param {import("/shared/i18n.js").Language} wanted */
async function drawIn(wanted) {
  await speak(WORDS, wanted, find("#language"));
  draw();
}

screen = screenOfAddress(); // before anything is awaited
const config = fetchConfig();
config.then(
  (known) => (find("#demonstration").hidden = !known.demonstration),
  () => {}, // told when a share is opened
);
find("#brand-mark").append(icon("pass", 20));
find("#language").addEventListener("click", () => void drawIn(language() === "ko" ? "en" : "ko"));
addEventListener("hashchange", () => location.hash && turn(screenOfAddress()));
addEventListener("popstate", () => {
  if (!location.hash) turn(location.pathname === "/" ? { name: "entrance" } : screenOfAddress());
});
addEventListener("beforeprint", () => {
  for (const details of content.querySelectorAll("details")) details.open = true;
});
await drawIn(preferredLanguage());
