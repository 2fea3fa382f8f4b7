// Getting the demonstration's identity credential: one press, a transaction code, and back to the wallet.
import { find, h, icon, show } from "/shared/dom.js";
import { language, preferredLanguage, t, useLanguage } from "/shared/i18n.js";
import { insist, started } from "/shared/starting.js";

/** @typedef {{person: string, link: string, txCode: string}} Issued */

/** @type {Issued | "busy" | "failed" | null} */
let state = null;

function draw() {
  document.title = t("id-title");
  const issued = state !== null && typeof state === "object" ? state : null;
  show(
    find("#identity"),
    state === "failed" && h("p", { class: "notice tone-fail", role: "alert" }, t("desk-failed")),
    issued && h("p", {}, t("id-code", { person: issued.person })),
    issued && h("p", { class: "row" }, h("strong", { class: "tx-code" }, issued.txCode)),
    issued && h("a", { class: "button", href: issued.link }, t("desk-open")),
    state === "busy" && h("span", { class: "busy", role: "status" }),
    !issued &&
      state !== "busy" &&
      h("button", { class: "button", type: "button", onclick: () => void issue() }, t("id-get")),
  );
}

async function issue() {
  state = "busy";
  draw();
  try {
    const response = await fetch("/api/identity", { method: "POST" });
    state = response.ok ? /** @type {Issued} */ (await response.json()) : "failed";
  } catch {
    state = "failed";
  }
  draw();
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
await insist(find("main"), () => useLanguage("/static/messages", preferredLanguage()));
draw();
started();
