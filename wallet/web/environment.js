// Where the wallet runs: in-app browsers keep storage of their own and lose it with the app, so the page says so.

/**
 * Name of the in-app browser, if this is one.
 * @param {string} userAgent
 * @returns {"KakaoTalk" | "NAVER" | "LINE" | "Facebook" | "Instagram" | null}
 */
export function inAppBrowser(userAgent) {
  if (/KAKAOTALK/i.test(userAgent)) return "KakaoTalk";
  if (/NAVER\(inapp/i.test(userAgent)) return "NAVER";
  if (/\bLine\//i.test(userAgent)) return "LINE";
  if (/FBAN|FBAV/.test(userAgent)) return "Facebook";
  if (/Instagram/.test(userAgent)) return "Instagram";
  return null;
}

/**
 * Tell whether a link to an address can only be opened on this machine.
 * @param {string} url
 */
export function isLocal(url) {
  const { hostname } = new URL(url);
  return (
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]"
  );
}
