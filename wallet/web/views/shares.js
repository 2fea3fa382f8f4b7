// Shares: the QR and link of one, and the list of all with their openings and the button that stops them.

import { h, icon } from "/shared/dom.js";
import { formatDate, t } from "/shared/i18n.js";
import { ResumeError } from "/shared/protocol/errors.js";
import { filled } from "/shared/templates.js";
import { asWritten, counted } from "/shared/wording.js";
import { isLocal } from "../environment.js";
import { depositShare, fetchOpenings, stopShare } from "../protocol/share.js";
import { drawQr, toPng } from "../qr.js";
import { action, brokenView, busy, confirmed, fact, problem, slot, typeName } from "./parts.js";

/**
 * @typedef {import("../app.js").App} App
 * @typedef {import("../app.js").View} View
 * @typedef {import("../storage/vault.js").KeptShare} KeptShare
 * @typedef {KeptShare & {deposit?: import("../protocol/share.js").ShareDeposit}} UnsentShare kept with what is to be
 *   sent
 */

/**
 * Hand a share to the server, the first time or again: the server takes the same one twice.
 * @param {App} app
 * @param {UnsentShare} unsent
 */
export async function sendShare(app, unsent) {
  const { deposit, ...share } = unsent;
  if (!deposit) throw new ResumeError("share_not_kept", "What would be sent is not kept in this wallet.");
  await depositShare(fetch.bind(globalThis), location.origin, deposit);
  await app.opened.put("share", { ...share, state: "shared" });
}

/**
 * @param {KeptShare} share
 * @returns {"active" | "unsent" | "stopped" | "expired"}
 */
export function stateOf(share) {
  if (share.state === "stopped") return "stopped";
  if (share.expires * 1000 <= Date.now()) return "expired";
  return share.state === "prepared" ? "unsent" : "active";
}

/** @param {KeptShare} share */
function recipientOf(share) {
  return share.recipient || t("preview.anyone");
}

/**
 * One share: its QR and link.
 * @param {App} app
 * @param {string} id
 * @returns {Promise<View>}
 */
