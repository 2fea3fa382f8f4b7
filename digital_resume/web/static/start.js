// No module: it still runs when a page's module, or one that it imports, does not come. Nothing has read the address
// then, so a reload finds it whole.
addEventListener(
  "error",
  ({ target }) => {
    const template = document.querySelector("#not-started");
    if (!(target instanceof HTMLScriptElement) || !(template instanceof HTMLTemplateElement)) return;
    const words = document.importNode(template.content, true);
    words.querySelector("button")?.addEventListener("click", () => location.reload());
    const content = document.querySelector("main");
    content?.setAttribute("hidden", "");
    content?.before(words);
  },
  { capture: true, once: true },
);
