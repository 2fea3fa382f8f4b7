// The wallet's page: opens the vault of this browser, turns the address into a screen, and draws it again when the
// language changes. What a link brings (an offer) is taken out of the address before anything else happens.

import { find, icon, show } from "/shared/dom.js";
import { applyWords, language, preferredLanguage, speak, t } from "/shared/i18n.js";
import { isInApp } from "/shared/in_app.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { requestJson } from "/shared/protocol/http.js";
import { insist, started } from "/shared/starting.js";
import { refreshReceipts } from "./protocol/entries.js";
import { offerParameters } from "./protocol/offers.js";
import { refreshStatuses } from "./protocol/standing.js";
import { openVault } from "./storage/vault.js";
import { composeView, previewView, wordsView } from "./views/compose.js";
import { homeView } from "./views/home.js";
import { brokenView, lostView } from "./views/parts.js";
import { offerView, receiveView } from "./views/receive.js";
import { shareView, sharesView } from "./views/shares.js";
import { welcomeView } from "./views/welcome.js";

/**
 * @typedef {{issuerUrl: string, verifierUrl: string, credentialIssuers: string[], identityUrl: string | null,
 *   language: "ko" | "en", demonstration: boolean, maxDays: number}} Config
 * @typedef {import("./storage/vault.js").Vault} Vault
 * @typedef {import("./protocol/entries.js").Entry} Entry
 * @typedef {{chosen: Map<string, Set<string>>, statement: string, recipient: string, days: number}} Draft ids of
 *   credentials with their hidden claims
 * @typedef {{node: HTMLElement, tab?: "home" | "compose" | "shares", leave?: () => void}} View
 */

const WORDS = "/static/messages";
const OFFER = "offer";
const content = find("#content");

/** What every view is given. */
export class App {
  /** @type {string | null} */
  #offer = null;

  /** @param {Config} config */
  constructor(config) {
    this.config = config;
    /** @type {Vault | null} */
    this.vault = null;
    /** @type {Draft | null} */
    this.draft = null;
    /** @type {string} */
    this.notice = "";
    /** Counts the screens that were gone to; a screen drawn again in another language is the same visit. */
    this.visit = 0;
    /** Ids of credentials whose status could not be asked for last time. @type {Set<string>} */
    this.statusUnknown = new Set();
    /** Whether the screen that asks institutions begins at once. */
    this.findNow = false;
    /** Why the storage cannot be reached any more. @type {ResumeError | null} */
    this.ended = null;
  }

  /** The offer that was opened: for as long as the tab lives, so that a reload does not lose it. */
  get offerLink() {
    try {
      return this.#offer ?? sessionStorage.getItem(OFFER);
    } catch {
      return this.#offer; // storage is switched off
    }
  }

  /** @param {string | null} link */
  set offerLink(link) {
    this.#offer = link;
    try {
      if (link === null) sessionStorage.removeItem(OFFER);
      else sessionStorage.setItem(OFFER, link);
    } catch {
      // it lasts until a reload
    }
  }

  /** Where an offer is shown: inside an app with the offer, for the app's own "open in another browser". */
  get offerRoute() {
    const offer = isInApp() && this.offerLink;
    return offer ? `/offer?${offerParameters(offer)}` : "/offer";
  }

  /** The wallet's address with the offer that is open, as another browser needs it. */
  get address() {
    const { origin } = location;
    return this.offerLink ? `${origin}/#${offerParameters(this.offerLink)}` : `${origin}/`;
  }

  /** @returns {Vault} */
  get opened() {
    if (!this.vault) throw new Error("the vault is not open yet");
    return this.vault;
  }

  /**
   * @param {string} route
   * @param {number} [visit] on whose behalf; when another screen is shown by now, the person stays there
   */
  go(route, visit = this.visit) {
    if (visit !== this.visit) return;
    if (location.hash === `#${route}`) void draw();
    else location.hash = route;
  }

  /** Everything held, with the receipts and the statuses that have come in the meantime. */
  async refreshedEntries() {
    const entries = await this.opened.list("credential");
    const send = fetch.bind(globalThis);
    const [receipts, statuses] = await Promise.all([
      refreshReceipts(send, entries),
      refreshStatuses(send, entries, new Date()),
    ]);
    this.statusUnknown = statuses.unknown;
    const refreshed = receipts.entries.map((entry, i) => ({ ...entry, status: statuses.entries[i]?.status }));
    for (const [i, entry] of refreshed.entries()) {
      const { receipt, status } = entries[i] ?? {};
      if ((entry.receipt && !receipt) || entry.status !== status) await this.opened.put("credential", entry);
    }
    return refreshed;
  }
}