export async function shareView(app, id) {
  const share = (await app.opened.list("share")).find((one) => one.id === id);
  if (!share || stateOf(share) !== "active") {
    const node = brokenView(null);
    slot(node, "words").textContent = t(share ? "share.ended" : "share.unknown");
    return { node, tab: "shares" };
  }
  const node = filled("share");
  const done = slot(node, "done");
  slot(node, "title").textContent = t("share.title");
  slot(node, "lead").textContent = t("share.lead", { recipient: recipientOf(share), date: formatDate(share.expires) });
  slot(node, "link").textContent = share.link;
  slot(node, "local").hidden = !isLocal(share.link);
  const canvas = /** @type {HTMLCanvasElement} */ (slot(node, "qr"));
  const download = action(node, "download");
  const drawn = drawQr(share.link, canvas);
  drawn.catch((error) => {
    canvas.hidden = true;
    download.hidden = true;
    slot(node, "problem").replaceChildren(problem(error));
  });
  action(node, "copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(share.link);
      done.textContent = t("share.copied");
    } catch {
      getSelection()?.selectAllChildren(slot(node, "link"));
      done.textContent = t("share.copyFailed");
    }
  });
  download.addEventListener("click", () =>
    busy(download, slot(node, "problem"), async () => {
      await drawn; // before that the canvas is blank
      const url = URL.createObjectURL(await toPng(canvas));
      h("a", { href: url, download: `resume-${share.id.slice(0, 6)}.png` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    }),
  );
  return { node, tab: "shares" };
}

/**
 * @param {App} app
 * @returns {Promise<View>}
 */
export async function sharesView(app) {
  const node = filled("shares");
  const [shares, entries] = await Promise.all([app.opened.list("share"), app.opened.list("credential")]);
  const names = new Map(entries.map((entry) => [entry.type, typeName(entry)]));
  const list = slot(node, "list");
  /** @param {KeptShare} share */
  const ask = (share) =>
    confirmed({
      title: t("shares.confirmTitle"),
      words: share.recipient ? t("shares.confirm", { recipient: share.recipient }) : t("shares.confirmAnyone"),
      does: t("shares.stopNow"),
    });
  list.append(...shares.toReversed().map((share) => keptShare(app, share, names, ask)));
  if (shares.length === 0) list.append(filled("shares-empty"));
  return { node, tab: "shares" };
}

/**
 * @param {App} app
 * @param {UnsentShare} share
 * @param {Map<string, string>} names
 * @param {(share: KeptShare) => Promise<boolean>} ask
 * @returns {HTMLElement}
 */
function keptShare(app, share, names, ask) {
  const node = filled("kept-share");
  const place = slot(node, "problem");
  const stop = action(node, "stop");
  const send = action(node, "send");
  const remove = action(node, "remove");
  slot(node, "recipient").append(asWritten(recipientOf(share)));
  slot(node, "facts").append(
    ...fact(t("shares.made"), formatDate(share.madeAt, true)),
    ...fact(t("shares.until"), t("shares.untilDate", { date: formatDate(share.expires) })),
    ...fact(t("shares.items"), share.items.map((type) => names.get(type) ?? type).join(", ")),
  );
  /** @param {KeptShare} now */
  const draw = (now) => {
    const state = stateOf(now);
    const tone = { active: "pass", unsent: "caution", stopped: "unknown", expired: "unknown" }[state];
    const badge = slot(node, "state");
    badge.className = `badge tone-${tone}`;
    badge.replaceChildren(
      icon({ active: "pass", unsent: "caution", stopped: "stopped", expired: "not_applicable" }[state], 16),
      t(`shares.${state}`),
    );
    slot(node, "show").setAttribute("href", `#/shares/${share.id}`);
    slot(node, "show").hidden = state !== "active";
    send.hidden = state !== "unsent" || !share.deposit;
    const over = state === "stopped" || state === "expired";
    stop.hidden = over;
    remove.hidden = !over;
    if (state === "unsent") slot(node, "openings").textContent = t("shares.unsentHint");
  };
  draw(share);
  if (share.state !== "prepared") showOpenings(share, slot(node, "openings"));
  send.addEventListener("click", () =>
    busy(send, place, async () => {
      const { visit } = app;
      await sendShare(app, share);
      app.go(`/shares/${share.id}`, visit);
    }),
  );
  remove.addEventListener("click", async () => {
    const question = {
      title: t("shares.removeTitle"),
      words: t("shares.removeWords"),
      does: t("credential.removeNow"),
    };
    if (!(await confirmed(question))) return;
    await busy(remove, place, async () => {
      await app.opened.drop(share.id);
      app.go("/shares");
    });
  });
  stop.addEventListener("click", async () => {
    if (!(await ask(share))) return;
    await busy(stop, place, async () => {
      await stopShare(fetch.bind(globalThis), location.origin, share.id, share.stopSecret);
      const { deposit: _, ...rest } = share;
      const stopped = { ...rest, state: /** @type {const} */ ("stopped") };
      await app.opened.put("share", stopped);
      draw(stopped);
      place.replaceChildren(h("p", { class: "notice", role: "status" }, t("shares.done")));
    });
  });
  return node;
}

/**
 * @param {KeptShare} share
 * @param {HTMLElement} place
 */
async function showOpenings(share, place) {
  try {
    const { count, openings } = await fetchOpenings(
      fetch.bind(globalThis),
      location.origin,
      share.id,
      share.stopSecret,
    );
    const last = openings.at(-1);
    place.textContent =
      count > 0 && last ? counted("shares.openings", count, { date: formatDate(last, true) }) : t("shares.noOpenings");
  } catch {
    place.textContent = t("shares.openingsUnknown");
  }
}
