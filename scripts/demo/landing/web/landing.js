// The landing page: doors, people, and cases that are made to happen and then verified.
import { find, h, icon, show } from "/shared/dom.js";
import { inLanguage, language, pick, preferredLanguage, t, useLanguage } from "/shared/i18n.js";
import { insist, started } from "/shared/starting.js";
import { Turns } from "/shared/turns.js";

/**
 * @typedef {import("/shared/i18n.js").Bilingual} Bilingual
 * @typedef {{key: string, name: string, role: Bilingual, link: string, credentials: {typeNames: Bilingual}[]}} Person
 * @typedef {{key: string, title: Bilingual, expected: string, words: Bilingual, without: string | null}} Case
 * @typedef {Record<string, {on: boolean, backIn: number}>} Parts
 * @typedef {{doors: Record<string, string>, people: Person[], cases: Case[], parts: Parts}} State
 * @typedef {{state: "running" | "ready" | "failed" | "busy", steps: Bilingual[], link: string | null, parts?: Parts}}
 *   Play
 */

const POLL_MS = 500;
const TIMEOUT_MS = 15_000;
/** @type {Record<string, string>} */
const TONES = {
  verified: "pass",
  not_genuine: "fail",
  not_in_force: "fail",
  unknown_issuer: "caution",
  could_not_check: "unknown",
  sharing_ended: "unknown",
};
/** @type {Record<string, string>} */
const MARKS = {
  verified: "pass",
  not_genuine: "fail",
  not_in_force: "fail",
  unknown_issuer: "caution",
  could_not_check: "unknown",
  sharing_ended: "stopped",
};

/** @type {State | null} */
let state = null;
/** @type {Map<string, Play>} */
const plays = new Map();

const turns = new Turns();

