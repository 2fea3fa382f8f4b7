// The first visit: what the wallet is, in three lines, and the key that begins it.

import { t } from "/shared/i18n.js";
import { filled } from "/shared/templates.js";
import { inAppBrowser } from "../environment.js";
import { createVault } from "../storage/vault.js";
import { action, busy, slot } from "./parts.js";

/**
 * @param {import("../app.js").App} app
 * @param {() => void} begun
 * @returns {import("../app.js").View}
 */
export function welcomeView(app, begun) {
  const node = filled("welcome");
  const inApp = inAppBrowser(navigator.userAgent);
  if (inApp) {
    slot(node, "in-app").textContent = t("inApp", { name: inApp });
    slot(node, "in-app").hidden = false;
  }
  const button = action(node, "begin");
  button.addEventListener("click", () =>
    busy(button, slot(node, "problem"), async () => {
      app.vault = await createVault();
      if (app.offerLink) app.go("/offer");
      else begun();
    }),
  );
  return { node };
}
