// A clock that is off, said before something that it would spoil.

import { h } from "/shared/dom.js";
import { t } from "/shared/i18n.js";
import { clockError } from "../protocol/clock.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * What is wrong with this device's clock, and what to do.
 * @returns {Promise<HTMLElement | null>} `null` where nothing is
 */
export async function clockNotice() {
  const ahead = await clockError(fetch.bind(globalThis), location.origin);
  if (ahead === 0) return null;
  const off = Math.abs(ahead);
  const long = off >= 2 * HOUR_MS;
  const by = t(long ? "clock.hours" : "clock.minutes", { count: Math.round(off / (long ? HOUR_MS : MINUTE_MS)) });
  return h("p", { class: "notice tone-caution", role: "status" }, t(ahead > 0 ? "clock.fast" : "clock.slow", { by }));
}
