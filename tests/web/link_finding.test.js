/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildLink, newShareId, newShareKey } from "/shared/protocol/envelope.js";
import { encode } from "/shared/protocol/bytes.js";
import { findLink } from "/shared/protocol/link_finding.js";
import { refused } from "../wallet/web/support.js";

const VERIFIER = "https://verify.example.kr";
const id = newShareId();
const key = newShareKey();
const link = buildLink(VERIFIER, id, key);
const bare = link.replace("https://", "");
const percent = link.replace("#", "%23");
const broken = (/** @type {number} */ at, /** @type {string} */ by) => `${link.slice(0, at)}${by}${link.slice(at)}`;

/** @type {[string, string][]} */
const DELIVERED = [
  ["plain", link],
  ["blanks around", `  ${link}\n`],
  ["words before", `제 이력서입니다: ${link}`],
  ["words after", `${link} 확인 부탁드립니다.`],
  ["Korean glued behind", `${link}입니다`],
  ["Korean glued in front", `이력서${link}`],
  ["KakaoTalk's copy", `[김하늘] [오후 3:04] ${link}`],
  ["KakaoTalk's export", `2026년 11월 2일 오후 3:04, 김하늘 : ${link}`],
  ["a full stop", `${link}.`],
  ["a comma", `${link}, 감사합니다`],
  ["angle brackets", `<${link}>`],
  ["round brackets", `(${link})`],
  ["Korean brackets", `「${link}」`],
  ["quotes", `"${link}"`],
  ["curly quotes", `“${link}”`],
  ["Markdown", `[이력서](${link})`],
  ["Markdown's emphasis", `**${link}**`],
  ["Slack's link", `<${link}|이력서>`],
  ["HTML", `<a href="${link.replace("#", "&#35;")}">이력서</a>`],
  ["without scheme", bare],
  ["without scheme, among words", `여기 ${bare} 로 보내 드립니다`],
  ["upper-case scheme and host", link.replace(VERIFIER, "HTTPS://VERIFY.EXAMPLE.KR")],
  ["a tracker's query", link.replace("#", "?utm_source=kakao&x=1#")],
  ["a slash before the key", link.replace("#", "/#")],
  ["escaped #", percent],
  ["escaped twice", link.replace("#", "%2523")],
  ["full-width #", link.replace("#", "＃")],
  ["full-width address", link.replaceAll(/[!-~]/g, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0))],
  ["a line break in the key", broken(link.length - 10, "\n")],
  ["a line break in the id", broken(VERIFIER.length + 10, "\r\n")],
  ["a line break after the #", link.replace("#", "#\n")],
  ["quoted lines", `> ${broken(link.length - 20, "\n> ")}\n> 감사합니다`],
  ["quoted-printable", broken(link.length - 12, "=\r\n")],
  ["a blank in the key", broken(link.length - 8, " ")],
  ["zero-width spaces", broken(link.length - 8, "\u200b")],
  ["a soft hyphen", broken(link.length - 8, "\u00ad")],
  ["marks of direction", `\u2068${link}\u2069`],
  [
    "Safe Links",
    `https://kor01.safelinks.protection.outlook.com/?url=${encodeURIComponent(link)}&data=05%7C02&reserved=0`,
  ],
  [
    "Safe Links of an escaped link",
    `https://x.safelinks.protection.outlook.com/?url=${encodeURIComponent(percent)}&data=1`,
  ],
  ["Google's redirect", `https://www.google.com/url?q=${encodeURIComponent(link)}&sa=D`],
  ["LinkedIn's redirect", `https://www.linkedin.com/redir/redirect?url=${encodeURIComponent(link)}&urlhash=aa`],
  ["Facebook's redirect", `https://l.facebook.com/l.php?u=${encodeURIComponent(link)}&h=AT0`],
  ["a redirect in the path", `https://links.example/redirect/${encodeURIComponent(link)}`],
  [
    "a redirect in a redirect",
    `https://a.example/?u=${encodeURIComponent(`https://b.example/?url=${encodeURIComponent(link)}`)}`,
  ],
  [
    "Proofpoint 2",
    `https://urldefense.proofpoint.com/v2/url?u=${encodeURIComponent(link)
      .replaceAll("_", "%5F")
      .replaceAll("-", "%2D")
      .replaceAll("%2F", "_")
      .replaceAll("%", "-")}&d=DwMF`,
  ],
  ["Proofpoint 3", `https://urldefense.com/v3/__${link.replace("#", "*")}__;Iw!!AbC!x$`],
  ["another link first", `https://company.example/jobs ${link}`],
  ["a link without key first", `${VERIFIER}/v/${newShareId()} 말고 ${link}`],
  ["a local verifier", buildLink("http://localhost:8003", id, key)],
  ["a verifier under a path", buildLink("https://gov.example/resume", id, key)],
];

for (const [name, text] of DELIVERED) {
  test(`a link is found: ${name}`, () => {
    const found = findLink(text);
    assert.equal(found.id, id);
    assert.equal(encode(found.key), encode(key));
  });
}

test("the verifier that a link belongs to is kept", () => {
  assert.equal(findLink(`(${link})`).verifierUrl, VERIFIER);
  assert.equal(findLink(buildLink("https://gov.example/resume", id, key)).verifierUrl, "https://gov.example/resume");
});

test("what is wrong with a link is told by its own code", () => {
  assert.throws(() => findLink("안녕하세요"), refused("link_malformed"));
  assert.throws(() => findLink(""), refused("link_malformed"));
  assert.throws(() => findLink("https://example.org/v/abc"), refused("link_malformed"));
  assert.throws(() => findLink(`${VERIFIER}/v/${id}`), refused("share_key_malformed"));
  assert.throws(() => findLink(`보냅니다 ${link.slice(0, -3)} 확인`), refused("share_key_malformed"));
});

test("long and hostile text is looked through in bounded time", () => {
  for (const text of [
    "a".repeat(1_000_000),
    "http://".repeat(10_000),
    "https://a/?u=".repeat(2_000),
    "/v/".repeat(100_000),
    `https://a.example/?${"u=https%3A%2F%2Fb.example%2F&".repeat(2_000)}`,
    "\n> ".repeat(50_000),
  ]) {
    const begun = performance.now();
    assert.throws(() => findLink(text), refused("link_malformed"));
    assert.ok(performance.now() - begun < 2_000, text.slice(0, 40));
  }
});
