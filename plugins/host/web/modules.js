// The list of the deployment's modules.

import { find, h, icon, show } from "/shared/dom.js";
import { language, pick, preferredLanguage, speak, t } from "/shared/i18n.js";

/** @typedef {{name: string, title: {ko: string, en: string}, page: string | null}} Module */

/** @type {{demonstration: boolean, modules: Module[]}} */
const config = await (await fetch("/config.json")).json();
find("#demonstration").hidden = !config.demonstration;
find("#foot").hidden = !config.demonstration;
find("#brand-mark").append(icon("document", 20));

/**
 * A module as a card that leads to its page; one that these words do not know is described in general.
 * @param {Module} module
 */
function card({ name, title, page }) {
  const key = `module.${name}`;
  const words = t(key) === key ? t("module.other") : t(key);
  return h(
    "li",
    {},
    h(
      "a",
      { class: "card module", href: page },
      h("span", { class: "module-mark" }, icon("building")),
      h("span", { class: "module-words" }, h("strong", {}, pick(title)), h("span", { class: "soft small" }, words)),
      icon("arrow", 20),
    ),
  );
}

/** @param {import("/shared/i18n.js").Language} wanted */
async function drawIn(wanted) {
  await speak("/static/messages", wanted, find("#language"));
  document.title = t("title");
  show(find("#modules"), ...config.modules.filter((module) => module.page).map(card));
}

find("#language").addEventListener("click", () => void drawIn(language() === "ko" ? "en" : "ko"));
await drawIn(preferredLanguage());