async function load() {
  const signal = turns.begin(); // an answer that a later one has overtaken is dropped
  const response = await fetch("/api/state", { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  if (!response.ok) throw new Error(`the state could not be loaded (${response.status})`);
  state = await response.json();
}

function drawDoors() {
  if (!state) return;
  const { doors } = state;
  /** @type {[string, string][]} */
  const three = [
    ["issuer", "building"],
    ["wallet", "person"],
    ["verifier", "scan"],
  ];
  find("#modules").setAttribute("href", inLanguage(doors.modules ?? "#"));
  show(
    find("#doors"),
    ...three.map(([name, mark]) =>
      h(
        "a",
        { class: "card door", href: inLanguage(doors[name] ?? "#") },
        h("div", { class: "door-icon" }, icon(mark, 28)),
        h("div", {}, h("h3", {}, t(`door-${name}`)), h("p", { class: "soft" }, t(`door-${name}-text`))),
        h("span", { class: "go" }, t("go"), icon("arrow", 18)),
      ),
    ),
  );
}

function drawPeople() {
  if (!state) return;
  if (state.people.length === 0) {
    show(find("#people"), h("p", { class: "row" }, h("span", { class: "busy" }), t("people-preparing")));
    return;
  }
  show(
    find("#people"),
    ...state.people.map((person) =>
      h(
        "article",
        { class: "card person" },
        h(
          "div",
          { class: "person-head" },
          h("div", { class: "avatar" }, icon("person", 28)),
          h("div", {}, h("h3", { dir: "auto" }, person.name), h("p", { class: "soft small" }, pick(person.role))),
        ),
        h(
          "ul",
          { class: "chips" },
          ...person.credentials.map((one) => h("li", { class: "badge" }, pick(one.typeNames))),
        ),
        h(
          "a",
          { class: "button wide", href: inLanguage(person.link), target: "_blank", rel: "noopener noreferrer" },
          t("open-resume"),
        ),
      ),
    ),
  );
}

/**
 * Redraw an element and keep the keyboard focus in it.
 * @param {HTMLElement} place its children carry `data-key`
 * @param {HTMLElement[]} children
 */
function redraw(place, children) {
  const active = place.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.closest("[data-key]")?.getAttribute("data-key");
  show(place, ...children);
  if (!key) return;
  const again = place.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const target = again?.querySelector("a, button") ?? again;
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** What the parts' badges say, apart from the seconds, which count down in place and are not read out. */
let partsDrawn = "";

function drawParts() {
  if (!state) return;
  const { parts } = state;
  const wanted = JSON.stringify([language(), ...Object.entries(parts).map(([part, { on }]) => [part, on])]);
  if (wanted !== partsDrawn) {
    partsDrawn = wanted;
    redraw(
      find("#parts"),
      Object.entries(parts).map(([part, { on }]) =>
        h(
          "span",
          { class: `badge ${on ? "tone-pass" : "tone-fail"}`, "data-key": part, tabindex: -1 },
          icon(on ? "pass" : "fail", 16),
          t(on ? "part-on" : "part-off", { part: t(`part-${part}`) }),
          !on && h("span", { class: "back-in", "aria-hidden": "true" }),
          !on &&
            h("button", { class: "button quiet little", type: "button", onclick: () => restore(part) }, t("restore")),
        ),
      ),
    );
  }
  for (const place of document.querySelectorAll("#parts .back-in")) {
    const part = place.closest("[data-key]")?.getAttribute("data-key") ?? "";
    place.textContent = t("part-back", { seconds: parts[part]?.backIn ?? 0 });
  }
}

/** @param {Case} one */
function drawCase(one) {
  const play = plays.get(one.key);
  const tone = TONES[one.expected] ?? "unknown";
  const running = play?.state === "running";
  return h(
    "article",
    { class: "card case", "data-key": one.key, tabindex: -1 },
    h(
      "div",
      { class: "case-head" },
      h("h3", {}, pick(one.title)),
      h("span", { class: `badge tone-${tone}` }, icon(MARKS[one.expected] ?? "unknown", 16), pick(one.words)),
    ),
    play &&
      play.steps.length > 0 &&
      h("ol", {}, ...play.steps.map((step) => h("li", {}, icon("arrow", 14), pick(step)))),
    play?.state === "failed" && h("p", { class: "notice tone-fail" }, t("failed")),
    play?.state === "busy" && h("p", { class: "notice tone-caution" }, t("busy")),
    h(
      "div",
      { class: "row" },
      play?.state === "ready" && play.link
        ? h(
            "a",
            { class: "button", href: inLanguage(play.link), target: "_blank", rel: "noopener noreferrer" },
            t("see-verdict"),
          )
        : null,
      running
        ? h("span", { class: "row", role: "status" }, h("span", { class: "busy" }), t("playing"))
        : h(
            "button",
            {
              class: "button quiet",
              type: "button",
              "aria-label": `${pick(one.title)} · ${t(play ? "play-again" : "play")}`,
              onclick: () => start(one),
            },
            t(play ? "play-again" : "play"),
          ),
    ),
  );
}

function drawCases() {
  if (state) redraw(find("#cases"), state.cases.map(drawCase));
}

/** @param {Case} one */
async function start(one) {
  plays.set(one.key, { state: "running", steps: [], link: null });
  drawCases();
  const response = await fetch(`/api/cases/${one.key}`, { method: "POST" }).catch(() => null);
  if (!response?.ok) {
    plays.set(one.key, { state: response?.status === 409 ? "busy" : "failed", steps: [], link: null });
    drawCases();
    return;
  }
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    /** @type {Play | null} */
    const play = await fetch(`/api/cases/${one.key}`).then(
      (answer) => (answer.ok ? answer.json() : null),
      () => null, // asked again
    );
    if (!play) continue;
    plays.set(one.key, play);
    if (state && play.parts) state.parts = play.parts;
    drawCases();
    drawParts();
    if (play.state !== "running") return;
  }
}

/** @param {string} part */
async function restore(part) {
  const response = await fetch(`/api/parts/${part}/restore`, { method: "POST" }).catch(() => null);
  if (response?.ok && state) state.parts = await response.json();
  drawParts();
}

function draw() {
  document.title = `${t("brand")} (${language() === "ko" ? "시연용" : "demo"})`;
  drawDoors();
  drawPeople();
  drawParts();
  drawCases();
}

async function refresh() {
  const before = state?.people.length ?? -1;
  try {
    await load();
  } catch {
    return; // the page stays as it was until the server answers again
  }
  if (state && state.people.length !== before) drawPeople();
  drawParts();
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
await insist(find("main"), async () => {
  await Promise.all([useLanguage("/static/messages", preferredLanguage()), load()]);
});
draw();
started();
setInterval(refresh, 3000);
