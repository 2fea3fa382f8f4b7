// The entrance: camera, image or link. Each leads to the same sealed share.

import { find } from "/shared/dom.js";
import { t } from "/shared/i18n.js";
import { findLink } from "/shared/protocol/link_finding.js";
import { filled } from "/shared/templates.js";
import { Turns } from "/shared/turns.js";
import { readCamera, readImage } from "../scanning.js";
import { screenOf } from "./problem.js";

/** @typedef {import("../app.js").Link} Link */

/**
 * @param {(link: Link) => void} found
 * @returns {{node: HTMLElement, leave: () => void}}
 */
export function entranceView(found) {
  const node = filled("entrance");
  const problem = find("#entrance-problem", node);
  const turns = new Turns();
  /** @type {AbortController | null} */
  let camera = null;

  /** @param {unknown} error */
  function complain(error) {
    const code = screenOf(error);
    if (code === "camera_stopped") return;
    problem.textContent = `${t(`problem.${code}.title`)} ${t(`problem.${code}.next`)}`;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  }

  /** @param {() => Promise<Link> | Link} read */
  async function attempt(read) {
    problem.hidden = true;
    const turn = turns.begin();
    try {
      const link = await read();
      if (turn.aborted) return; // another way was begun meanwhile
      leave();
      found(link);
    } catch (error) {
      if (!turn.aborted) complain(error);
    }
  }

  /** @param {boolean} on */
  function showCamera(on) {
    find("#viewfinder", node).classList.toggle("live", on);
    find("#video", node).hidden = !on;
    find("#viewfinder-words", node).hidden = !on;
    find("#start-camera", node).hidden = on;
    find("#stop-camera", node).hidden = !on;
  }

  function leave() {
    turns.begin();
    camera?.abort();
    camera = null;
    document.removeEventListener("paste", onPaste);
  }

  find("#start-camera", node).addEventListener("click", async () => {
    camera = new AbortController();
    const { signal } = camera;
    showCamera(true);
    const words = find("#viewfinder-words", node);
    words.textContent = t("entrance.aim");
    await attempt(() =>
      readCamera(/** @type {HTMLVideoElement} */ (find("#video", node)), signal, () => {
        words.textContent = t("entrance.aimAgain");
      }),
    );
    if (camera?.signal === signal) showCamera(false);
  });
  find("#stop-camera", node).addEventListener("click", () => {
    camera?.abort();
    find("#start-camera", node).focus();
  });

  const file = /** @type {HTMLInputElement} */ (find("#file", node));
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    file.value = "";
    if (chosen) void attempt(() => readImage(chosen));
  });
  const drop = find("#drop", node);
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const dropped = event.dataTransfer?.files[0];
    if (dropped) void attempt(() => readImage(dropped));
  });

  /** @param {ClipboardEvent} event */
  function onPaste(event) {
    const image = [...(event.clipboardData?.files ?? [])].find((item) => item.type.startsWith("image/"));
    if (!image) return; // text goes to the field as usual
    event.preventDefault();
    void attempt(() => readImage(image));
  }
  document.addEventListener("paste", onPaste);

  const field = /** @type {HTMLInputElement} */ (find("#link", node));
  find("#link-form", node).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value;
    field.value = ""; // the key does not stay in the field
    void attempt(() => findLink(text));
  });
  return { node, leave };
}
