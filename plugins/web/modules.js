// The list of the deployment's modules.

import { find, h, icon, show } from "/shared/dom.js";
import { language, pick, preferredLanguage, t, useLanguage } from "/shared/i18n.js";

/** @typedef {{name: string, title: {ko: string, en: string}, page: string | null}} Module */

/** @type {{demonstration: boolean, modules: Module[]}} */
const config = await (await fetch("/config.json")).json();
find("#demonstration").hidden = !config.demonstration;
find("#brand-mark").append(icon("document", 20));

/** @param {import("/shared/i18n.js").Language} wanted */
async function speak(wanted) {
  await useLanguage("/static/messages", wanted);
  document.title = t("title");
  find("#language").textContent = wanted === "ko" ? "English" : "한국어";
  show(
    find("#modules"),
    ...config.modules
      .filter((module) => module.page)
      .map((module) =>
        h("li", {}, h("a", { class: "button quiet wide", href: module.page }, pick(module.title), icon("arrow", 20))),
      ),
  );
}

find("#language").addEventListener("click", () => void speak(language() === "ko" ? "en" : "ko"));
await speak(preferredLanguage());
