// What the seeker holds: a card a credential, refreshed while receipts are still to come.

import { h } from "/shared/dom.js";
import { t } from "/shared/i18n.js";
import { inAppNotice } from "/shared/in_app.js";
import { filled } from "/shared/templates.js";
import { action, credentialCard, inOrder, pointToIdentity, slot } from "./parts.js";
import { unfinishedNotice } from "./taking.js";

const REFRESH_MS = 3000;
const GIVE_UP_AFTER = 100;

/**
 * @param {import("../app.js").App} app
 * @returns {Promise<import("../app.js").View>}
 */
export async function homeView(app) {
  const node = filled("home");
  slot(node, "notices").append(inAppNotice("inApp", app.address) ?? "");
  if (app.notice) slot(node, "notices").append(h("p", { class: "notice tone-pass", role: "status" }, app.notice));
  app.notice = "";
  const unfinished = await unfinishedNotice(app);
  if (unfinished) slot(node, "notices").append(unfinished);
  let shown = await app.opened.list("credential");
  /** @param {import("../app.js").Entry} entry */
  const remove = async (entry) => {
    await app.opened.drop(entry.id);
    app.go("/");
  };
  await draw(node, shown, remove);
  firstSteps(app, node, shown);

  let left = false;
  let tries = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const refresh = async () => {
    // The first look is for statuses as well; after it only receipts are waited for.
    if (left || (tries > 0 && shown.every(({ receipt }) => receipt)) || tries > GIVE_UP_AFTER) return;
    tries += 1;
    if (!document.hidden) {
      const before = looksOf(shown);
      const entries = await app.refreshedEntries();
      if (left) return;
      shown = entries;
      if (looksOf(shown) !== before) await draw(node, shown, remove);
    }
    timer = setTimeout(() => void refresh(), REFRESH_MS);
  };
  void refresh();
  return {
    node,
    tab: "home",
    leave: () => {
      left = true;
      clearTimeout(timer);
    },
  };
}

/**
 * The first run's way: where one gets what proves who one is, then one press that finds everything that waits.
 * @param {import("../app.js").App} app
 * @param {HTMLElement} node
 * @param {import("../app.js").Entry[]} entries
 */
function firstSteps(app, node, entries) {
  pointToIdentity(app, node);
  slot(node, "find").hidden = entries.length !== 1 || app.config.credentialIssuers.length === 0;
  action(node, "find").addEventListener("click", () => {
    app.findNow = true;
    app.go("/receive");
  });
}

/**
 * What of the entries changes while they are looked at.
 * @param {import("../app.js").Entry[]} entries
 */
function looksOf(entries) {
  return JSON.stringify(entries.map(({ id, receipt, status }) => [id, receipt !== null, status]));
}

/**
 * @param {HTMLElement} node
 * @param {import("../app.js").Entry[]} entries
 * @param {(entry: import("../app.js").Entry) => Promise<void>} remove
 */
async function draw(node, entries, remove) {
  const cards = slot(node, "cards");
  const open = new Set([...cards.querySelectorAll("details[open]")].map((details) => details.closest("article")?.id));
  const drawn = await Promise.all(
    inOrder(entries).map(async (entry) => {
      const card = await credentialCard(entry, entries, remove);
      card.id = entry.id;
      if (open.has(entry.id)) card.querySelector("details")?.setAttribute("open", "");
      return card;
    }),
  );
  cards.replaceChildren(...(drawn.length > 0 ? drawn : [filled("home-empty")]));
  cards.classList.toggle("single", drawn.length === 0);
  slot(node, "count").textContent = drawn.length > 0 ? t("home.count", { count: drawn.length }) : "";
  slot(node, "next").hidden = drawn.length === 0;
  const receive = node.querySelector('.row a[href="#/receive"]');
  if (receive instanceof HTMLElement) receive.hidden = drawn.length === 0;
}
