// Browsers inside apps: each keeps a storage of its own and loses it with the app, and few of them print or save. What
// a link carries behind its # must reach the person's own browser whole.

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

/** Names as people know the apps; the more special before the more general. @type {[RegExp, string][]} */
const APPS = [
  [/KAKAOSTORY/i, "KakaoStory"],
  [/KAKAOTALK/i, "KakaoTalk"],
  [/NAVER\(inapp/i, "NAVER"],
  [/DaumApps|DaumDevice/i, "Daum"],
  [/\bBAND\/\d/, "BAND"],
  [/everytimeApp/i, "Everytime"],
  [/\bLine\//i, "LINE"],
  [/MicroMessenger|\bWeChat/i, "WeChat"],
  [/LinkedInApp/i, "LinkedIn"],
  [/Instagram/, "Instagram"],
  [/Barcelona/, "Threads"],
  [/FBAN|FBAV|FB_IAB/, "Facebook"],
  [/Twitter for|TwitterAndroid/i, "X"],
  [/BytedanceWebview|musical_ly|trill_/i, "TikTok"],
  [/Snapchat/, "Snapchat"],
  [/\bSlack(?:_SSB)?\//, "Slack"],
  [/TeamsMobile|\bTeams\//, "Teams"],
];
/** Android's plain WebView, or an old one; an iPhone's, which calls itself no browser. */
const WEB_VIEW =
  /Android.*(?:; ?wv\)|Version\/[\d.]+ Chrome\/)|(?:iPhone|iPad|iPod)(?!.*(?:Safari|CriOS|FxiOS|EdgiOS)\/)/;

/**
 * Name of the app whose browser this is.
 * @param {string} userAgent
 * @returns {string | null} `""` for an app without a name; `null` for a browser of its own
 */
export function inAppBrowser(userAgent) {
  const named = APPS.find(([form]) => form.test(userAgent));
  if (named) return named[1];
  return WEB_VIEW.test(userAgent) ? "" : null;
}

/** Whether this page is shown by an app. */
export function isInApp() {
  return inAppBrowser(navigator.userAgent) !== null;
}

/**
 * The address that asks an app to open a link in the person's own browser, its fragment included.
 * @param {string} userAgent
 * @param {string} link
 * @returns {string | null} none is known
 */
export function externalAddress(userAgent, link) {
  const url = new URL(link);
  if (/KAKAOTALK|KAKAOSTORY/i.test(userAgent)) return `kakaotalk://web/openExternal?url=${encodeURIComponent(link)}`;
  if (/\bLine\//i.test(userAgent)) {
    url.searchParams.set("openExternalBrowser", "1");
    return url.href;
  }
  const scheme = url.protocol.slice(0, -1);
  // Android splits at the last #, so the link's own stays in what is opened.
  if (/Android/.test(userAgent)) {
    const { href } = url;
    return `intent${href.slice(scheme.length)}#Intent;scheme=${scheme};action=android.intent.action.VIEW;end`;
  }
  if (/iPhone|iPad|iPod/.test(userAgent) && scheme === "https") return `x-safari-${url.href}`;
  return null;
}

/**
 * What a person is told inside an app, with two ways out: the app is asked to hand over, or the whole link is copied.
 * @param {string} words key of what is told, with a place for the app's name
 * @param {string} link with its fragment
 * @returns {HTMLElement | null} nothing in a browser of its own
 */
export function inAppNotice(words, link) {
  const name = inAppBrowser(navigator.userAgent);
  if (name === null) return null;
  const external = externalAddress(navigator.userAgent, link);
  const done = h("p", { class: "small", role: "status" });
  const whole = h("input", { type: "text", readonly: true, value: link, "aria-label": t("inApp.link"), hidden: true });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      done.textContent = t("inApp.copied");
    } catch {
      whole.hidden = false; // some apps give no clipboard: the person copies it
      whole.select();
      done.textContent = t("inApp.copyFailed");
    }
  };
  return h(
    "aside",
    { class: "notice tone-caution in-app stack", "data-in-app": name || "webview" },
    h("p", {}, t(words, { name: name || t("inApp.unnamed") })),
    h(
      "div",
      { class: "row" },
      external && h("a", { class: "button little", href: external, "data-external": true }, t("inApp.open")),
      h("button", { type: "button", class: "button quiet little", onclick: copy }, icon("link", 18), t("inApp.copy")),
    ),
    whole,
    done,
  );
}