/** @type {App} */
let app;
/** @type {() => void} */
let leave = () => {};
let drawing = 0;

/**
 * Take an offer out of the address: it stays in this tab only, out of history and of what is copied. The language that
 * the address asks for stays there; inside an app the offer does too, for "open in another browser".
 * @returns {string | null}
 */
function offerOfAddress() {
  const carries = /credential_offer(_uri)?=/;
  if (!carries.test(location.hash) && !carries.test(location.search)) return null;
  const link = location.href;
  const lang = new URLSearchParams(location.search).get("lang");
  const query = lang === "ko" || lang === "en" ? `?lang=${lang}` : "";
  const kept = isInApp() && carries.test(link) ? `?${offerParameters(link)}` : "";
  history.replaceState(null, "", `/${query}#/offer${kept}`);
  return link;
}

/**
 * @param {string} route
 * @returns {Promise<View>}
 */
async function viewOf(route) {
  if (!app.vault) return welcomeView(app, storageEvents, () => void draw());
  const [, name = "", part = ""] = route.replace(/\?.*$/, "").split("/");
  if (name === "receive") return receiveView(app);
  if (name === "offer") return app.offerLink ? offerView(app, app.offerLink) : receiveView(app);
  if (name === "compose" && part === "words") return wordsView(app);
  if (name === "compose" && part === "preview") return previewView(app);
  if (name === "compose") return composeView(app);
  if (name === "shares" && part) return shareView(app, part);
  if (name === "shares") return sharesView(app);
  return homeView(app);
}

/** What happens to the storage while the page is open is said at once: nothing typed afterwards would be kept. */
const storageEvents = {
  blocked: () => show(content, lostView(new ResumeError("storage_blocked", "Another tab has an older wallet open."))),
  /** @param {ResumeError} error */
  ended: (error) => {
    app.ended = error;
    void draw();
  },
};

/** Draw the screen the address names. */
async function draw() {
  drawing += 1;
  const turn = drawing;
  /** @type {View} */
  let view;
  try {
    view = app.ended ? { node: lostView(app.ended) } : await viewOf(location.hash.slice(1));
  } catch (error) {
    view = { node: brokenView(error) };
  }
  if (turn !== drawing) {
    view.leave?.();
    return;
  }
  leave();
  leave = view.leave ?? (() => {});
  show(content, view.node);
  find("#tabs").hidden = !app.vault || app.ended !== null;
  for (const tab of document.querySelectorAll("[data-tab]")) {
    if (tab.getAttribute("data-tab") === view.tab) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const heading = content.querySelector("h1")?.textContent ?? "";
  document.title = heading ? `${heading} · ${t("product")}` : t("product");
}

/** The address changed: draw, and let a screen reader and the keyboard begin at the new screen. */
async function turnTo() {
  app.visit += 1;
  const link = offerOfAddress();
  if (link) app.offerLink = link;
  await draw();
  scrollTo({ top: 0 });
  content.focus({ preventScroll: true });
  find("#announcer").textContent = content.querySelector("h1")?.textContent ?? "";
}

async function start() {
  const link = offerOfAddress(); // before anything is awaited
  find("#brand-mark").append(icon("document", 18));
  const config = await insist(content, async () => {
    const [{ body }] = await Promise.all([
      requestJson(fetch.bind(globalThis), `${location.origin}/config.json`),
      speak(WORDS, preferredLanguage(), find("#language")),
    ]);
    return /** @type {Config} */ (/** @type {unknown} */ (body));
  });
  app = new App(config);
  if (link) app.offerLink = link;
  find("#demonstration").hidden = !config.demonstration;
  applyWords(document);
  find("#language").addEventListener("click", async () => {
    try {
      await speak(WORDS, language() === "ko" ? "en" : "ko", find("#language"));
    } catch {
      return; // as it was; the button is still there
    }
    await draw();
  });
  find("#skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment is the screen's address
    content.focus();
  });
  addEventListener("hashchange", () => void turnTo());
  try {
    app.vault = await openVault(storageEvents);
    await draw();
  } catch (error) {
    show(content, brokenView(error));
  }
  started();
}

void start();
