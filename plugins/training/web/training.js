// The page of a course provider: record one learner's course, hand over the offer and its code.

import { find, h, icon, show } from "/shared/dom.js";
import { formatDate, language, preferredLanguage, speak, t } from "/shared/i18n.js";
import { insist, started } from "/shared/starting.js";
import { asWritten } from "/shared/wording.js";

/**
 * @typedef {{effectiveFrom: string, minimumAttendancePercent: number, source: string, sourceSeen: boolean}} Rule
 * @typedef {{completionNumber: string, decision: "completed" | "not_completed", attendancePercent: number, rule: Rule,
 *   offer: {offerLink: string, txCode: string, expiresAt: string} | null}} Recorded
 * @typedef {{detail: string, detail_ko?: string, code: string}} Problem
 */

const WORDS = "/training/static/messages";
const form = /** @type {HTMLFormElement} */ (find("#form"));
const result = find("#result");
// One key a form: sent again after a lost answer it gives the same completion, not a second one.
let key = crypto.randomUUID();
/** @type {Rule[]} */
let rules = [];
/** @type {(() => Node) | null} */
let drawResult = null;

// Plays the provider in a demonstration (plugins/training/settings.py, DEVELOPMENT_ACCESS_KEY); production refuses it.
const DEMONSTRATION_KEY = "onnuri-demo";
const PLACE = "\u0000";

/**
 * @param {Rule} rule
 * @returns {(string | Node)[]}
 */
function ruleWords(rule) {
  const words = t("rule", {
    percent: rule.minimumAttendancePercent,
    from: formatDate(rule.effectiveFrom),
    source: PLACE,
  });
  const [before = "", after = ""] = words.split(PLACE);
  return [before, asWritten(rule.source), rule.sourceSeen ? after : `${after} ${t("ruleUnseen")}`];
}

/** @param {Recorded} recorded */
function recordedView(recorded) {
  if (recorded.decision === "not_completed") {
    return h(
      "section",
      { class: "card" },
      h("h2", { class: "row" }, icon("caution"), t("notCompleted")),
      h(
        "p",
        {},
        t("notCompletedWhy", { percent: recorded.attendancePercent, wanted: recorded.rule.minimumAttendancePercent }),
      ),
      h("p", { class: "soft small" }, ...ruleWords(recorded.rule)),
    );
  }
  const offer = recorded.offer;
  return h(
    "section",
    { class: "card" },
    h("h2", { class: "row tone-pass" }, icon("pass"), t("completed")),
    h("p", { class: "soft small" }, `${t("number")} ${recorded.completionNumber} · `, ...ruleWords(recorded.rule)),
    offer
      ? h(
          "div",
          { class: "stack" },
          h("p", {}, t("handOver")),
          h("p", { class: "code" }, offer.txCode),
          h("p", { class: "mono" }, h("a", { href: offer.offerLink, rel: "noreferrer" }, offer.offerLink)),
          h("p", { class: "soft small" }, t("until", { when: formatDate(offer.expiresAt, true) })),
          h(
            "button",
            { type: "button", class: "button quiet", onclick: () => navigator.clipboard.writeText(offer.offerLink) },
            icon("link", 20),
            t("copy"),
          ),
        )
      : h("p", {}, t("claimed")),
  );
}

/** @param {Problem} problem */
function problemView(problem) {
  return h(
    "p",
    { class: "notice tone-fail" },
    (language() === "ko" && problem.detail_ko) || problem.detail || t("unreachable"),
  );
}

/** @param {SubmitEvent} event */
async function record(event) {
  event.preventDefault();
  const data = new FormData(form);
  /** @param {string} name */
  const text = (name) => String(data.get(name) ?? "").trim();
  const button = /** @type {HTMLButtonElement} */ (find("button[type=submit]", form));
  button.disabled = true;
  try {
    const response = await fetch("/training/completions", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${text("accessKey")}`,
        "idempotency-key": key,
      },
      body: JSON.stringify({
        name: text("name"),
        birthDate: text("birthDate"),
        course: text("course"),
        provider: text("provider"),
        period: { start: text("start"), end: text("end") },
        hours: Number(text("hours")),
        attendancePercent: Number(text("attendance")),
        ...(text("legalBasis") ? { legalBasis: text("legalBasis") } : {}),
      }),
    });
    const answer = await response.json();
    if (response.ok) {
      key = crypto.randomUUID();
      drawResult = () => recordedView(answer);
    } else {
      if (answer.code === "idempotency_key_reused") key = crypto.randomUUID();
      drawResult = () => problemView(answer);
    }
  } catch {
    drawResult = () => problemView({ detail: "", code: "unreachable" });
  } finally {
    button.disabled = false;
  }
  show(result, drawResult());
  result.scrollIntoView({ block: "nearest" });
}

/** @param {import("/shared/i18n.js").Language} wanted */
async function drawIn(wanted) {
  await speak(WORDS, wanted, find("#language"));
  draw();
}

function draw() {
  document.title = t("title");
  show(find("#rule"), ...(rules[0] ? ruleWords(rules[0]) : []));
  find("#demonstration-key").textContent = t("demonstrationKey", { key: DEMONSTRATION_KEY });
  if (drawResult) show(result, drawResult());
}

find("#brand-mark").append(icon("document", 20));
find("#language").addEventListener("click", () => {
  drawIn(language() === "ko" ? "en" : "ko").catch(() => {}); // as it was; the button is still there
});
form.addEventListener("submit", (event) => void record(event));
try {
  rules = (await (await fetch("/training/rules")).json()).rules ?? [];
  const { demonstration } = await (await fetch("/config.json")).json();
  find("#demonstration").hidden = !demonstration;
  find("#demonstration-key").hidden = !demonstration;
} catch {
  rules = []; // the form still works; the answer names the rule that was applied
}
await insist(find("main"), () => speak(WORDS, preferredLanguage(), find("#language")));
draw();
started();
