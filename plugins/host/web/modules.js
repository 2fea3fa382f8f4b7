// The list of the deployment's modules.

import { find, h, icon, show } from "/shared/dom.js";
import { language, pick, preferredLanguage, speak, t } from "/shared/i18n.js";
import { insist, started } from "/shared/starting.js";

/** @typedef {{name: string, title: {ko: string, en: string}, page: string | null}} Module */

const WORDS = "/static/messages";
const config = await insist(find("main"), async () => {
  const [answer] = await Promise.all([fetch("/config.json"), speak(WORDS, preferredLanguage(), find("#language"))]);
  if (!answer.ok) throw new Error(`the modules could not be loaded (${answer.status})`);
  return /** @type {{demonstration: boolean, modules: Module[]}} */ (await answer.json());
});
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

function draw() {
  document.title = t("title");
  show(find("#modules"), ...config.modules.filter((module) => module.page).map(card));
}

find("#language").addEventListener("click", () => {
  speak(WORDS, language() === "ko" ? "en" : "ko", find("#language")).then(draw, () => {}); // as it was, when it fails
});
draw();
started();
