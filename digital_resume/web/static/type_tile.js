// The picture of a credential's type, as the type's display says it.

import { h, icon, s } from "./dom.js";

/**
 * Draw the picture of a type in its tile; it is decoration, the words beside it carry the meaning.
 * @param {import("./protocol/type_display.js").TypeDisplay} display
 * @param {"" | "small-tile"} [size]
 * @returns {HTMLElement}
 */
export function typeTile({ icon: picture }, size = "") {
  const drawn = picture
    ? s(
        "svg",
        { viewBox: "0 0 24 24", width: 24, height: 24, class: "icon", "aria-hidden": "true" },
        s("path", { d: picture.path }),
      )
    : icon("document");
  return h("span", { class: `tile tile-${picture?.tone ?? "grey"} ${size}`.trimEnd() }, drawn);
}
