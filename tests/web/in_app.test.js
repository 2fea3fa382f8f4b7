/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { externalAddress, inAppBrowser } from "/shared/in_app.js";

const ANDROID =
  "Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko)";
const CHROME = `${ANDROID} Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36`;
const PHONE = "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const LINK = "https://verify.example.kr/v/AAECAwQFBgcICQoLDA0ODw#AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/** @type {[string, string][]} */
const INSIDE = [
  ["KakaoTalk", `${CHROME};KAKAOTALK 2410740;`],
  ["KakaoTalk", `${IPHONE} Mobile/15E148 KAKAOTALK 10.8.2`],
  ["KakaoStory", `${CHROME} KAKAOSTORY/6.9.0`],
  ["NAVER", `${CHROME} NAVER(inapp; search; 1900; 12.6.1)`],
  ["NAVER", `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1 NAVER(inapp; search; 1020; 12.5.3)`],
  ["Daum", `${CHROME} DaumApps/7.8.1 DaumDevice/mobile`],
  ["BAND", `${CHROME} BAND/17.1.2 (Android OS 14;)`],
  ["Everytime", `${CHROME} everytimeApp`],
  ["LINE", `${CHROME} Line/14.9.1/IAB`],
  ["WeChat", `${CHROME} XWEB/1160117 MMWEBSDK/20240404 MicroMessenger/8.0.49.2600(0x28003133) WeChat/arm64`],
  ["WeChat", `${IPHONE} Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/ko`],
  ["LinkedIn", `${CHROME} [LinkedInApp]/4.1.957`],
  ["LinkedIn", `${IPHONE} Mobile/15E148 [LinkedInApp]/9.29.8962`],
  ["Facebook", `${CHROME} [FB_IAB/FB4A;FBAV/470.0.0.33.104;]`],
  ["Instagram", `${IPHONE} Mobile/21F90 Instagram 335.1.7.26.103`],
  ["", CHROME],
  ["", `${ANDROID.replace("; wv", "")} Version/4.0 Chrome/99.0.4844.88 Mobile Safari/537.36`],
  ["", `${IPHONE} Mobile/15E148`],
];
const OWN = [
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
  `${PHONE} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
  `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`,
  `${IPHONE} CriOS/126.0.6478.108 Mobile/15E148 Safari/604.1`,
  `${IPHONE} FxiOS/127.1 Mobile/15E148 Safari/605.1.15`,
  `${WINDOWS} Chrome/126.0.0.0 Safari/537.36`,
  `${WINDOWS} Chrome/126.0.0.0 Whale/3.27.254.15 Safari/537.36`,
  `${MAC} Version/17.5 Safari/605.1.15`,
  "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
  "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
];

for (const [name, userAgent] of INSIDE) {
  test(`inside ${name || "an app without a name"}: ${userAgent.slice(-40)}`, () =>
    assert.equal(inAppBrowser(userAgent), name));
}
for (const userAgent of OWN) {
  test(`a browser of its own: ${userAgent.slice(-40)}`, () => assert.equal(inAppBrowser(userAgent), null));
}

test("every way out carries the link with its key", () => {
  const key = LINK.split("#")[1] ?? "";
  const ways = INSIDE.map(([, userAgent]) => externalAddress(userAgent, LINK));
  for (const way of ways) assert.ok(way?.includes(key), String(way));
  assert.equal(
    externalAddress(`${CHROME};KAKAOTALK 2410740;`, LINK),
    `kakaotalk://web/openExternal?url=${encodeURIComponent(LINK)}`,
  );
  assert.equal(externalAddress(`${CHROME} Line/14`, LINK), LINK.replace("#", "?openExternalBrowser=1#"));
  const intent = externalAddress(CHROME, LINK) ?? "";
  // What Android's Intent.parseUri does: the last # begins the intent, what stands before is the data.
  const at = intent.lastIndexOf("#");
  assert.equal(intent.slice(0, at).replace("intent://", "https://"), LINK);
  assert.ok(intent.slice(at).startsWith("#Intent;scheme=https;"));
  assert.equal(externalAddress(`${IPHONE} Mobile/15E148`, LINK), `x-safari-${LINK}`);
});
