// The first visit: what the wallet is, in three lines, and the key that begins it.

import { inAppNotice } from "/shared/in_app.js";
import { filled } from "/shared/templates.js";
import { createVault } from "../storage/vault.js";
import { action, busy, slot } from "./parts.js";

/**
 * @param {import("../app.js").App} app
 * @param {Parameters<typeof createVault>[0]} storageEvents
 * @param {() => void} begun
 * @returns {import("../app.js").View}
 */
export function welcomeView(app, storageEvents, begun) {
  const node = filled("welcome");
  slot(node, "in-app").append(inAppNotice("inApp", app.address) ?? "");
  const button = action(node, "begin");
  button.addEventListener("click", () =>
    busy(button, slot(node, "problem"), async () => {
      app.vault = await createVault(storageEvents);
      if (app.offerLink) app.go(app.offerRoute);
      else begun();
    }),
  );
  return { node };
}
